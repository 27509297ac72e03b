"""Checks on the monthly segment (H) of a person's account: the state of repayment and what must agree with it.

Readings. An amount that is not there is not asked about. "Not activated" (6) is a state of cards; for loans the code
says that collateral is short.
"""

from __future__ import annotations

import narwhals as nw

from schemas.bureaus import pboc_codes as codes
from transforms.bureaus.pboc_checks.check import NO_TAG, Check
from transforms.bureaus.pboc_checks.values import (
    MONTHLY,
    clean,
    is_before_any,
    is_filled,
    is_not_zero,
    is_other_than,
    is_type,
    is_zero,
    month_of,
    number,
    text,
)

STATUS, STATE = text(MONTHLY, "AcctStatus"), text(MONTHLY, "RpyStatus")
IS_CLOSED = STATUS.is_in(list(codes.CLOSED))
_IS_IDLE = is_type("R2", "R3") & (STATUS == codes.NOT_ACTIVATED)
_IS_CLEAR, _IS_AS_AGREED = STATE == "*", STATE.is_in(["N", "M"])
_IS_LATE = STATE.is_in(list(codes.LATE))


def _value(tag: str) -> nw.Expr:
    return clean(MONTHLY, tag)


def _not_zero(is_asked: nw.Expr, *tags: str) -> dict[str, nw.Expr]:
    return {tag: is_asked & is_not_zero(_value(tag)) for tag in tags}


CHECKS = (
    Check(
        "BLE001",
        "I2100H14",
        "a closed account without the day when it was closed",
        {"CloseDate": IS_CLOSED & (text(MONTHLY, "CloseDate") == "")},
    ),
    Check(
        "BLE002",
        "I2100H01",
        "a card with nothing due (RpyStatus *) and a share of the bill that was paid",
        {"RpyPrct": is_type("R2") & _IS_CLEAR & is_filled(text(MONTHLY, "RpyPrct"))},
    ),
    Check(
        "BLE004", "I2100H15", "a closed account with something overdue", _not_zero(IS_CLOSED, "OverdPrd", "TotOverd")
    ),
    Check(
        "BLE011",
        "I2100H13",
        "closed before the day of settlement, of the last payment or of the class",
        {
            "CloseDate": is_before_any(
                _value("CloseDate"), _value("SettDate"), _value("LatRpyDate"), _value("FiveCateAdjDate")
            )
        },
    ),
    Check(
        "BLE012",
        "I2100H02",
        "the day of settlement is in another month",
        {"SettDate": month_of(_value("SettDate")) != _value("Month")},
    ),
    Check(
        "BLE013",
        "I2100H03",
        "a bad debt (41, 42, 51, 52) with nothing overdue",
        {"TotOverd": STATUS.is_in(list(codes.BAD_DEBT)) & is_zero(_value("TotOverd"))},
    ),
    Check(
        "BLE014",
        "I2100H04",
        "a card that is not activated with a balance, a state of repayment other than * or something overdue",
        {
            **_not_zero(_IS_IDLE, "AcctBal"),
            "RpyStatus": _IS_IDLE & is_other_than(STATE, ("*",)),
            **_not_zero(_IS_IDLE, "OverdPrd", "TotOverd"),
        },
    ),
    Check(
        "BLE015",
        "I2100H05",
        "nothing due (RpyStatus *) and something due, overdue or billed",
        _not_zero(_IS_CLEAR, "CurRpyAmt", "OverdPrd", "TotOverd", "PridAcctBal"),
    ),
    Check(
        "BLE017",
        "I2100H07",
        "paid as agreed or within the month (RpyStatus N, M) and something overdue",
        _not_zero(_IS_AS_AGREED, "OverdPrd", "TotOverd"),
    ),
    Check(
        "BLE019",
        "I2100H09",
        "late (RpyStatus 1 to 7) and nothing overdue",
        {tag: _IS_LATE & is_zero(_value(tag)) for tag in ("OverdPrd", "TotOverd")},
    ),
    Check(
        "BLE020",
        "I2100H10",
        "more principal overdue than all that is overdue",
        {NO_TAG: is_type("D1", "R1", "R4") & (number(MONTHLY, "OverdPrinc") > number(MONTHLY, "TotOverd"))},
    ),
    Check(
        "BLE022",
        "I2100A01",
        "a quasi-credit card overdrawn for 180 days by more than its balance",
        {"OvedrawBaOve180": is_type("R3") & (number(MONTHLY, "OvedrawBaOve180") > number(MONTHLY, "AcctBal"))},
    ),
    Check(
        "BLE023",
        "I2100A02",
        "a quasi-credit card without overdraft (RpyStatus *) and with a balance",
        _not_zero(is_type("R3") & _IS_CLEAR, "AcctBal"),
    ),
    Check(
        "BLE025",
        "I2100A04",
        "a quasi-credit card that is late (RpyStatus 1 to 7) without a balance",
        {"AcctBal": is_type("R3") & _IS_LATE & is_zero(_value("AcctBal"))},
    ),
    Check("BLE026", "I2100H11", "a closed account with a balance", _not_zero(IS_CLOSED, "AcctBal")),
    Check(
        "BLE030",
        "I2100H12",
        "a closed account with a state of repayment other than C and G",
        {"RpyStatus": IS_CLOSED & is_other_than(STATE, ("C", "G"))},
    ),
)
