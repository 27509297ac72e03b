"""Metro 2 files as they are written: golden files, amounts, refusals, trailer."""

import io
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from delivery.bureaus import metro2
from delivery.formats import fixed_width, segmented_writer
from delivery.formats.segmented_records import SegmentedRecords
from schemas.bureaus.fixed_width import RECORD_NO, WireForm
from schemas.errors import ArrearsError
from schemas.errors.seal import RECORDS_BREAK_LAYOUT, RECORDS_LACK_COLUMNS
from tests.delivery.metro2_examples import BASE, EVERY_SEGMENT, HEADER, J1, J2, K1, K2, records, written

GOLDEN = Path(__file__).parents[1] / "golden" / "metro2"
LINE = 428


def base_line(**changed: object) -> str:
    """The first record of a file of one, as a guide counts its positions: from 1."""
    return " " + written({"base": {**BASE, **changed}})[LINE : 2 * LINE].decode("ascii")


class TestGoldenFiles:
    @pytest.mark.parametrize("form", WireForm)
    def test_the_file_byte_for_byte(self, form: WireForm) -> None:
        data = written(
            {"base": BASE},
            {"base": {**BASE, "account_number": "A1000000002"}, **EVERY_SEGMENT},
            {"base": {**BASE, "account_number": "A1000000003", "account_status": "DA"}, "k2": [K2]},
            form=form,
        )
        assert data == (GOLDEN / f"{form.value}.dat").read_bytes()

    def test_the_base_segment_by_hand(self) -> None:
        assert base_line()[1:] == (
            "0426" "1" "09072026010203" "0" "LENDER001           " "  " "A1000000001                   " "I" "01"
            "01152023" "000000000" "000012000" "036" "M" "000000381" "000000000" "84" " " "654321000000000000000000"
            "  " "  " "000007421" "000002667" "000000000" "08312026" "02142026" "00000000" "01122026" "F"
            "                 " "SMITH-JONES              " "ANNA                " "                    " " "
            "123456789" "05311975" "2175550123" "1" "  " "US" "5 ELM STREET                    "
            "                                " "SPRINGFIELD         " "IL" "62701    " "C" "R" "\r\n"
        )  # fmt: skip


class TestAmounts:
    @pytest.mark.parametrize(
        ("amount", "printed"),
        [
            (Decimal("7421.99"), "000007421"),
            (Decimal("0.99"), "000000000"),
            (Decimal("-0.01"), "000000000"),
            (Decimal("-500.00"), "000000000"),
            (Decimal("999999999.99"), "999999999"),
            (Decimal("1000000000.00"), "999999999"),
            (Decimal("9999999999999999.99"), "999999999"),
        ],
    )
    def test_cents_are_cut_and_amounts_stay_within_nine_digits(self, amount: Decimal, printed: str) -> None:
        given = records({"base": BASE})
        base = given.base.with_columns(pl.lit(amount, pl.Decimal(18, 2)).alias("current_balance"))
        buffer = io.BytesIO()
        metro2.write(buffer, HEADER, [SegmentedRecords(base)])
        assert buffer.getvalue()[LINE + 154 : LINE + 163].decode() == printed

    @pytest.mark.parametrize(("amount", "printed"), [(-1, "000000000"), (10**9, "999999999"), (None, "000000000")])
    def test_whole_dollars(self, amount: int | None, printed: str) -> None:
        assert base_line(past_due=amount)[164:173] == printed


