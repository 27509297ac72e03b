"""Segmented records as JSON lines, one object a record: for people's tools, and for checking records without a file.

A record is `{"record_no": 2, "base": {...}, "j1": [{...}], "k2": {...}}`: a list for segments that a record may have
more than once, an object for the others, no key for those it does not have. Header and trailer are `{"header": {...}}`
and `{"trailer": {...}}`, first and last. Dates are `yyyy-mm-dd`, instants `yyyy-mm-ddThh:mm:ss`, dollars whole numbers,
all else text; null or no key where a slot is not filled.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl

from delivery.formats.segmented_reader import ReadPart
from delivery.formats.segmented_records import SegmentedRecords, frame_schema, records_schema
from schemas.bureaus.fixed_width import RECORD_NO, Segment, SegmentedLayout

MASK = "***"


@dataclass(frozen=True)
class GivenRecords:
    """What JSON lines hold.

    Attributes:
        records: numbered by their lines.
        header: one row when there is one.
        refused: numbers of lines that hold no record of the layout, from 1.
    """

    records: SegmentedRecords
    header: pl.DataFrame | None
    refused: tuple[int, ...]


def json_lines(part: ReadPart, layout: SegmentedLayout) -> Iterator[str]:
    """The lines of a part, without line ends, in its order."""
    if part.header is not None:
        yield _line({"header": part.header.row(0, named=True)})
    rows = {key: _by_record(frame) for key, frame in part.records.appended.items()}
    for base in part.records.base.iter_rows(named=True):
        number = base.pop(RECORD_NO)
        record: dict[str, Any] = {RECORD_NO: number, layout.base.key: base}
        for segment in layout.appended:
            held = rows.get(segment.key, {}).get(number)
            if held:
                record[segment.key] = held if segment.key in layout.repeating else held[0]
        yield _line(record)
    if part.trailer is not None:
        yield _line({"trailer": part.trailer.row(0, named=True)})


def masked(part: ReadPart, layout: SegmentedLayout) -> ReadPart:
    """The part with MASK for every text that is identity, and null for dates that are."""
    appended = {key: _masked(frame, layout.segment(key)) for key, frame in part.records.appended.items()}
    records = SegmentedRecords(_masked(part.records.base, layout.base), appended)
    return ReadPart(records, part.violations, part.violation_count, part.header, part.trailer)


def records_of_json(lines: Iterable[str], layout: SegmentedLayout) -> GivenRecords:
    """The records that JSON lines hold. Never raises because of a line.

    A record's number is that of its line, from 1, whatever it says itself. A trailer is passed over, as the writer
    recomputes it.
    """
    rows: dict[str, list[dict[str, Any]]] = {segment.key: [] for segment in layout.segments}
    header: pl.DataFrame | None = None
    refused = []
    for number, line in enumerate(lines, start=1):
        try:
            given = _parsed(line)
            if "header" in given:
                header = pl.DataFrame([_values(given["header"], layout.header)], schema=frame_schema(layout.header))
            elif "trailer" not in given:
                for key, values in list(_segments(given, layout)):
                    rows[key].append({RECORD_NO: number, **values})
        except (TypeError, ValueError, KeyError, OverflowError, RecursionError):
            refused.append(number)
    frames = {
        segment.key: pl.DataFrame(rows[segment.key], schema=records_schema(segment)) for segment in layout.segments
    }
    base = frames.pop(layout.base.key)
    appended = {key: frame for key, frame in frames.items() if frame.height}
    return GivenRecords(SegmentedRecords(base, appended), header, tuple(refused))


def _by_record(frame: pl.DataFrame) -> dict[int, list[dict[str, Any]]]:
    held: dict[int, list[dict[str, Any]]] = {}
    for row in frame.iter_rows(named=True):
        held.setdefault(row.pop(RECORD_NO), []).append(row)
    return held


def _line(given: dict[str, Any]) -> str:
    return json.dumps(given, ensure_ascii=False, default=_iso)


def _iso(value: date | datetime) -> str:
    return value.isoformat()


def _masked(frame: pl.DataFrame, segment: Segment) -> pl.DataFrame:
    hidden = [
        pl.when(pl.col(name).is_not_null()).then(pl.lit(MASK)).alias(name)
        if frame.schema[name] == pl.String
        else pl.lit(None, frame.schema[name]).alias(name)
        for name in segment.identity_names
    ]
    return frame.with_columns(hidden)


def _parsed(line: str) -> dict[str, Any]:
    given = json.loads(line)
    if not isinstance(given, dict):
        raise TypeError("not an object")
    return given


def _segments(given: dict[str, Any], layout: SegmentedLayout) -> Iterator[tuple[str, dict[str, Any]]]:
    unknown = set(given) - {RECORD_NO} - {segment.key for segment in layout.segments}
    if unknown:
        raise KeyError("a segment that the layout does not know")
    yield layout.base.key, _values(given[layout.base.key], layout.base)
    for segment in layout.appended:
        held = given.get(segment.key)
        if held is not None:
            for values in held if segment.key in layout.repeating else [held]:
                yield segment.key, _values(values, segment)


def _values(given: object, segment: Segment) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise TypeError("not an object")
    if set(given) - set(segment.names):
        raise KeyError("a slot that the segment does not have")
    schema = frame_schema(segment)
    return {name: _value(given.get(name), schema[name]) for name in segment.names}


def _value(given: object, dtype: pl.DataType) -> str | int | date | None:
    if given is None:
        return None
    if dtype == pl.Int64:
        if type(given) is not int or not -(2**63) <= given < 2**63:
            raise TypeError("not a whole number that a slot can hold")
        return given
    if not isinstance(given, str):
        raise TypeError("not a text")
    if dtype == pl.String:
        given.encode()
        return given
    if dtype == pl.Date:
        return date.fromisoformat(given)
    instant = datetime.fromisoformat(given)
    if instant.tzinfo is not None:
        raise ValueError("an instant with a zone")
    return instant
