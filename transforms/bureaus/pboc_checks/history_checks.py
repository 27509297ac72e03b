"""Checks on 210 against what the bureau has of the account, and on the code that a record names.

Readings. "Later" records of an account that was closed or transferred out are those of a later day. A report for a
month of which the bureau has a newer one, or an equally new one, is refused; what is to be changed goes into 212.
"""

from __future__ import annotations

import narwhals as nw

from schemas.bureaus import pboc_codes as codes
from transforms.bureaus.pboc_checks.check import NO_TAG, Check, Needs
from transforms.bureaus.pboc_checks.history import fact, is_ending
from transforms.bureaus.pboc_checks.values import (
    BASE,
    BETWEEN,
    MONTHLY,
    TRANSACTION_GROUP,
    any_of,
    clean,
    has,
    is_filled,
    is_type,
    text,
)

_TYPE, _REPORTED = text(BASE, "AcctType"), clean(BASE, "RptDate")
IS_STILL_CLOSED = (fact("closed day") == fact("status day")) & (
    fact("reopened day").is_null() | (fact("reopened day") <= fact("closed day"))
)
_IS_ENDING = any_of(*(is_ending(_TYPE, text(segment, "AcctStatus")) for segment in (MONTHLY, BETWEEN)))


def _check(
    code: str,
    rule_id: str,
    message: str,
    fires: dict[str, nw.Expr],
    records: tuple[str, ...] = ("210",),
    group: str | None = None,
) -> Check:
    return Check(code, rule_id, message, fires, records, group, Needs.KNOWN)


CHECKS = (
    _check(
        "ABR004",
        "R0001203",
        "the bureau has a report of the account and day",
        {"AcctCode": ~fact("same day").is_null()},
    ),
    _check(
        "ABE012",
        "I0001801",
        "the account's code was replaced by another",
        {NO_TAG: fact("replaced")},
        ("210", "212", "213", "214", "215"),
    ),
    _check(
        "BLR019",
        "R2101204",
        "the account is of another type than the bureau has",
        {"AcctType": _TYPE.is_in(list(codes.ACCOUNT_TYPE)) & (fact("account type") != _TYPE)},
    ),
    _check(
        "BLR020",
        "R2101205",
        "the account is closed already",
        {"AcctStatus": IS_STILL_CLOSED & (fact("closed day") < _REPORTED)},
    ),
    _check(
        "BLR021",
        "R2101206",
        "an account is closed before a report or special event that the bureau has",
        {"RptDate": _IS_ENDING & any_of(fact("last day") > _REPORTED, fact("last event") > _REPORTED)},
    ),
    _check(
        "BLR022",
        "R2101207",
        "the day of the class is before that of the report before, or after that of the report behind",
        {
            "FiveCateAdjDate": any_of(
                *(
                    any_of(
                        clean(segment, "FiveCateAdjDate") < fact("class before"),
                        clean(segment, "FiveCateAdjDate") > fact("class after"),
                    )
                    for segment in (MONTHLY, BETWEEN)
                )
            )
        },
    ),
    _check(
        "BLR023",
        "R2101208",
        "the bureau has a special transaction of the same day and kind",
        {NO_TAG: fact("transaction")},
        group=TRANSACTION_GROUP,
    ),
    _check(
        "BLR024",
        "R2101209",
        "a card's month for which the bill was skipped",
        {NO_TAG: is_type("R2") & has(MONTHLY) & fact("bill skipped")},
    ),
    _check(
        "BLR025",
        "R2101210",
        "the loan was transferred out before",
        {"AcctStatus": is_type("D1") & (fact("transferred day") < _REPORTED)},
    ),
    _check(
        "BLR026",
        "R2101211",
        "a month between the cancelling of a card and its reopening",
        {"RptDate": is_type("R2") & fact("in gap")},
    ),
    _check(
        "BLR027",
        "R2101212",
        "the bureau has a newer report for the month, or one of the same day",
        {"RptDate": has(MONTHLY) & is_filled(text(MONTHLY, "Month")) & (fact("month's day") >= _REPORTED)},
    ),
    _check(
        "BLR028",
        "R2101213",
        "the bureau has a special event of the same day",
        {"RptDate": has(BETWEEN) & fact("event that day")},
    ),
)
