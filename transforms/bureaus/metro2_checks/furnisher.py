"""Conditions of our own on one record, which a furnisher wants answered before a file leaves.

Each compares what the record says with the day that the file describes, with the record itself, or with the shape
that a value must have. A value that is not filled is judged by the layout, not here.
"""

from __future__ import annotations

import narwhals as nw

from transforms.bureaus.metro2_checks.code_sets import COLLECTOR_TYPES, LEAST_LATE_DAYS
from transforms.bureaus.metro2_checks.condition import GUIDE, Condition, Severity
from transforms.bureaus.metro2_checks.facts import (
    CLOSED_ON,
    DELINQUENT_ON,
    HAS_K1,
    HISTORY,
    INFORMATION_ON,
    IS_DELETED,
    LAST_PAID_ON,
    OPENED_ON,
    PERIOD_ON,
    TYPE,
    any_of,
    is_status,
)
from transforms.calendar import days_later, months_later

FCRA_ACCURACY = "15 USC 1681s-2(a)(1): a furnisher does not report what it knows or has reason to believe is inaccurate"
FCRA_AGE = "15 USC 1681c(a)(4)-(5): adverse items older than seven years are not reported"
SSA = "Social Security Administration, randomization of 2011: numbers that are never issued"
NANP = "North American Numbering Plan: area and exchange begin with 2 to 9"
USPS = "United States Postal Service: zip codes have five or nine digits"

_MONTH_SLACK_DAYS = 3
"""Lenders that age accounts by calendar months count the 28 days of a February as 30: no contradiction."""

_SSN, _ZIP, _TELEPHONE = nw.col("ssn"), nw.col("zip"), nw.col("telephone")
_BORN_ON = nw.col("born_on")
_ACCOUNT_NUMBER, _IDENTIFICATION = nw.col("account_number"), nw.col("identification_number")
_HAS_SSN = ~_SSN.str.contains("^(?:0*|9*)$")
_UNISSUED_SSN = "^(?:000|666|9)|^.{3}00|0000$"


def _is_in_us() -> nw.Expr:
    return nw.col("country_code").is_in(("", "US"))


def _future(condition_id: str, field: str, what: str, day: nw.Expr) -> Condition:
    text = f"{what} lies after the day that the file describes"
    return Condition(condition_id, (field,), text, day > PERIOD_ON, GUIDE + ": dates are never in the future")


def _own(
    condition_id: str, field_names: tuple[str, ...], text: str, fires: nw.Expr, source: str = FCRA_ACCURACY
) -> Condition:
    return Condition(condition_id, field_names, text, fires, source)


_FUTURE = (
    _future("Furnisher-DateOpen-1", "opened_on", "the date opened", OPENED_ON),
    _future("Furnisher-DOAI-1", "account_information_on", "the date of account information", INFORMATION_ON),
    _future("Furnisher-DOFD-1", "first_delinquency_on", "the date of first delinquency", DELINQUENT_ON),
    _future("Furnisher-DateClosed-1", "closed_on", "the close date", CLOSED_ON),
    _future("Furnisher-DOLP-1", "last_payment_on", "the date of the last payment", LAST_PAID_ON),
    _future("Furnisher-BirthDate-1", "born_on", "the date of birth", _BORN_ON),
)

