"""Checks on 211 to 215 against what the bureau has of the account.

Readings. A code that was replaced is no account that is unknown: that has a code of its own (ABE012). A correction of
segment C, I, J or K is of a day for which the bureau has that segment, or later than all of them.
"""

from __future__ import annotations

import narwhals as nw

from schemas.bureaus import pboc_codes as codes
from transforms.bureaus.pboc_checks.check import NO_TAG, Check, Needs
from transforms.bureaus.pboc_checks.history import fact
from transforms.bureaus.pboc_checks.history_checks import IS_STILL_CLOSED
from transforms.bureaus.pboc_checks.presence import IS_NEW
from transforms.bureaus.pboc_checks.values import (
    BETWEEN,
    MONTHLY,
    PARTY_GROUP,
    any_of,
    clean,
    clean_name,
    is_filled,
    months,
    text,
)

_MARK, _TYPE = text("BsSgmt", "MdfcSgmtCode"), text("BsSgmt", "AcctType")
_DAY, _LAST_DAY = clean("BsSgmt", "RptDate"), fact("last day")
_STATUS, _STATUS_BETWEEN = text(MONTHLY, "AcctStatus"), text(BETWEEN, "AcctStatus")
_IS_MONTH, _IS_BETWEEN = _MARK == "H", _MARK == "J"
_IS_CLOSING, _IS_ENDING = _STATUS.is_in(list(codes.CLOSED)), _STATUS_BETWEEN == codes.COLLECTION_ENDED
_CLASS_DAY = clean(MONTHLY, "FiveCateAdjDate")

_EVENT, _FLAG = nw.col("OpetnType"), nw.col("Flag")
_EVENT_DAY, _EVENT_MONTH = nw.col(clean_name("RptDate")), nw.col(clean_name("Month"))
_IS_VALID = _FLAG == "1"
_IS_CANCELLED = IS_STILL_CLOSED


def _of(
    record: str, code: str, rule_id: str, message: str, fires: dict[str, nw.Expr], group: str | None = None
) -> Check:
    return Check(code, rule_id, message, fires, (record,), group, Needs.KNOWN)


def _is_other_type(account_type: str) -> nw.Expr:
    return fact("account type") != account_type


_UNKNOWN = "the bureau does not have the account"
_SKIPPED = _IS_VALID & (_EVENT == codes.BILL_SKIPPED)
_REOPENED = _IS_VALID & (_EVENT == codes.CARD_REOPENED)
_TRANSFERRED = _IS_VALID & (_EVENT == codes.TRANSFERRED_OUT)

CODE_CHECKS = (
    _of(
        "211",
        "BIE001",
        "I2111B02",
        "the old code is not one that the bureau has in use",
        {"OdBnesCode": is_filled(nw.col("OdBnesCode")) & fact("account type").is_null()},
    ),
    _of(
        "211",
        "BIE002",
        "I2111B03",
        "the new code is in use, or was another account's",
        {
            "NwBnesCode": any_of(fact("new code in use"), fact("now") != nw.col("OdBnesCode"))
            & (nw.col("NwBnesCode") != nw.col("OdBnesCode"))
        },
    ),
)
DELETION_CHECKS = (
    _of("213", "BSR000", "R2131203", _UNKNOWN, {NO_TAG: IS_NEW}),
    _of(
        "213",
        "BSR001",
        "R2131201",
        "what is deleted of a reopened card does not begin after its reopening",
        {
            NO_TAG: ~fact("reopened day").is_null()
            & any_of(~is_filled(nw.col("DelStartDate")), nw.col(clean_name("DelStartDate")) <= fact("reopened day"))
        },
    ),
    _of(
        "213",
        "BSR002",
        "R2131202",
        "a special event that holds is in what is deleted",
        {NO_TAG: fact("event in range")},
    ),
    _of("214", "BTE000", "R2141101", _UNKNOWN, {"DelRecCode": IS_NEW}),
)
EVENT_CHECKS = (
    _of("215", "BQR001", "R2151201", _UNKNOWN, {"AcctCode": IS_NEW}),
    _of(
        "215",
        "BQR002",
        "R2151202",
        "a bill is skipped of no card, of a cancelled one, of a month that is reported, or twice",
        {
            "AcctType": _SKIPPED & _is_other_type("R2"),
            "Month": _SKIPPED & any_of(~fact("month's report").is_null(), fact("in gap")),
            "AcctStatus": _SKIPPED & (_EVENT_DAY > _LAST_DAY) & _IS_CANCELLED,
            NO_TAG: _SKIPPED & fact("same event"),
        },
    ),
    _of(
        "215",
        "BQR003",
        "R2151203",
        "a reopening of no card, of one that is not cancelled, of a month that is reported, or twice",
        {
            "AcctType": _REOPENED & _is_other_type("R2"),
            "AcctStatus": _REOPENED & ~IS_NEW & ~_IS_CANCELLED.fill_null(False),
            "Month": _REOPENED & (fact("last month") >= _EVENT_MONTH),
            NO_TAG: _REOPENED & fact("same event"),
        },
    ),
    _of(
        "215",
        "BQR004",
        "R2151204",
        "a transfer of no D1, of a closed one, before the last report, of another than the next month, or twice",
        {
            "AcctType": _TRANSFERRED & _is_other_type("D1"),
            "RptDate": _TRANSFERRED & (_EVENT_DAY <= _LAST_DAY),
            "AcctStatus": _TRANSFERRED & _IS_CANCELLED,
            "Month": _TRANSFERRED & (months(_EVENT_MONTH) - months(fact("last month")) != 1),
            NO_TAG: _TRANSFERRED & fact("same event"),
        },
    ),
    _of(
        "215",
        "BQR005",
        "R2151205",
        "an event is made void that does not hold, or a reopening after which months were reported",
        {
            NO_TAG: (_FLAG == "0") & ~IS_NEW & ~fact("same event"),
            "OpetnType": (_FLAG == "0") & (_EVENT == codes.CARD_REOPENED) & (fact("last month") > _EVENT_MONTH),
        },
    ),
    _of(
        "215",
        "BQR006",
        "R2151206",
        "the bureau has a report of the account and day",
        {NO_TAG: ~fact("same day").is_null()},
    ),
)


