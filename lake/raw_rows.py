"""Rows as they stand in a file of an extract, before anything is parsed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import polars as pl

from lake.source_file import SourceFile


@dataclass(frozen=True)
class RawRows:
    """A block of rows.

    Attributes:
        cells: one text column for each heading, in the order of the file; null or empty for an empty cell.
        numbers: of the rows in the file, the first row of data is 1.
    """

    cells: pl.DataFrame
    numbers: pl.Series


@dataclass(frozen=True)
class RaggedRow:
    """A row that has another number of cells than the headings.

    Attributes:
        row: number in the file, the first row of data is 1.
        cells: how many it has.
        expected_cells: how many it should have.
    """

    row: int
    cells: int
    expected_cells: int


class RawFile(Protocol):
    """A file of an extract in any format.

    Attributes:
        headings: trimmed, in the order of the file.
        typed_columns: indexes of columns whose dates and instants are typed, so that their texts are ISO.
        ragged: rows with another number of cells, complete after the last batch.
        rows: rows of data, ragged ones included, complete after the last batch.
        source: the file, finished after the last batch.
    """

    headings: tuple[str, ...]
    typed_columns: frozenset[int]
    ragged: list[RaggedRow]
    rows: int
    source: SourceFile

    def batches(self) -> Iterator[RawRows]:
        """All rows but ragged ones, block by block."""
        ...
