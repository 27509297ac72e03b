"""Delimited files: written as the layout says, read back as written, and foreign bytes read without a crash."""

import csv
import io
from datetime import date
from decimal import Decimal

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delivery.formats import cells
from delivery.formats.delimited import (
    BROKEN_QUOTES,
    FILE_EMPTY,
    FILE_TOO_LARGE,
    NOT_UTF8,
    TOO_MANY_LINES,
    WRONG_FIELD_COUNT,
    WRONG_HEADINGS,
    ReadLimits,
    read_delimited,
    write_delimited,
)
from delivery.formats.totals import ControlTotals, control_totals
from schemas.bureaus.layout import Column, DelimitedLayout
from schemas.bureaus.roster import FEEDBACK_LAYOUT, LAYOUT
from schemas.errors import ArrearsError
from schemas.errors.seal import RECORDS_BREAK_LAYOUT, RECORDS_LACK_COLUMNS
from schemas.field import FieldType
from tests.delivery.roster_examples import RECORD, table

BOM = b"\xef\xbb\xbf"
FEEDBACK_HEADINGS = "序号,状态,代码,说明"


def feedback(*lines: str) -> bytes:
    return "\r\n".join([FEEDBACK_HEADINGS, *lines, ""]).encode()


def found(data: bytes, layout: DelimitedLayout = FEEDBACK_LAYOUT, **limits: int) -> list[tuple]:
    read = read_delimited(data, layout, ReadLimits(**limits))
    assert read.violation_count >= len(read.violations)
    return [(violation.line, violation.field, violation.code) for violation in read.violations]


class TestWriting:
    def test_the_file_byte_for_byte(self) -> None:
        assert (
            write_delimited(table(RECORD, {**RECORD, "serial": 2, "mobile": None}), LAYOUT)
            == BOM
            + (
                "序号,姓名,证件类型,证件号码,手机号码,借款平台名称,平台统一社会信用代码,累计借款总额,剩余欠款金额,拖欠开始日期,"
                "逾期天数,是否失联,催收情况,报送日期\r\n"
                "1,张三,居民身份证,11010519491231002X,13800000000,某某贷,91110000600037341L,50000.00,12345.60,2025-11-03,"
                '308,是,"电话12次, 短信3次",2026-09-07\r\n'
                "2,张三,居民身份证,11010519491231002X,,某某贷,91110000600037341L,50000.00,12345.60,2025-11-03,"
                '308,是,"电话12次, 短信3次",2026-09-07\r\n'
            ).encode()
        )

    def test_no_records_give_the_headings_alone(self) -> None:
        assert write_delimited(table(), LAYOUT).decode("utf-8-sig") == ",".join(LAYOUT.headings) + "\r\n"

    def test_arrow_and_polars_give_the_same_bytes_whatever_the_order_of_columns(self) -> None:
        records = table(RECORD)
        assert write_delimited(pl.from_arrow(records)[LAYOUT.names[::-1]], LAYOUT) == write_delimited(records, LAYOUT)

    @pytest.mark.parametrize("start", ["=", "+", "-", "@", "＝", "＋", "－", "＠", "'=", "''@"])
    def test_a_formula_is_guarded(self, start: str) -> None:
        data = write_delimited(table({**RECORD, "name": f"{start}1+1"}), LAYOUT)
        assert parsed(data)[1][1] == f"'{start}1+1"
        assert read_delimited(data, LAYOUT).records.column("name").to_pylist() == [f"{start}1+1"]

    @pytest.mark.parametrize("text", ["'张三", "a=1", "", "''", "1-2"])
    def test_other_text_is_left_as_it_is(self, text: str) -> None:
        data = write_delimited(table({**RECORD, "mobile": text}), LAYOUT)
        assert parsed(data)[1][4] == text
        assert read_delimited(data, LAYOUT).records.column("mobile").to_pylist() == [text or None]

    def test_a_negative_amount_stays_a_number(self) -> None:
        data = write_delimited(table({**RECORD, "outstanding_amount": Decimal("-0.01")}), LAYOUT)
        assert parsed(data)[1][8] == "-0.01"

    @pytest.mark.parametrize(
        "character", ["\x00", "\t", "\n", "\r", "\x1b", "\x7f", "\x85", "\u2028", "\u202e", "\ufeff", "\ufffd"]
    )
    @pytest.mark.parametrize("pattern", ["{}x", "x{}", "x{}x"])
    def test_control_characters_are_refused(self, character: str, pattern: str) -> None:
        with pytest.raises(ArrearsError) as caught:
            write_delimited(table(RECORD, {**RECORD, "name": pattern.format(character)}), LAYOUT)
        assert caught.value.kind is RECORDS_BREAK_LAYOUT
        assert caught.value.facts == {
            "layout": "roster",
            "row": 2,
            "field": "name",
            "rule": cells.CONTROL_CHARACTER,
            "cells": 1,
        }

    @pytest.mark.parametrize(
        ("field", "value", "rule"),
        [
            ("name", None, cells.REQUIRED),
            ("name", "", cells.REQUIRED),
            ("name", "长" * 101, cells.TOO_LONG),
            ("id_number", "1" * 19, cells.TOO_LONG),
            ("id_type", "passport", cells.UNKNOWN_CODE),
            ("serial", None, cells.REQUIRED),
            ("serial", 100_000_000, cells.TOO_LONG),
            ("is_lost_contact", None, cells.REQUIRED),
            ("report_date", None, cells.REQUIRED),
            ("total_borrowed", None, cells.REQUIRED),
        ],
    )
    def test_a_record_that_does_not_fit_is_refused_without_telling_its_value(
        self, field: str, value: object, rule: str
    ) -> None:
        with pytest.raises(ArrearsError) as caught:
            write_delimited(table({**RECORD, field: value}), LAYOUT)
        assert (caught.value.facts["field"], caught.value.facts["rule"]) == (field, rule)
        assert "张三" not in str(caught.value)

    def test_what_fills_the_length_fits(self) -> None:
        data = write_delimited(table({**RECORD, "name": "长" * 100, "serial": 99_999_999}), LAYOUT)
        assert parsed(data)[1][1] == "长" * 100

    def test_columns_must_be_those_of_the_layout(self) -> None:
        records = table(RECORD)
        wrong = records.drop_columns(["mobile"]).append_column("extra", pa.array([1]))
        wrong = wrong.set_column(0, "serial", pa.array(["1"]))
        with pytest.raises(ArrearsError) as caught:
            write_delimited(wrong, LAYOUT)
        assert caught.value.kind is RECORDS_LACK_COLUMNS
        assert caught.value.facts == {
            "layout": "roster",
            "missing": ["mobile"],
            "extra": ["extra"],
            "of_another_type": ["serial"],
        }

    @pytest.mark.parametrize("wrong", [pa.float64(), pa.decimal128(18, 3)])
    def test_money_is_never_rounded_here(self, wrong: pa.DataType) -> None:
        records = table(RECORD)
        at = records.schema.get_field_index("total_borrowed")
        with pytest.raises(ArrearsError) as caught:
            write_delimited(records.set_column(at, "total_borrowed", records.column(at).cast(wrong)), LAYOUT)
        assert caught.value.facts["of_another_type"] == ["total_borrowed"]


