"""Checks against what the bureau has already: 210 and the requests 211 to 215, and how that grows."""

import pytest

from tests.transforms.pboc_cases import ENGINES, KnownCases, findings, frames, known_of, rows_of
from tests.transforms.pboc_records import (
    BORROWER,
    CHANGED_CODE,
    CODE,
    COLLATERAL,
    CORRECTED_BASE,
    DELETED,
    DELETED_SEGMENT,
    GUARANTOR,
    LIMIT,
    PARTIES,
    PARTY,
    PERSON,
    PLAN,
    SPECIAL,
    account,
    between,
    correction,
    event,
    monthly,
    on_day,
)
from transforms.bureaus.pboc_checks import known_after

H, J = "AcctMthlyBlgInfSgmt", "AcctDbtInfSgmt"
JAN, FEB, MID = "2024-01-31", "2024-02-29", "2024-02-15"
OLDER = "2023-12-31"
NEXT_CODE = f"{CODE}N"


def month(kind, day, point="30"):
    return on_day(account(kind, point), day)


def had(*records, events=(), **more):
    history = {"210": list(records), **{type_[1:]: rows for type_, rows in more.items()}}
    return history | ({"215": list(events)} if events else {})


def corrected(kind, mark, day, *contents):
    record = correction(kind, mark, *contents)
    return on_day(record, day)


def hit(history, type_, record, *fields, others=()):
    return history, type_, record, fields, others


LOAN = month("D1", JAN, "31")
OPENED = month("D1", FEB, "31")
CARD = month("R2", JAN, "31")
CARD_CANCELLED = month("R2", JAN, "32")
RECOVERED = account("D1", "40")
REOPENED = event("12", "2024-02", "2024-02-10")
COLLECTION = on_day(account("C1", "10"), JAN)
COLLECTION_ENDED = on_day(account("C1", "20"), JAN)
NOW = account("D1", "30")
NEW_CODES = {"_211": [{**CHANGED_CODE, "NwBnesCode": NEXT_CODE}]}
DEALT = {"AcctSpecTrstDspnSgmt.CagOfTrdInf": [{**SPECIAL["AcctSpecTrstDspnSgmt.CagOfTrdInf"][0]}]}

LOANS = {
    "ABR004": [hit(had(LOAN, RECOVERED), "210", RECOVERED, "AcctCode")],
    "ABE012": [
        hit(had(LOAN, **NEW_CODES), "210", NOW, "0000"),
        hit(had(LOAN, **NEW_CODES), "212", corrected("D1", "D", JAN, PARTIES), "0000"),
        hit(had(LOAN, **NEW_CODES), "213", DELETED_SEGMENT, "0000"),
        hit(had(LOAN, **NEW_CODES), "214", DELETED, "0000"),
        hit(had(LOAN, **NEW_CODES), "215", event("21"), "0000"),
    ],
    "BLR004": [
        hit(had(), "210", NOW, "AcctBsInfSgmt"),
        hit(had(), "210", account("R1", "30"), "AcctBsInfSgmt", "AcctCredSgmt"),
        hit(had(), "210", account("D1", "20"), "AcctBsInfSgmt"),
        hit(had(), "210", account("C1", "20"), "AcctBsInfSgmt", "OrigCreditorInfSgmt"),
    ],
    "BLR005": [
        hit(
            had(),
            "210",
            account("D1", "40"),
            J,
            others=[("BLR004", "AcctBsInfSgmt"), ("BLR004", H)],
        )
    ],
    "BLR019": [hit(had(month("R4", JAN, "31")), "210", NOW, "AcctType")],
    "BLR020": [
        hit(had(month("D1", JAN, "20")), "210", NOW, "AcctStatus"),
        hit(had(COLLECTION_ENDED), "210", account("C1", "40"), "AcctStatus"),
        hit(had(CARD_CANCELLED), "210", account("R2", "30"), "AcctStatus"),
    ],
    "BLR021": [
        hit(
            had(LOAN, month("D1", FEB)),
            "210",
            month("D1", "2024-01-25", "20") | {f"{H}.Month": "2023-12"} | {f"{H}.SettDate": ""},
            "RptDate",
        ),
        hit(
            had(CARD, events=[event("11", "2024-02", FEB)]),
            "210",
            month("R2", "2024-02-10", "20") | {f"{H}.Month": "2024-03", f"{H}.SettDate": ""},
            "RptDate",
        ),
    ],
    "BLR022": [
        hit(had(LOAN), "210", NOW | {f"{H}.FiveCateAdjDate": "2024-01-30"}, "FiveCateAdjDate"),
        hit(
            had(LOAN, month("D1", FEB) | {f"{H}.FiveCateAdjDate": JAN}),
            "210",
            on_day(RECOVERED, MID) | {f"{J}.FiveCateAdjDate": MID},
            "FiveCateAdjDate",
        ),
    ],
    "BLR023": [hit(had(LOAN | SPECIAL), "210", NOW | SPECIAL, "0000")],
    "BLR024": [
        hit(
            had(CARD, events=[event("11", "2024-02", MID)]),
            "210",
            account("R2", "30"),
            "0000",
        )
    ],
    "BLR025": [hit(had(LOAN, events=[event("21", "2024-02", MID)]), "210", RECOVERED, "AcctStatus")],
    "BLR026": [
        hit(
            had(
                month("R2", "2023-10-31", "32") | {f"{H}.FiveCateAdjDate": "2023-10-01"},
                events=[event("12", "2024-02", MID)],
            ),
            "210",
            month("R2", OLDER),
            "RptDate",
        )
    ],
    "BLR027": [
        hit(had(LOAN, month("D1", FEB)), "210", month("D1", "2024-02-28"), "RptDate", others=[]),
        hit(
            had(LOAN, month("D1", FEB)),
            "210",
            NOW | {f"{H}.FiveCateAdjDate": FEB},
            "RptDate",
            others=[("ABR004", "AcctCode")],
        ),
        hit(had(LOAN, events=[event("21", "2024-02", FEB)]), "210", month("D1", "2024-02-28"), "RptDate"),
    ],
    "BLR028": [hit(had(LOAN, events=[event("21", "2024-02", FEB)]), "210", RECOVERED, "RptDate")],
}

