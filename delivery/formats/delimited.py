"""Delimited files of a bureau: records to bytes, and bytes of anybody to records with a list of what is wrong.

A text cell that a spreadsheet would run as a formula is written with a single quote before it, and the reader takes
it off again. Control characters are refused both ways, so a record is always one line and line numbers are exact.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass

import polars as pl
import pyarrow as pa

from delivery.formats import cells
from delivery.formats.violation import Violation
from schemas.bureaus.layout import DelimitedLayout
from schemas.errors import ArrearsError
from schemas.errors.seal import RECORDS_BREAK_LAYOUT

FILE_TOO_LARGE = "file_too_large"
TOO_MANY_LINES = "too_many_lines"
FILE_EMPTY = "file_empty"
WRONG_HEADINGS = "wrong_headings"
NOT_UTF8 = "not_utf8"
BROKEN_QUOTES = "broken_quotes"
WRONG_FIELD_COUNT = "wrong_field_count"

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_LOST = "\ufffd"
_MOST_HEADING_CHARACTERS = 10_000

# Names beside the layout's own in the reader's frames, so with a mark that no column name has.
_LINE, _TEXT, _FIELD, _CODE = "#line", "#text", "#field", "#code"


@dataclass(frozen=True)
class ReadLimits:
    """Most that the reader takes in.

    Attributes:
        file_bytes: bytes of the file.
        lines: lines below the headings.
        violations: violations that are listed; all are counted.
    """

    file_bytes: int = 64 * 1024 * 1024
    lines: int = 1_000_000
    violations: int = 1_000


@dataclass(frozen=True)
class ReadRecords:
    """What a file holds.

    Attributes:
        records: the lines without a violation, typed by the layout's Arrow schema.
        line_numbers: for each record the number of its line in the file.
        lines: number of lines below the headings, good and bad.
        violations: the first violations, by line.
        violation_count: number of all violations.
    """

    records: pa.Table
    line_numbers: tuple[int, ...]
    lines: int
    violations: tuple[Violation, ...]
    violation_count: int

    @property
    def is_clean(self) -> bool:
        """Whether every line became a record."""
        return self.violation_count == 0


_DEFAULT_LIMITS = ReadLimits()


def write_delimited(records: pl.DataFrame | pa.Table, layout: DelimitedLayout) -> bytes:
    """The bytes of the bureau's file: same records and layout, same bytes.

    Args:
        records: columns of the layout, in any order. Empty text counts as not filled.
        layout: what the file looks like.

    Raises:
        ArrearsError: RECORDS_LACK_COLUMNS when the columns are not the layout's; RECORDS_BREAK_LAYOUT with the first
            row (from 1), its field and rule, and the number of all cells that break the layout.
    """
    printed = cells.print_cells(_as_polars(records), layout)
    _require_clean(printed, layout)
    guarded = cells.guard_formulas(printed, layout).rename(dict(zip(layout.names, layout.headings, strict=True)))
    buffer = io.BytesIO()
    guarded.write_csv(
        buffer,
        include_bom=layout.has_byte_order_mark,
        separator=layout.delimiter,
        line_terminator=layout.line_end,
        quote_style="necessary",
    )
    return buffer.getvalue()


def record_lines(records: pl.DataFrame | pa.Table, layout: DelimitedLayout) -> list[bytes]:
    """Each record's line as `write_delimited` prints it, without the line end; arguments and errors as there.

    No cell can hold a line end, so that the lines of the file are its records.
    """
    lines = write_delimited(records, layout).split(layout.line_end.encode())
    return lines[1:-1]


def read_delimited(data: bytes, layout: DelimitedLayout, limits: ReadLimits = _DEFAULT_LIMITS) -> ReadRecords:
    """Reads a file that anybody may have written. Never raises because of what is in it.

    Args:
        data: the file; UTF-8 with or without byte order mark, lines ended by CRLF or LF.
        layout: what the file should look like. Headings must be exactly the layout's.
        limits: a larger file gives no records and one violation.
    """
    if len(data) > limits.file_bytes:
        return _refused(layout, FILE_TOO_LARGE, f"has more than {limits.file_bytes} bytes")
    text = data.removeprefix(_BYTE_ORDER_MARK).decode("utf-8", errors="replace")
    if not text.strip():
        return _refused(layout, FILE_EMPTY, "holds nothing")
    head, _, body = text.partition("\n")
    if len(head) > _MOST_HEADING_CHARACTERS or _split_line(head, layout.delimiter) != list(layout.headings):
        return _refused(layout, WRONG_HEADINGS, f"does not have the headings of layout {layout.name}")
    if body.count("\n") + 1 > limits.lines:
        return _refused(layout, TOO_MANY_LINES, f"has more than {limits.lines} lines")
    return _read_lines(_numbered_lines(body), layout, limits)


def _as_polars(records: pl.DataFrame | pa.Table) -> pl.DataFrame:
    if isinstance(records, pl.DataFrame):
        return records
    frame = pl.from_arrow(records)
    if not isinstance(frame, pl.DataFrame):
        raise TypeError(f"expected a table of records, not {type(records).__name__}")
    return frame


def _require_clean(printed: pl.DataFrame, layout: DelimitedLayout) -> None:
    codes = cells.violation_codes(printed, layout).with_row_index(_LINE, offset=1)
    broken = codes.filter(pl.any_horizontal(pl.col(layout.names).is_not_null()))
    if broken.is_empty():
        return
    first = broken.row(0, named=True)
    field = next(name for name in layout.names if first[name] is not None)
    raise ArrearsError(
        RECORDS_BREAK_LAYOUT,
        layout=layout.name,
        row=first[_LINE],
        field=field,
        rule=first[field],
        cells=sum(broken[name].count() for name in layout.names),
    )


def _refused(layout: DelimitedLayout, code: str, message: str) -> ReadRecords:
    return ReadRecords(layout.arrow_schema().empty_table(), (), 0, (Violation(1, None, code, message),), 1)


def _split_line(line: str, delimiter: str) -> list[str] | None:
    """Cells of one line, None when its quotes are broken."""
    line = line.removesuffix("\r")
    if not re.fullmatch(_line_pattern(delimiter), line):
        return None
    found = re.findall(rf'(?:^|{re.escape(delimiter)})("(?:[^"]|"")*"|[^"{re.escape(delimiter)}]*)', line)
    return [cell[1:-1].replace('""', '"') if cell.startswith('"') else cell for cell in found]


def _line_pattern(delimiter: str) -> str:
    mark = re.escape(delimiter)
    cell = rf'(?:"(?:[^"]|"")*"|[^"{mark}]*)'
    return rf"^{cell}(?:{mark}{cell})*$"


def _numbered_lines(body: str) -> pl.DataFrame:
    lines = pl.Series(_TEXT, [body], dtype=pl.String).str.split("\n").explode().str.strip_suffix("\r")
    numbered = pl.DataFrame({_TEXT: lines}).with_row_index(_LINE, offset=2)
    return numbered.head(-1) if body.endswith("\n") or not body else numbered


def _read_lines(numbered: pl.DataFrame, layout: DelimitedLayout, limits: ReadLimits) -> ReadRecords:
    shaped = numbered.with_columns(_shape_violation(layout).alias(_CODE))
    misshapen = shaped.filter(pl.col(_CODE).is_not_null()).select(_LINE, pl.lit(None, pl.String).alias(_FIELD), _CODE)
    well_shaped = shaped.filter(pl.col(_CODE).is_null())

    printed = cells.unguard_formulas(_cells_of(well_shaped[_TEXT], layout), layout)
    codes = cells.violation_codes(printed, layout)
    is_good = ~codes.select(pl.any_horizontal(pl.all().is_not_null())).to_series()
    bad_cells = (
        codes.with_columns(well_shaped[_LINE])
        .filter(~is_good)
        .unpivot(index=_LINE, on=list(layout.names), variable_name=_FIELD, value_name=_CODE)
        .drop_nulls(_CODE)
    )
    found = pl.concat([misshapen, bad_cells]).sort(_LINE, maintain_order=True)
    records = cells.parse_cells(printed.filter(is_good), layout).to_arrow().cast(layout.arrow_schema())
    return ReadRecords(
        records=records,
        line_numbers=tuple(well_shaped[_LINE].filter(is_good).to_list()),
        lines=numbered.height,
        violations=tuple(
            Violation(line, field, code, _MESSAGES[code]) for line, field, code in found.head(limits.violations).rows()
        ),
        violation_count=found.height,
    )


def _shape_violation(layout: DelimitedLayout) -> pl.Expr:
    text = pl.col(_TEXT)
    delimiters = text.str.replace_all(r'"(?:[^"]|"")*"', "").str.count_matches(layout.delimiter, literal=True)
    return pl.coalesce(
        [
            pl.when(text.str.contains(_LOST, literal=True)).then(pl.lit(NOT_UTF8)),
            pl.when(~text.str.contains(_line_pattern(layout.delimiter))).then(pl.lit(BROKEN_QUOTES)),
            pl.when(delimiters != len(layout.columns) - 1).then(pl.lit(WRONG_FIELD_COUNT)),
        ]
    )


def _cells_of(lines: pl.Series, layout: DelimitedLayout) -> pl.DataFrame:
    """Cells of lines whose quotes and number of fields are right, empty ones null."""
    schema = pl.Schema(dict.fromkeys(layout.names, pl.String))
    if lines.is_empty():
        return schema.to_frame()
    cells_read = pl.read_csv(
        lines.str.join("\n").item().encode(),
        has_header=False,
        separator=layout.delimiter,
        schema=schema,
    )
    if cells_read.height != lines.len():
        raise AssertionError(f"{lines.len()} lines of layout {layout.name} were read as {cells_read.height} records")
    return cells_read.with_columns([pl.when(pl.col(name) != "").then(pl.col(name)) for name in layout.names])


_MESSAGES = {
    **cells.MESSAGES,
    NOT_UTF8: "is not UTF-8",
    BROKEN_QUOTES: "has a quote that is not closed or stands within a field",
    WRONG_FIELD_COUNT: "does not have as many fields as the layout has columns",
}