class TestTexts:
    def test_text_is_trimmed_and_put_into_upper_case(self) -> None:
        line = base_line(surname="  smith-Jones ", middle_name="   ")
        assert line[232:257] == "SMITH-JONES              "
        assert line[277:297] == " " * 20

    def test_numbers_are_filled_up_with_zeros(self) -> None:
        assert base_line(ssn="5", telephone=None)[298:307] == "000000005"
        assert base_line(telephone=None)[315:325] == "0000000000"

    def test_what_fills_the_slot_fits(self) -> None:
        assert base_line(city="X" * 20)[394:414] == "X" * 20
        assert base_line(city=" " + "X" * 20 + " ")[394:414] == "X" * 20

    @pytest.mark.parametrize(
        ("name", "value", "rule"),
        [
            ("city", "X" * 21, fixed_width.TOO_LONG),
            ("surname", "MÜLLER", fixed_width.ILLEGAL_CHARACTER),
            ("surname", "STRAßE", fixed_width.ILLEGAL_CHARACTER),
            ("surname", "A\nB", fixed_width.ILLEGAL_CHARACTER),
            ("surname", "A\x7f", fixed_width.ILLEGAL_CHARACTER),
            ("surname", None, fixed_width.REQUIRED),
            ("surname", "  ", fixed_width.REQUIRED),
            ("correction_indicator", None, fixed_width.REQUIRED),
            ("opened_on", None, fixed_width.REQUIRED),
            ("ssn", "12-456789", fixed_width.NOT_DIGITS),
            ("ssn", "1234567890", fixed_width.TOO_LONG),
            ("account_status", "99", fixed_width.UNKNOWN_CODE),
            ("ecoa_code", "4", fixed_width.UNKNOWN_CODE),
        ],
    )
    def test_what_does_not_fit_is_refused_with_its_record_field_and_rule(
        self, name: str, value: object, rule: str
    ) -> None:
        with pytest.raises(ArrearsError) as caught:
            written({"base": BASE}, {"base": {**BASE, name: value}}, {"base": {**BASE, name: value}})
        assert caught.value.kind is RECORDS_BREAK_LAYOUT
        assert caught.value.facts == {
            "layout": "metro2", "segment": "base", "row": 3, "field": name, "rule": rule, "cells": 2,
        }  # fmt: skip

    def test_a_refusal_within_an_appended_segment_names_it(self) -> None:
        with pytest.raises(ArrearsError) as caught:
            written({"base": BASE, "j1": [J1, {**J1, "ecoa_code": "?"}]})
        assert [caught.value.facts[fact] for fact in ("segment", "row", "field", "rule")] == [
            "J1", 2, "ecoa_code", fixed_width.UNKNOWN_CODE,
        ]  # fmt: skip

    def test_dates_beyond_four_digits_are_refused(self) -> None:
        given = records({"base": BASE})
        base = given.base.with_columns(pl.lit(4_000_000).cast(pl.Int32).cast(pl.Date).alias("closed_on"))
        with pytest.raises(ArrearsError) as caught:
            metro2.write(io.BytesIO(), HEADER, [SegmentedRecords(base)])
        assert (caught.value.facts["field"], caught.value.facts["rule"]) == ("closed_on", fixed_width.NOT_A_DATE)

    @pytest.mark.parametrize("day", [date(1, 1, 1), date(1849, 12, 31), date(2150, 1, 1), date(9999, 12, 31)])
    def test_dates_of_any_year_are_printed(self, day: date) -> None:
        assert base_line(born_on=day)[307:315] == f"{day.month:02}{day.day:02}{day.year:04}"

    def test_fractions_of_a_second_are_cut(self) -> None:
        assert base_line(time_stamp=datetime.fromisoformat("1969-12-31T23:59:58.999999"))[6:20] == "12311969235958"


class TestShape:
    def test_columns_must_be_those_of_the_layout(self) -> None:
        given = (
            records({"base": BASE}).base.drop("city").with_columns(pl.lit(1.5).alias("past_due"), pl.lit(1).alias("x"))
        )
        with pytest.raises(ArrearsError) as caught:
            metro2.write(io.BytesIO(), HEADER, [SegmentedRecords(given)])
        assert caught.value.kind is RECORDS_LACK_COLUMNS
        assert [caught.value.facts[fact] for fact in ("missing", "extra", "of_another_type")] == [
            ["city"], ["x"], ["past_due"],
        ]  # fmt: skip

    def test_a_header_may_leave_out_slots_but_not_invent_them(self) -> None:
        assert written(header=HEADER).startswith(b"0426HEADER  ")
        with pytest.raises(ArrearsError) as caught:
            written(header={**HEADER, "surname": "X"})
        assert caught.value.facts["extra"] == ["surname"]

    def test_a_column_without_a_type_is_empty(self) -> None:
        base = records({"base": BASE}).base.with_columns(pl.lit(None).alias("closed_on"), pl.lit(None).alias("ssn"))
        buffer = io.BytesIO()
        metro2.write(buffer, HEADER, [SegmentedRecords(base)])
        assert buffer.getvalue()[LINE + 197 : LINE + 205] == b"00000000"

    def test_records_must_ascend(self) -> None:
        base = records({"base": BASE}, {"base": BASE}).base
        self._refused(SegmentedRecords(base.reverse()), segmented_writer.NOT_ASCENDING, 2)
        self._refused(SegmentedRecords(pl.concat([base, base[1:]])), segmented_writer.NOT_ASCENDING, 3)

    def test_records_must_ascend_over_parts(self) -> None:
        part = records({"base": BASE})
        with pytest.raises(ArrearsError) as caught:
            metro2.write(io.BytesIO(), HEADER, [part, part])
        assert caught.value.facts["rule"] == segmented_writer.NOT_ASCENDING

    def test_segments_must_belong_to_a_record_and_ascend(self) -> None:
        given = records({"base": BASE, "j1": [J1]}, {"base": BASE, "j1": [J1]})
        j1 = given.appended["j1"]
        stray = j1.with_columns(pl.col(RECORD_NO) + 5)
        self._refused(SegmentedRecords(given.base, {"j1": stray}), segmented_writer.NO_SUCH_RECORD, 7)
        self._refused(SegmentedRecords(given.base, {"j1": j1.reverse()}), segmented_writer.NOT_ASCENDING, 2)
        self._refused(SegmentedRecords(given.base[:0], {"j1": j1}), segmented_writer.NO_SUCH_RECORD, 2)

    def test_a_single_segment_twice_is_refused(self) -> None:
        self._refused(records({"base": BASE, "k1": [K1, K1]}), segmented_writer.SEGMENT_REPEATED, 2)

    def test_the_longest_record_and_one_beyond(self) -> None:
        most = (9_999 - 426) // 100
        assert written({"base": BASE, "j1": [J1] * most})[LINE : LINE + 4] == b"9926"
        self._refused(records({"base": BASE, "j1": [J1] * (most + 1)}), segmented_writer.RECORD_TOO_LONG, 2)

    @staticmethod
    def _refused(given: SegmentedRecords, rule: str, row: int) -> None:
        with pytest.raises(ArrearsError) as caught:
            metro2.write(io.BytesIO(), HEADER, [given])
        assert (caught.value.facts["rule"], caught.value.facts["row"]) == (rule, row)


