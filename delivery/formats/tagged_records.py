"""Tagged records in memory: one row a record, and a frame for each group of items that repeats."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import polars as pl

from schemas.bureaus.tagged import RECORD_NO, Group, TaggedRecord


@dataclass(frozen=True)
class TaggedRecords:
    """Records of one type, of one file or of a part of it.

    Attributes:
        records: RECORD_NO (Int64, ascending; in a file that was read the record's line, where the header is line 1), a
            Boolean for each segment by its element, and a String for each item by its column: null where the tag is not
            there, an empty text where it is and is empty.
        groups: path of a group to its rows, RECORD_NO and Strings, in the order of RECORD_NO and within a record in the
            order of the file. A path that is not there is a group that no record has.
    """

    records: pl.DataFrame
    groups: dict[str, pl.DataFrame] = field(default_factory=dict)

    @property
    def height(self) -> int:
        """Number of records."""
        return self.records.height

    def slices(self, rows: int) -> Iterator[TaggedRecords]:
        """The records cut into pieces of at most so many; at least one piece, which may be empty."""
        for start in range(0, max(self.height, 1), rows):
            yield self._between(self.records.slice(start, rows))

    def _between(self, records: pl.DataFrame) -> TaggedRecords:
        if records.height == self.height:
            return self
        numbers = records[RECORD_NO]
        groups = {}
        for path, frame in self.groups.items():
            owners = frame[RECORD_NO]
            start = owners.search_sorted(numbers[0], "left")
            end = owners.search_sorted(numbers[-1], "right")
            if end > start:
                groups[path] = frame.slice(start, end - start)
        return TaggedRecords(records, groups)

    def kept(self, is_kept: pl.Series) -> TaggedRecords:
        """The records for which it is true, with the rows of their groups."""
        records = self.records.filter(is_kept)
        numbers = records.select(RECORD_NO)
        groups = {
            path: frame.join(numbers, on=RECORD_NO, how="semi", maintain_order="left")
            for path, frame in self.groups.items()
        }
        return TaggedRecords(records, {path: frame for path, frame in groups.items() if frame.height})


def records_schema(layout: TaggedRecord) -> pl.Schema:
    """Names and types of the frame of records."""
    return pl.Schema(
        {
            RECORD_NO: pl.Int64(),
            **dict.fromkeys(layout.segments, pl.Boolean()),
            **dict.fromkeys(layout.columns, pl.String()),
        }
    )


def group_schema(group: Group) -> pl.Schema:
    """Names and types of the frame of a group."""
    return pl.Schema({RECORD_NO: pl.Int64(), **{each.tag: pl.String() for each in group.items}})


def no_records(layout: TaggedRecord) -> TaggedRecords:
    """No record at all."""
    return TaggedRecords(records_schema(layout).to_frame())


def concatenated(parts: Sequence[TaggedRecords], layout: TaggedRecord) -> TaggedRecords:
    """Parts of a file put together, in their order."""
    records = pl.concat([records_schema(layout).to_frame(), *(part.records for part in parts)])
    return TaggedRecords(records, joined_groups(parts))


def joined_groups(parts: Sequence[TaggedRecords]) -> dict[str, pl.DataFrame]:
    """The groups of several parts, by path."""
    paths = dict.fromkeys(path for part in parts for path in part.groups)
    return {path: pl.concat([part.groups[path] for part in parts if path in part.groups]) for path in paths}
