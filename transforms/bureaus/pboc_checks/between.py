"""Checks on the segment between months (J), the instalment plan (I) and special transactions (K)."""

from __future__ import annotations

from schemas.bureaus import pboc_codes as codes
from transforms.bureaus.pboc_checks.check import NO_TAG, Check
from transforms.bureaus.pboc_checks.values import (
    BASE,
    BETWEEN,
    PLAN,
    SPECIAL,
    clean,
    is_after_any,
    is_before_any,
    is_not_zero,
    is_other_than,
    is_type,
    is_zero,
    text,
)

STATUS, _STATE = text(BETWEEN, "AcctStatus"), text(BETWEEN, "RpyStatus")
HAS_ENDED = is_type("C1") & (STATUS == codes.COLLECTION_ENDED)

CHECKS = (
    Check(
        "BLE007",
        "I2100I01",
        "the limit of an instalment plan begins after it ends",
        {"SpecEfctDate": is_after_any(clean(PLAN, "SpecEfctDate"), clean(PLAN, "SpecEndDate"))},
    ),
    Check(
        "BLE016",
        "I2100A16",
        "an account is closed between months",
        {NO_TAG: ~is_type("C1") & STATUS.is_in(list(codes.CLOSED))},
    ),
    Check(
        "BLE018",
        "I2100J06",
        "paid as agreed or within the month (RpyStatus N, M) and something overdue",
        {tag: _STATE.is_in(["N", "M"]) & is_not_zero(clean(BETWEEN, tag)) for tag in ("OverdPrd", "TotOverd")},
    ),
    Check(
        "BLE027",
        "I2100J05",
        "a collection that has ended with a balance",
        {"AcctBal": HAS_ENDED & is_not_zero(clean(BETWEEN, "AcctBal"))},
    ),
    Check(
        "BLE034",
        "I2100J02",
        "a state of repayment between months other than N",
        {"RpyStatus": is_other_than(_STATE, ("N",)) & _STATE.is_in(list(codes.REPAY_STATUS))},
    ),
    Check(
        "BLE040",
        "I2100A14",
        "the last payment of what is reported between months was on another day than the report's",
        {"LatRpyDate": ~is_type("C1") & (clean(BETWEEN, "LatRpyDate") != clean(BASE, "RptDate"))},
    ),
    Check(
        "BLE042",
        "I2100J03",
        "closed before the day of the last payment or of the class",
        {
            "CloseDate": is_before_any(
                clean(BETWEEN, "CloseDate"), clean(BETWEEN, "LatRpyDate"), clean(BETWEEN, "FiveCateAdjDate")
            )
        },
    ),
    Check(
        "BLE043",
        "I2100J04",
        "a collection that has ended without the day when it did",
        {"CloseDate": HAS_ENDED & (text(BETWEEN, "CloseDate") == "")},
    ),
    Check(
        "BLE046",
        "I2100K01",
        "a segment of special transactions with none",
        {"CagOfTrdNm": is_zero(clean(SPECIAL, "CagOfTrdNm"))},
    ),
)