_LATENESS = (
    _own(
        "Furnisher-DOFD-2",
        ("first_delinquency_on", "opened_on", "account_type"),
        "first delinquent before it was opened, and not of a collector's type (48, 0C, 77), who opens by placement",
        (DELINQUENT_ON < OPENED_ON) & ~TYPE.is_in(COLLECTOR_TYPES),
    ),
    _own(
        "Furnisher-DOFD-3",
        ("first_delinquency_on", "account_information_on"),
        "first delinquent after the day that the record describes",
        DELINQUENT_ON > INFORMATION_ON,
    ),
    _own(
        "Furnisher-DOFD-4",
        ("first_delinquency_on", "account_status", "account_information_on"),
        "the status says later than the date of first delinquency, 30 days after the due date, allows, by over 3 days",
        any_of(
            *(
                is_status(status) & (days_later(DELINQUENT_ON, least - 30 - _MONTH_SLACK_DAYS) > INFORMATION_ON)
                for status, least in LEAST_LATE_DAYS.items()
            )
        ),
        GUIDE + ": the date of first delinquency is that of the first 30 days' lateness",
    ),
    Condition(
        "Furnisher-Obsolete-1",
        ("first_delinquency_on", "account_status"),
        "first delinquent more than seven years before the day that the file describes, and not deleted",
        (months_later(DELINQUENT_ON, 84) < PERIOD_ON) & ~IS_DELETED,
        FCRA_AGE,
        Severity.BLOCK,
    ),
    _own(
        "Furnisher-History-1",
        ("payment_history",),
        "no history before this month (B) stands before a month with history",
        HISTORY.str.contains("B[^B]"),
        GUIDE + ": B fills the tail only",
    ),
    _own(
        "Furnisher-History-2",
        ("payment_history",),
        "a history that is not 24 of the codes 0 to 6, B, D, E, G, H, J, K and L",
        (HISTORY != "") & ~HISTORY.str.contains("^[0-6BDEGHJKL]{24}$"),
        GUIDE,
    ),
)

_IDENTITY = (
    _own(
        "Furnisher-SSN-1",
        ("ssn",),
        "a social security number of a shape that is never issued",
        _HAS_SSN & (_SSN.str.contains(_UNISSUED_SSN) | ~_SSN.str.contains("^[0-9]{9}$")),
        SSA,
    ),
    _own(
        "Furnisher-SSN-2",
        ("ssn", "born_on"),
        "neither a social security number nor a date of birth",
        ~_HAS_SSN & _BORN_ON.is_null(),
        GUIDE + ": without a number the date of birth is mandatory",
    ),
    _own(
        "Furnisher-AccountNumber-1",
        ("account_number", "ssn"),
        "the account number holds the borrower's social security number",
        _HAS_SSN & _ACCOUNT_NUMBER.str.contains(_SSN, literal=True),
        GUIDE,
    ),
    _own(
        "Furnisher-AccountNumber-2",
        ("account_number",),
        "the account number holds a blank or another character than letters and digits",
        _ACCOUNT_NUMBER.str.contains("[^A-Za-z0-9]"),
        GUIDE,
    ),
    _own(
        "Furnisher-Identification-1",
        ("identification_number",),
        "the identification number has less than five characters, or is all zeros or nines",
        (_IDENTIFICATION != "") & ((_IDENTIFICATION.str.len_chars() < 5) | _IDENTIFICATION.str.contains("^(?:0+|9+)$")),
        GUIDE,
    ),
    _own(
        "Furnisher-Name-1",
        ("surname", "first_name"),
        "surname or first name holds another character than letters, blanks and hyphens",
        any_of(*(nw.col(name).str.contains("[^A-Za-z -]") for name in ("surname", "first_name"))),
        GUIDE,
    ),
    _own(
        "Furnisher-Telephone-1",
        ("telephone", "country_code"),
        "a telephone in the United States that can't be one",
        (_TELEPHONE != "") & _is_in_us() & ~_TELEPHONE.str.contains("^[2-9][0-9]{2}[2-9][0-9]{6}$"),
        NANP,
    ),
    _own(
        "Furnisher-Zip-1",
        ("zip", "country_code"),
        "a zip code in the United States that has neither five nor nine digits",
        (_ZIP != "") & _is_in_us() & ~_ZIP.str.contains("^[0-9]{5}(?:[0-9]{4})?$"),
        USPS,
    ),
)

_SEGMENTS = (
    _own(
        "Furnisher-K1-1",
        ("k1.original_creditor_name", "account_type"),
        "of a collector's type (48, 0C, 77) without a K1 segment that names the original creditor",
        TYPE.is_in(COLLECTOR_TYPES) & ~HAS_K1,
        GUIDE,
    ),
)

CONDITIONS = (*_FUTURE, *_LATENESS, *_IDENTITY, *_SEGMENTS)
