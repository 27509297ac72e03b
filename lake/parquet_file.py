"""A Parquet file of an extract: text or typed columns, all given as text so that one set of parsers judges them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lake.raw_rows import RaggedRow, RawRows
from lake.source_file import SourceFile
from schemas.errors import ArrearsError
from schemas.errors.extract import EXTRACT_COLUMN_TYPE, EXTRACT_DAMAGED, EXTRACT_EMPTY, EXTRACT_TRUNCATED

_MAGIC = b"PAR1"
_BATCH_ROWS = 1 << 17


class ParquetFile:
    """One Parquet file.

    Attributes:
        headings: names of the columns, trimmed.
        typed_columns: indexes of columns that are dates or timestamps.
        ragged: always empty.
        rows: rows so far.
        source: the file, its SHA-256 complete after the last batch.
    """

    def __init__(self, path: Path, name: str) -> None:
        self._path, self._name = path, name
        self.ragged: list[RaggedRow] = []
        self.rows = 0
        self.source = SourceFile(path, name)
        with SourceFile(path, name) as file:
            schema = self._open(file).schema_arrow
        self.headings = tuple(column.strip() for column in schema.names)
        self.typed_columns = frozenset(
            index for index, column in enumerate(schema) if pa.types.is_temporal(_plain(column.type))
        )

    def batches(self) -> Iterator[RawRows]:
        """All rows, batch by batch.

        Raises:
            ArrearsError: `EXTRACT_DAMAGED`, `EXTRACT_COLUMN_TYPE`, `EXTRACT_CHANGED`.
        """
        with self.source as file:
            file.hash_all()
            batches = self._open(file).iter_batches(batch_size=_BATCH_ROWS)
            while (batch := self._next(batches)) is not None:
                columns = [self._as_text(column, index) for index, column in enumerate(batch.columns)]
                first = self.rows + 1
                self.rows += batch.num_rows
                yield RawRows(pl.DataFrame(columns), pl.int_range(first, self.rows + 1, eager=True))
            file.finish()

    def _open(self, file: SourceFile) -> pq.ParquetFile:
        if file.size == 0:
            raise ArrearsError(EXTRACT_EMPTY, file=self._name)
        try:
            return pq.ParquetFile(file.handle)
        except (pa.ArrowException, OSError) as error:
            file.handle.seek(0)
            is_begun = file.handle.read(len(_MAGIC)) == _MAGIC
            kind = EXTRACT_TRUNCATED if is_begun else EXTRACT_DAMAGED
            raise ArrearsError(kind, file=self._name, bytes=file.size, reason="no Parquet footer") from error

    def _next(self, batches: Iterator[pa.RecordBatch]) -> pa.RecordBatch | None:
        try:
            return next(batches, None)
        except (pa.ArrowException, OSError) as error:
            raise ArrearsError(
                EXTRACT_DAMAGED, file=self._name, after_row=self.rows, reason=type(error).__name__
            ) from None

    def _as_text(self, column: pa.Array, index: int) -> pl.Series:
        kind = _plain(column.type)
        name = str(index)
        if pa.types.is_dictionary(column.type):
            column = column.cast(kind)
        if pa.types.is_null(kind):
            return pl.Series(name, [None] * len(column), dtype=pl.String)
        if pa.types.is_timestamp(kind):
            return _instants_as_text(pl.Series(name, column), has_zone=kind.tz is not None)
        if pa.types.is_date(kind):
            return pl.Series(name, pc.cast(column, pa.date32())).dt.to_string("%Y-%m-%d")
        if _is_text(kind) or _is_number(kind):
            return pl.Series(name, column).cast(pl.String)
        raise ArrearsError(EXTRACT_COLUMN_TYPE, file=self._name, column=self.headings[index], type=str(kind))


def _plain(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _is_number(kind: pa.DataType) -> bool:
    is_exact = pa.types.is_integer(kind) or pa.types.is_decimal(kind) or pa.types.is_boolean(kind)
    # The shortest text of a floating point number is the amount that was meant, or has decimals that can't be read.
    return bool(is_exact or pa.types.is_floating(kind))


def _instants_as_text(instants: pl.Series, *, has_zone: bool) -> pl.Series:
    if has_zone:
        return instants.dt.convert_time_zone("UTC").dt.to_string("%Y-%m-%d %H:%M:%S%.f+00:00")
    return instants.dt.to_string("%Y-%m-%d %H:%M:%S%.f")
