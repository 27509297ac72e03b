"""Metro 2 files that are damaged on purpose or by chance: never a crash, never more than there is, in bounded time."""

import io
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delivery.bureaus import metro2
from delivery.formats.segmented_reader import SegmentedLimits
from schemas.bureaus.fixed_width import WireForm
from tests.delivery.metro2_examples import BASE, EVERY_SEGMENT, J1, read_parts, written

FILES = {
    form: written(
        {"base": BASE}, {"base": BASE, **EVERY_SEGMENT}, {"base": BASE, "j1": [J1]}, {"base": BASE}, form=form
    )
    for form in WireForm
}
PIECES = st.sampled_from(
    [b"0426", b"\x01\x72\x00\x00", b"HEADER", b"TRAILER", b"0426TRAILER", b"04261" + b"0" * 15, b"J1", b"K1", b"\r\n",
     b"\n", b" ", b"9" * 34, b"\x00", b"\xff", b"0" * 426, b"9999", b"0000", b"\x1a"]
) | st.binary(max_size=20)  # fmt: skip


def readings(data: bytes, **limits: int) -> tuple[list[int], int]:
    """Numbers of the records that were read, and how many violations there are; checks what must always hold."""
    parts = read_parts(data, **limits)
    numbers = [number for part in parts for number in part.records.base["record_no"].to_list()]
    assert numbers == sorted(set(numbers))
    for part in parts:
        assert len(part.violations) <= part.violation_count
        for frame in part.records.appended.values():
            assert set(frame["record_no"]) <= set(part.records.base["record_no"])
    return numbers, sum(part.violation_count for part in parts)


@given(
    st.sampled_from(WireForm),
    st.lists(st.tuples(st.floats(0, 1), st.sampled_from(["put", "insert", "cut"]), PIECES), min_size=1, max_size=6),
    st.sampled_from([200, 1 << 20]),
)
@settings(max_examples=300, deadline=None)
def test_damaged_files_are_read_as_far_as_they_go(form: WireForm, damages: list, piece: int) -> None:
    data = FILES[form]
    for where, how, held in damages:
        at = int(where * len(data))
        behind = at if how == "insert" else at + len(held)
        data = data[:at] + (b"" if how == "cut" else held) + data[behind:]
    numbers, _ = readings(data, piece_bytes=piece)
    assert len(numbers) <= len(data) // 366


@given(st.lists(PIECES, max_size=40).map(b"".join))
@settings(max_examples=200, deadline=None)
def test_any_bytes(data: bytes) -> None:
    readings(data)
    readings(written()[:426] + data)


@given(st.sampled_from(WireForm), st.integers(0, 3000))
@settings(max_examples=100, deadline=None)
def test_a_file_cut_anywhere_keeps_what_stands_before(form: WireForm, size: int) -> None:
    data = FILES[form]
    numbers, violations = readings(data[:size])
    assert numbers == list(range(2, 2 + len(numbers)))
    assert violations > 0 or len(data) - size <= 2


@pytest.mark.parametrize("form", WireForm)
def test_how_the_file_is_cut_into_pieces_does_not_matter(form: WireForm) -> None:
    data = FILES[form][:430] + b"garbage" * 99 + FILES[form][430:] + FILES[form]
    readings_of = [
        [(each.line, each.field, each.code) for part in read_parts(data, piece_bytes=piece) for each in part.violations]
        for piece in (1, 500, 1 << 20)
    ]
    assert readings_of[0] == readings_of[1] == readings_of[2]


@pytest.mark.parametrize(
    "filler",
    [
        b"04261" + b"0" * 15,
        b"99991" + b"0" * 15,
        b"J1" + b"X" * 98,
        b"0426",
        b"\x00",
        b" ",
        b"\r\n",
        b"9",
        b"0426HEADER",
        b"0426TRAILER",
        b"\x01\x6e\x00\x001" + b"\x00" * 7 + b"\x0c0",
    ],
)
def test_a_megabyte_of_anything_takes_bounded_time_and_memory(filler: bytes) -> None:
    data = written({"base": BASE})[: 428 * 2 - 2] + filler * (1_000_000 // len(filler))
    tracemalloc.start()
    parts = metro2.read(io.BytesIO(data), SegmentedLimits(piece_bytes=1 << 16, violations=10))
    listed = sum(len(part.violations) for part in parts)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert listed <= 10
    assert peak < 20_000_000
