"""Checks of which segments stand in a loan account's record at its point: 210 and 410.

The tables are written down here once more, by type, from the words of the rules.
"""

import pytest

from tests.transforms.pboc_cases import ENGINES, Cases, findings
from tests.transforms.pboc_records import (
    COLLATERAL,
    CREDITOR,
    ENTERPRISE_CREDITOR,
    ENTERPRISE_PARTIES,
    ENTERPRISE_POINTS,
    LIMIT,
    PARTIES,
    PLAN,
    POINTS,
    SPECIAL,
    account,
    between,
    enterprise,
    monthly,
    opening,
    without,
)

SEGMENT = {
    **{"C": "AcctBsInfSgmt", "D": "RltRepymtInfSgmt", "E": "MotgaCltalCtrctInfSgmt", "F": "AcctCredSgmt"},
    **{"G": "OrigCreditorInfSgmt", "H": "AcctMthlyBlgInfSgmt", "I": "SpecPrdSgmt", "J": "AcctDbtInfSgmt"},
    "K": "AcctSpecTrstDspnSgmt",
}
CODES = {
    **{"10": ("BLR000", "BLR001"), "31": ("BLR002", "BLR003"), "30": ("BLR006", "BLR007")},
    **{"40": ("BLR008", "BLR009"), "20": ("BLR010", "BLR011"), "32": ("BLR012", "BLR013")},
}
REQUIRED = {
    **{(kind, point): "CH" for kind in ("D1", "R1", "R4", "R2", "R3") for point in ("10", "31")},
    **{(kind, point): "H" for kind in ("D1", "R1", "R4", "R2", "R3") for point in ("20", "30", "32")},
    **{(kind, "40"): "J" for kind in ("D1", "R1", "R4", "R2")},
    **{("C1", "10"): "CGJ", ("C1", "20"): "J", ("C1", "40"): "J"},
}
REQUIRED |= {(kind, point): "CHF" for kind in ("R1", "R4", "R2", "R3") for point in ("10", "31")}
FORBIDDEN = {
    **{(kind, "10"): "GIJK" for kind in ("D1", "R1", "R4", "R3")},
    **{(kind, point): "GIJ" for kind in ("D1", "R1", "R4", "R3") for point in ("20", "30", "31", "32")},
    **{("R2", point): "GJ" for point in ("20", "30", "31", "32")},
    ("R2", "10"): "GJK",
    **{(kind, "40"): "CDEFGHIK" for kind in ("D1", "R1", "R4", "R2")},
    **{("C1", point): "EFHI" for point in ("10", "20", "40")},
}
FORBIDDEN |= {("D1", "10"): "GIJKF", ("D1", "31"): "GIJF"}


def content(kind, point, mark):
    """A segment with what the type has in it; for a type that has no such segment, what others have."""
    return {
        "C": opening(kind),
        "D": PARTIES,
        "E": COLLATERAL,
        "F": LIMIT,
        "G": CREDITOR,
        "H": monthly("D1") if kind == "C1" else monthly(kind, point in {"20", "32"}),
        "I": PLAN,
        "J": between("R2" if kind == "R3" else kind),
        "K": SPECIAL,
    }[mark]


def cases_of(required, forbidden, codes, made, segments, contents, type_):
    hits = {}
    for (kind, point), marks in required.items():
        for mark in marks:
            case = (type_, without(made(kind, point), segments[mark]), {}, [segments[mark]], [])
            hits.setdefault(codes[point][0], []).append(case)
    for (kind, point), marks in forbidden.items():
        for mark in marks:
            case = (type_, made(kind, point) | contents(kind, point, mark), {}, [segments[mark]], [])
            hits.setdefault(codes[point][1], []).append(case)
    return hits


