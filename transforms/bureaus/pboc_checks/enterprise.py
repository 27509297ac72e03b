"""Checks on 410: an enterprise's account.

Readings. The rule that names the state "2, closed" means 21. That the line of business of a collection account is 41
or 51 is fed back with the tag of the balance in the public list; the tag here is that of the line.
Months by which the day due moves with an extension: the rule writes its code as 01, the table as 1; both are taken.
"""

from __future__ import annotations

import narwhals as nw

from schemas.bureaus import pboc_codes as codes
from transforms.bureaus.pboc_checks.check import NO_TAG, Check, Confidence
from transforms.bureaus.pboc_checks.values import (
    BASE,
    LIABILITY,
    OPENING,
    SPECIAL,
    TRANSACTION_GROUP,
    any_of,
    clean,
    clean_name,
    is_after_any,
    is_filled,
    is_not_zero,
    is_other_than,
    is_type,
    is_zero,
    number,
    text,
)

_ONLY = ("410",)
_STATUS, _MODE = text(LIABILITY, "AcctStatus"), text(OPENING, "RepayMode")
_FREQUENCY = text(OPENING, "RepayFreqcy")
_IS_CLOSED = _STATUS == codes.ENTERPRISE_CLOSED
_BAD_DEBT = ("31", "32")
_CLOSED_ON, _OPENED = clean(LIABILITY, "CloseDate"), clean(OPENING, "OpenDate")
_NEXT = clean(LIABILITY, "NxtAgrrRpyDate")
_TRANSACTION_DAY = nw.col(clean_name("TranDate"))
_MONTHLY, _OTHER_FREQUENCY = "10", "99"
_COLLECTED = ("51", "41")

_DAYS_DONE = ("BalChgDate", "LatRpyDate", "LatAgrrRpyDate", "FiveCateAdjDate")
"""Days of what has been, in the segment of repayment."""


def _value(tag: str) -> nw.Expr:
    return clean(LIABILITY, tag)


_OPENED_LATE = "opened after another day of the record"
_CLOSED_EARLY = "closed before another day of the record"