FITTING_TEXT = st.text(
    st.one_of(
        st.sampled_from("'\"=+-@,;＝ 张三"), st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"])
    ),
    max_size=20,
).filter(lambda text: not set(text) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\ufffd"))
MONEY = st.decimals(Decimal(-(10**16)) + 1, Decimal(10**16) - 1, places=2)
RECORDS = st.fixed_dictionaries(
    {
        "serial": st.integers(0, 99_999_999),
        "name": FITTING_TEXT.filter(bool),
        "id_type": st.sampled_from(["居民身份证", "统一社会信用代码"]),
        "id_number": st.text("0123456789X", min_size=1, max_size=18),
        "mobile": st.one_of(st.none(), st.text("0123456789", min_size=1, max_size=11)),
        "platform_name": FITTING_TEXT.filter(bool),
        "platform_uscc": st.text("0123456789AX", min_size=1, max_size=18),
        "total_borrowed": st.decimals(0, 10**15, places=2),
        "outstanding_amount": MONEY.filter(lambda amount: len(f"{amount:f}") <= 19),
        "default_start_date": st.dates(date(1000, 1, 1)),
        "days_overdue": st.integers(0, 99_999),
        "is_lost_contact": st.booleans(),
        "collection_status": FITTING_TEXT.filter(bool),
        "report_date": st.dates(date(1000, 1, 1)),
    }
)


@given(st.lists(RECORDS, max_size=8))
@settings(max_examples=60, deadline=None)
def test_what_is_written_is_read_back(records: list[dict]) -> None:
    data = write_delimited(table(*records), LAYOUT)
    read = read_delimited(data, LAYOUT)
    assert read.violations == ()
    assert read.records.schema == LAYOUT.arrow_schema()
    assert read.records.to_pylist() == records
    assert read.line_numbers == tuple(range(2, len(records) + 2))
    assert read.lines == len(records)
    for record, line in zip(records, parsed(data)[1:], strict=True):
        assert line[1] == guarded(record["name"])
        assert line[7] == f"{record['total_borrowed']:.2f}"
        assert line[11] == ("是" if record["is_lost_contact"] else "否")


def parsed(data: bytes) -> list[list[str]]:
    """The file as another reader sees it."""
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))


