"""Workbooks of a delimited layout: what another program sees in them, and that they say the same as the CSV file."""

import io
import zipfile
from datetime import date, datetime
from decimal import Decimal

import openpyxl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delivery.formats.delimited import read_delimited, write_delimited
from delivery.formats.spreadsheet import MOST_ROWS, column_letters, write_spreadsheet
from delivery.formats.spreadsheet_reading import read_spreadsheet
from schemas.bureaus.layout import DelimitedLayout
from schemas.bureaus.roster import FEEDBACK_LAYOUT, HASHED_LAYOUT, LAYOUT
from schemas.errors import ArrearsError
from schemas.errors.seal import RECORDS_BREAK_LAYOUT, RECORDS_LACK_COLUMNS
from tests.delivery.roster_examples import RECORD, table


def sheet_of(data: bytes):
    """The sheet as another program sees it."""
    return openpyxl.load_workbook(io.BytesIO(data)).active


def second_row(record: dict) -> dict[str, object]:
    cells = list(sheet_of(write_spreadsheet(table(record), LAYOUT)).iter_rows())[1]
    return dict(zip(LAYOUT.names, cells, strict=True))


def test_another_program_sees_headings_and_values() -> None:
    headings, row = sheet_of(write_spreadsheet(table(RECORD), LAYOUT)).iter_rows(values_only=True)
    assert headings == LAYOUT.headings
    assert row == (
        1,
        "张三",
        "居民身份证",
        "11010519491231002X",
        "13800000000",
        "某某贷",
        "91110000600037341L",
        50000,
        12345.6,
        datetime.fromisoformat("2025-11-03"),
        308,
        "是",
        "电话12次, 短信3次",
        datetime.fromisoformat("2026-09-07"),
    )


def test_an_identity_number_of_digits_alone_is_text_in_a_cell_of_text() -> None:
    cell = second_row({**RECORD, "id_number": "110101199003071233"})["id_number"]
    assert (cell.value, cell.data_type, cell.number_format) == ("110101199003071233", "s", "@")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "＝", "＋", "－", "＠", "'=", "''@"])
def test_a_formula_is_guarded_as_in_the_delimited_file(start: str) -> None:
    record = {**RECORD, "name": f'{start}HYPERLINK("http://x","y")'}
    cell = second_row(record)["name"]
    assert (cell.value, cell.data_type) == ("'" + record["name"], "s")
    assert read_spreadsheet(write_spreadsheet(table(record), LAYOUT), [LAYOUT]).found.records["name"].to_pylist() == [
        record["name"]
    ]


def test_nothing_in_the_workbook_can_be_evaluated_or_followed() -> None:
    with zipfile.ZipFile(io.BytesIO(write_spreadsheet(table(RECORD), LAYOUT))) as archive:
        names = sorted(archive.namelist())
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        relations = b"".join(archive.read(name) for name in names if name.endswith(".rels"))
    assert names == [
        "[Content_Types].xml",
        "_rels/.rels",
        "xl/_rels/workbook.xml.rels",
        "xl/styles.xml",
        "xl/workbook.xml",
        "xl/worksheets/sheet1.xml",
    ]
    assert "<f" not in sheet
    assert b"External" not in relations


def test_numbers_that_a_spreadsheet_would_round_are_text() -> None:
    row = second_row(
        {**RECORD, "total_borrowed": Decimal("9999999999999999.99"), "outstanding_amount": Decimal("9999999999999.99")}
    )
    assert (row["total_borrowed"].value, row["total_borrowed"].data_type) == ("9999999999999999.99", "s")
    assert (row["outstanding_amount"].value, row["outstanding_amount"].data_type) == (9999999999999.99, "n")


def test_days_before_a_spreadsheets_calendar_is_right_are_text() -> None:
    row = second_row({**RECORD, "default_start_date": date(1900, 2, 28), "report_date": date(1900, 3, 1)})
    assert (row["default_start_date"].value, row["default_start_date"].data_type) == ("1900-02-28", "s")
    assert row["report_date"].value == datetime.fromisoformat("1900-03-01")


def test_same_records_same_bytes_and_no_time_of_making() -> None:
    data = write_spreadsheet(table(RECORD), LAYOUT)
    assert data == write_spreadsheet(table(RECORD), LAYOUT)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_no_records_give_the_headings_alone() -> None:
    data = write_spreadsheet(table(), LAYOUT)
    assert list(sheet_of(data).iter_rows(values_only=True)) == [LAYOUT.headings]
    assert read_spreadsheet(data, [LAYOUT]).found.is_clean


