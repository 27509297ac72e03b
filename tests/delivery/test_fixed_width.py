"""Segments of a fixed-width file: a layout's own checks, digits, packed decimal, rows of bytes that others wrote."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delivery.formats import fault_list, fixed_width, fixed_width_reading, record_framing, segment_walk
from delivery.formats.digits import date_numbers, days_of, digits_of, number_of, seconds_of
from delivery.formats.fixed_width import encode
from delivery.formats.fixed_width_reading import decode
from delivery.formats.packed_decimal import pack, unpack
from schemas.bureaus.fixed_width import Count, Segment, SegmentedLayout, Slot, SlotKind
from schemas.bureaus.metro2 import LAYOUT
from schemas.errors import ArrearsError

SMALL = Segment(
    "S1",
    40,
    (
        Slot("segment_id", 1, 2, SlotKind.TEXT, "mark", constant="S1"),
        Slot("word", 3, 10, SlotKind.TEXT, "a word"),
        Slot("code", 11, 13, SlotKind.TEXT, "free code", True),
        Slot("number", 14, 17, SlotKind.NUMBER, "digits"),
        Slot("kind", 18, 19, SlotKind.NUMBER, "coded digits", True, codes={"00": "none", "07": "seven"}),
        Slot("count", 20, 24, SlotKind.COUNT, "a count"),
        Slot("day_on", 25, 32, SlotKind.DATE, "a day"),
        Slot("dollars", 33, 38, SlotKind.DOLLARS, "dollars"),
        Slot("reserved", 39, 40, SlotKind.RESERVED, "blank"),
    ),
    packed_length=36,
    packed_kinds=frozenset({SlotKind.COUNT, SlotKind.DATE, SlotKind.DOLLARS}),
)
ROW = {
    "word": "ABC",
    "code": "X",
    "number": "0012",
    "kind": "07",
    "count": 5,
    "day_on": date(2026, 2, 3),
    "dollars": 42,
}
LINE = b"S1ABC     X  00120700005020320260000" + b"42  "


def matrix_of(*rows: bytes) -> np.ndarray:
    return np.frombuffer(b"".join(rows), np.uint8).reshape(len(rows), -1).copy()


def faults_of(*rows: bytes) -> list[tuple[str, str, list[int]]]:
    _, faults = decode(matrix_of(*rows), SMALL)
    return [(fault.slot.name, fault.code, fault.rows.tolist()) for fault in faults]


def with_bytes(at: int, held: bytes) -> bytes:
    return LINE[: at - 1] + held + LINE[at - 1 + len(held) :]


class TestLayouts:
    def slots(self, *bounds: tuple[int, int]) -> tuple[Slot, ...]:
        return tuple(Slot(f"s{first}", first, last, SlotKind.TEXT, "text") for first, last in bounds)

    @pytest.mark.parametrize("bounds", [[(1, 4), (6, 9)], [(1, 4), (4, 9)], [(2, 9)], [(1, 8)], [(1, 10)]])
    def test_slots_cover_the_segment_without_gap_or_overlap(self, bounds: list[tuple[int, int]]) -> None:
        with pytest.raises(ValueError, match="segment X1"):
            Segment("X1", 9, self.slots(*bounds))

    def test_names_are_used_once(self) -> None:
        first, second = self.slots((1, 4), (5, 9))
        with pytest.raises(ValueError, match="twice"):
            Segment("X1", 9, (first, replace(second, name=first.name)))

    def test_slots_hold_what_they_say(self) -> None:
        for wrong in ({"last": 0}, {"constant": "AB"}, {"codes": {"ABCDE": "too long"}}):
            with pytest.raises(ValueError, match="slot s1"):
                replace(self.slots((1, 4))[0], **wrong)

    def test_packed_slots_must_add_up(self) -> None:
        with pytest.raises(ValueError, match="packed"):
            replace(SMALL, slots=(*SMALL.slots[:-1], replace(SMALL.slots[-1], kind=SlotKind.TEXT)), packed_length=99)

    def test_a_layout_counts_what_it_has(self) -> None:
        for wrong in ({"totals": {}}, {"repeating": frozenset({"z9"})}):
            with pytest.raises(ValueError, match="layout metro2"):
                replace(LAYOUT, **wrong)
        with pytest.raises(ValueError, match="base_records"):
            replace(LAYOUT, totals={**LAYOUT.totals, "base_records": Count(("z9",))})

    def test_segments_and_slots_are_found_by_name(self) -> None:
        assert LAYOUT.segment("k2").slot("purchased_sold_name").width == 30
        with pytest.raises(KeyError):
            LAYOUT.segment("z9")
        with pytest.raises(KeyError):
            LAYOUT.base.slot("nothing")

    def test_arrow_types(self) -> None:
        schema = LAYOUT.base.arrow_schema()
        assert [str(schema.field(name).type) for name in ("time_stamp", "ssn", "past_due", "opened_on")] == [
            "timestamp[us]", "string", "int64", "date32[day]",
        ]  # fmt: skip

    def test_every_identity_of_a_person_is_marked(self) -> None:
        assert isinstance(LAYOUT, SegmentedLayout)
        for segment in LAYOUT.segments:
            for name in (
                "surname",
                "first_name",
                "middle_name",
                "ssn",
                "born_on",
                "telephone",
                "address_line_1",
                "zip",
            ):
                if name in segment.names:
                    assert name in segment.identity_names


class TestRows:
    def test_a_row_by_hand(self) -> None:
        assert encode(pl.DataFrame([ROW]), SMALL, "test").tobytes() == LINE
        assert decode(matrix_of(LINE), SMALL)[0].to_dicts() == [ROW]

    def test_empty_slots(self) -> None:
        empty = {**dict.fromkeys(ROW), "code": "Y", "kind": "00"}
        line = encode(pl.DataFrame([empty], schema_overrides={"word": pl.String}), SMALL, "test").tobytes()
        assert line == b"S1" + b" " * 8 + b"Y  " + b"0000" + b"00" + b"0" * 19 + b"  "
        read, faults = decode(matrix_of(line), SMALL)
        assert faults == []
        assert read.to_dicts() == [{**empty, "count": 0, "dollars": 0}]

    def test_a_count_is_never_cut(self) -> None:
        for count in (-1, 100_000):
            with pytest.raises(ArrearsError) as caught:
                encode(pl.DataFrame([{**ROW, "count": count}]), SMALL, "test")
            assert caught.value.facts["rule"] == fixed_width.TOO_LONG

    def test_the_first_row_and_the_number_of_cells_are_told(self) -> None:
        rows = [ROW, {**ROW, "number": "x"}, {**ROW, "word": "TOO LONG TEXT", "number": "y"}]
        with pytest.raises(ArrearsError) as caught:
            encode(pl.DataFrame(rows), SMALL, "test")
        assert {fact: caught.value.facts[fact] for fact in ("segment", "row", "field", "rule", "cells")} == {
            "segment": "S1", "row": 2, "field": "number", "rule": fixed_width.NOT_DIGITS, "cells": 3,
        }  # fmt: skip

    def test_slices_of_a_frame_are_written_as_they_are(self) -> None:
        frame = pl.DataFrame([{**ROW, "word": word} for word in ("A", None, "CCC", "DDDDDDDD")])
        whole = encode(frame, SMALL, "test")
        assert encode(frame[1:3], SMALL, "test").tobytes() == whole[1:3].tobytes()
        assert encode(pl.concat([frame[:1], frame[1:]], rechunk=False), SMALL, "test").tobytes() == whole.tobytes()
        assert encode(frame[:0], SMALL, "test").shape == (0, 40)

    @pytest.mark.parametrize(
        ("at", "held", "name", "code"),
        [
            (1, b"s1", "segment_id", fixed_width_reading.WRONG_CONSTANT),
            (3, b"\x80", "word", fixed_width.ILLEGAL_CHARACTER),
            (3, b"\x1f", "word", fixed_width.ILLEGAL_CHARACTER),
            (3, b"abc", "word", fixed_width_reading.LOWER_CASE),
            (3, b" ", "word", fixed_width_reading.NOT_LEFT_JUSTIFIED),
            (11, b"   ", "code", fixed_width.REQUIRED),
            (14, b"    ", "number", fixed_width_reading.NOT_ZERO_FILLED),
            (14, b"  12", "number", fixed_width.NOT_DIGITS),
            (18, b"08", "kind", fixed_width.UNKNOWN_CODE),
            (20, b"-0005", "count", fixed_width.NOT_DIGITS),
            (25, b"02302026", "day_on", fixed_width.NOT_A_DATE),
            (25, b"00012026", "day_on", fixed_width.NOT_A_DATE),
            (25, b"00000001", "day_on", fixed_width.NOT_A_DATE),
            (25, b"0203202X", "day_on", fixed_width.NOT_DIGITS),
            (39, b"x", "reserved", fixed_width_reading.RESERVED_FILLED),
        ],
    )
    def test_each_fault_is_told_alone(self, at: int, held: bytes, name: str, code: str) -> None:
        assert faults_of(LINE, with_bytes(at, held), LINE, with_bytes(at, held)) == [(name, code, [1, 3])]

    def test_every_code_has_a_message(self) -> None:
        codes = {
            value
            for module in (fixed_width_reading, record_framing, segment_walk, fault_list)
            for name, value in vars(module).items()
            if name.isupper() and isinstance(value, str) and not name.startswith("_")
        }
        assert codes - {"record_no"} == set(fault_list.MESSAGES)


@given(st.lists(st.binary(min_size=40, max_size=40), min_size=1, max_size=5))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_read_or_told(rows: list[bytes]) -> None:
    read, faults = decode(matrix_of(*rows), SMALL)
    assert read.height == len(rows)
    untold = set(range(len(rows))) - {row for fault in faults for row in fault.rows.tolist()}
    for row in untold:
        assert encode(read[row : row + 1], SMALL, "test").tobytes() == rows[row]


@given(st.lists(st.binary(min_size=36, max_size=36), min_size=1, max_size=5))
@settings(max_examples=100, deadline=None)
def test_any_packed_bytes_are_read_or_told(rows: list[bytes]) -> None:
    read, faults = decode(unpack(matrix_of(*rows), SMALL), SMALL)
    assert read.height == len(rows)
    assert all(0 <= row < len(rows) for fault in faults for row in fault.rows.tolist())


def test_packed_decimal_by_hand() -> None:
    packed = pack(matrix_of(LINE), SMALL).tobytes()
    assert packed == b"S1ABC     X  001207" + bytes.fromhex("00005C002032026C0000042C") + b" " * 5
    assert unpack(matrix_of(packed), SMALL).tobytes() == LINE


@given(st.dates())
def test_dates_agree_with_the_calendar(day: date) -> None:
    days = np.array([(day - date(1970, 1, 1)).days])
    number = day.month * 1_000_000 + day.day * 10_000 + day.year
    assert date_numbers(days).tolist() == [number]
    assert [part.tolist() for part in days_of(np.array([number]))] == [days.tolist(), [True]]


@given(st.integers(0, 99_999_999))
def test_numbers_that_are_no_date(number: int) -> None:
    month, day, year = number // 1_000_000, number // 10_000 % 100, number % 10_000
    try:
        wanted = (date(year, month, day) - date(1970, 1, 1)) / timedelta(days=1)
    except ValueError:
        wanted = None
    days, is_day = days_of(np.array([number]))
    assert (int(days[0]) if is_day[0] else None) == wanted


@pytest.mark.parametrize("clock", [240000, 236000, 235960, 999999])
def test_numbers_that_are_no_instant(clock: int) -> None:
    assert not seconds_of(np.array([2_03_2026 * 1_000_000 + clock]))[1][0]


@given(st.integers(1, 16).flatmap(lambda width: st.tuples(st.just(width), st.integers(0, 10**width - 1))))
def test_digits(case: tuple[int, int]) -> None:
    width, value = case
    printed = digits_of(np.array([value]), width)
    assert printed.tobytes() == f"{value:0{width}}".encode()
    assert number_of(np.ascontiguousarray(printed)).tolist() == [value]
