"""The files of one dataset in a lender's extract, read into the types of the contract."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import polars as pl

from lake.cells import CellReader, ParsedColumn
from lake.csv_file import CsvFile
from lake.extract_dataset import UNIT_SEPARATOR, extract_dataset
from lake.file_facts import FileFacts
from lake.masking import mask, mask_unknown
from lake.parquet_file import ParquetFile
from lake.polars_types import polars_schema
from lake.raw_rows import RaggedRow, RawFile, RawRows
from schemas.dataset import Dataset
from schemas.errors import ArrearsError
from schemas.errors.extract import (
    EXTRACT_COLUMN_MISSING,
    EXTRACT_COLUMN_REPEATED,
    EXTRACT_COLUMN_UNKNOWN,
    EXTRACT_HEADINGS_MISSING,
    EXTRACT_MISSING,
    SOURCE_BOOK_INVALID,
)
from schemas.field import Field, Sensitivity
from schemas.sources import DatasetSource, SourceBook

_UNREADABLE = ("unreadable_fields", "unreadable_values")
_RAGGED: dict[str, pl.DataType] = {
    "source_file": pl.String(),
    "source_row": pl.Int64(),
    "cells": pl.Int64(),
    "expected_cells": pl.Int64(),
}


@dataclass(frozen=True)
class Extract:
    """One dataset of an extract.

    Attributes:
        frame: the dataset's fields in contract types, then `source_file` (path below the folder of the business date),
            `source_row` (the first row of data is 1, blank lines don't count), `unreadable_fields` (names of fields
            whose cell holds something that did not parse, joined by commas) and `unreadable_values` (those cells,
            masked, in the same order, joined by `UNIT_SEPARATOR`). Contract `extract_dataset`.
        ragged: rows with another number of cells than the headings, which are not in `frame`: `source_file`,
            `source_row`, `cells`, `expected_cells`.
        files: what was read.
    """

    frame: pl.DataFrame
    ragged: pl.DataFrame
    files: tuple[FileFacts, ...]

    @property
    def rows(self) -> int:
        """Rows of data in all files, ragged ones included."""
        return sum(file.rows for file in self.files)

    @property
    def is_empty(self) -> bool:
        """Whether the files have headings only; that is for the caller to judge, a lender may have no disputes."""
        return self.rows == 0


@dataclass(frozen=True)
class _Origin:
    """A field's reader, and the index of its column in the file, None for a constant."""

    reader: CellReader
    index: int | None


def read_extract(folder: Path, source: DatasetSource, dataset: Dataset, book: SourceBook) -> Extract:
    """Read all files of one dataset.

    Cells that do not parse are null in the frame and named beside the row; a code that no table knows stays as it is,
    for the row rule on codes to find.

    Args:
        folder: of the business date.
        source: files, format and columns of the dataset.
        dataset: the contract.
        book: gives the time zone and what means an empty cell.

    Raises:
        ArrearsError: a file is missing, empty, cut short, in another encoding or format, or its columns are not the
            declared ones; names the file and the place.
    """
    frames, facts = [pl.DataFrame(schema=polars_schema(extract_dataset(dataset)))], []
    ragged: list[tuple[str, RaggedRow]] = []
    for name in find_files(folder, source, dataset):
        file = _open(folder / name, name, source)
        origins = _origins(file, name, source, dataset, book)
        frames.extend(_parsed_batches(file, name, origins))
        ragged.extend((name, row) for row in file.ragged)
        facts.append(FileFacts(name, file.source.bytes_read, file.source.sha256, file.rows))
    rows = [(name, row.row, row.cells, row.expected_cells) for name, row in ragged]
    return Extract(pl.concat(frames), pl.DataFrame(rows, schema=_RAGGED, orient="row"), tuple(facts))


def find_files(folder: Path, source: DatasetSource, dataset: Dataset) -> list[str]:
    """Paths below the folder of all files of the dataset, sorted.

    Raises:
        ArrearsError: `EXTRACT_MISSING`, or `SOURCE_BOOK_INVALID` for a pattern that leads out of the folder.
    """
    pattern = PurePosixPath(source.files)
    if not source.files or pattern.is_absolute() or ".." in pattern.parts:
        raise ArrearsError(
            SOURCE_BOOK_INVALID, dataset=dataset.name, files=source.files, reason="leads out of the folder"
        )
    found = sorted(path.relative_to(folder).as_posix() for path in folder.glob(source.files) if not path.is_dir())
    if not found:
        raise ArrearsError(EXTRACT_MISSING, dataset=dataset.name, file=source.files, folder=folder)
    return found


