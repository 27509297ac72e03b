"""Records of several segments in memory: one frame for the base segments, one for each kind appended to them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import polars as pl

from delivery.formats.fixed_width import COLUMN_TYPES
from schemas.bureaus.fixed_width import RECORD_NO, Segment, SegmentedLayout


@dataclass(frozen=True)
class SegmentedRecords:
    """Records of one file, or of a part of it.

    Every frame has RECORD_NO (Int64) and then the columns of its segment: text and numbers as String, dollars as Int64
    (the writer also takes Decimal), dates as Date, instants as Datetime without a zone.

    Attributes:
        base: one row a record, RECORD_NO ascending. In a file that was read it is the record's place in the file, where
            the header is 1, so that it is the number of the line where each record has one.
        appended: key of the segment (`j1`) to its rows, in the order of RECORD_NO and within a record in the order of
            the file. A key that is not there is a segment that no record has.
    """

    base: pl.DataFrame
    appended: dict[str, pl.DataFrame] = field(default_factory=dict)

    def frame(self, key: str) -> pl.DataFrame | None:
        """The frame of a segment, base included; None when no record has such a segment."""
        return self.base if key == "base" else self.appended.get(key)

    def slices(self, rows: int) -> Iterator[SegmentedRecords]:
        """The records cut into pieces of at most so many; at least one piece, which may be empty."""
        for start in range(0, max(self.base.height, 1), rows):
            yield self._between(self.base.slice(start, rows))

    def _between(self, base: pl.DataFrame) -> SegmentedRecords:
        if base.height == self.base.height:
            return self
        is_within = pl.col(RECORD_NO).is_between(base[RECORD_NO][0], base[RECORD_NO][-1])
        return SegmentedRecords(base, {key: frame.filter(is_within) for key, frame in self.appended.items()})

    def without(self, numbers: pl.Series) -> SegmentedRecords:
        """The records but those of these numbers."""
        if numbers.is_empty():
            return self
        is_kept = ~pl.col(RECORD_NO).is_in(numbers.implode())
        kept = {key: frame.filter(is_kept) for key, frame in self.appended.items()}
        return SegmentedRecords(self.base.filter(is_kept), {key: frame for key, frame in kept.items() if frame.height})


def frame_schema(segment: Segment) -> pl.Schema:
    """Names and types of a segment's columns, without RECORD_NO."""
    return pl.Schema({slot.name: COLUMN_TYPES[slot.kind] for slot in segment.columns})


def records_schema(segment: Segment) -> pl.Schema:
    """Names and types of the frame of a segment of records."""
    return pl.Schema({RECORD_NO: pl.Int64(), **frame_schema(segment)})


def concatenated(parts: list[SegmentedRecords], layout: SegmentedLayout) -> SegmentedRecords:
    """Parts of a file put together, in their order."""
    base = pl.concat([records_schema(layout.base).to_frame(), *(part.base for part in parts)])
    appended = {}
    for segment in layout.appended:
        frames = [part.appended[segment.key] for part in parts if segment.key in part.appended]
        if frames:
            appended[segment.key] = pl.concat(frames)
    return SegmentedRecords(base, appended)