def guarded(text: str) -> str:
    return f"'{text}" if text.lstrip("'")[:1] in set("=+-@＝＋－＠") and text.lstrip("'") else text


class TestReading:
    def test_feedback(self) -> None:
        read = read_delimited(BOM + feedback("1,accepted,,", '2,rejected,E0101,"证件号码错, ""X"""'), FEEDBACK_LAYOUT)
        assert read.records.to_pylist() == [
            {"serial": 1, "status": "accepted", "code": None, "message": None},
            {"serial": 2, "status": "rejected", "code": "E0101", "message": '证件号码错, "X"'},
        ]
        assert read.is_clean

    @pytest.mark.parametrize("end", ["\r\n", "\n", ""])
    def test_either_line_end_and_none_at_the_last_line(self, end: str) -> None:
        data = f"{FEEDBACK_HEADINGS}{end or chr(10)}1,accepted,,{end}".encode()
        assert read_delimited(data, FEEDBACK_LAYOUT).records.num_rows == 1

    def test_headings_alone(self) -> None:
        for data in (feedback(), FEEDBACK_HEADINGS.encode()):
            read = read_delimited(data, FEEDBACK_LAYOUT)
            assert (read.records.num_rows, read.lines, read.is_clean) == (0, 0, True)

    def test_every_bad_line_is_told_and_the_good_ones_are_read(self) -> None:
        data = (
            feedback(
                "1,accepted,,",
                "2,accepted,",
                "3,accepted,,,",
                '4,accepted,,"open',
                '5,accepted,,mid"dle"',
                "",
                "x,accepted,,",
                ",accepted,,",
                "9,maybe,E\x01,",
                "10,rejected,E0101,ok",
            )
            + b"11,rejected,\xb7\xb4,\r\n"
        )
        read = read_delimited(data, FEEDBACK_LAYOUT)
        assert [(v.line, v.field, v.code) for v in read.violations] == [
            (3, None, WRONG_FIELD_COUNT),
            (4, None, WRONG_FIELD_COUNT),
            (5, None, BROKEN_QUOTES),
            (6, None, BROKEN_QUOTES),
            (7, None, WRONG_FIELD_COUNT),
            (8, "serial", cells.NOT_AN_INTEGER),
            (9, "serial", cells.REQUIRED),
            (10, "status", cells.UNKNOWN_CODE),
            (10, "code", cells.CONTROL_CHARACTER),
            (12, None, NOT_UTF8),
        ]
        assert read.records.column("serial").to_pylist() == [1, 10]
        assert read.line_numbers == (2, 11)
        assert read.lines == 11
        assert all(violation.message for violation in read.violations)

    def test_an_open_quote_does_not_swallow_the_next_line(self) -> None:
        data = feedback('1,rejected,E1,a"b,"c', "2,accepted,,")
        read = read_delimited(data, FEEDBACK_LAYOUT)
        assert read.records.column("serial").to_pylist() == [2]

    @pytest.mark.parametrize("data", [b"", BOM, b"\r\n", b"  \n\n"])
    def test_an_empty_file(self, data: bytes) -> None:
        assert found(data) == [(1, None, FILE_EMPTY)]

    @pytest.mark.parametrize(
        "headings",
        [
            "serial,status,code,message",
            "序号,状态,代码",
            "状态,序号,代码,说明",
            '"序号,状态',
            "x" * 20_000,
        ],
    )
    def test_other_headings(self, headings: str) -> None:
        assert found(f"{headings}\r\n1,accepted,,\r\n".encode()) == [(1, None, WRONG_HEADINGS)]

    def test_another_encoding_is_told_by_its_headings(self) -> None:
        assert found(feedback("1,accepted,,").decode().encode("gb18030")) == [(1, None, WRONG_HEADINGS)]

    def test_limits(self) -> None:
        data = feedback("1,accepted,,", "x,accepted,,", "y,accepted,,")
        assert found(data, file_bytes=len(data) - 1) == [(1, None, FILE_TOO_LARGE)]
        assert found(data, lines=2) == [(1, None, TOO_MANY_LINES)]
        assert found(data, file_bytes=len(data), lines=4, violations=1) == [(3, "serial", cells.NOT_AN_INTEGER)]
        assert read_delimited(data, FEEDBACK_LAYOUT, ReadLimits(violations=1)).violation_count == 2

    @pytest.mark.parametrize(
        ("value", "rule"),
        [
            ("2025-11-03", None),
            ("2025-02-30", cells.NOT_A_DATE),
            ("2025-1-3", cells.NOT_A_DATE),
            ("20251103", cells.NOT_A_DATE),
            ("03.11.2025", cells.NOT_A_DATE),
        ],
    )
    def test_dates(self, value: str, rule: str | None) -> None:
        assert self.rule_of("default_start_date", value) == rule

    @pytest.mark.parametrize(
        ("value", "rule"),
        [
            ("0", None),
            ("12.5", None),
            ("-0.01", None),
            ("12.345", cells.NOT_MONEY),
            ("1,234.00", cells.NOT_MONEY),
            ("012.00", cells.NOT_MONEY),
            ("1e5", cells.NOT_MONEY),
            ("NaN", cells.NOT_MONEY),
            (".5", cells.NOT_MONEY),
            ("12.", cells.NOT_MONEY),
            ("１２", cells.NOT_MONEY),
        ],
    )
    def test_money(self, value: str, rule: str | None) -> None:
        assert self.rule_of("total_borrowed", value) == rule

    @pytest.mark.parametrize(
        ("value", "rule"), [("是", None), ("否", None), ("true", cells.UNKNOWN_CODE), ("1", cells.UNKNOWN_CODE)]
    )
    def test_truths(self, value: str, rule: str | None) -> None:
        assert self.rule_of("is_lost_contact", value) == (cells.TOO_LONG if len(value) > 1 else rule)

    def rule_of(self, field: str, value: str) -> str | None:
        good = write_delimited(table(RECORD), LAYOUT)
        rows = parsed(good)
        rows[1][LAYOUT.names.index(field)] = value
        buffer = io.StringIO(newline="")
        csv.writer(buffer).writerows(rows)
        violations = read_delimited(buffer.getvalue().encode(), LAYOUT).violations
        assert [violation.field for violation in violations] == [field] * len(violations)
        return violations[0].code if violations else None


