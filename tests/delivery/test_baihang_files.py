"""Files of Baihang: the golden bytes, round trips, what is refused, what is found wrong."""

import io
import json
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delivery.bureaus import baihang
from delivery.formats.json_lines_reading import JsonLimits
from schemas.bureaus.baihang import LAYOUTS
from schemas.bureaus.json_lines import LINE_NO
from tests.delivery.baihang_examples import (
    OVERDUE,
    PAID,
    ROWS,
    any_rows,
    clock,
    frame,
    golden,
    one_line,
    written,
)

NOW = clock("2026-06-16T09:00:00")
kinds = pytest.mark.parametrize("kind", list(LAYOUTS))


def read(data, limits=None):
    """Records by kind with their line numbers, and all violations as (line, field, code)."""
    parts = list(baihang.read(io.BytesIO(data), *([limits] if limits else [])))
    records = {
        kind: pl.concat(held)
        for kind, layout in LAYOUTS.items()
        if (held := [part.records for part in parts if part.layout is layout])
    }
    found = [(each.line, each.field, each.code) for part in parts for each in part.violations]
    return records, found


def file_of(kind, *lines):
    return "\r\n".join([LAYOUTS[kind].tag, *lines, ""]).encode()


def changed(kind, **values):
    """A record's line with other JSON texts in the place of some values."""
    line = one_line(kind)
    for key, text in values.items():
        value = json.dumps(json.loads(line, parse_float=lambda number: f"#{number}#")[key], ensure_ascii=False)
        old = f'"{key}":{value}'.replace('"#', "").replace('#"', "")
        assert line.count(old) == 1
        line = line.replace(old, f'"{key}":{text}')
    return line


def found_in(kind, **values):
    """Whether the changed record is kept, and what is found wrong with it."""
    records, found = read(file_of(kind, one_line(kind), changed(kind, **values)))
    lines = records[kind][LINE_NO].to_list()
    assert lines[0] == 2
    assert all(line == 3 for line, _, _ in found)
    return 3 in lines, [(field, code) for _, field, code in found]


@kinds
def test_the_golden_file_is_read(kind):
    records, found = read(golden(kind))
    assert found == []
    assert records[kind][LINE_NO].to_list() == list(range(2, 2 + len(ROWS[kind])))
    assert records[kind].drop(LINE_NO).equals(frame(kind, ROWS[kind]))
    assert list(baihang.check(io.BytesIO(golden(kind)), NOW)) == []


@kinds
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_what_is_written_is_read_and_is_json(kind, data):
    rows = data.draw(any_rows(kind))
    out = written(kind, frame(kind, rows))
    records, found = read(out)
    assert found == []
    read_back = records.get(kind, frame(kind, []).with_columns(pl.lit(0).alias(LINE_NO))).drop(LINE_NO)
    assert read_back.to_dicts() == rows
    for line, row in zip(out.decode().split("\r\n")[1:-1], rows, strict=True):
        held = json.loads(line, parse_float=Decimal)
        assert tuple(held) == LAYOUTS[kind].record_keys
        assert held["name"] == row["name"]
        assert [held[key] for key in ("loanAmount", "plannedPayment") if key in held] == [
            row[key] for key in ("loanAmount", "plannedPayment") if key in row
        ]


@kinds
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_lines_of_other_programs_mean_the_same(kind, data):
    rows = data.draw(any_rows(kind))
    lines = written(kind, frame(kind, rows)).decode().split("\r\n")[1:-1]
    spaced = [json.dumps(json.loads(line, parse_float=str), ensure_ascii=True, sort_keys=True) for line in lines]
    plain, also = read(file_of(kind, *lines)), read(file_of(kind, *spaced))
    assert plain[1] == also[1] == []
    assert plain[0].keys() == also[0].keys()
    assert all(plain[0][key].equals(also[0][key]) for key in plain[0])


