"""Checks on who answers for a loan (D) and who shares a credit agreement, row by row.

Readings. A party is the borrower when it is a person with the same kind and number of identity; 410 compares without
that, as both are organisations. Whether the borrower's number is right is asked elsewhere.
"""

from __future__ import annotations

import narwhals as nw

from schemas.bureaus import pboc_codes as codes
from transforms.bureaus.pboc_checks.check import NO_TAG, Check
from transforms.bureaus.pboc_checks.values import BASE, PARTY_GROUP, is_filled, is_other_than, text

AGREEMENT_GROUP = "CtrctCertRelSgmt.CtrctCertRel"
_LIABILITY, _AMOUNT = nw.col("ArlpType"), nw.col("ArlpAmt")
_IS_GUARANTOR = _LIABILITY == codes.GUARANTOR


def _is_of_other_kind(party: str, kind: str) -> nw.Expr:
    codes_of_persons = [code for code in codes.PARTY_ID_TYPE if code not in codes.ORGANISATION_ID_TYPE]
    return (nw.col(party) == codes.ORGANISATION) & nw.col(kind).is_in(codes_of_persons)


def _is_same(segment: str, kind: str, number: str) -> nw.Expr:
    is_same = (nw.col(kind) == text(segment, "IDType")) & (nw.col(number) == text(segment, "IDNum"))
    return is_same & is_filled(nw.col(number))


def _is_missing(tag: str) -> nw.Expr:
    return _IS_GUARANTOR & ~is_filled(nw.col(tag))


def _check(
    code: str, rule_id: str, message: str, fires: dict[str, nw.Expr], records: tuple[str, ...], group: str = PARTY_GROUP
) -> Check:
    return Check(code, rule_id, message, fires, records, group)


_PERSONS, _ENTERPRISES, _AGREEMENTS = ("210", "212"), ("410",), ("220",)
_NO_AMOUNT = "a guarantor without the amount of the guarantee"
_NO_GUARANTEE = "a guarantor without sign of a joint guarantee or without number of the guarantee contract"
_OTHER_KIND = "an organisation with a kind of number that only persons have"

CHECKS = (
    _check("BLE003", "I2100D01", _NO_AMOUNT, {"ArlpAmt": _is_missing("ArlpAmt")}, _PERSONS),
    _check(
        "BLE048",
        "I2100D04",
        _NO_GUARANTEE,
        {tag: _is_missing(tag) for tag in ("WartySign", "MaxGuarMcc")},
        _PERSONS,
    ),
    _check("BLE032", "I2100D02", _OTHER_KIND, {NO_TAG: _is_of_other_kind("InfoIDType", "ArlpCertType")}, _PERSONS),
    _check(
        "BLE041",
        "I2100A15",
        "the borrower answers for the own loan as another party",
        {NO_TAG: _is_same(BASE, "ArlpCertType", "ArlpCertNum") & (nw.col("InfoIDType") != codes.ORGANISATION)},
        ("210",),
    ),
    _check(
        "CLE006",
        "I4100D01",
        "an amount that a co-borrower answers for, or a guarantor or other party without one",
        {
            "ArlpAmt": ((_LIABILITY == codes.BORROWER) & is_filled(_AMOUNT))
            | (is_other_than(_LIABILITY, (codes.BORROWER,)) & ~is_filled(_AMOUNT))
        },
        _ENTERPRISES,
    ),
    _check(
        "CLE007",
        "I4100D02",
        _NO_GUARANTEE,
        {tag: _is_missing(tag) for tag in ("WartySign", "MaxGuarMcc")},
        _ENTERPRISES,
    ),
    _check("CLE008", "I4100D03", _OTHER_KIND, {NO_TAG: _is_of_other_kind("ArlpIDType", "ArlpCertType")}, _ENTERPRISES),
    _check(
        "CLE030",
        "I4100A07",
        "the enterprise answers for its own loan as another party",
        {NO_TAG: _is_same(BASE, "ArlpCertType", "ArlpCertNum") & (nw.col("ArlpIDType") != codes.PERSON)},
        _ENTERPRISES,
    ),
    _check(
        "BCE002",
        "I2200C01",
        _OTHER_KIND,
        {NO_TAG: _is_of_other_kind("BrerType", "CertRelIDType")},
        _AGREEMENTS,
        AGREEMENT_GROUP,
    ),
    _check(
        "BCE003",
        "I2200A01",
        "the holder of the limit shares it with the same person",
        {NO_TAG: _is_same("CtrctBsSgmt", "CertRelIDType", "CertRelIDNum") & (nw.col("BrerType") != codes.ORGANISATION)},
        _AGREEMENTS,
        AGREEMENT_GROUP,
    ),
)