HITS = cases_of(REQUIRED, FORBIDDEN, CODES, account, SEGMENT, content, "210")
EXTRA = {
    "BLR000": [
        ("210", account("D1", "10") | {"AcctBsInfSgmt.Flag": "1"}, {}, ["AcctCredSgmt"], []),
        ("210", account("D1", "10") | {"AcctBsInfSgmt.Flag": "2"}, {}, ["AcctCredSgmt"], []),
    ],
    "BLR001": [
        (
            "210",
            account("R2", "10") | {"AcctBsInfSgmt.BusiDtlLines": "82"},
            {},
            ["AcctCredSgmt"],
            [],
        ),
    ],
    "BLR002": [("210", account("C1", "40"), {"AcctBsSgmt.RptDateCode": "31"}, ["AcctType"], [])],
    "BLR006": [("210", account("C1", "40"), {"AcctBsSgmt.RptDateCode": "30"}, ["AcctType"], [])],
    "BLR007": [
        (
            "210",
            account("D1", "30") | opening("D1") | LIMIT,
            {},
            ["AcctCredSgmt"],
            [],
        ),
        (
            "210",
            account("R2", "30") | opening("R2") | LIMIT | {"AcctBsInfSgmt.BusiDtlLines": "82"},
            {},
            ["AcctCredSgmt"],
            [],
        ),
    ],
    "BLR008": [("210", account("R3", "30"), {"AcctBsSgmt.RptDateCode": "40"}, ["AcctType"], [])],
    "BLR011": [("210", account("D1", "20") | opening("D1") | LIMIT, {}, ["AcctCredSgmt"], [])],
    "BLR012": [("210", account("C1", "20"), {"AcctBsSgmt.RptDateCode": "32"}, ["AcctType"], [])],
    "BLR013": [("210", account("D1", "32") | opening("D1") | LIMIT, {}, ["AcctCredSgmt"], [])],
    "BLR014": [
        ("210", account(kind, point), {"AcctBsInfSgmt.GuarMode": mode}, ["RltRepymtInfSgmt"], [])
        for kind, point, mode in (("D1", "10", "3"), ("R3", "31", "5"), ("R2", "10", "3"))
    ],
    "BLR029": [("210", without(account("D1", "30"), "AcctBsSgmt"), {}, ["AcctBsSgmt"], [])],
}

CODES_410 = {
    **{"10": ("CLR000", "CLR001"), "20": ("CLR002", "CLR003"), "31": ("CLR004", "CLR005")},
    **{"32": ("CLR006", "CLR007"), "33": ("CLR008", "CLR009"), "41": ("CLR010", "CLR011")},
    **{"42": ("CLR012", "CLR013"), "49": ("CLR014", "CLR015")},
}
SEGMENT_410 = {**{mark: SEGMENT[mark] for mark in "CDEFG"}, "H": "ActLbltyInfSgmt", "I": "AcctSpecTrstDspnSgmt"}
REQUIRED_410 = {
    (kind, point): {"10": "CH", "42": "HI"}.get(point, "H")
    for kind, points in ENTERPRISE_POINTS.items()
    for point in points
}
REQUIRED_410 |= {("R1", "10"): "CHF", ("R4", "10"): "CHF"}
FORBIDDEN_410 = {
    **{(kind, point): "G" for kind in ("D1", "R1", "R4") for point in ENTERPRISE_POINTS[kind]},
    **{("D2", point): "EF" for point in ENTERPRISE_POINTS["D2"]},
    **{("C1", point): "DEFG" for point in ("20", "33", "41", "49")},
    ("C1", "10"): "EF",
    ("D1", "10"): "FG",
}
PAYOUT = {
    column: value for column, value in enterprise("D1", "10").items() if not column.startswith("ActLbltyInfSgmt")
} | {"AcctBsSgmt.RptDateCode": "31", "AcctBsInfSgmt.Flag": "2"}


def content_410(kind, point, mark):
    return ENTERPRISE_PARTIES if mark == "D" else ENTERPRISE_CREDITOR if mark == "G" else content("D1", point, mark)


HITS_410 = cases_of(REQUIRED_410, FORBIDDEN_410, CODES_410, enterprise, SEGMENT_410, content_410, "410")