OTHERS_LOAN = {**LOAN, "AcctBsSgmt.AcctCode": NEXT_CODE}
CODES = {
    "BIE001": [
        hit(had(), "211", CHANGED_CODE, "OdBnesCode"),
        hit(had(LOAN, **NEW_CODES), "211", {**CHANGED_CODE, "NwBnesCode": f"{CODE}X"}, "OdBnesCode"),
    ],
    "BIE002": [
        hit(had(LOAN, OTHERS_LOAN), "211", {**CHANGED_CODE, "NwBnesCode": NEXT_CODE}, "NwBnesCode"),
        hit(
            had(LOAN, OTHERS_LOAN, _211=[{**CHANGED_CODE, "OdBnesCode": NEXT_CODE, "NwBnesCode": f"{CODE}X"}]),
            "211",
            {**CHANGED_CODE, "NwBnesCode": NEXT_CODE},
            "NwBnesCode",
        ),
    ],
}

CLOSED_BEFORE = month("D1", JAN, "20")
CORRECTIONS = {
    "BMR006": [
        hit(
            had(CARD_CANCELLED, events=[event("12", "2024-02", MID)]),
            "212",
            corrected("R2", "H", JAN, monthly("R2")),
            "0000",
        )
    ],
    "BMR007": [hit(had(), "212", corrected("D1", "D", JAN, PARTIES), "0000")],
    "BMR008": [
        hit(
            had(
                LOAN | {f"{H}.FiveCateAdjDate": "2024-01-01"},
                month("D1", "2024-01-20") | {f"{H}.FiveCateAdjDate": "2024-01-01"},
            ),
            "212",
            corrected("D1", "H", "2024-01-20", monthly("D1")) | {f"{H}.FiveCateAdjDate": "2024-01-01"},
            "RptDate",
        )
    ],
    "BMR009": [
        hit(had(LOAN | part), "212", corrected("D1", mark, OLDER, part), "0000")
        for mark, part in (("D", PARTIES), ("E", COLLATERAL), ("F", LIMIT))
    ],
    "BMR010": [
        hit(
            had(LOAN, month("D1", FEB)),
            "212",
            corrected("D1", "H", JAN, monthly("D1", is_closed=True)),
            "0000",
        )
    ],
    "BMR011": [
        hit(
            had(month("D1", OLDER), LOAN),
            "212",
            corrected("D1", "H", JAN, monthly("D1")) | {f"{H}.FiveCateAdjDate": "2023-12-30"},
            "0000",
        )
    ],
    "BMR012": [hit(had(LOAN), "212", corrected("R4", "D", JAN, PARTIES), "AcctType")],
    "BMR013": [
        hit(
            had(CARD, events=[event("11", "2024-02", MID)]),
            "212",
            corrected("R2", "H", FEB, monthly("R2")),
            "0000",
        )
    ],
    "BMR014": [
        hit(
            had(CARD | PLAN, month("R2", FEB) | PLAN),
            "212",
            corrected("R2", "I", JAN, PLAN) | {"SpecPrdSgmt.SpecEndDate": "2025-01-01"},
            "RptDate",
            others=[("ABE007", "SpecEfctDate")],
        )
    ],
    "BMR015": [
        hit(
            had(LOAN, on_day(RECOVERED, MID), events=[event("21", "2024-02", MID)]),
            "212",
            corrected("D1", "J", MID, between("D1")),
            "0000",
        )
    ],
    "BMR016": [hit(had(CLOSED_BEFORE), "212", corrected("D1", "H", FEB, monthly("D1")), "0000")],
    "BMR017": [hit(had(COLLECTION_ENDED), "212", corrected("C1", "J", FEB, between("C1")), "0000")],
    "BMR018": [
        hit(
            had(COLLECTION, on_day(account("C1", "40"), FEB)),
            "212",
            corrected("C1", "J", JAN, between("C1", is_closed=True)),
            "0000",
        )
    ],
    "BMR019": [hit(had(LOAN), "212", corrected("D1", "B", FEB, CORRECTED_BASE), "0000")],
    "BMR020": [
        hit(
            had(LOAN),
            "212",
            corrected("D1", "D", JAN, PARTIES) | {"RltRepymtInfSgmt.RltRepymtInf": [{**PARTY, "ArlpCertNum": PERSON}]},
            "0000",
        )
    ],
    "BMR021": [
        hit(
            had(LOAN | SPECIAL),
            "212",
            corrected("D1", "K", OLDER, SPECIAL)
            | {
                "AcctSpecTrstDspnSgmt.CagOfTrdInf": [
                    {**DEALT["AcctSpecTrstDspnSgmt.CagOfTrdInf"][0], "TranDate": "2023-12-20"}
                ]
            },
            "0000",
        ),
        hit(had(LOAN, RECOVERED), "212", corrected("D1", "J", MID, between("D1")), "0000"),
    ],
}