def _open(path: Path, name: str, source: DatasetSource) -> RawFile:
    if source.format == "parquet":
        return ParquetFile(path, name)
    return CsvFile(path, name, encoding=source.encoding, separator=source.separator)


def _origins(file: RawFile, name: str, source: DatasetSource, dataset: Dataset, book: SourceBook) -> list[_Origin]:
    _check_headings(file.headings, name, source)
    index_of = {heading: index for index, heading in enumerate(file.headings)}
    origins = []
    for field in dataset.fields:
        origin = source.columns[field.name]
        reader = CellReader(field, origin, book.empty_values, book.time_zone)
        origins.append(_Origin(reader, None if origin.column is None else index_of[origin.column.strip()]))
    return origins


def _check_headings(headings: tuple[str, ...], name: str, source: DatasetSource) -> None:
    wanted = list(dict.fromkeys(each.column.strip() for each in source.columns.values() if each.column is not None))
    ignored = {heading.strip() for heading in source.ignored_columns}
    missing = [heading for heading in wanted if heading not in headings]
    unknown = [heading for heading in headings if heading not in ignored and heading not in wanted]
    repeated = sorted({heading for heading in headings if headings.count(heading) > 1} - set(unknown))
    if len(missing) == len(wanted) and wanted:
        # The first row may be a row of data, so it is not shown.
        raise ArrearsError(EXTRACT_HEADINGS_MISSING, file=name, row="headings", columns=len(headings), expected=wanted)
    if missing:
        raise ArrearsError(EXTRACT_COLUMN_MISSING, file=name, row="headings", column=missing, unknown=unknown)
    if unknown:
        places = [headings.index(heading) + 1 for heading in unknown]
        raise ArrearsError(EXTRACT_COLUMN_UNKNOWN, file=name, row="headings", column=unknown, place=places)
    if repeated:
        raise ArrearsError(EXTRACT_COLUMN_REPEATED, file=name, row="headings", column=repeated)


def _parsed_batches(file: RawFile, name: str, origins: list[_Origin]) -> Iterator[pl.DataFrame]:
    for raw in file.batches():
        parsed = [_parsed(raw, origin, file.typed_columns) for origin in origins]
        fields = [origin.reader.field for origin in origins]
        place = pl.DataFrame([raw.numbers.cast(pl.Int64).alias("source_row")]).select(
            pl.lit(name).alias("source_file"), "source_row"
        )
        yield pl.concat(
            [pl.DataFrame([column.values for column in parsed]), place, _unreadable(fields, parsed, raw.cells.height)],
            how="horizontal",
        )


def _parsed(raw: RawRows, origin: _Origin, typed_columns: frozenset[int]) -> ParsedColumn:
    if origin.index is None:
        constant = pl.Series([origin.reader.origin.constant], dtype=pl.String)
        return origin.reader.read(constant.new_from_index(0, raw.cells.height))
    return origin.reader.read(raw.cells.to_series(origin.index), is_typed=origin.index in typed_columns)


def _unreadable(fields: list[Field], parsed: list[ParsedColumn], rows: int) -> pl.DataFrame:
    """The names of unreadable fields and their masked cells, one row a row."""
    at_fault = [(field, each) for field, each in zip(fields, parsed, strict=True) if each.is_unreadable.any()]
    if not at_fault:
        return pl.DataFrame([pl.Series(name, [""]).new_from_index(0, rows) for name in _UNREADABLE])
    cells = pl.DataFrame([each.text.set(~each.is_unreadable, None).alias(field.name) for field, each in at_fault])
    names = [pl.when(pl.col(field.name).is_not_null()).then(pl.lit(field.name)) for field, _ in at_fault]
    masked = [_masked_cell(field) for field, _ in at_fault]
    return cells.select(
        pl.concat_str(names, separator=",", ignore_nulls=True).fill_null("").alias("unreadable_fields"),
        pl.concat_str(masked, separator=UNIT_SEPARATOR, ignore_nulls=True).fill_null("").alias("unreadable_values"),
    )


def _masked_cell(field: Field) -> pl.Expr:
    cell = pl.col(field.name)
    return mask(cell, field) if field.sensitivity is Sensitivity.IDENTITY else mask_unknown(cell)