def at_other_point(kind, point):
    return "410", enterprise(kind, "20") | OPEN_AGAIN, {"AcctBsSgmt.RptDateCode": point}, ["AcctType"], []


OPEN_AGAIN = {column: value for column, value in enterprise("C1", "33").items() if column.startswith("ActLbltyInfSgmt")}
TERMS_OF_LOAN = {
    column: value for column, value in enterprise("D1", "10").items() if column.startswith("AcctBsInfSgmt")
}
EXTRA_410 = {
    "CLR000": [("410", enterprise("D1", "10"), {"AcctBsInfSgmt.Flag": "1"}, ["AcctCredSgmt"], [])],
    "CLR004": [
        ("410", without(PAYOUT, "AcctBsInfSgmt"), {}, ["AcctBsInfSgmt"], []),
        *(at_other_point(kind, "31") for kind in ("R1", "D2")),
    ],
    "CLR005": [("410", PAYOUT | ENTERPRISE_CREDITOR, {}, ["OrigCreditorInfSgmt"], [])],
    "CLR006": [at_other_point(kind, "32") for kind in ("R1", "C1")],
    "CLR008": [at_other_point("R1", "33")],
    "CLR010": [at_other_point("R1", "41")],
    "CLR012": [at_other_point(kind, "42") for kind in ("D2", "C1", "R1")],
    "CLR013": [("410", enterprise("D1", "42") | TERMS_OF_LOAN | LIMIT, {}, ["AcctCredSgmt"], [])],
    "CLR015": [("410", enterprise("D1", "49") | TERMS_OF_LOAN | LIMIT, {}, ["AcctCredSgmt"], [])],
    "CLR016": [("410", enterprise("D1", "10"), {"AcctBsInfSgmt.GuarMode": "1"}, ["RltRepymtInfSgmt"], [])],
    "CLR017": [
        ("410", enterprise("R4", "10"), {"AcctBsInfSgmt.GuarMode": mode}, ["MotgaCltalCtrctInfSgmt"], [])
        for mode in ("2", "3")
    ],
    "CLR018": [("410", without(enterprise("D1", "49"), "AcctBsSgmt"), {}, ["AcctBsSgmt"], [])],
}
for hits, more in ((HITS, EXTRA), (HITS_410, EXTRA_410)):
    for code, cases in more.items():
        hits.setdefault(code, []).extend(cases)
HITS |= HITS_410
CASES = Cases(HITS)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("number", range(len(CASES.items)), ids=CASES.ids)
def test_a_segment_that_is_missing_or_must_not_be_there_is_found(number, engine):
    assert CASES.found(number, engine) == CASES.expected(number)


@pytest.mark.parametrize("engine", ENGINES)
def test_enterprises_that_are_right_have_no_finding(engine):
    good = [enterprise(kind, point) for kind, points in ENTERPRISE_POINTS.items() for point in points]
    good += [PAYOUT, PAYOUT | LIMIT, enterprise("D1", "49") | ENTERPRISE_PARTIES | COLLATERAL | SPECIAL]
    assert findings(good, "410", engine) == [set()] * len(good)


@pytest.mark.parametrize("engine", ENGINES)
def test_segments_that_may_be_there_are_no_finding(engine):
    good = [
        *(account(kind, point) | opening(kind) for kind in ("D1", "R1", "R2") for point in ("20", "30", "32")),
        *(account(kind, "30") | PARTIES | COLLATERAL | SPECIAL for kind in POINTS if kind != "C1"),
        account("R2", "10") | PLAN,
        account("R2", "30") | PLAN | LIMIT,
        account("C1", "20") | CREDITOR | PARTIES | SPECIAL,
        account("C1", "40") | opening("C1") | CREDITOR | PARTIES | SPECIAL,
        without(account("R2", "31"), "AcctCredSgmt") | {"AcctBsInfSgmt.BusiDtlLines": "82"},
        account("D1", "10") | {"AcctBsInfSgmt.Flag": "1"} | LIMIT,
    ]
    assert findings(good, "210", engine) == [set()] * len(good)
