"""Groups in records about accounts: the segment of a group stands in a record that has rows of it, and counts them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import narwhals as nw

from schemas.bureaus.tagged import RECORD_NO, TaggedRecord
from transforms.books import Frame
from transforms.bureaus.pboc_text import count
from transforms.bureaus.pboc_written import written_group


@dataclass(frozen=True)
class GroupRows:
    """Rows of one group of the layout.

    Attributes:
        path: of the group: its segment and its element.
        count_column: column of the layout with the number of rows.
        rows: RECORD_NO and a text for each item, sorted.
    """

    path: str
    count_column: str
    rows: Frame

    @property
    def segment(self) -> str:
        """Element of the segment."""
        return self.path.partition(".")[0]

    @property
    def stands(self) -> nw.Expr:
        """Whether the segment stands in a record, of frames from `with_numbers`."""
        return ~nw.col(self._number).is_null()

    @property
    def number(self) -> nw.Expr:
        """How many rows a record has, as text, of frames from `with_numbers`."""
        return count(nw.col(self._number))

    @property
    def numbers(self) -> Frame:
        """RECORD_NO and how many rows the record has; records without rows are not there."""
        return self.rows.group_by(RECORD_NO).agg(nw.len().alias(self._number))

    @property
    def _number(self) -> str:
        return f"rows of {self.path}"


def group_rows(frame: Frame, layout: TaggedRecord, path: str, values: Mapping[str, nw.Expr]) -> GroupRows:
    """The rows of a group.

    Args:
        frame: one row a row of the group, with RECORD_NO.
        layout: of the record.
        path: of the group.
        values: tag to text. What has no value is empty.
    """
    group = layout.groups[path]
    (counting,) = (column for column, item in layout.columns.items() if item.counts == group.element)
    return GroupRows(path, counting, written_group(frame, group, values))


def with_numbers(frame: Frame, groups: Sequence[GroupRows]) -> Frame:
    """The frame of records with how many rows of each group they have."""
    for each in groups:
        frame = frame.join(each.numbers, on=RECORD_NO, how="left")
    return frame
