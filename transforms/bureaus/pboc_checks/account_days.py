"""Checks between the segments of a person's account: days that must come in order, the point and the state.

Readings. Where a collection account (C1) is reported as closed (20), it must have ended (2); the rule names only the
states of other accounts.
"""

from __future__ import annotations

import narwhals as nw

from schemas.bureaus import pboc_codes as codes
from transforms.bureaus.pboc_checks.between import STATUS as STATUS_BETWEEN
from transforms.bureaus.pboc_checks.check import Check
from transforms.bureaus.pboc_checks.monthly import STATUS as STATUS_OF_MONTH
from transforms.bureaus.pboc_checks.values import (
    BASE,
    BETWEEN,
    MONTHLY,
    OPENING,
    PLAN,
    TRANSACTION_GROUP,
    any_of,
    clean,
    clean_name,
    is_after_any,
    is_before_any,
    is_days_after,
    is_other_than,
    is_type,
    months,
    text,
)

_OPENED, _REPORTED = clean(OPENING, "OpenDate"), clean(BASE, "RptDate")
_CLOSED = (clean(MONTHLY, "CloseDate"), clean(BETWEEN, "CloseDate"))
_PLAN_DAYS = (clean(PLAN, "SpecEfctDate"), clean(PLAN, "SpecEndDate"))
_TRANSACTION_DAY = nw.col(clean_name("TranDate"))
_POINT = text(BASE, "RptDateCode")
_NEW_DAYS, _CLOSED_DAYS = 30, 30

_OPENED_LATE = "opened after another day of the record: settlement, class, payment, closing, plan, transaction"
_CLOSED_EARLY = "closed before the first day of an instalment plan or before a transaction"

CHECKS = (
    Check(
        "BLE005",
        "I2100A09",
        _OPENED_LATE,
        {
            "OpenDate": is_after_any(
                _OPENED,
                *(clean(MONTHLY, tag) for tag in ("SettDate", "FiveCateAdjDate", "LatRpyDate", "CloseDate")),
                *(clean(BETWEEN, tag) for tag in ("FiveCateAdjDate", "LatRpyDate", "CloseDate")),
                *_PLAN_DAYS,
            )
        },
        records=("210",),
    ),
    Check(
        "BLE006",
        "I2100A10",
        _CLOSED_EARLY,
        {"CloseDate": any_of(*(is_before_any(closed, _PLAN_DAYS[0]) for closed in _CLOSED))},
        records=("210",),
    ),
    Check(
        "BLE008",
        "I2100A11",
        f"a new account that was opened {_NEW_DAYS} days before the report or earlier",
        {"RptDate": (_POINT == "10") & is_days_after(_REPORTED, _OPENED, _NEW_DAYS)},
        records=("210",),
    ),
    Check(
        "BLE010",
        "I2100A12",
        f"a closed account that was closed {_CLOSED_DAYS} days before the report or earlier",
        {"RptDate": (_POINT == "20") & any_of(*(is_days_after(_REPORTED, closed, _CLOSED_DAYS) for closed in _CLOSED))},
        records=("210",),
    ),
    Check(
        "BLE037",
        "I2100A08",
        "a report of closing (20, 32), and the account is not closed",
        {
            "AcctStatus": any_of(
                ~is_type("C1") & _POINT.is_in(["20", "32"]) & is_other_than(STATUS_OF_MONTH, codes.CLOSED),
                (_POINT == "20") & is_type("C1") & is_other_than(STATUS_BETWEEN, (codes.COLLECTION_ENDED,)),
            )
        },
        records=("210",),
    ),
    Check(
        "BLE039",
        "I2100A13",
        "the month is neither the report's nor a month beside it",
        {"RptDate": (months(_REPORTED) - months(clean(MONTHLY, "Month"))).abs() > 1},
    ),
)

TRANSACTION_CHECKS = (
    Check(
        "BLE005",
        "I2100A09",
        _OPENED_LATE,
        {"OpenDate": is_after_any(_OPENED, _TRANSACTION_DAY)},
        records=("210",),
        group=TRANSACTION_GROUP,
    ),
    Check(
        "BLE006",
        "I2100A10",
        _CLOSED_EARLY,
        {"CloseDate": any_of(*(is_before_any(closed, _TRANSACTION_DAY) for closed in _CLOSED))},
        records=("210",),
        group=TRANSACTION_GROUP,
    ),
)
"""What the two checks of these codes ask about each special transaction."""
