"""Checks on 110: a person, who is employed, married, educated; and on 120: family.

Readings. One public source asks for an employer of soldiers (37) too, the rule does not name them, and neither does
this. A tag that must not stand there is at fault even without a value. Two identities are the same when kind and number
are.
"""

from __future__ import annotations

import narwhals as nw

from schemas.bureaus import pboc_person_codes as codes
from schemas.bureaus.pboc_person import OCCUPATION, SPOUSE
from schemas.bureaus.tagged import Presence
from transforms.bureaus.pboc_checks.check import NO_TAG, Check
from transforms.bureaus.pboc_checks.values import any_of, clean, has, is_after_any, is_filled, is_zero, text

_ONLY = ("110",)
OTHER_IDENTITIES = "IDSgmt.IDRec"
_BASE, _SITUATION, _SPOUSE, _EDUCATION, _WORK = "BsSgmt", "FcsInfSgmt", "SpsInfSgmt", "EduInfSgmt", "OctpnInfSgmt"
_FIRST_SEGMENTS = ("FcsInfSgmt", "SpsInfSgmt", "EduInfSgmt", "OctpnInfSgmt", "RedncInfSgmt", "MlgInfSgmt")

_STATUS, _MARITAL = text(_WORK, "EmpStatus"), text(_SPOUSE, "MariStatus")
_IS_EMPLOYED, _IS_MARRIED = _STATUS.is_in(list(codes.EMPLOYED)), _MARITAL.is_in(list(codes.MARRIED))
_IS_NOT_EMPLOYED = _STATUS.is_in([code for code in codes.EMPLOYMENT if code not in codes.EMPLOYED])
_IS_NOT_MARRIED = _MARITAL.is_in([code for code in codes.MARITAL if code not in codes.MARRIED])

_OF_EMPLOYER = tuple(item.tag for item in OCCUPATION.items if item.presence is Presence.CONDITIONAL)
_OF_SPOUSE = tuple(item.tag for item in SPOUSE.items if item.presence is Presence.CONDITIONAL)


def _stands_wrong(segment: str, tags: tuple[str, ...], must: nw.Expr, must_not: nw.Expr) -> dict[str, nw.Expr]:
    return {tag: (must & text(segment, tag).is_null()) | (must_not & ~text(segment, tag).is_null()) for tag in tags}


def _only_one(tag: str, other: str) -> nw.Expr:
    return ~is_filled(text(_SPOUSE, tag)) & is_filled(text(_SPOUSE, other))


def _is_borrower(kind: nw.Expr, number: nw.Expr) -> nw.Expr:
    is_same = (kind == text(_BASE, "IDType")) & (number == text(_BASE, "IDNum"))
    return is_filled(number) & is_same


CHECKS = (
    Check(
        "BBD000",
        "S1100101",
        "a tag of the employer is missing of someone who is employed, or there of someone who is not",
        _stands_wrong(_WORK, _OF_EMPLOYER, _IS_EMPLOYED, _IS_NOT_EMPLOYED),
        _ONLY,
    ),
    Check(
        "BBD001",
        "S1100102",
        "a tag of the spouse is missing of someone who is married, or there of someone who is not",
        _stands_wrong(_SPOUSE, _OF_SPOUSE, _IS_MARRIED, _IS_NOT_MARRIED),
        _ONLY,
    ),
    Check(
        "BBD002",
        "I1100A01",
        "another identity is the one of the base segment",
        {NO_TAG: _is_borrower(nw.col("OthIDType"), nw.col("OthIDNum"))},
        _ONLY,
        group=OTHER_IDENTITIES,
    ),
    Check(
        "BBD003",
        "I1100A02",
        "the spouse has the identity of the person",
        {NO_TAG: _is_borrower(text(_SPOUSE, "SpoIDType"), text(_SPOUSE, "SpoIDNum"))},
        _ONLY,
    ),
    Check(
        "BBE001",
        "I1100D01",
        "born after the day of the last change",
        {NO_TAG: is_after_any(clean(_SITUATION, "DOB"), clean(_SITUATION, "FcsInfoUpDate"))},
        _ONLY,
    ),
    Check(
        "BBE002",
        "I1100E01",
        "the spouse's kind of number without a number, or a number without its kind",
        {"SpoIDType": _only_one("SpoIDType", "SpoIDNum"), "SpoIDNum": _only_one("SpoIDNum", "SpoIDType")},
        _ONLY,
    ),
    Check(
        "BBE004",
        "I1100F03",
        "a degree with a level of education that gives none (30, 40, 70, 80)",
        {
            "AcaDegree": text(_EDUCATION, "EduLevel").is_in(list(codes.WITHOUT_DEGREE))
            & text(_EDUCATION, "AcaDegree").is_in([code for code in codes.DEGREE if code not in codes.NO_DEGREE])
        },
        _ONLY,
    ),
    Check(
        "BBE005",
        "I1100G04",
        "head of an authority or soldier (0, X) with an employer that is not public (30, 40, 50)",
        {
            "Occupation": text(_WORK, "CpnType").is_in(list(codes.NOT_PUBLIC))
            & text(_WORK, "Occupation").is_in(list(codes.PUBLIC_POSTS))
        },
        _ONLY,
    ),
    Check(
        "BBE006",
        "I1100C01",
        "a segment of other identities with none",
        {"IDNm": is_zero(clean("IDSgmt", "IDNm"))},
        _ONLY,
    ),
    Check(
        "BBR000",
        "R1100101",
        "a segment that a new customer must have is missing, or the base segment",
        {
            _BASE: ~has(_BASE),
            **{element: (text(_BASE, "RptDateCode") == "10") & ~has(element) for element in _FIRST_SEGMENTS},
        },
        _ONLY,
    ),
    Check(
        "BFE000",
        "I1200B01",
        "both family members have the same kind and number of identity",
        {
            NO_TAG: any_of(
                is_filled(nw.col("IDNum"))
                & (nw.col("IDType") == nw.col("FamMemCertType"))
                & (nw.col("IDNum") == nw.col("FamMemCertNum"))
            )
        },
        ("120",),
    ),
)
