"""Everything in Metro 2 records that the layout does not take, so that a case is told all of it at once.

The writer stops at the first value that does not fit. Here that value is noted, one that fits is put in its place, and
the writer's own printer is asked again, until nothing is left: no rule of the layout is written twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import narwhals as nw

from delivery.formats.fixed_width import encode
from delivery.formats.segmented_records import SegmentedRecords
from schemas.bureaus.fixed_width import RECORD_NO, Segment, Slot, SlotKind
from schemas.bureaus.metro2 import LAYOUT
from schemas.errors import ArrearsError
from schemas.errors.seal import RECORDS_BREAK_LAYOUT

_ROWS_AT_ONCE = 512
_FITTING: dict[SlotKind, str | date] = {
    SlotKind.TEXT: "X",
    SlotKind.NUMBER: "1",
    SlotKind.DATE: date(2000, 1, 1),
    SlotKind.STAMP: datetime.fromisoformat("2000-01-01T00:00:00"),
}


def layout_faults(records: SegmentedRecords) -> Iterator[tuple[int, str]]:
    """Number of the record, and `metro2.<segment>.<slot>.<rule>`, for each value that does not fit."""
    for segment in LAYOUT.segments:
        frame = records.frame(segment.key)
        for start in range(0, 0 if frame is None else frame.height, _ROWS_AT_ONCE):
            yield from _faults(frame.slice(start, _ROWS_AT_ONCE), segment)  # type: ignore[union-attr]  # not None here


def _faults(rows: Any, segment: Segment) -> Iterator[tuple[int, str]]:
    while (fault := _first_fault(rows, segment)) is not None:
        record_no, slot_name, rule = fault
        yield record_no, f"metro2.{segment.key}.{slot_name}.{rule}"
        rows = _fitted(rows, record_no, segment.slot(slot_name))


def _first_fault(rows: Any, segment: Segment) -> tuple[int, str, str] | None:
    try:
        encode(rows, segment, LAYOUT.name)
    except ArrearsError as error:
        if error.kind is not RECORDS_BREAK_LAYOUT:
            raise
        facts = error.facts
        return int(str(facts["row"])), str(facts["field"]), str(facts["rule"])
    return None


def _fitted(rows: Any, record_no: int, slot: Slot) -> Any:
    """With a value in place of the one that does not fit."""
    value = next(iter(slot.codes), None) or _FITTING[slot.kind]
    column = nw.col(slot.name)
    is_meant = nw.col(RECORD_NO) == record_no
    return (
        nw.from_native(rows, eager_only=True)
        .with_columns(nw.when(is_meant).then(nw.lit(value)).otherwise(column).alias(slot.name))
        .to_native()
    )
