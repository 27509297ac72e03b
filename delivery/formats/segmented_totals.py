"""Totals of a file of segmented records, as its trailer has them: recomputed by whoever writes or reads."""

from __future__ import annotations

import polars as pl

from delivery.formats.segmented_records import SegmentedRecords, frame_schema
from schemas.bureaus.fixed_width import Count, SegmentedLayout


class Totals:
    """Adds up part after part of a file."""

    def __init__(self, layout: SegmentedLayout) -> None:
        self._layout = layout
        self._counted = {name: count.plus for name, count in layout.totals.items()}

    def add(self, records: SegmentedRecords) -> None:
        """Counts some records."""
        by_value = _ValueCounts(records)
        for name, count in self._layout.totals.items():
            self._counted[name] += sum(_counted(records, key, count, by_value) for key in count.keys)

    @property
    def counted(self) -> dict[str, int]:
        """Name of the trailer's column to its total."""
        return dict(self._counted)

    def trailer(self) -> pl.DataFrame:
        """The trailer's one row."""
        return pl.DataFrame(
            {name: [total] for name, total in self._counted.items()}, schema=frame_schema(self._layout.trailer)
        )


class _ValueCounts:
    """How often each value of a column occurs, counted once a column."""

    def __init__(self, records: SegmentedRecords) -> None:
        self._records = records
        self._known: dict[tuple[str, str], dict[str | None, int]] = {}

    def of(self, key: str, column: str, value: str) -> int:
        if (key, column) not in self._known:
            frame = self._records.frame(key)
            counts = frame[column].value_counts(name="#") if frame is not None else None
            self._known[key, column] = dict(counts.iter_rows()) if counts is not None else {}
        return self._known[key, column].get(value, 0)


def _counted(records: SegmentedRecords, key: str, count: Count, by_value: _ValueCounts) -> int:
    frame = records.frame(key)
    if frame is None:
        return 0
    if count.column is None:
        return frame.height
    if count.value is not None:
        return by_value.of(key, count.column, count.value)
    column = frame[count.column]
    if column.dtype != pl.String:
        return column.count()
    is_filled = (column.str.strip_chars("0") != "") & (column.str.strip_chars("9") != "")
    return int(is_filled.sum())
