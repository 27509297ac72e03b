"""The list of conditions is complete, named once, and every one of them is tested."""

import narwhals as nw
import polars as pl
import pytest

from schemas.bureaus.metro2 import LAYOUT
from tests.transforms import (
    test_metro2_checks,
    test_metro2_checks_books,
    test_metro2_checks_codes,
    test_metro2_checks_furnisher,
    test_metro2_checks_previous,
)
from tests.transforms.metro2_records import ENGINES, LATE, PAID, PERIOD_ON, frames, previous_of, rows
from transforms.bureaus.metro2_checks import CONDITIONS, ROW_CONDITIONS, Severity, check_records, judge_records

NUMBERED = {
    **{"Status-APD": 3, "Status-Balance": 10, "Status-ChargeOff": 2, "Status-DateClosed": 3, "Status-DOFD": 2},
    **{"Status-PaymentAmount": 1, "Status-SMPA": 4, "Rating-APD": 2, "Balance-APD": 2, "Balance-DateClosed": 2},
    **{"Balloon-Balance": 1, "Bankruptcy-APD": 1, "Bankruptcy-Balance": 1, "Bankruptcy-SMPA": 1},
    **{"Bankruptcy-DOFD": 1, "Bankruptcy-ECOA": 1, "CCC-DateClosed": 1, "Deferred-SMPA": 1, "DOAI-DOFD": 1},
    **{"DOAI-PaymentAmount": 1, "DTCL-DOLP": 1, "ECOA-J1J2": 1, "SCC-AccountChange": 1, "SCC-APD": 2},
    **{"SCC-Balance": 2, "SCC-DateClosed": 3, "SCC-PurchasedSold": 2, "SCC-Status": 5, "Type-Balance": 1},
    **{"Type-SMPA": 1, "Type-CreditLimit": 2, "Type-HCOLA": 2, "Type-TermsDuration": 1, "AccountChange-ID": 4},
    **{"AccountChange-Number": 4, "Portfolio-Type": 1},
}
NUMBERED_AGAINST_PREVIOUS = {
    **{"PHP-Status": 3, "PROG-AccountChange": 3, "PROG-Bankruptcy": 1, "PROG-ChargeOff": 1, "PROG-DateClosed": 1},
    **{"PROG-DateOpen": 1, "PROG-DOFD": 3, "PROG-ECOA": 1, "PROG-Portfolio": 1, "PROG-Type": 1, "PROG-Rating": 1},
    **{"PROG-Status": 3},
}
TESTED_ELSEWHERE = {
    "Furnisher-Balance-1",
    "Furnisher-Delete-1",
    "Furnisher-Delete-2",
    "Furnisher-Duplicate-1",
    "Furnisher-History-3",
    "Furnisher-Missing-1",
}
"""Ours that compare with a file, in test_metro2_checks_furnisher."""


def numbered(counts):
    return {f"{matter}-{number}" for matter, count in counts.items() for number in range(1, count + 1)}


def test_the_evaluators_of_the_cfpb_are_all_there():
    ids = {name for name in CONDITIONS if not name.startswith("Furnisher-")}
    previous = {name for name in ids if CONDITIONS[name].needs_previous}
    assert len(ids) == 94
    assert previous == numbered(NUMBERED_AGAINST_PREVIOUS)
    assert ids - previous == numbered(NUMBERED)


def test_every_condition_is_tested():
    tested = [
        *test_metro2_checks.HITS,
        *test_metro2_checks_codes.HITS,
        *test_metro2_checks_previous.HITS,
        *test_metro2_checks_furnisher.HITS,
        *{name for case in test_metro2_checks_books.CASES for name in case[-1]},
        *TESTED_ELSEWHERE,
    ]
    assert sorted(tested) == sorted(CONDITIONS)


def test_ids_stand_once():
    assert len({condition.condition_id for condition in ROW_CONDITIONS}) == len(ROW_CONDITIONS)


def test_conditions_name_slots_that_exist():
    known = set(LAYOUT.base.names)
    known |= {f"{segment.key}.{name}" for segment in LAYOUT.appended for name in segment.names}
    assert {name for condition in CONDITIONS.values() for name in condition.field_names} <= known


def test_only_what_is_obsolete_or_withheld_blocks():
    blocking = {name for name, condition in CONDITIONS.items() if condition.severity is Severity.BLOCK}
    assert blocking == {"Furnisher-Obsolete-1", "Furnisher-Withheld-1"}


@pytest.mark.parametrize("engine", ENGINES)
def test_outcomes_are_never_null(engine):
    given = [{}, LATE, {**LATE, "account_number": "A2"}]
    judged = judge_records(frames(given, engine), PERIOD_ON, previous_of([{}, LATE], engine))
    found = judged.collect("pyarrow").to_native().sort_by("record_no")
    assert found.column_names == ["record_no", *(condition.condition_id for condition in ROW_CONDITIONS)]
    assert {found[name].null_count for name in found.column_names} == {0}


def test_findings_name_record_condition_and_field():
    found = check_records(frames([LATE, {**PAID, "past_due": 1}], "polars"), PERIOD_ON)
    assert isinstance(nw.to_native(found), pl.LazyFrame)
    assert sorted(tuple(row.values()) for row in rows(found)) == [
        (1, "Balance-APD-1", "past_due"),
        (1, "Balance-APD-2", "past_due"),
        (1, "Status-APD-1", "past_due"),
    ]
