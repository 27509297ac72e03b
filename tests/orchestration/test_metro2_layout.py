"""Everything that the layout does not take is told at once, of every segment."""

from pathlib import Path

import polars as pl
import pytest

from delivery.bureaus import metro2
from delivery.formats.segmented_records import SegmentedRecords, concatenated
from orchestration.bureaus.metro2_layout import layout_faults
from schemas.bureaus.fixed_width import RECORD_NO
from schemas.bureaus.metro2 import LAYOUT

GOLDEN = Path(__file__).parents[1] / "golden" / "metro2" / "mapped.dat"


@pytest.fixture
def records() -> SegmentedRecords:
    """Records that have no fault; the one of two consumers with its J1 and J2 among them."""
    with GOLDEN.open("rb") as file:
        return concatenated([part.records for part in metro2.read(file)], LAYOUT)


def changed(frame: pl.DataFrame, record_no: int, **values: object) -> pl.DataFrame:
    is_meant = pl.col(RECORD_NO) == record_no
    return frame.with_columns(
        pl.when(is_meant).then(pl.lit(value, frame.schema[name])).otherwise(pl.col(name)).alias(name)
        for name, value in values.items()
    )


def test_records_that_the_layout_takes_have_no_fault(records: SegmentedRecords) -> None:
    assert list(layout_faults(records)) == []


def test_all_faults_of_all_records_are_told(records: SegmentedRecords) -> None:
    shared = records.appended["j1"][RECORD_NO][0]
    other = next(number for number in records.base[RECORD_NO] if number != shared)
    base = changed(records.base, shared, surname=None, city="X" * 21, account_status="99", ssn="12-45-678")
    base = changed(base, other, opened_on=None, first_name="AN\u00c9", time_stamp=None)
    appended = {**records.appended, "j1": changed(records.appended["j1"], shared, first_name=None)}
    found = list(layout_faults(SegmentedRecords(base, appended)))
    assert sorted(found) == sorted(
        [
            (shared, "metro2.base.surname.required"),
            (shared, "metro2.base.city.too_long"),
            (shared, "metro2.base.account_status.unknown_code"),
            (shared, "metro2.base.ssn.not_digits"),
            (other, "metro2.base.opened_on.required"),
            (other, "metro2.base.first_name.illegal_character"),
            (shared, "metro2.j1.first_name.required"),
        ]
    )
