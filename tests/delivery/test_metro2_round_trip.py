"""Metro 2: what is written is read back, every segment and whole files, in every wire form."""

import io
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delivery.formats.fixed_width import encode
from delivery.formats.fixed_width_reading import decode
from delivery.formats.packed_decimal import pack, unpack
from delivery.formats.segmented_reader import read_segmented
from delivery.formats.segmented_records import concatenated
from delivery.formats.segmented_writer import write_segmented
from schemas.bureaus.fixed_width import RECORD_NO, WireForm
from schemas.bureaus.metro2 import LAYOUT
from tests.delivery.metro2_examples import (
    BASE,
    EVERY_SEGMENT,
    HEADER,
    J1,
    K1,
    RECORDS,
    found,
    frame,
    read_parts,
    read_records,
    records,
    same,
    segment_rows,
    written,
)

EXAMPLES = [
    {"base": BASE},
    {"base": BASE, "j1": [J1]},
    {"base": BASE, **EVERY_SEGMENT},
    {"base": {**BASE, "account_status": "97", "original_charge_off": 9}, "k1": [K1]},
]
ALL = (LAYOUT.header, *LAYOUT.segments, LAYOUT.trailer)


@pytest.mark.parametrize("segment", ALL, ids=lambda segment: segment.key)
def test_every_segment_is_read_back(segment) -> None:
    @given(st.lists(segment_rows(segment), min_size=1, max_size=4))
    @settings(max_examples=40, deadline=None)
    def check(rows: list[dict]) -> None:
        given_frame = frame(segment, rows).drop(RECORD_NO)
        matrix = encode(given_frame, segment, "metro2")
        assert matrix.shape == (len(rows), segment.length)
        if segment.packed_length is not None:
            packed = pack(matrix, segment)
            assert packed.shape == (len(rows), segment.packed_length)
            matrix = unpack(packed, segment)
        read, faults = decode(matrix, segment)
        assert faults == []
        assert read.to_dicts() == [{name: row.get(name) for name in segment.names} for row in rows]

    check()


@given(st.lists(RECORDS, max_size=5), st.sampled_from(WireForm), st.sampled_from(["\r\n", "\n", ""]))
@settings(max_examples=80, deadline=None)
def test_every_file_is_read_back(given_records: list[dict], form: WireForm, line_end: str) -> None:
    layout = replace(LAYOUT, line_end=line_end)
    buffer = io.BytesIO()
    wanted = records(*given_records)
    write_segmented(buffer, HEADER, [wanted], layout, form)
    parts = list(read_segmented(io.BytesIO(buffer.getvalue()), LAYOUT))
    assert [violation for part in parts for violation in part.violations] == []
    assert same(concatenated([part.records for part in parts], LAYOUT), wanted)
    assert parts[0].header.row(0, named=True) == {name: HEADER.get(name) for name in LAYOUT.header.names}
    assert parts[-2].trailer["base_records"].to_list() == [len(given_records)]


@pytest.mark.parametrize("form", WireForm)
def test_pieces_of_a_long_file_join_without_a_seam(form: WireForm) -> None:
    long = [
        {"base": row["base"], **{key: value for key, value in row.items() if number % 7 == 0 or key == "base"}}
        for number, row in enumerate(EXAMPLES * 150)
    ]
    data = written(*long, form=form)
    assert found(data, piece_bytes=4_000) == []
    assert len([part for part in read_parts(data, piece_bytes=4_000) if part.records.base.height]) > 5
    assert same(read_records(data, piece_bytes=4_000), records(*long))


def test_parts_give_the_same_bytes_as_one() -> None:
    whole = records(*EXAMPLES * 3)
    one, many = io.BytesIO(), io.BytesIO()
    write_segmented(one, HEADER, [whole], LAYOUT)
    write_segmented(many, HEADER, whole.slices(2), LAYOUT)
    assert one.getvalue() == many.getvalue()
    assert sum(piece.base.height for piece in whole.slices(2)) == len(EXAMPLES) * 3
    assert pl.concat([piece.appended["j1"] for piece in whole.slices(2)]).equals(whole.appended["j1"])
