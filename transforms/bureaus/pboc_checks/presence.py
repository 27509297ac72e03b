"""Checks of which segments stand in a record at its point, from the tables of `presence_tables`.

Readings. The limit's segment (F) is required for R1, R3 and R4, for D1 that is paid out more than once, and for cards
other than those for large instalment plans; it is forbidden for the others. Both is only asked where the record says
which it is. An account that the bureau does not have yet is asked as at its first report for what its own point does
not ask about. A point that a type of account does not have is reported once, with the code of what must stand there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import narwhals as nw

from schemas.bureaus import pboc_codes as codes
from transforms.bureaus.pboc_checks.check import Check, Needs
from transforms.bureaus.pboc_checks.presence_tables import (
    CODES_210,
    CODES_410,
    FIRST,
    LIMIT_FORBIDDEN_210,
    LIMIT_FORBIDDEN_410,
    LIMIT_REQUIRED_210,
    LIMIT_REQUIRED_410,
    LINES_210,
    LINES_410,
    NOT_AT_210,
    NOT_AT_410,
    Codes,
    Line,
)
from transforms.bureaus.pboc_checks.values import (
    BASE,
    OPENING,
    any_of,
    has,
    is_filled,
    is_type,
    text,
)

IS_NEW = nw.col("known is new")
"""Whether the bureau does not have the account, in frames beside which `history` put what it has."""

_LIMIT = "F"
_IS_LIMITED_CARD = is_type("R2") & is_filled(text(OPENING, "BusiDtlLines"))
_IS_PLAN = text(OPENING, "BusiDtlLines") == codes.LARGE_INSTALMENT
_PAID_OUT = text(OPENING, "Flag")
LIMIT_210 = any_of(
    is_type("R1", "R3", "R4"),
    is_type("D1") & _PAID_OUT.is_in(["1", "2"]),
    _IS_LIMITED_CARD & ~_IS_PLAN,
)
NO_LIMIT_210 = any_of(is_type("D1") & (_PAID_OUT == "0"), is_type("R2") & _IS_PLAN)
LIMIT_410 = any_of(is_type("R1", "R4"), is_type("D1") & _PAID_OUT.is_in(["1", "2"]))
NO_LIMIT_410 = is_type("D1") & (_PAID_OUT == "0")


def _at(point: str) -> nw.Expr:
    return text(BASE, "RptDateCode") == point


def _types_without(lines: tuple[Line, ...], point: str, mark: str, attribute: str) -> tuple[str, ...]:
    return tuple(
        account_type
        for line in lines
        if point in line.points and mark in getattr(line, attribute).split()
        for account_type in line.types
    )


def _segments(lines: tuple[Line, ...], marks: Mapping[str, str], point: str, attribute: str) -> dict[str, nw.Expr]:
    found = {}
    for mark, element in marks.items():
        types = _types_without(lines, point, mark, attribute)
        if types:
            stands = has(element) if attribute == "forbidden" else ~has(element)
            found[element] = stands & is_type(*types)
    return found


def _add(fires: dict[str, nw.Expr], tag: str, truth: nw.Expr) -> None:
    fires[tag] = any_of(fires[tag], truth) if tag in fires else truth


def _checks(
    record: str,
    lines: tuple[Line, ...],
    codes_at: Mapping[str, Codes],
    marks: Mapping[str, str],
    limits: tuple[nw.Expr, nw.Expr],
    limit_points: tuple[tuple[str, ...], tuple[str, ...]],
    not_at: Mapping[str, tuple[str, ...]],
) -> Iterator[Check]:
    limit = marks[_LIMIT]
    for point, point_codes in codes_at.items():
        if point == FIRST:
            continue
        required = _segments(lines, marks, point, "required")
        forbidden = _segments(lines, marks, point, "forbidden")
        if point in limit_points[0]:
            _add(required, limit, ~has(limit) & limits[0])
        if point in limit_points[1]:
            _add(forbidden, limit, has(limit) & limits[1])
        if point in not_at:
            required["AcctType"] = is_type(*not_at[point])
        at = _at(point)
        message = f"a segment that must stand there at point {point} is missing, or the account has no such point"
        yield Check(
            *point_codes.required, message, {tag: at & truth for tag, truth in required.items()}, records=(record,)
        )
        message = f"a segment stands there that must not at point {point}"
        yield Check(
            *point_codes.forbidden, message, {tag: at & truth for tag, truth in forbidden.items()}, records=(record,)
        )


def _first_checks() -> Iterator[Check]:
    point_codes = CODES_210[FIRST]
    at = {point: _at(point) for point in CODES_210 if point not in {FIRST, "10", "31"}}
    for pair, attribute, message in (
        (point_codes.required, "required", "a segment that must stand in the first report of an account is missing"),
        (point_codes.forbidden, "forbidden", "a segment stands there that must not in the first report of an account"),
    ):
        fires: dict[str, nw.Expr] = {}
        for mark, element in codes.SEGMENT_MARK.items():
            stands = has(element) if attribute == "forbidden" else ~has(element)
            for point, is_at in at.items():
                asked = {*_types_without(LINES_210, point, mark, attribute), *NOT_AT_210.get(point, ())}
                types = [each for each in _types_without(LINES_210, FIRST, mark, attribute) if each not in asked]
                if types:
                    _add(fires, element, IS_NEW & is_at & stands & is_type(*types))
        limit = codes.SEGMENT_MARK[_LIMIT]
        is_any = any_of(*at.values())
        if attribute == "required":
            _add(fires, limit, IS_NEW & is_any & ~has(limit) & LIMIT_210)
        yield Check(*pair, message, fires, records=("210",), needs=Needs.KNOWN)


_IS_GUARANTEED = text(OPENING, "GuarMode").is_in(list(codes.GUARANTEED))

CHECKS = (
    *_checks(
        "210",
        LINES_210,
        CODES_210,
        codes.SEGMENT_MARK,
        (LIMIT_210, NO_LIMIT_210),
        (LIMIT_REQUIRED_210, LIMIT_FORBIDDEN_210),
        NOT_AT_210,
    ),
    *_first_checks(),
    Check(
        "BLR014",
        "R2100115",
        "a new or first reported account with a guarantor (GuarMode 3, 5) without the guarantors' segment",
        {"RltRepymtInfSgmt": any_of(_at("10"), _at("31")) & _IS_GUARANTEED & ~is_type("C1") & ~has("RltRepymtInfSgmt")},
        records=("210",),
    ),
    Check("BLR029", "R2100117", "the base segment is missing", {BASE: ~has(BASE)}, records=("210",)),
    *_checks(
        "410",
        LINES_410,
        CODES_410,
        codes.ENTERPRISE_SEGMENT_MARK,
        (LIMIT_410, NO_LIMIT_410),
        (LIMIT_REQUIRED_410, LIMIT_FORBIDDEN_410),
        NOT_AT_410,
    ),
    Check(
        "CLR016",
        "R4100117",
        "a new account with a guarantee (GuarMode 1) without the guarantors' segment",
        {"RltRepymtInfSgmt": _at("10") & (text(OPENING, "GuarMode") == "1") & ~has("RltRepymtInfSgmt")},
        records=("410",),
    ),
    Check(
        "CLR017",
        "R4100118",
        "a new account with a pledge or mortgage (GuarMode 2, 3) without the collateral's segment",
        {
            "MotgaCltalCtrctInfSgmt": _at("10")
            & text(OPENING, "GuarMode").is_in(["2", "3"])
            & ~is_type("D2", "C1")
            & ~has("MotgaCltalCtrctInfSgmt")
        },
        records=("410",),
    ),
    Check("CLR018", "R4100119", "the base segment is missing", {BASE: ~has(BASE)}, records=("410",)),
)
