"""Checks on 211 to 215, requests about accounts, as far as the request alone tells.

Readings. That a correction of the base segment holds nothing but name, identity and branch follows from its layout; a
tag besides is seen where the file is read.
"""

from __future__ import annotations

from collections.abc import Mapping

import narwhals as nw

from schemas.bureaus import pboc_codes as codes
from schemas.bureaus.pboc_account import ACCOUNT
from schemas.bureaus.tagged import Presence
from transforms.bureaus.pboc_checks.check import NO_TAG, Check
from transforms.bureaus.pboc_checks.values import any_of, clean_name, has, is_after_any, is_filled, month_of, text

_MARK, _TYPE = text("BsSgmt", "MdfcSgmtCode"), text("BsSgmt", "AcctType")
_START, _END = nw.col("DelStartDate"), nw.col("DelEndDate")


def _types_without() -> Mapping[str, list[str]]:
    return {
        segment.mark: [each for each in codes.ACCOUNT_TYPE if segment.presence_for(each) is Presence.ABSENT]
        for segment in ACCOUNT.segments.values()
    }


def _is_other_content() -> nw.Expr:
    return any_of(
        *(
            (mark == _MARK)
            & (~has(element) | any_of(*(has(other) for other in codes.SEGMENT_MARK.values() if other != element)))
            for mark, element in codes.SEGMENT_MARK.items()
        )
    )


CHECKS = (
    Check(
        "BIE000",
        "I2110B01",
        "the new code is the old one",
        {NO_TAG: is_filled(nw.col("OdBnesCode")) & (nw.col("OdBnesCode") == nw.col("NwBnesCode"))},
        ("211",),
    ),
    Check(
        "BMR001",
        "R2120102",
        "the segment that is to be corrected is not the one that stands there",
        {NO_TAG: _is_other_content()},
        ("212",),
    ),
    Check(
        "BMR005",
        "R2120107",
        "the segment to be corrected is one that accounts of the type don't have",
        {NO_TAG: any_of(*((mark == _MARK) & _TYPE.is_in(types) for mark, types in _types_without().items() if types))},
        ("212",),
    ),
    Check(
        "BSE000",
        "I2130B01",
        "neither first nor last day of what is deleted",
        {NO_TAG: (_START == "") & (_END == "")},
        ("213",),
    ),
    Check(
        "BSE001",
        "I2130B02",
        "the first day of what is deleted is after the last",
        {"DelStartDate": is_after_any(nw.col(clean_name("DelStartDate")), nw.col(clean_name("DelEndDate")))},
        ("213",),
    ),
    Check(
        "BQR000",
        "I2150B01",
        "the event is in another month than the report",
        {NO_TAG: month_of(nw.col(clean_name("RptDate"))) != nw.col(clean_name("Month"))},
        ("215",),
    ),
)
