"""Files that an engine of one process reads, and those that it puts aside."""

from __future__ import annotations

import atexit
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from lake.files import lake_writes, staging_folder
from lake.snapshot import Lake

_LEAST, _MOST = "", "\U0010ffff"


@dataclass(frozen=True)
class RowGroup:
    """What a Parquet file says of one of its row groups.

    Attributes:
        rows: how many.
        least: no value of the column is before it.
        most: no value of the column is after it.
    """

    rows: int
    least: str
    most: str


class LocalFiles:
    """The files of one opening of an engine."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self._read: dict[str, list[Path]] = {}
        self._folders = 0
        # Frames outlive the engine, so what they read lives as long as the process.
        self._stack = ExitStack()
        atexit.register(self._stack.close)
        self._aside: Path | None = None

    def remember(self, files: Mapping[str, Sequence[Path]]) -> None:
        """Note what is read under which name."""
        self._read |= {name: list(paths) for name, paths in files.items()}

    def row_groups(self, name: str, column: str) -> list[RowGroup]:
        """The row groups of the files that were read under a name last, by a column of text; none of unknown names."""
        return [group for path in self._read.get(name, ()) for group in _row_groups(path, column)]

    def new_folder(self, name: str) -> Path:
        """A new folder in the lake's staging folder, gone when the process ends.

        Raises:
            ArrearsError: `LAKE_NOT_WRITABLE`.
        """
        with lake_writes(self._lake.root):
            if self._aside is None:
                self._aside = self._stack.enter_context(staging_folder(self._lake.staging)).resolve()
            self._folders += 1
            folder = self._aside / f"{self._folders:05d}-{name}"
            folder.mkdir(mode=0o700)
            return folder


def _row_groups(path: Path, column: str) -> list[RowGroup]:
    metadata = pq.read_metadata(path)
    place = metadata.schema.names.index(column)
    groups = []
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        told = group.column(place).statistics
        is_told = told is not None and told.has_min_max
        least, most = (told.min, told.max) if is_told else (_LEAST, _MOST)
        groups.append(RowGroup(group.num_rows, least, most))
    return groups
