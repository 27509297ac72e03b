"""Tagged records as JSON lines, one object a record: for people's tools, and for checking records without a file.

A record is `{"record_no": 2, "type": "210", "AcctBsSgmt": {"Name": "..."}, "RltRepymtInfSgmt": {"RltRepymtNm": "1",
"RltRepymtInf": [{...}]}}`: segments as in the file, groups as lists. No key stands for a tag that is not there, an
empty text for one that is empty. All values are text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import polars as pl

from delivery.formats.tagged_reader import ReadPart
from delivery.formats.tagged_records import TaggedRecords, group_schema, records_schema
from schemas.bureaus.tagged import RECORD_NO, Content, Group, Item, Segment, TaggedRecord
from schemas.field import Sensitivity

MASK = "***"
TYPE = "type"


def json_lines(part: ReadPart) -> Iterator[str]:
    """The records of a part without line ends, identity in the clear."""
    if part.layout is None or part.records is None:
        return
    layout, entries = part.layout, {path: _by_record(rows) for path, rows in part.records.groups.items()}
    for row in part.records.records.iter_rows(named=True):
        number = row[RECORD_NO]
        held = {path: rows.get(number, []) for path, rows in entries.items()}
        record = {RECORD_NO: number, TYPE: layout.type, **_object(layout.contents, "", row, held)}
        yield json.dumps(record, ensure_ascii=False)


def masked(part: ReadPart) -> ReadPart:
    """The part with MASK for every text that is identity and not empty."""
    if part.layout is None or part.records is None:
        return part
    records = _masked(part.records.records, part.layout.columns)
    groups = {
        path: _masked(rows, {each.tag: each for each in part.layout.groups[path].items})
        for path, rows in part.records.groups.items()
    }
    return replace(part, records=TaggedRecords(records, groups))


def records_of_json(
    lines: Iterable[str], layouts: Mapping[str, TaggedRecord]
) -> tuple[dict[str, TaggedRecords], tuple[int, ...]]:
    """Records from lines as `json_lines` prints them, by type. Never raises because of a line.

    A record's number is that of its line plus 1, as in a file, whatever it says itself.

    Returns:
        Type to records, and the numbers of the lines (from 1) that hold no record of one of the layouts.
    """
    rows: dict[str, list[dict[str, Any]]] = {}
    entries: dict[str, dict[str, list[dict[str, Any]]]] = {}
    refused = []
    for number, line in enumerate(lines, start=1):
        try:
            given = json.loads(line)
            layout = layouts[given.pop(TYPE)]
            given.pop(RECORD_NO, None)
            row, held = _Given(given, layout, number + 1).taken()
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            refused.append(number)
            continue
        rows.setdefault(layout.type, []).append(row)
        for path, entry in held:
            entries.setdefault(layout.type, {}).setdefault(path, []).append(entry)
    return {kind: _frames(layouts[kind], held, entries.get(kind, {})) for kind, held in rows.items()}, tuple(refused)


class _Given:
    """One record as JSON has it; raises ValueError, TypeError or AttributeError when the layout does not."""

    def __init__(self, given: dict[str, Any], layout: TaggedRecord, number: int) -> None:
        self._number = number
        self._row: dict[str, Any] = {RECORD_NO: number, **dict.fromkeys(layout.segments, False)}
        self._entries: list[tuple[str, dict[str, Any]]] = []
        self._take(given, layout.contents, "")

    def taken(self) -> tuple[dict[str, Any], list[tuple[str, dict[str, Any]]]]:
        return self._row, self._entries

    def _take(self, given: dict[str, Any], contents: tuple[Content, ...], prefix: str) -> None:
        known = {one.tag if isinstance(one, Item) else one.element: one for one in contents}
        for name, value in given.items():
            match known.get(name):
                case Item():
                    self._row[f"{prefix}{name}"] = _text(value)
                case Group() as group:
                    for each in value:
                        self._entries.append((f"{prefix}{name}", self._entry(each, group)))
                case Segment() as segment:
                    self._row[name] = True
                    self._take(value, segment.contents, f"{name}.")
                case None:
                    raise ValueError("a name that the layout does not have")

    def _entry(self, given: dict[str, Any], group: Group) -> dict[str, Any]:
        if set(given) - {each.tag for each in group.items}:
            raise ValueError("a name that the layout does not have")
        return {RECORD_NO: self._number, **{tag: _text(value) for tag, value in given.items()}}


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    value.encode()
    return value


def _frames(
    layout: TaggedRecord, rows: list[dict[str, Any]], entries: dict[str, list[dict[str, Any]]]
) -> TaggedRecords:
    groups = {path: pl.DataFrame(held, group_schema(layout.groups[path])) for path, held in entries.items()}
    return TaggedRecords(pl.DataFrame(rows, records_schema(layout)), groups)


def _by_record(rows: pl.DataFrame) -> dict[int, list[dict[str, str]]]:
    held: dict[int, list[dict[str, str]]] = {}
    for row in rows.iter_rows(named=True):
        number = row.pop(RECORD_NO)
        held.setdefault(number, []).append({tag: value for tag, value in row.items() if value is not None})
    return held


def _object(
    contents: tuple[Content, ...], prefix: str, row: dict[str, Any], held: dict[str, list[dict[str, str]]]
) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for one in contents:
        match one:
            case Item():
                if row[f"{prefix}{one.tag}"] is not None:
                    made[one.tag] = row[f"{prefix}{one.tag}"]
            case Group():
                if entries := held.get(f"{prefix}{one.element}"):
                    made[one.element] = entries
            case Segment():
                if row[one.element]:
                    made[one.element] = _object(one.contents, f"{one.element}.", row, held)
    return made


def _masked(frame: pl.DataFrame, items: Mapping[str, Item]) -> pl.DataFrame:
    return frame.with_columns(
        pl.when(pl.col(name) != "").then(pl.lit(MASK)).otherwise(pl.col(name)).alias(name)
        for name, item in items.items()
        if item.sensitivity is Sensitivity.IDENTITY
    )