UNREADABLE = {
    "opCode": ("1", "not_text"),
    "name": ('"\\ud800"', "not_text"),
    "loanPurpose": ("[13]", "not_a_code"),
    "uploadTs": ('"2026-06-16 08:00:00"', "not_a_time"),
    "applyDate": ('"2026-02-30T08:00:00"', "not_a_time"),
    "issueDate": ('"2026-01-03T09:00:00Z"', "not_a_time"),
    "dueDate": ('"2026-02-29"', "not_a_date"),
    "firstRepaymentDate": ("20260210", "not_a_date"),
    "loanAmount": ("3000.005", "not_money"),
    "totalTerm": ("2.0", "not_an_integer"),
    "termPeriod": ("true", "not_an_integer"),
    "gracePeriod": ('"１"', "not_an_integer"),
    "device": ('"x"', "not_an_object"),
}


@pytest.mark.parametrize("key", list(UNREADABLE))
def test_a_value_that_can_not_be_read_leaves_the_record_out(key):
    text, code = UNREADABLE[key]
    assert found_in("D2", **{key: text}) == (False, [(key, code)])


@pytest.mark.parametrize(
    "text", ["1e3", "3000.5e1", "NaN", "-Infinity", "12345678901234.00", '"3,000.00"', "[]", "+1", "00.10", "1" * 5000]
)
def test_amounts_that_are_none(text):
    kept, found = found_in("D2", loanAmount=text)
    assert (kept, len(found)) == (False, 1)
    assert found[0] in [("loanAmount", "not_money"), (None, "not_json")]


@pytest.mark.parametrize(
    ("text", "amount"),
    [('"3000.00"', "3000"), ("3000", "3000"), ("3000.5", "3000.5"), ("-0.01", "-0.01"), ('"0"', "0")],
)
def test_amounts_of_other_programs(text, amount):
    records, found = read(file_of("D2", changed("D2", loanAmount=text)))
    assert (records["D2"]["loanAmount"].to_list(), found) == ([Decimal(amount)], [])


@pytest.mark.parametrize(
    ("key", "text", "code"),
    [
        ("reqID", '""', "required"),
        ("reqID", "null", "required"),
        ("reqID", f'"{"a" * 41}"', "too_long"),
        ("name", '"王\\t明"', "control_character"),
        ("opCode", '"a"', "unknown_code"),
        ("guaranteeType", "7", "unknown_code"),
        ("guaranteeType", "1.5", "unknown_code"),
        ("loanPurpose", '"013"', "unknown_code"),
        ("targetRepayDateList", '"2026-2-10"', "not_dates"),
    ],
)
def test_a_value_that_is_not_as_asked_is_told_and_kept(key, text, code):
    assert found_in("D2", **{key: text}) == (True, [(key, code)])


def test_whole_records_that_can_not_be_read():
    line = one_line("D3")
    lines = [
        "{",
        "[]",
        line + "x",
        "nothing",
        line.replace('"termNo":2', '"termNo":2,"termNo":3'),
        "[" * 100_000,
        line[:-1],
        line.replace("{", '{"\\ud800":1,', 1),
    ]
    records, found = read(file_of("D3", *lines, line))
    assert records["D3"][LINE_NO].to_list() == [9, 10]
    assert found == [
        (2, None, "not_json"),
        (3, None, "not_an_object"),
        (4, None, "not_json"),
        (5, None, "not_json"),
        (6, None, "repeated_key"),
        (7, None, "not_json"),
        (8, None, "not_json"),
        (9, None, "unknown_key"),
    ]