def _is_no_day_of(marks: tuple[str, ...]) -> nw.Expr:
    return any_of(*((mark == _MARK) & (fact(f"last {mark}") > _DAY) & ~fact(f"same day {mark}") for mark in marks))


CORRECTION_CHECKS = (
    _of(
        "212",
        "BMR006",
        "R2121214",
        "the cancelling of a card that was reopened is corrected to another state",
        {
            NO_TAG: _IS_MONTH
            & (_TYPE == "R2")
            & ~_IS_CLOSING
            & (fact("month's status") == "4")
            & ~fact("reopened day").is_null()
        },
    ),
    _of("212", "BMR007", "R2121206", _UNKNOWN, {NO_TAG: IS_NEW}),
    _of(
        "212",
        "BMR008",
        "R2121207",
        "not the newest report of the month",
        {"RptDate": _IS_MONTH & (fact("month's report") > _DAY)},
    ),
    _of(
        "212",
        "BMR009",
        "R2121216",
        "a correction of parties, collateral, limit or creditor that is older than what the bureau has",
        {NO_TAG: any_of(*((mark == _MARK) & (fact(f"last {mark}") > _DAY) for mark in ("D", "E", "F", "G")))},
    ),
    _of(
        "212",
        "BMR010",
        "R2121217",
        "an account is closed by the correction, and later months are reported",
        {NO_TAG: _IS_MONTH & _IS_CLOSING & (fact("last H") > _DAY)},
    ),
    _of(
        "212",
        "BMR011",
        "R2121218",
        "the day of the class is before that of the report before, or after that of the report behind",
        {NO_TAG: _IS_MONTH & any_of(fact("class before") > _CLASS_DAY, fact("class after") < _CLASS_DAY)},
    ),
    _of(
        "212",
        "BMR012",
        "R2121211",
        "the account is of another type than the bureau has",
        {"AcctType": _TYPE.is_in(list(codes.ACCOUNT_TYPE)) & (fact("account type") != _TYPE)},
    ),
    _of(
        "212",
        "BMR013",
        "R2121219",
        "a month with a special event that holds",
        {NO_TAG: _IS_MONTH & ~fact("events of month").is_null()},
    ),
    _of(
        "212",
        "BMR014",
        "R2121213",
        "the bureau has a later report of the instalment plan",
        {"RptDate": (_MARK == "I") & (fact("plan's day") > _DAY)},
    ),
    _of(
        "212",
        "BMR015",
        "R2121220",
        "the bureau has a special event of the same day",
        {NO_TAG: _IS_BETWEEN & fact("event that day")},
    ),
    _of(
        "212",
        "BMR016",
        "R2121221",
        "a month after the one in which the account was closed",
        {NO_TAG: _IS_MONTH & (fact("closed H") == fact("last H")) & (fact("last H") < _DAY)},
    ),
    _of(
        "212",
        "BMR017",
        "R2121222",
        "a day after the one on which the collection ended",
        {NO_TAG: _IS_BETWEEN & (_TYPE == "C1") & (fact("closed J") == fact("last J")) & (fact("last J") < _DAY)},
    ),
    _of(
        "212",
        "BMR018",
        "R2121223",
        "a collection ends by the correction, and the bureau has later reports",
        {NO_TAG: _IS_BETWEEN & (_TYPE == "C1") & _IS_ENDING & (fact("last J") > _DAY)},
    ),
    _of(
        "212",
        "BMR019",
        "R2121224",
        "a correction of the base segment is not of the day of the last report",
        {NO_TAG: (_MARK == "B") & (fact("last B") != _DAY)},
    ),
    _of(
        "212",
        "BMR021",
        "R2121215",
        "a correction of a day for which the bureau does not have the segment",
        {NO_TAG: _is_no_day_of(("C", "I", "J", "K"))},
    ),
)
PARTY_CHECKS = (
    _of(
        "212",
        "BMR020",
        "R2121225",
        "the borrower answers for the own loan as another party",
        {
            NO_TAG: (nw.col("ArlpCertType") == fact("id type"))
            & (nw.col("ArlpCertNum") == fact("id number"))
            & (nw.col("InfoIDType") != codes.ORGANISATION)
        },
        PARTY_GROUP,
    ),
)
CHECKS = (*CODE_CHECKS, *CORRECTION_CHECKS, *PARTY_CHECKS, *DELETION_CHECKS, *EVENT_CHECKS)
