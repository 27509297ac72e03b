"""The layout of the generic list and the names of its files."""

from dataclasses import replace
from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.bureaus.layout import Column, DelimitedLayout
from schemas.bureaus.roster import FEEDBACK_LAYOUT, ID_TYPE_PRINTED, LAYOUT, MAX_RECORDS_PER_PART, PartName, part_slices
from schemas.field import FieldType
from schemas.sealing import Sealing

NAME = PartName("LENDER1", date(2026, 9, 7), "ROSTER-20260907-1a2b3c", 1)


def test_columns_are_those_of_the_list_in_order() -> None:
    assert LAYOUT.names == (
        "serial",
        "name",
        "id_type",
        "id_number",
        "mobile",
        "platform_name",
        "platform_uscc",
        "total_borrowed",
        "outstanding_amount",
        "default_start_date",
        "days_overdue",
        "is_lost_contact",
        "collection_status",
        "report_date",
    )
    assert FEEDBACK_LAYOUT.names == ("serial", "status", "code", "message")
    assert LAYOUT.identity_names == ("name", "id_number", "mobile")


def test_the_arrow_schema_follows_the_columns() -> None:
    schema = LAYOUT.arrow_schema()
    assert schema.field("total_borrowed") == pa.field("total_borrowed", pa.decimal128(18, 2), nullable=False)
    assert schema.field("mobile") == pa.field("mobile", pa.string(), nullable=True)
    assert schema.field("is_lost_contact").type == pa.bool_()
    assert schema.field("report_date").type == pa.date32()


def test_printed_id_types_are_the_codes_of_the_layout() -> None:
    column = next(column for column in LAYOUT if column.name == "id_type")
    assert set(ID_TYPE_PRINTED.values()) == set(column.codes)


def test_file_names() -> None:
    assert NAME.sealed == "LENDER1_20260907_ROSTER-20260907-1a2b3c_001.csv.p7m"
    assert NAME.feedback == "LENDER1_20260907_ROSTER-20260907-1a2b3c_001.csv.p7m.fb.p7m"
    assert PartName.of_sealed(NAME.sealed) == NAME


@pytest.mark.parametrize(("sealing", "suffix"), [("openpgp", "pgp"), ("openpgp_armoured", "asc")])
def test_names_say_how_files_are_sealed(sealing: str, suffix: str) -> None:
    name = replace(NAME, sealing=Sealing(sealing))
    assert name.sealed == f"LENDER1_20260907_ROSTER-20260907-1a2b3c_001.csv.{suffix}"
    assert name.feedback == f"{name.sealed}.fb.{suffix}"
    assert PartName.of_sealed(name.sealed) == PartName.of_feedback(name.feedback) == name
    assert PartName.of_feedback(f"{name.sealed}.fb.p7m") is None
    assert PartName.of_feedback(NAME.feedback) == NAME


WORDS = st.text("abcXYZ019-", min_size=1, max_size=40)


@given(WORDS, st.dates(date(1000, 1, 1)), WORDS, st.integers(1, 999))
def test_every_name_is_parsed_back(institution_id: str, report_on: date, batch_id: str, part_no: int) -> None:
    name = PartName(institution_id, report_on, batch_id, part_no)
    assert PartName.of_sealed(name.sealed) == PartName.of_feedback(name.feedback) == name
    assert PartName.of_sealed(name.feedback) is PartName.of_feedback(name.sealed) is None


@pytest.mark.parametrize(
    "file_name",
    [
        "",
        "LENDER1_20260907_B1_1.csv.p7m",
        "LENDER1_20260931_B1_001.csv.p7m",
        "LENDER1_20260907_B1_000.csv.p7m",
        "LENDER1_20260907_B1_001.csv",
        "LENDER1_20260907_B1_001.csv.p7m.fb.part",
        "../LENDER1_20260907_B1_001.csv.p7m",
        "LENDER1_20260907_B1_001.csv.p7m\n",
    ],
)
def test_other_names_are_not_ours(file_name: str) -> None:
    assert PartName.of_sealed(file_name) is None
    assert PartName.of_feedback(f"{file_name}.fb.p7m") is None


@pytest.mark.parametrize(
    ("institution_id", "batch_id", "part_no"),
    [("L_1", "B", 1), ("", "B", 1), ("L", "B/1", 1), ("L", "B", 0), ("L", "B", 1000)],
)
def test_names_that_can_not_be_made(institution_id: str, batch_id: str, part_no: int) -> None:
    with pytest.raises(ValueError, match=r"must be|not between"):
        PartName(institution_id, date(2026, 9, 7), batch_id, part_no)


@given(st.integers(0, 20_000), st.integers(25, MAX_RECORDS_PER_PART))
def test_parts_cover_the_batch_without_gap_or_overlap(records: int, records_per_part: int) -> None:
    slices = part_slices(records, records_per_part)
    assert [part_no for part_no, _, _ in slices] == list(range(1, len(slices) + 1))
    assert [start for _, start, _ in slices] == [
        sum(length for _, _, length in slices[:at]) for at in range(len(slices))
    ]
    assert sum(length for _, _, length in slices) == records
    assert all(length == records_per_part for _, _, length in slices[:-1])
    assert all(1 <= length <= records_per_part for _, _, length in slices)


@pytest.mark.parametrize("records_per_part", [0, -1, MAX_RECORDS_PER_PART + 1])
def test_a_part_has_a_size_that_the_bureau_takes(records_per_part: int) -> None:
    with pytest.raises(ValueError, match="not between"):
        part_slices(10, records_per_part)


def test_a_batch_of_more_parts_than_the_name_can_number() -> None:
    assert len(part_slices(999 * MAX_RECORDS_PER_PART)) == 999
    with pytest.raises(ValueError, match="1000 parts"):
        part_slices(999 * MAX_RECORDS_PER_PART + 1)


def test_a_layout_that_can_not_be_right_is_refused() -> None:
    column = Column("a", "A", FieldType.TEXT, 1, "x")
    with pytest.raises(ValueError, match="name is used twice"):
        DelimitedLayout("x", 1, (column, Column("a", "B", FieldType.TEXT, 1, "x")))
    with pytest.raises(ValueError, match="heading is used twice"):
        DelimitedLayout("x", 1, (column, Column("b", "A", FieldType.TEXT, 1, "x")))
    with pytest.raises(ValueError, match="no way to print"):
        Column("a", "A", FieldType.INSTANT, 1, "x")
    with pytest.raises(ValueError, match="below 1"):
        Column("a", "A", FieldType.TEXT, 0, "x")