def test_keys_left_out_and_keys_of_nobody():
    line, device = one_line("D2"), '"deviceType":1,"imei":"","mac":null,"ipAddress":null'
    lines = [
        line.replace('"originalLoanId":null,', ""),
        line.replace('"name":"王小明",', ""),
        line.replace(',"device":null', ""),
        line.replace('"device":null', f'"device":{{{device}}}'),
        line.replace('"device":null', f'"device":{{{device},"osName":1,"x":1}}'),
        line.replace('"device":null', '"device":""'),
        line.replace('"device":null', '"device":null,"x":{"reqID":"2"}'),
    ]
    records, found = read(file_of("D2", *lines))
    assert records["D2"].height == 7
    assert found == [
        (2, "originalLoanId", "absent"),
        (3, "name", "required"),
        (4, "device", "absent"),
        (5, "device_osName", "absent"),
        (6, "device", "unknown_key"),
        (8, None, "unknown_key"),
    ]


def test_lines_that_are_no_records():
    tag, line = "#singleLoanRepayInfo", one_line("D3")
    data = f"\ufeff{line}\n{tag}\r\n\r\n{line}\n  \n".encode() + b"\xff\n" + line.encode()
    records, found = read(data)
    assert records["D3"][LINE_NO].to_list() == [4, 7]
    assert sorted(found) == [
        (1, None, "byte_order_mark"),
        (1, None, "no_tag"),
        (3, None, "empty_line"),
        (5, None, "empty_line"),
        (6, None, "not_utf8"),
    ]


def test_a_byte_order_mark_is_seen_in_small_pieces_too():
    limits = JsonLimits(piece_bytes=1)
    records, found = read(b"\xef\xbb\xbf" + golden("D3"), limits)
    assert (records["D3"].height, found) == (2, [(1, None, "byte_order_mark")])


def test_several_kinds_in_one_file():
    records, found = read(
        golden("D2")
        + golden("D3")
        + b"#loopLoanAccountInfo\n{}\n#nothing\n{}\n{}\n"
        + golden("D3").replace(b"\r\n", b"\n")
    )
    assert found == [
        (4, None, "second_tag"),
        (7, None, "second_tag"),
        (7, None, "tag_without_layout"),
        (9, None, "second_tag"),
        (9, None, "unknown_tag"),
        (12, None, "second_tag"),
    ]
    assert {kind: held[LINE_NO].to_list() for kind, held in records.items()} == {"D2": [2, 3], "D3": [5, 6, 13, 14]}


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf"])
def test_files_that_hold_nothing(data):
    records, found = read(data)
    assert (records, len(found)) == ({}, 1)
    assert found[0][2] in {"file_empty", "byte_order_mark"}


@pytest.mark.parametrize("piece_bytes", [1, 7, 100, 1_000, 10_000_000])
def test_lines_longer_than_the_limit_are_passed_over(piece_bytes):
    line = one_line("D3")
    limits = JsonLimits(line_bytes=len(line.encode()), piece_bytes=piece_bytes)
    lines = [line, "x" * 5_000, line, line + " ", line]
    records, found = read("\n".join(["#singleLoanRepayInfo", *lines]).encode(), limits)
    assert records["D3"][LINE_NO].to_list() == [2, 4, 6]
    assert found == [(3, None, "line_too_long"), (5, None, "line_too_long")]


def test_a_file_larger_than_the_limit_is_not_read_on():
    data = golden("D3")
    records, found = read(data, JsonLimits(file_bytes=len(data) - 1, piece_bytes=600))
    assert found[-1][2] == "file_too_large"
    assert sum(held.height for held in records.values()) < 2
    assert read(data, JsonLimits(file_bytes=len(data)))[1] == []


def test_violations_are_listed_to_a_limit_and_counted():
    data = file_of("D3", *["{"] * 50)
    parts = list(baihang.read(io.BytesIO(data), JsonLimits(violations=7, piece_bytes=60)))
    assert sum(len(part.violations) for part in parts) == 7
    assert sum(part.violation_count for part in parts) == 50
    assert len(list(baihang.check(io.BytesIO(data), NOW, JsonLimits(violations=7)))) == 7