@given(st.one_of(st.binary(max_size=300), st.binary(max_size=300).map(lambda tail: feedback("1,accepted,,") + tail)))
@settings(max_examples=150, deadline=None)
def test_foreign_bytes_are_read_or_told(data: bytes) -> None:
    read = read_delimited(data, FEEDBACK_LAYOUT)
    assert read.records.schema == FEEDBACK_LAYOUT.arrow_schema()
    told = {violation.line for violation in read.violations}
    assert told.isdisjoint(read.line_numbers)
    if read.lines:
        assert len(told) + read.records.num_rows == read.lines


FOREIGN_LINES = st.lists(st.text(st.sampled_from("1,\"'=accepted\t张\x00 "), max_size=20), max_size=6)


@given(FOREIGN_LINES)
@settings(max_examples=150, deadline=None)
def test_foreign_lines_agree_with_the_standard_reader(lines: list[str]) -> None:
    """A line that Python's strict reader takes for four fields is never a misshapen line here."""
    read = read_delimited(feedback(*lines), FEEDBACK_LAYOUT)
    misshapen = {violation.line for violation in read.violations if violation.field is None}
    for number, line in enumerate(lines, start=2):
        try:
            rows = list(csv.reader([line], strict=True))
        except csv.Error:
            rows = []
        if len(rows) == 1 and len(rows[0]) == 4 and '"' not in line:
            assert number not in misshapen
        if not rows or len(rows[0]) != 4:
            assert number in misshapen


def test_another_delimiter_and_layout() -> None:
    layout = DelimitedLayout(
        "test",
        1,
        (
            Column("line", "line|no", FieldType.INTEGER, 5, "named like nothing inside the reader"),
            Column("code", "code", FieldType.TEXT, 9, "likewise"),
            Column("is_on", "on", FieldType.TRUTH, 3, "printed in English"),
        ),
        delimiter="|",
        line_end="\n",
        has_byte_order_mark=False,
        true_text="yes",
        false_text="no",
    )
    records = table({"line": 1, "code": "a|b,c", "is_on": False}, layout=layout)
    data = write_delimited(records, layout)
    assert data == b'"line|no"|code|on\n1|"a|b,c"|no\n'
    assert read_delimited(data, layout).records.to_pylist() == records.to_pylist()


def test_control_totals() -> None:
    records = table(RECORD, {**RECORD, "outstanding_amount": Decimal("0.41")})
    wanted = ControlTotals(2, {"total_borrowed": Decimal("100000.00"), "outstanding_amount": Decimal("12346.01")})
    assert control_totals(records, LAYOUT) == wanted
    assert control_totals(read_delimited(write_delimited(records, LAYOUT), LAYOUT).records, LAYOUT) == wanted
    assert control_totals(table(), LAYOUT).amounts == {"total_borrowed": 0, "outstanding_amount": 0}