def test_what_breaks_the_layout_is_refused_as_in_the_delimited_file() -> None:
    with pytest.raises(ArrearsError) as caught:
        write_spreadsheet(table(RECORD, {**RECORD, "name": "张\t三"}), LAYOUT)
    assert caught.value.kind is RECORDS_BREAK_LAYOUT
    assert (caught.value.facts["row"], caught.value.facts["field"]) == (2, "name")
    with pytest.raises(ArrearsError) as caught:
        write_spreadsheet(table(RECORD).drop_columns(["mobile"]), LAYOUT)
    assert caught.value.kind is RECORDS_LACK_COLUMNS


def test_more_records_than_a_sheet_has_rows_are_refused() -> None:
    with pytest.raises(ValueError, match="1048576"):
        write_spreadsheet(pa.table({"serial": pa.nulls(MOST_ROWS, pa.int64())}), FEEDBACK_LAYOUT)


@pytest.mark.parametrize(
    ("number", "letters"), [(1, "A"), (26, "Z"), (27, "AA"), (702, "ZZ"), (703, "AAA"), (16384, "XFD")]
)
def test_columns_have_letters(number: int, letters: str) -> None:
    assert column_letters(number) == letters


NEVER = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\ufffd")
TEXT = st.text(
    st.one_of(
        st.sampled_from("'\"=+-@,;＝ 张三<>&_x0041\ufffe\uffff"),
        st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]),
    ),
    min_size=1,
    max_size=20,
).filter(lambda text: not set(text) & NEVER)
RECORDS = st.fixed_dictionaries(
    {
        "serial": st.integers(0, 99_999_999),
        "name": TEXT,
        "id_type": st.sampled_from(["居民身份证", "统一社会信用代码"]),
        "id_number": st.text("0123456789X", min_size=1, max_size=18),
        "mobile": st.one_of(st.none(), st.text("0123456789", min_size=1, max_size=11)),
        "platform_name": TEXT,
        "platform_uscc": st.text("0123456789AX", min_size=1, max_size=18),
        "total_borrowed": st.decimals(0, 10**15, places=2),
        "outstanding_amount": st.decimals(-(10**14), 10**15, places=2),
        "default_start_date": st.dates(date(1000, 1, 1)),
        "days_overdue": st.integers(0, 99_999),
        "is_lost_contact": st.booleans(),
        "collection_status": TEXT,
        "report_date": st.dates(date(1000, 1, 1)),
    }
)
HASHED = st.fixed_dictionaries(
    {
        "key_id": st.from_regex(r"[A-Za-z0-9-]{1,20}", fullmatch=True),
        "person_key": st.from_regex(r"v1:[0-9a-f]{64}", fullmatch=True),
        "overdue_band": st.sampled_from(["M4", "M5", "M6", "M6+"]),
        "report_date": st.dates(date(1000, 1, 1)),
    }
)
FEEDBACK = st.fixed_dictionaries(
    {
        "serial": st.integers(0, 99_999_999),
        "status": st.sampled_from(["accepted", "rejected"]),
        "code": st.one_of(st.none(), st.text("E0123456789", min_size=1, max_size=20)),
        "message": st.one_of(st.none(), TEXT),
    }
)
FILES = st.one_of(
    st.tuples(st.just(LAYOUT), st.lists(RECORDS, max_size=6)),
    st.tuples(st.just(HASHED_LAYOUT), st.lists(HASHED, max_size=6)),
    st.tuples(st.just(FEEDBACK_LAYOUT), st.lists(FEEDBACK, max_size=6)),
)


@given(FILES)
@settings(max_examples=60, deadline=None)
def test_both_kinds_of_file_give_back_the_same_records(file: tuple[DelimitedLayout, list[dict]]) -> None:
    layout, records = file
    written = table(*records, layout=layout)
    from_sheet = read_spreadsheet(write_spreadsheet(written, layout), [LAYOUT, HASHED_LAYOUT, FEEDBACK_LAYOUT])
    from_lines = read_delimited(write_delimited(written, layout), layout)
    assert from_sheet.layout is layout
    assert from_sheet.found.violations == ()
    assert from_sheet.found.records.schema == layout.arrow_schema()
    assert from_sheet.found.records.to_pylist() == from_lines.records.to_pylist() == records
    assert from_sheet.found.line_numbers == from_lines.line_numbers


@given(st.lists(RECORDS, min_size=1, max_size=4))
@settings(max_examples=15, deadline=None)
def test_another_program_sees_no_formula_whatever_the_text(records: list[dict]) -> None:
    sheet = sheet_of(write_spreadsheet(table(*records), LAYOUT))
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "d"}
    assert [row[3] for row in sheet.iter_rows(min_row=2, values_only=True)] == [each["id_number"] for each in records]