class TestWords:
    def test_the_length_word_counts_the_appended_segments(self) -> None:
        # The guide's own example: base 426 + J2 200 + K1 34.
        data = written({"base": BASE, "j2": [J2], "k1": [K1]})
        assert data[LINE : LINE + 4] == b"0660"
        assert data[LINE + 660 : LINE + 662] == b"\r\n"

    def test_block_words_count_themselves(self) -> None:
        data = written({"base": BASE, "k1": [K1]}, form=WireForm.BLOCKED)
        assert data[:8] == b"04300426"
        assert data[430:438] == b"04640460"

    def test_words_of_the_packed_form_are_binary(self) -> None:
        data = written({"base": BASE, "k1": [K1]}, form=WireForm.PACKED)
        assert data[:8] == bytes([0x01, 0x72, 0, 0, 0x01, 0x6E, 0, 0])
        assert data[370:378] == bytes([0x01, 0x94, 0, 0, 0x01, 0x90, 0, 0])
        assert len(data) == 370 + 404 + 370

    def test_packed_numbers(self) -> None:
        record = written({"base": BASE}, form=WireForm.PACKED)[374:740]
        assert record[5:13] == bytes.fromhex("009072026010203C")
        assert record[69:74] == bytes.fromhex("001152023C")
        assert record[129:134] == bytes.fromhex("000007421C")
        assert record[248:253] == bytes.fromhex("123456789C")
        assert record[258:264] == bytes.fromhex("02175550123C")
        assert record[98:100] == b"84"


class TestTrailer:
    def test_totals_by_hand(self) -> None:
        data = written(
            {"base": BASE, "j1": [J1, {**J1, "ssn": "987654321"}], "k1": [K1]},
            {"base": {**BASE, "account_status": "DF", "ssn": None, "ecoa_code": "Z"}, "j2": [J2]},
            {"base": {**BASE, "account_status": "11", "born_on": None, "telephone": "0000000000"}},
        )
        trailer = " " + data[-LINE:].decode()
        wanted = {
            12: 3, 30: 1, 39: 2, 48: 1, 57: 5, 84: 1, 192: 1, 264: 2, 282: 1, 327: 3, 336: 2, 345: 1, 363: 5, 372: 2,
            381: 2, 390: 1, 399: 3,
        }  # fmt: skip
        counted = {at: int(trailer[at : at + 9]) for at in range(12, 408, 9) if at != 21}
        assert {at: count for at, count in counted.items() if count} == wanted
        assert trailer[1:12] == "0426TRAILER"
        assert trailer[21:30] == " " * 9

    def test_no_records(self) -> None:
        data = written()
        assert len(data) == 2 * LINE
        assert data[LINE + 11 : LINE + 20] == b"000000000"
