"""Checks on 220: a person's credit agreement."""

from __future__ import annotations

from transforms.bureaus.pboc_checks.check import NO_TAG, Check
from transforms.bureaus.pboc_checks.values import clean, has, is_after_any, is_filled, text

_ONLY = ("220",)
_BASE, _LIMIT = "CtrctBsSgmt", "CreditLimSgmt"
_CEILING, _CEILING_CODE = text(_LIMIT, "CreditRest"), text(_LIMIT, "CreditRestCode")

CHECKS = (
    Check(
        "BCE000",
        "I2200D01",
        "the limit begins after it ends",
        {"ConEffDate": is_after_any(clean(_LIMIT, "ConEffDate"), clean(_LIMIT, "ConExpDate"))},
        _ONLY,
    ),
    Check(
        "BCE004",
        "I2200D02",
        "a ceiling without its code, or a code without the ceiling",
        {NO_TAG: is_filled(_CEILING) != is_filled(_CEILING_CODE)},
        _ONLY,
    ),
    Check(
        "BCR000",
        "R2200101",
        "the base segment or that of the limit is missing",
        {element: ~has(element) for element in (_BASE, _LIMIT)},
        _ONLY,
    ),
)