DELETIONS = {
    "BSR000": [hit(had(), "213", DELETED_SEGMENT, "0000")],
    "BSR001": [
        hit(had(CARD_CANCELLED, events=[REOPENED]), "213", {**DELETED_SEGMENT, "DelStartDate": ""}, "0000"),
        hit(had(CARD_CANCELLED, events=[REOPENED]), "213", DELETED_SEGMENT, "0000"),
    ],
    "BSR002": [
        hit(had(CARD, events=[event("11", "2024-01", "2024-01-15")]), "213", DELETED_SEGMENT, "0000"),
        hit(
            had(CARD, events=[event("11", "2024-01", "2024-01-15")]),
            "213",
            {**DELETED_SEGMENT, "DelEndDate": ""},
            "0000",
        ),
    ],
    "BTE000": [hit(had(), "214", DELETED, "DelRecCode")],
}

EVENTS = {
    "BQR001": [hit(had(), "215", event("21"), "AcctCode"), hit(had(), "215", event("11", flag="0"), "AcctCode")],
    "BQR002": [
        hit(had(month("R1", JAN, "31")), "215", event("11"), "AcctType"),
        hit(had(CARD, month("R2", MID)), "215", event("11"), "Month"),
        hit(had(CARD_CANCELLED), "215", event("11"), "AcctStatus"),
        hit(had(CARD, events=[event("11", "2024-02", MID)]), "215", event("11"), "0000"),
        hit(
            had(month("R2", "2023-10-31", "32"), events=[event("12", "2024-02", MID)]),
            "215",
            event("11", "2023-12", OLDER),
            "Month",
        ),
    ],
    "BQR003": [
        hit(had(month("D1", JAN, "20")), "215", event("12"), "AcctType"),
        hit(had(CARD), "215", event("12"), "AcctStatus"),
        hit(had(CARD_CANCELLED), "215", event("12", "2024-01", "2024-01-30"), "Month"),
        hit(
            had(CARD_CANCELLED, events=[event("12", "2024-02", MID)]),
            "215",
            event("12"),
            "0000",
            others=[("BQR003", "AcctStatus")],
        ),
    ],
    "BQR004": [
        hit(had(month("R4", JAN, "31")), "215", event("21"), "AcctType"),
        hit(had(LOAN, on_day(RECOVERED, "2024-02-20")), "215", event("21", "2024-02", MID), "RptDate"),
        hit(had(CLOSED_BEFORE), "215", event("21"), "AcctStatus"),
        hit(had(month("D1", OLDER, "31")), "215", event("21"), "Month"),
        hit(had(LOAN, events=[event("21", "2024-02", MID)]), "215", event("21"), "0000"),
    ],
    "BQR005": [
        hit(had(LOAN), "215", event("21", flag="0"), "0000"),
        hit(
            had(CARD, events=[event("21", "2024-02", MID), event("21", "2024-02", "2024-02-20", flag="0")]),
            "215",
            event("21", flag="0"),
            "0000",
        ),
        hit(
            had(month("R2", OLDER, "32"), month("R2", FEB), events=[event("12", "2024-01", JAN)]),
            "215",
            event("12", "2024-01", "2024-01-31", flag="0"),
            "OpetnType",
        ),
    ],
    "BQR006": [hit(had(CARD, on_day(account("R2", "40"), FEB)), "215", event("11"), "0000")],
}

