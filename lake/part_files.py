"""Rows written into a Parquet file a part as they come."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import polars as pl
import pyarrow.parquet as pq

# Of all parts together; what waits is written as one row group a part.
_WAITING_BYTES = 128 << 20


class PartFiles:
    """Files of parts, whole when the context ends; every file has the columns, even without rows."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = paths
        self._stack = ExitStack()
        self._writers: list[pq.ParquetWriter] = []
        self._waiting: list[list[pl.DataFrame]] = [[] for _ in paths]
        self._waiting_bytes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with self._stack:
            if kind is None:
                self._write()

    def add(self, rows: pl.DataFrame, part_no: pl.Series) -> None:
        """Rows with the number of the part of each, from 0."""
        if not self._writers:
            schema = rows.head(0).to_arrow(compat_level=pl.CompatLevel.oldest()).schema
            self._writers = [
                self._stack.enter_context(pq.ParquetWriter(path, schema, compression="lz4")) for path in self._paths
            ]
        numbered = rows.with_columns(part_no.alias("part_no"))
        for (number,), some in numbered.partition_by("part_no", include_key=False, as_dict=True).items():
            self._waiting[number].append(some)
            self._waiting_bytes += int(some.estimated_size())
        if self._waiting_bytes > _WAITING_BYTES:
            self._write()

    def _write(self) -> None:
        for writer, waiting in zip(self._writers, self._waiting, strict=True):
            if waiting:
                writer.write_table(pl.concat(waiting).to_arrow(compat_level=pl.CompatLevel.oldest()))
            waiting.clear()
        self._waiting_bytes = 0
