"""Whether frames of tagged records can be printed: their columns, their order, and the characters of their values."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from delivery.formats.tagged_records import TaggedRecords, group_schema, records_schema
from schemas.bureaus.tagged import RECORD_NO, Segment, TaggedRecord
from schemas.errors import ArrearsError
from schemas.errors.seal import RECORDS_BREAK_LAYOUT, RECORDS_LACK_COLUMNS

NOT_ASCENDING = "not_ascending"
NO_SUCH_RECORD = "no_such_record"
NOT_IN_SEGMENT = "not_in_segment"
CHARACTER_REFUSED = "character_refused"

# What XML 1.0 can't hold in any way, and line ends, as a record is a line.
REFUSED_CHARACTERS = r"[\x00-\x08\x0A-\x1F\x{FFFE}\x{FFFF}]"


def require_columns(part: TaggedRecords, layout: TaggedRecord) -> None:
    """Refuses frames that don't have the columns of the layout.

    Raises:
        ArrearsError: RECORDS_LACK_COLUMNS.
    """
    _require_schema(part.records.schema, records_schema(layout), layout.name)
    for path, rows in part.groups.items():
        if path not in layout.groups:
            raise ArrearsError(RECORDS_LACK_COLUMNS, layout=layout.name, missing=[], extra=[path])
        _require_schema(rows.schema, group_schema(layout.groups[path]), f"{layout.name} {path}")


def require_order(piece: TaggedRecords, layout: TaggedRecord, last_no: int | None) -> int | None:
    """Refuses records and groups whose numbers don't ascend; the number of the last record.

    Args:
        piece: to be looked at.
        layout: of the records.
        last_no: number of the record before the piece, if any.

    Raises:
        ArrearsError: RECORDS_BREAK_LAYOUT.
    """
    numbers = piece.records[RECORD_NO]
    if numbers.null_count():
        refuse(layout, None, RECORD_NO, NOT_ASCENDING)
    falling = numbers.filter((numbers.diff() <= 0).fill_null(False))
    if not falling.is_empty():
        refuse(layout, falling[0], RECORD_NO, NOT_ASCENDING)
    if last_no is not None and not numbers.is_empty() and numbers[0] <= last_no:
        refuse(layout, numbers[0], RECORD_NO, NOT_ASCENDING)
    for path, rows in piece.groups.items():
        owners = rows[RECORD_NO]
        if not owners.is_sorted():
            refuse(layout, None, path, NOT_ASCENDING)
        strays = owners.filter(~owners.is_in(numbers.implode()))
        if not strays.is_empty():
            refuse(layout, strays[0], path, NO_SUCH_RECORD)
    return int(numbers[-1]) if not numbers.is_empty() else last_no


def require_segments(piece: TaggedRecords, layout: TaggedRecord) -> None:
    """Refuses items and groups that a record has without the segment in which they stand.

    Raises:
        ArrearsError: RECORDS_BREAK_LAYOUT.
    """
    frame = piece.records
    for name, segment in layout.segment_of.items():
        if segment is None:
            continue
        if name in layout.columns:
            if frame[name].null_count() < frame.height and not frame[segment].all(ignore_nulls=False):
                _refuse_first(
                    layout, frame, name, pl.col(name).is_not_null() & ~pl.col(segment).fill_null(False), NOT_IN_SEGMENT
                )
        elif name in piece.groups and not frame[segment].all(ignore_nulls=False):
            owners = piece.groups[name][RECORD_NO].unique()
            is_loose = pl.col(RECORD_NO).is_in(owners.implode()) & ~pl.col(segment).fill_null(False)
            _refuse_first(layout, frame, name, is_loose, NOT_IN_SEGMENT)
    for outer in layout.segments.values():
        for inner in outer.contents:
            if isinstance(inner, Segment):
                is_loose = pl.col(inner.element).fill_null(False) & ~pl.col(outer.element).fill_null(False)
                _refuse_first(layout, frame, inner.element, is_loose, NOT_IN_SEGMENT)


def require_characters(piece: TaggedRecords, layout: TaggedRecord) -> None:
    """Refuses values with characters that can't stand in a line of XML.

    Raises:
        ArrearsError: RECORDS_BREAK_LAYOUT.
    """
    for frame, column, name in _texts(piece, layout):
        if frame[column].null_count() < frame.height:
            _refuse_first(
                layout, frame, name, pl.col(column).str.contains(REFUSED_CHARACTERS).fill_null(False), CHARACTER_REFUSED
            )


def refuse(layout: TaggedRecord, record_no: int | None, field: str, rule: str) -> None:
    """Raises the error that names a record, a field and a rule."""
    raise ArrearsError(RECORDS_BREAK_LAYOUT, layout=layout.name, row=record_no, field=field, rule=rule)


def _refuse_first(layout: TaggedRecord, frame: pl.DataFrame, name: str, is_wrong: pl.Expr, rule: str) -> None:
    wrong = frame.filter(is_wrong)
    if wrong.height:
        refuse(layout, wrong[RECORD_NO][0], name, rule)


def _texts(piece: TaggedRecords, layout: TaggedRecord) -> Iterator[tuple[pl.DataFrame, str, str]]:
    """Frame, column and name of every text."""
    for column in layout.columns:
        yield piece.records, column, column
    for path, rows in piece.groups.items():
        for each in layout.groups[path].items:
            yield rows, each.tag, f"{path}.{each.tag}"


def _require_schema(given: pl.Schema, wanted: pl.Schema, name: str) -> None:
    missing = [column for column in wanted if column not in given]
    extra = [column for column in given if column not in wanted]
    mistyped = [column for column, dtype in wanted.items() if column in given and given[column] != dtype]
    if missing or extra or mistyped:
        raise ArrearsError(RECORDS_LACK_COLUMNS, layout=name, missing=missing, extra=extra, of_another_type=mistyped)