CASES = KnownCases({**LOANS, **CODES, **CORRECTIONS, **DELETIONS, **EVENTS})

TAKEN = KnownCases(
    {
        "none": [
            hit(had(LOAN), "210", NOW),
            hit(had(), "210", account("D1", "10")),
            hit(had(), "210", account("C1", "10")),
            hit(had(LOAN), "210", RECOVERED),
            hit(had(LOAN, month("D1", FEB)), "210", month("D1", OLDER) | {f"{H}.FiveCateAdjDate": "2023-12-01"}),
            hit(had(CARD_CANCELLED, events=[REOPENED]), "210", account("R2", "30")),
            hit(
                had(LOAN | SPECIAL),
                "210",
                NOW
                | SPECIAL
                | {
                    "AcctSpecTrstDspnSgmt.CagOfTrdInf": [
                        {**SPECIAL["AcctSpecTrstDspnSgmt.CagOfTrdInf"][0], "TranDate": "2024-02-21"}
                    ]
                },
            ),
            hit(
                had(CARD, events=[event("11", "2024-02", MID), event("11", "2024-02", "2024-02-16", flag="0")]),
                "210",
                account("R2", "30"),
            ),
            hit(had(LOAN, **NEW_CODES), "210", {**NOW, "AcctBsSgmt.AcctCode": NEXT_CODE}),
            hit(had(LOAN, _214=[DELETED]), "210", OPENED),
            hit(had(LOAN), "211", CHANGED_CODE),
            hit(had(LOAN, **NEW_CODES), "211", {**CHANGED_CODE, "OdBnesCode": NEXT_CODE, "NwBnesCode": CODE}),
            hit(had(LOAN), "212", corrected("D1", "H", JAN, monthly("D1"))),
            hit(had(LOAN), "212", corrected("D1", "B", JAN, CORRECTED_BASE)),
            hit(had(LOAN | PARTIES), "212", corrected("D1", "D", FEB, PARTIES)),
            hit(
                had(LOAN),
                "212",
                corrected("D1", "D", JAN, PARTIES)
                | {"RltRepymtInfSgmt.RltRepymtInf": [{**BORROWER, "ArlpCertNum": GUARANTOR}]},
            ),
            hit(had(CARD, month("R2", FEB)), "213", DELETED_SEGMENT),
            hit(
                had(CARD_CANCELLED, events=[REOPENED]),
                "213",
                {**DELETED_SEGMENT, "DelStartDate": "2024-02-11", "DelEndDate": "2024-02-29"},
            ),
            hit(had(LOAN), "214", DELETED),
            hit(had(LOAN), "215", event("21")),
            hit(had(CARD), "215", event("11")),
            hit(had(CARD_CANCELLED), "215", event("12")),
            hit(had(CARD, events=[event("11", "2024-02", MID)]), "215", event("11", flag="0")),
        ]
    }
)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("number", range(len(CASES.items)), ids=CASES.ids)
def test_what_the_bureau_would_refuse_is_found(number, engine):
    assert CASES.found(number, engine) == CASES.expected(number)


@pytest.mark.parametrize("number", range(len(TAKEN.items)))
def test_what_the_bureau_would_take_is_not(number):
    assert TAKEN.found(number, "polars") == set()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_correction_that_was_taken_changes_what_is_known(engine):
    known = known_of(had(LOAN, _212=[corrected("D1", "H", JAN, monthly("D1", is_closed=True))]), engine)
    assert findings([NOW], "210", engine, known) == [{("BLR020", "AcctStatus")}]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_segment_that_was_deleted_is_known_no_more(engine):
    deleted = {**DELETED_SEGMENT, "DelStartDate": "2024-02-01", "DelEndDate": "2024-02-29"}
    known = known_of(had(LOAN, month("D1", FEB, "20"), _213=[deleted]), engine)
    kept = {row["rpt_date"]: (row["month"], row["has_H"], row["has_B"]) for row in rows_of(known.reports)}
    assert kept == {JAN: ("2024-01", True, True), FEB: (None, False, True)}


def test_records_of_other_types_change_nothing_that_is_known():
    known = known_of(had(LOAN), "polars")
    assert known_after(known, "110", frames([], "110", "polars")) is known
