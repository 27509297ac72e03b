"""Records of the PBoC for tests: the made-up person of the golden file, and any that fit a layout."""

import io
from datetime import date, datetime
from pathlib import Path

import polars as pl
from hypothesis import strategies as st

from delivery.bureaus import pboc
from delivery.formats.tagged_framing import TaggedLimits
from delivery.formats.tagged_records import TaggedRecords, concatenated, group_schema, records_schema
from delivery.formats.tagged_writer import printed_lines
from schemas.bureaus.pboc import FORM, RECORDS, FileName, Header
from schemas.bureaus.tagged import RECORD_NO

GOLDEN = Path(__file__).parents[1] / "golden" / "pboc"
MADE_AT = datetime.fromisoformat("2024-02-29T20:30:00")
SEGMENT_CODE = "X6101010000246"
NAME = FileName(SEGMENT_CODE, date(2024, 2, 29), "210", 1)
GOLDEN_FILE = GOLDEN / NAME.plain

BASE = {
    "InfRecType": "210",
    "AcctType": "D1",
    "AcctCode": "X6101010000246LN0000000001",
    "RptDate": "2024-02-29",
    "RptDateCode": "30",
    "Name": "测试甲",
    "IDType": "10",
    "IDNum": "11010519491231002X",
    "MngmtOrgCode": "X6101010000246",
}
MONTHLY = {
    "Month": "2024-02",
    "SettDate": "2024-02-25",
    "AcctStatus": "2",
    "AcctBal": "80000",
    "RemRepPrd": "10",
    "FiveCate": "2",
    "FiveCateAdjDate": "2024-02-29",
    "RpyStatus": "2",
    "OverdPrd": "2",
    "TotOverd": "8200",
    "OverdPrinc": "7800",
    "Oved31_60Princ": "3900",
    "Oved61_90Princ": "0",
    "Oved91_180Princ": "0",
    "OvedPrinc180": "0",
    "CurRpyAmt": "4100",
    "ActRpyAmt": "0",
    "LatRpyDate": "2023-12-25",
    "CloseDate": "",
}
EXAMPLE = {"AcctBsSgmt": BASE, "AcctMthlyBlgInfSgmt": MONTHLY}


def records(*given, kind="210", first=2):
    """Records from segments to tags to values; a list stands for the entries of a group."""
    layout = RECORDS[kind]
    rows, entries = [], {}
    for number, record in enumerate(given, start=first):
        row = {RECORD_NO: number, **dict.fromkeys(layout.segments, False)}
        for name, value in record.items():
            if name not in layout.segments:
                row[name] = value
                continue
            row[name] = True
            for tag, text in value.items():
                if isinstance(text, list):
                    entries.setdefault(f"{name}.{tag}", []).extend({RECORD_NO: number, **each} for each in text)
                else:
                    row[f"{name}.{tag}"] = text
        rows.append(row)
    groups = {path: pl.DataFrame(held, group_schema(layout.groups[path])) for path, held in entries.items()}
    return TaggedRecords(pl.DataFrame(rows, records_schema(layout)), groups)


def lines_of(given, kind="210"):
    """The lines of records as they stand in a file."""
    return b"".join(piece.data.tobytes() for piece in printed_lines([given], RECORDS[kind], FORM))


def file_of(body, kind="210", count=None):
    """A file with a right header around some bytes."""
    lines = body.count(b"\n") + (bool(body) and not body.endswith(b"\n")) if count is None else count
    return Header(kind, SEGMENT_CODE, MADE_AT, lines).line.encode() + b"\r\n" + body


def written(*parts, kind="210"):
    file = io.BytesIO()
    pboc.write(file, FileName(SEGMENT_CODE, MADE_AT.date(), kind, 1), MADE_AT, parts)
    return file.getvalue()


def read(data, limits=None, **origin):
    """All records of a file, and its violations as (line, field, code)."""
    parts = list(pboc.read(io.BytesIO(data), limits or TaggedLimits(), pboc.Origin(**origin)))
    held = [part.records for part in parts if part.records is not None]
    layouts = {part.layout.type: part.layout for part in parts if part.layout is not None}
    assert len(layouts) <= 1
    found = [(each.line, each.field, each.code) for part in parts for each in part.violations]
    assert sum(part.violation_count for part in parts) >= len(found)
    return (concatenated(held, *layouts.values()) if held else None), found


def assert_same(one, other):
    assert one.records.columns == other.records.columns
    assert one.records.rows() == other.records.rows()
    assert {path: rows.rows() for path, rows in one.groups.items()} == {
        path: rows.rows() for path, rows in other.groups.items()
    }


TEXTS = st.text(
    st.one_of(
        st.sampled_from("<>&\"']\t 测试甲（）！0123456789-AZaz;#x"),
        st.characters(codec="utf-8", exclude_categories=["Cc"], exclude_characters="\ufffe\uffff"),
    ),
    max_size=12,
)
VALUES = st.one_of(st.none(), st.just(""), st.sampled_from(["0", "2024-02-29", "X6101010000246LN1"]), TEXTS)


@st.composite
def any_record(draw, layout):
    """One record as `records` takes it, whether or not its values fit the layout."""
    record = {column: value for column in layout.columns if "." not in column and (value := draw(VALUES)) is not None}
    for element, segment in layout.segments.items():
        if not segment.items and not segment.groups:
            record[element] = {}
        elif draw(st.booleans()):
            # A segment with nothing in it can be written, and is a fault for whoever reads it.
            first = segment.items[0].tag
            held = {each.tag: value for each in segment.items if (value := draw(VALUES)) is not None}
            record[element] = {first: "1"} | held
            for group in segment.groups:
                entry = st.fixed_dictionaries({each.tag: VALUES for each in group.items})
                entries = draw(st.lists(entry, max_size=3))
                if entries:
                    record[element][group.element] = entries
    return record


def any_records(kind):
    return st.lists(any_record(RECORDS[kind]), min_size=1, max_size=6).map(lambda given: records(*given, kind=kind))
