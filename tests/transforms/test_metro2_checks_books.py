"""Conditions that compare a record with the furnisher's books."""

from datetime import date

import pyarrow as pa
import pytest

from tests.transforms.metro2_records import (
    CHARGED_OFF,
    CURRENT,
    DELETED,
    ENGINES,
    FIRST_LATE_ON,
    LATE,
    frames,
    lazy,
    rows,
)
from transforms.bureaus.metro2_checks import check_against_books

FACTS = pa.schema(
    [
        ("account_number", pa.string()),
        ("overdue_days", pa.int64()),
        ("lateness_began_on", pa.date32()),
        ("has_open_dispute", pa.bool_()),
        ("is_withheld", pa.bool_()),
        ("deletion_reason", pa.string()),
    ]
)
# The first delinquency of LATE, 14 February, is 30 days after 15 January.
BEGAN_ON = date(2026, 1, 15)
DISPUTED = ("XB", "XD", "XF", "XJ")
OVERDUE = {"overdue_days": 228, "lateness_began_on": BEGAN_ON}


def bucket(status, days):
    return {**LATE, "account_status": status}, {**OVERDUE, "overdue_days": days}


CASES = [
    (CURRENT, {}, set()),
    (LATE, {}, set()),
    (CURRENT, {"overdue_days": 29}, set()),
    (CURRENT, {"overdue_days": 30}, {"Furnisher-Status-1"}),
    *[
        (*bucket(status, days), fires)
        for status, least, most in (("71", 30, 59), ("78", 60, 89), ("80", 90, 119), ("82", 120, 149), ("83", 150, 179))
        for days, fires in (
            (least - 1, {"Furnisher-Status-1"}),
            (least, set()),
            (most, set()),
            (most + 1, {"Furnisher-Status-1"}),
        )
    ],
    (*bucket("84", 179), {"Furnisher-Status-1"}),
    (*bucket("84", 180), set()),
    (*bucket("93", 10), set()),
    (CHARGED_OFF, OVERDUE, set()),
    *[
        ({**LATE, "first_delinquency_on": day}, OVERDUE, fires)
        for day, fires in (
            (date(2026, 2, 10), {"Furnisher-DOFD-5"}),
            (date(2026, 2, 11), set()),
            (FIRST_LATE_ON, set()),
            (date(2026, 2, 17), set()),
            (date(2026, 2, 18), {"Furnisher-DOFD-5"}),
            (None, set()),
        )
    ],
    (CHARGED_OFF, {**OVERDUE, "lateness_began_on": date(2026, 3, 1)}, {"Furnisher-DOFD-5"}),
    (LATE, {"overdue_days": 228}, set()),
    (CURRENT, {"has_open_dispute": True}, {"Furnisher-Dispute-1"}),
    ({**CURRENT, "compliance_condition": "XC"}, {"has_open_dispute": True}, {"Furnisher-Dispute-1"}),
    *[
        ({**CURRENT, "compliance_condition": code}, {"has_open_dispute": True}, set())
        for code in ("XB", "XD", "XF", "XJ")
    ],
    (DELETED, {"has_open_dispute": True, "is_withheld": True, "deletion_reason": "reported in error"}, set()),
    (CURRENT, {"is_withheld": True}, {"Furnisher-Withheld-1"}),
    (DELETED, {}, {"Furnisher-Delete-3"}),
    ({**DELETED, "account_status": "DF"}, {"deletion_reason": ""}, {"Furnisher-Delete-3"}),
    (CURRENT, None, {"Furnisher-Unknown-1"}),
    (DELETED, None, {"Furnisher-Unknown-1", "Furnisher-Delete-3"}),
]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_record_says_what_the_books_say(engine):
    records = [{**record, "account_number": f"A{number}"} for number, (record, _, _) in enumerate(CASES)]
    facts = [
        {"account_number": f"A{number}", **facts} for number, (_, facts, _) in enumerate(CASES) if facts is not None
    ]
    table = pa.Table.from_pylist(facts, schema=FACTS)
    found = [set() for _ in CASES]
    for row in rows(check_against_books(frames(records, engine), lazy(table, engine))):
        found[row["record_no"]].add(row["condition_id"])
    assert list(enumerate(found)) == [(number, fires) for number, (_, _, fires) in enumerate(CASES)]
