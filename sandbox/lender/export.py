"""Writes frames as the lender's systems export them: its headings, codes, date formats, encodings and files."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from sandbox.lender.broken import FLAW, FLAWED_FIELD
from schemas.sources import ColumnSource, DatasetSource, SourceBook

_BOM = "\ufeff"
_WITH_BOM = frozenset({"loans", "judgments"})
_EXTRA_COLUMNS = {"所属网点": "云陌总部营业厅", "备注": "", "OPERATOR": "PLANADM"}
_PARQUET_PARTS = 2


def as_exported(frame: pl.DataFrame, source: DatasetSource) -> pl.DataFrame:
    """The frame with the lender's words for codes and texts for dates, still under names of the contract."""
    is_text = source.format == "csv"
    return frame.with_columns(
        _exported(column, name, is_dated=is_text and frame.schema[name] == pl.Date)
        for name, column in source.columns.items()
    )


def _exported(column: ColumnSource, name: str, *, is_dated: bool) -> pl.Expr:
    if column.codes:
        return _in_words(column.codes, name)
    formats = column.date_formats or (("%Y-%m-%d",) if is_dated else ())
    if not formats:
        return pl.col(name)
    texts = [pl.col(name).dt.to_string(_unpadded(each)) for each in formats]
    return pl.when(_ends_in("1", "4", "7")).then(texts[-1]).otherwise(texts[0]).fill_null("").alias(name)


def _in_words(codes: dict[str, str], name: str) -> pl.Expr:
    """The lender's word for each code; where it has two, it mixes them."""
    usual = {code: word for word, code in reversed(codes.items())}
    other = {code: word for word, code in codes.items()}
    column = pl.col(name)
    return pl.when(_ends_in("4")).then(column.replace_strict(other)).otherwise(column.replace_strict(usual)).alias(name)


def _ends_in(*digits: str) -> pl.Expr:
    """Whether the key of the row, its first column, ends so: habits that hang on the key stay from date to date."""
    return pl.first().str.slice(-1).is_in(digits)


def _unpadded(date_format: str) -> str:
    return date_format.replace("/%m/%d", "/%-m/%-d")


@dataclass
class Exporter:
    """Writes the extracts of one business date, block after block.

    Attributes:
        folder: the folder of the business date.
        sources: names files, headings, codes and formats.
        rows: rows written so far, by dataset.
    """

    folder: Path
    sources: SourceBook
    rows: dict[str, int] = field(default_factory=dict)
    _broken: list[pl.DataFrame] = field(default_factory=list)

    def write(self, dataset: str, frame: pl.DataFrame, block: int) -> None:
        """Write a block of a dataset; the marks of broken rows are kept aside with the file and row they land in."""
        self.folder.mkdir(parents=True, exist_ok=True)
        source = self.sources.datasets[dataset]
        if source.format == "parquet":
            self._write_parquet(dataset, frame, source, block)
        else:
            self._write_csv(dataset, frame, source)
        self.rows[dataset] = self.rows.get(dataset, 0) + len(frame)

    def broken(self) -> pl.DataFrame:
        """Dataset, file, row in the file from 1, field and kind of all broken rows written so far."""
        return pl.concat(self._broken)

    def _write_csv(self, dataset: str, frame: pl.DataFrame, source: DatasetSource) -> None:
        is_first = dataset not in self.rows
        self._note(dataset, source.files, frame, self.rows.get(dataset, 0))
        old_system = source.encoding == "gb18030"
        text = (
            _under_headings(frame, source)
            .with_columns(pl.col(pl.String).replace("", None))
            .write_csv(
                None,
                include_header=is_first,
                separator=source.separator,
                line_terminator="\r\n" if old_system else "\n",
            )
        )
        if is_first and dataset in _WITH_BOM:
            text = _BOM + text
        with (self.folder / source.files).open("ab") as file:
            file.write(text.encode(source.encoding))

    def _write_parquet(self, dataset: str, frame: pl.DataFrame, source: DatasetSource, block: int) -> None:
        size = -(-len(frame) // _PARQUET_PARTS)
        for part in range(_PARQUET_PARTS):
            name = source.files.replace("*", f"{block * _PARQUET_PARTS + part:04d}")
            piece = frame[part * size : (part + 1) * size]
            self._note(dataset, name, piece, 0)
            _under_headings(piece, source).write_parquet(self.folder / name, compression="zstd", compression_level=1)

    def _note(self, dataset: str, file: str, frame: pl.DataFrame, rows_before: int) -> None:
        self._broken.append(
            frame.select(FLAW, FLAWED_FIELD)
            .with_row_index("source_row", offset=rows_before + 1)
            .filter(pl.col(FLAW).is_not_null())
            .select(
                pl.lit(dataset).alias("dataset_name"),
                pl.lit(file).alias("source_file"),
                pl.col("source_row").cast(pl.Int64),
                pl.col(FLAWED_FIELD).alias("field_name"),
                pl.col(FLAW).alias("kind"),
            )
        )


def _under_headings(frame: pl.DataFrame, source: DatasetSource) -> pl.DataFrame:
    columns = [pl.col(name).alias(str(column.column)) for name, column in source.columns.items()]
    return frame.select(*columns, *(pl.lit(_EXTRA_COLUMNS[each]).alias(each) for each in source.ignored_columns))