CHECKS = (
    Check(
        "CLE001",
        "I4100C02",
        "the account was opened after it falls due",
        {"OpenDate": is_after_any(_OPENED, clean(OPENING, "DueDate"))},
        _ONLY,
    ),
    Check(
        "CLE002",
        "I4100C03",
        "an aggregated repayment (RepayMode 90) that is not monthly (RepayFreqcy 10)",
        {"RepayFreqcy": (_MODE == codes.AGGREGATED) & is_other_than(_FREQUENCY, (_MONTHLY,))},
        _ONLY,
    ),
    Check(
        "CLE003",
        "I4100C04",
        "repaid without instalments (RepayMode 2x) with another frequency than 99",
        {"RepayFreqcy": _MODE.str.starts_with("2") & is_other_than(_FREQUENCY, (_OTHER_FREQUENCY,))},
        _ONLY,
    ),
    Check(
        "CLE004",
        "I4100C05",
        "a loan (D1, R4) that is repaid as only revolving ones are",
        {"RepayMode": is_type("D1", "R4") & _MODE.is_in(["31", "32", "33", "39"])},
        _ONLY,
    ),
    Check(
        "CLE005",
        "I4100C06",
        "a revolving account (R1) that is repaid as only other loans are",
        {"RepayMode": is_type("R1") & _MODE.is_in(list(codes.REPAY_MODE_BY_TYPE["R4"]))},
        _ONLY,
    ),
    Check(
        "CLE012",
        "I4100H02",
        "a closed account with a balance",
        {"AcctBal": _IS_CLOSED & is_not_zero(_value("AcctBal"))},
        _ONLY,
    ),
    Check(
        "CLE013",
        "I4100H03",
        "closed without the day of closing, or a day of closing and not closed",
        {
            "CloseDate": any_of(
                _IS_CLOSED & (text(LIABILITY, "CloseDate") == ""),
                is_other_than(_STATUS, (codes.ENTERPRISE_CLOSED,)) & is_filled(text(LIABILITY, "CloseDate")),
            )
        },
        _ONLY,
    ),
    Check(
        "CLE014",
        "I4100H04",
        "a bad debt (31, 32) with nothing overdue",
        {"TotOverd": _STATUS.is_in(list(_BAD_DEBT)) & is_zero(_value("TotOverd"))},
        _ONLY,
    ),
    Check(
        "CLE015",
        "I4100H05",
        "a closed account with something overdue",
        {tag: _IS_CLOSED & is_not_zero(_value(tag)) for tag in ("TotOverd", "OverdPrinc", "OverdDy")},
        _ONLY,
    ),
    Check(
        "CLE016",
        "I4100H06",
        "more principal overdue than all that is overdue",
        {"OverdPrinc": ~is_type("C1") & (number(LIABILITY, "OverdPrinc") > number(LIABILITY, "TotOverd"))},
        _ONLY,
    ),
    Check(
        "CLE017",
        "I4100H07",
        "more principal in the last payment than was paid",
        {"LatRpyAmt": number(LIABILITY, "LatRpyPrincAmt") > number(LIABILITY, "LatRpyAmt")},
        _ONLY,
    ),
    Check(
        "CLE018",
        "I4100H08",
        "something overdue for no day, or days overdue with nothing overdue",
        {"OverdDy": is_not_zero(_value("TotOverd")) != is_not_zero(_value("OverdDy"))},
        _ONLY,
    ),
    Check(
        "CLE019",
        "I4100H09",
        "closed before the day of balance, payment, agreed payment or class",
        {tag: _value(tag) > _CLOSED_ON for tag in _DAYS_DONE},
        _ONLY,
    ),
    Check(
        "CLE020",
        "I4100H10",
        "a closed account with a next agreed payment",
        {"NxtAgrrRpyDate": _IS_CLOSED & is_filled(text(LIABILITY, "NxtAgrrRpyDate"))},
        _ONLY,
    ),
    Check(
        "CLE021",
        "I4100H11",
        "the next agreed payment is before the day of balance, payment, agreed payment or class",
        {tag: _value(tag) > _NEXT for tag in _DAYS_DONE},
        _ONLY,
    ),
    Check(
        "CLE023",
        "I4100I02",
        "a segment of special transactions with none",
        {"CagOfTrdNm": is_zero(clean(SPECIAL, "CagOfTrdNm"))},
        _ONLY,
    ),
    Check(
        "CLE024",
        "I4100A01",
        _OPENED_LATE,
        {tag: _value(tag) < _OPENED for tag in (*_DAYS_DONE, "NxtAgrrRpyDate", "CloseDate")},
        _ONLY,
    ),
    Check(
        "CLE026",
        "I4100A03",
        "a report of closing (20) and not closed (21), or closed at another point",
        {
            "RptDate": any_of(
                (text(BASE, "RptDateCode") == "20") & is_other_than(_STATUS, (codes.ENTERPRISE_CLOSED,)),
                is_other_than(text(BASE, "RptDateCode"), ("20",)) & _IS_CLOSED,
            )
        },
        _ONLY,
    ),
    Check(
        "CLE027",
        "I4100A04",
        "a collection account (C1) of another line than 41 and 51",
        {"BusiLines": is_type("C1") & is_other_than(text(OPENING, "BusiLines"), _COLLECTED)},
        _ONLY,
        confidence=Confidence.MEDIUM,
    ),
    Check(
        "CLE029",
        "I4100A06",
        "an aggregated repayment (RepayMode 90) of another account than D1 and R1",
        {"RepayMode": ~is_type("D1", "R1") & (_MODE == codes.AGGREGATED)},
        _ONLY,
    ),
    Check(
        "CLE031",
        "I4100H12",
        "the next agreed payment is before the report",
        {NO_TAG: clean(BASE, "RptDate") > _NEXT},
        _ONLY,
    ),
)

TRANSACTION_CHECKS = (
    Check(
        "CLE022",
        "I4100I01",
        "an extension by no month",
        {"DueTranMon": nw.col("ChanTranType").is_in(["1", "01"]) & is_zero(nw.col(clean_name("DueTranMon")))},
        _ONLY,
        TRANSACTION_GROUP,
    ),
    Check("CLE024", "I4100A01", _OPENED_LATE, {"TranDate": _OPENED > _TRANSACTION_DAY}, _ONLY, TRANSACTION_GROUP),
    Check(
        "CLE028",
        "I4100A05",
        "a transaction of more than the amount lent",
        {"TranAmt": nw.col(clean_name("TranAmt")).cast(nw.Int64) > number(OPENING, "LoanAmt")},
        _ONLY,
        TRANSACTION_GROUP,
    ),
    Check(
        "CLE033",
        "I4100A10",
        "closed before a transaction",
        {NO_TAG: _CLOSED_ON < _TRANSACTION_DAY},
        _ONLY,
        TRANSACTION_GROUP,
    ),
)
