"""A CSV file of an extract: read once in blocks, checked for encoding and wholeness on the way, all cells as text."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.csv

from lake.raw_rows import RaggedRow, RawRows
from lake.source_file import SourceFile
from schemas.errors import ArrearsError
from schemas.errors.extract import (
    EXTRACT_DAMAGED,
    EXTRACT_EMPTY,
    EXTRACT_ENCODING_WRONG,
    EXTRACT_TOO_RAGGED,
    EXTRACT_TRUNCATED,
    SOURCE_BOOK_INVALID,
)

_BLOCK_BYTES = 8 << 20
_HEAD_BYTES = 1 << 16
_UTF8_MARK = codecs.BOM_UTF8
# A row of our own after the last: when it is not the last row that the parser gives, a quotation mark is open.
_END = "\x1aend-of-extract\x1a"
_FEW_RAGGED = 10
_RAGGED_SHARE = 10


class _CheckedBytes(io.RawIOBase):
    """The file as UTF-8 without mark, with the end row behind it. Raises at the first byte that can't be right."""

    def __init__(self, file: SourceFile, encoding: str, end: bytes) -> None:
        self._file = file
        self._encoding = encoding
        self._decoder = codecs.getincrementaldecoder(encoding)()
        # A file that is UTF-8 through and through, and not just ASCII, is no GB18030, even where it decodes.
        self._other: codecs.IncrementalDecoder | None = None
        if encoding != "utf-8":
            self._other = codecs.getincrementaldecoder("utf-8")()
        self._has_han = False
        self._end = end
        self._last = b""
        self._lines = 0
        self._is_at_end = False

    def readable(self) -> bool:
        """Always."""
        return True

    def read(self, size: int = -1) -> bytes:
        """The next bytes, at most `size`; UTF-8 takes up to half as many again as GB18030."""
        wanted = max((size if size > 0 else _BLOCK_BYTES) // 2, 1)
        while not self._is_at_end:
            given = self._checked(self._file.read(wanted))
            if given:
                return given
        given, self._end = self._end, b""
        return given

    def _checked(self, chunk: bytes) -> bytes:
        is_first = self._file.bytes_read == len(chunk)
        self._is_at_end = not chunk
        pending = self._decoder.getstate()[0]
        try:
            text = self._decoder.decode(chunk, final=self._is_at_end)
        except UnicodeDecodeError as error:
            self._refuse_byte(chunk, pending, error)
        self._lines += chunk.count(b"\n")
        if self._encoding == "utf-8" and is_first:
            chunk = chunk.removeprefix(_UTF8_MARK)
        self._last = chunk[-1:] or self._last
        self._look_for_utf8(chunk)
        if self._is_at_end and self._last not in {b"\n", b"\r", b""}:
            raise ArrearsError(EXTRACT_TRUNCATED, file=self._file.name, line=self._lines + 1, reason="no line end")
        if self._encoding == "utf-8":
            return chunk
        return text.removeprefix("\ufeff").encode() if is_first else text.encode()

    def _look_for_utf8(self, chunk: bytes) -> None:
        if self._other is None:
            return
        try:
            text = self._other.decode(chunk, final=self._is_at_end)
        except UnicodeDecodeError:
            self._other = None
            return
        self._has_han = self._has_han or _has_han(text)
        if self._is_at_end:
            self.refuse_utf8()

    def refuse_utf8(self) -> None:
        """Raise when all that was read so far is UTF-8 though another encoding is declared."""
        if self._other is not None and self._has_han:
            raise ArrearsError(EXTRACT_ENCODING_WRONG, file=self._file.name, declared=self._encoding, found="utf-8")

    def _refuse_byte(self, chunk: bytes, pending: bytes, error: UnicodeDecodeError) -> None:
        before = self._file.bytes_read - len(chunk) - len(pending)
        line = self._lines + (pending + chunk)[: error.start].count(b"\n") + 1
        if self._is_at_end:
            raise ArrearsError(EXTRACT_TRUNCATED, file=self._file.name, line=line, reason="half a character") from None
        raise ArrearsError(
            EXTRACT_ENCODING_WRONG,
            file=self._file.name,
            declared=self._encoding,
            line=line,
            byte_offset=before + error.start,
        ) from None


def _has_han(text: str) -> bool:
    return not text.isascii() and any("\u2e80" <= character <= "\uffef" for character in text)


class CsvFile:
    """One CSV file.

    Attributes:
        headings: of the first row that is not blank, trimmed.
        ragged: rows with another number of cells, filled while rows are read.
        rows: rows of data so far, ragged ones included.
        typed_columns: none, all is text.
        source: the file, its SHA-256 complete after the last batch.
    """

    typed_columns: frozenset[int] = frozenset()

    def __init__(self, path: Path, name: str, *, encoding: str, separator: str) -> None:
        if not separator.isascii():
            raise ArrearsError(SOURCE_BOOK_INVALID, separator=separator, reason="not an ASCII character")
        self._path, self._name = path, name
        self._encoding, self._separator = encoding, separator
        self.ragged: list[RaggedRow] = []
        self.rows = 0
        self.headings = self._read_headings()
        self.source = SourceFile(path, name)

    def batches(self) -> Iterator[RawRows]:
        """All rows, block by block.

        Raises:
            ArrearsError: `EXTRACT_ENCODING_WRONG`, `EXTRACT_TRUNCATED`, `EXTRACT_TOO_RAGGED`, `EXTRACT_DAMAGED`,
                `EXTRACT_CHANGED`.
        """
        with self.source as file:
            yield from self._numbered(self._parsed(file))
            file.finish()
        if len(self.ragged) > max(_FEW_RAGGED, self.rows // _RAGGED_SHARE):
            raise ArrearsError(
                EXTRACT_TOO_RAGGED,
                file=self._name,
                rows=self.rows,
                ragged_rows=len(self.ragged),
                first_row=self.ragged[0].row,
                cells=len(self.headings),
            )

    def _read_headings(self) -> tuple[str, ...]:
        with SourceFile(self._path, self._name) as file:
            checked = _CheckedBytes(file, self._encoding, b"")
            head = checked.read(_HEAD_BYTES)
            checked.refuse_utf8()
        lines = io.StringIO(head.decode("utf-8", errors="ignore"), newline="")
        for cells in csv.reader(lines, delimiter=self._separator):
            if cells:
                return tuple(cell.strip() for cell in cells)
        raise ArrearsError(EXTRACT_EMPTY, file=self._name)

    def _parsed(self, file: SourceFile) -> Iterator[pa.RecordBatch]:
        names = [str(index) for index in range(len(self.headings))]
        end = self._separator.join(_END for _ in names) + "\n"
        try:
            yield from pyarrow.csv.open_csv(
                _CheckedBytes(file, self._encoding, end.encode()),
                read_options=pyarrow.csv.ReadOptions(use_threads=False, block_size=_BLOCK_BYTES, column_names=names),
                parse_options=pyarrow.csv.ParseOptions(
                    delimiter=self._separator, newlines_in_values=True, invalid_row_handler=self._note_ragged
                ),
                convert_options=pyarrow.csv.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
                ),
            )
        except pa.ArrowInvalid as error:
            reason = "a cell is longer than a block" if "straddling" in str(error) else type(error).__name__
            raise ArrearsError(EXTRACT_DAMAGED, file=self._name, after_row=self.rows, reason=reason) from None

    def _note_ragged(self, row: Any) -> str:
        # The parser counts the heading as row 1.
        self.ragged.append(RaggedRow(row.number - 1, row.actual_columns, row.expected_columns))
        return "skip"

    def _numbered(self, batches: Iterator[pa.RecordBatch]) -> Iterator[RawRows]:
        """Rows with their numbers; the heading before the first and our own row behind the last are taken off."""
        is_first, has_ended, counted = True, False, 0
        for batch in batches:
            cells = pl.DataFrame(pl.from_arrow(batch))
            if is_first:
                cells, is_first = cells.slice(1), False
            if cells.height and cells.item(-1, 0) == _END:
                cells, has_ended = cells.head(-1), True
            first, last = self.rows + 1, self.rows + cells.height
            between = []
            while counted < len(self.ragged) and self.ragged[counted].row <= last:
                between.append(self.ragged[counted].row)
                counted, last = counted + 1, last + 1
            self.rows = last
            numbers = pl.int_range(first, last + 1, eager=True)
            yield RawRows(cells, numbers.filter(~numbers.is_in(between)))
        self.rows += len(self.ragged) - counted
        if not has_ended:
            raise ArrearsError(EXTRACT_TRUNCATED, file=self._name, row=self.rows, reason="a quotation mark is open")
