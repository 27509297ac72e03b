"""PBoC: what is written is read back; the golden file, every layout, any values."""

import io

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delivery.bureaus import pboc
from delivery.formats.tagged_framing import TaggedLimits
from delivery.formats.tagged_records import concatenated
from schemas.bureaus.pboc import RECORDS
from schemas.bureaus.tagged import RECORD_NO
from tests.delivery.pboc_examples import (
    EXAMPLE,
    GOLDEN_FILE,
    any_records,
    assert_same,
    file_of,
    lines_of,
    read,
    records,
    written,
)

kinds = pytest.mark.parametrize("kind", list(RECORDS))


def test_the_golden_file_is_written_byte_for_byte():
    assert written(records(EXAMPLE)) == GOLDEN_FILE.read_bytes()


def test_the_golden_file_is_read_back():
    back, found = read(GOLDEN_FILE.read_bytes(), name=GOLDEN_FILE.name)
    assert found == []
    assert_same(back, records(EXAMPLE))


def test_the_golden_file_is_as_the_bureau_describes_it():
    header, line, rest = GOLDEN_FILE.read_bytes().split(b"\r\n")
    assert (len(header), rest) == (50, b"")
    assert header == b"A0502102.0.0  X61010100002462024022920300000000001"
    assert line.startswith(b"<Document><InAcctInf><AcctBsSgmt><InfRecType>210</InfRecType>")
    assert line.endswith(b"<CloseDate></CloseDate></AcctMthlyBlgInfSgmt></InAcctInf></Document>")


@kinds
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_any_records_of_a_layout_are_read_back(kind, data):
    if any(not segment.items and not segment.groups for segment in RECORDS[kind].segments.values()):
        # The segment around others is never empty.
        held = data.draw(any_records(kind).filter(lambda each: each.records["AcctBsSgmt"].all()))
    else:
        held = data.draw(any_records(kind))
    back, found = read(written(held, kind=kind))
    assert found == []
    assert_same(back, held)


@settings(max_examples=20, deadline=None)
@given(any_records("210"), st.integers(1, 4000))
def test_pieces_of_any_size_give_the_same(held, piece_bytes):
    data = written(held) + lines_of(records(EXAMPLE))
    expected, _ = read(data)
    back, _ = read(data, TaggedLimits(piece_bytes=piece_bytes))
    assert_same(back, expected)


@settings(max_examples=30, deadline=None)
@given(any_records("210"))
def test_json_lines_hold_the_same_records(held):
    part = next(pboc.read(io.BytesIO(written(held))))
    by_type, refused = pboc.given(pboc.printed_unmasked(part))
    assert refused == ()
    assert_same(by_type["210"], held)


def test_many_lines_of_several_shapes_are_read_alike_and_in_order():
    parties = {
        "RltRepymtNm": "2",
        "RltRepymtInf": [{"InfoIDType": "1", "ArlpName": f"担保人{number}", "ArlpAmt": ""} for number in range(2)],
    }
    shapes = [
        EXAMPLE,
        EXAMPLE | {"RltRepymtInfSgmt": parties},
        {"AcctBsSgmt": EXAMPLE["AcctBsSgmt"] | {"Name": "A&B"}},
        {"AcctBsSgmt": EXAMPLE["AcctBsSgmt"]},
    ]
    held = records(*(shapes[number * 7 % 5 % 4] for number in range(2_000)))
    back, found = read(written(held), TaggedLimits(piece_bytes=100_000))
    assert found == []
    assert back.records.select(pl.col(RECORD_NO).is_sorted()).item()
    assert_same(back, held)


def test_tags_in_another_order_within_a_segment_are_read():
    line = lines_of(records(EXAMPLE)).replace(
        b"<Name>\xe6\xb5\x8b\xe8\xaf\x95\xe7\x94\xb2</Name><IDType>10</IDType>",
        b"<IDType>10</IDType><Name>\xe6\xb5\x8b\xe8\xaf\x95\xe7\x94\xb2</Name>",
    )
    for times in (1, 40):
        back, found = read(file_of(line * times))
        assert found == []
        assert back.records.drop(RECORD_NO).unique().rows() == records(EXAMPLE).records.drop(RECORD_NO).rows()


def test_a_tag_that_closes_itself_is_an_empty_one():
    line = lines_of(records(EXAMPLE)).replace(b"<CloseDate></CloseDate>", b"<CloseDate/>")
    for times in (1, 40):
        back, found = read(file_of(line * times))
        assert found == []
        assert back.records.drop(RECORD_NO).unique().rows() == records(EXAMPLE).records.drop(RECORD_NO).rows()


def test_parts_are_put_together():
    one, two = records(EXAMPLE), records(EXAMPLE, EXAMPLE, first=3)
    assert written(one, two) == written(concatenated([one, two], RECORDS["210"]))


def test_lines_of_as_many_tags_in_another_order_are_told_apart():
    line = lines_of(records(EXAMPLE))
    name, kind = "<Name>测试甲</Name>".encode(), b"<IDType>10</IDType>"
    other = line.replace(name + kind, kind + name)
    assert line != other
    back, found = read(file_of((line + other + other) * 20))
    assert (found, back.height) == ([], 60)
    assert back.records.drop(RECORD_NO).unique().rows() == records(EXAMPLE).records.drop(RECORD_NO).rows()


@pytest.mark.parametrize("times", [1, 2, 30])
def test_records_without_any_value_are_printed_and_read_one_by_one(times):
    held = records(*[{}] * times, {"AcctBsSgmt": {"Name": "A & B"}}, *[{}] * times)
    data = written(held)
    assert data.count(b"<Document><InAcctInf></InAcctInf></Document>\r\n") == 2 * times
    back, found = read(data)
    assert found == []
    assert_same(back, held)