def test_hostile_files_are_bounded():
    tags = b"#singleLoanRepayInfo\n" * 20_000
    records, found = read(tags, JsonLimits(violations=10_000))
    assert (records, len(found)) == ({}, 1_000)
    assert found[-1] == (1_001, None, "too_many_tags")
    for data in (b"\n" * 300_000, b"x\n" * 300_000, b"\xff\n" * 300_000):
        parts = list(baihang.read(io.BytesIO(data)))
        assert [len(part.violations) for part in parts] == [1_000]
        assert parts[0].violation_count == 300_000


@given(st.binary(max_size=300), st.integers(1, 50))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_read(data, piece_bytes):
    for begin in (b"", b"#singleLoanRepayInfo\r\n"):
        for limits in (JsonLimits(), JsonLimits(piece_bytes=piece_bytes, line_bytes=40)):
            parts = list(baihang.read(io.BytesIO(begin + data), limits))
            assert all(part.records.height == 0 for part in parts)


@kinds
@given(place=st.integers(0, 700), noise=st.binary(min_size=1, max_size=8))
@settings(max_examples=100, deadline=None)
def test_a_damaged_file_is_read(kind, place, noise):
    data = golden(kind)
    whole = data[:place] + noise + data[place + len(noise) :]
    for part in baihang.read(io.BytesIO(whole)):
        assert len(list(baihang.printed(part))) == part.records.height <= len(ROWS[kind]) + 1
    assert all(each.message for each in baihang.check(io.BytesIO(whole), NOW))


@pytest.mark.parametrize("piece_bytes", [50, 1_000, 1_000_000])
def test_pieces_do_not_matter(piece_bytes):
    data = written("D3", frame("D3", [OVERDUE, PAID, OVERDUE | {"name": 'a"b'}] * 20))
    once, found = read(data)
    pieces, also = read(data, JsonLimits(piece_bytes=piece_bytes))
    assert (found, also) == ([], [])
    assert pieces["D3"].equals(once["D3"])
    assert once["D3"].height == 60


def test_what_does_not_make_sense_is_found_with_its_line():
    rows = [
        OVERDUE,
        OVERDUE | {"reqID": "R2", "overdueStatus": "M3", "name": "John Smith"},
        PAID,
        PAID | {"reqID": "R4", "realRepaymentDate": None},
        PAID,
        OVERDUE | {"reqID": "R6", "uploadTs": clock("2026-06-16T09:00:01")},
    ]
    data = written("D3", frame("D3", rows))
    for limits in (JsonLimits(), JsonLimits(piece_bytes=700)):
        found = [(each.line, each.field, each.code) for each in baihang.check(io.BytesIO(data), NOW, limits)]
        assert found == [
            (3, "overdueStatus", "shape"),
            (5, "realRepaymentDate", "missing"),
            (7, "uploadTs", "in_future"),
            (6, "reqID", "duplicate"),
        ]
        doubts = [(each.line, each.field, each.code) for each in baihang.doubts(io.BytesIO(data), NOW, limits)]
        assert doubts == [(3, "name", "not_chinese")]


@kinds
def test_records_are_printed_masked_or_whole_and_taken_back(kind):
    (part,) = baihang.read(io.BytesIO(golden(kind)))
    whole = list(baihang.printed_unmasked(part))
    assert [json.loads(line)["line_no"] for line in whole] == part.records[LINE_NO].to_list()
    assert [line.replace(f'"line_no":{n},"tag":"{part.layout.tag}",', "") for n, line in enumerate(whole, 2)] == (
        golden(kind).decode().split("\r\n")[1:-1]
    )
    records, refused = baihang.given(
        [*whole, "{", "[]", '{"tag":"#x"}', whole[0].replace('"opCode":"A"', '"opCode":1')]
    )
    assert refused == tuple(range(len(whole) + 1, len(whole) + 5))
    assert records[kind].equals(frame(kind, ROWS[kind]))
    for line in baihang.printed(part):
        assert json.loads(line)["name"] == "***"
        assert not any(secret in line for secret in ("王小明", "买买提", "1101", "138001", "139001", "192.0.2.1"))
