"""Workbooks (XLSX) of anybody, read into records of a delimited layout. Never raises because of what is in the file.

Read by our own walk over the sheet's XML, because the libraries at hand can't be bounded: one keeps the whole rectangle
of a sheet, so that a single cell far away ends the process; the other takes all shared strings and styles at once. Here
only rows of the layout are kept. Formulas, macros and links are never followed; each is reported.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import polars as pl

from delivery.formats import cells, spreadsheet_cells, spreadsheet_package, spreadsheet_xml
from delivery.formats.delimited import ReadLimits, ReadRecords
from delivery.formats.printed_records import records_of_printed
from delivery.formats.spreadsheet_cells import EMPTY, CellText, Conventions, cell_text
from delivery.formats.spreadsheet_package import FILE_EMPTY, NOT_A_WORKBOOK, Package, PackageLimits, RefusedError
from delivery.formats.spreadsheet_xml import (
    RawRow,
    date_styles_of,
    rows_of,
    shared_strings_of,
    sheets_of,
    targets_of,
)
from delivery.formats.violation import Violation
from schemas.bureaus.layout import Column, DelimitedLayout
from schemas.field import FieldType

WRONG_HEADINGS = "wrong_headings"
TOO_MANY_LINES = "too_many_lines"
WRONG_FIELD_COUNT = "wrong_field_count"
HAS_MACROS = "has_macros"
HAS_LINKS = "has_links"
SEVERAL_SHEETS = "several_sheets"

_MESSAGES = {
    **spreadsheet_package.MESSAGES,
    **spreadsheet_xml.MESSAGES,
    **spreadsheet_cells.MESSAGES,
    WRONG_HEADINGS: "the first row does not have the headings of a known layout",
    TOO_MANY_LINES: "the sheet has more rows than the reader takes in",
    WRONG_FIELD_COUNT: "has a value beside the columns of the layout",
    HAS_MACROS: "the workbook holds macros, which are never run",
    HAS_LINKS: "the workbook has links to other files, which are never followed",
    SEVERAL_SHEETS: "the workbook has several sheets, of which the first is read",
}

_HEADING = Column("heading", "heading", FieldType.TEXT, 100, "a cell of the first row")
_MOST_SHARED_STRINGS = 4_000_000


@dataclass(frozen=True)
class SpreadsheetLimits:
    """Most that is taken in: of the container, and of the records in it."""

    package: PackageLimits = field(default_factory=PackageLimits)
    records: ReadLimits = field(default_factory=ReadLimits)


@dataclass(frozen=True)
class ReadSheet:
    """What a workbook holds; the line of a record is its row in the sheet.

    Attributes:
        layout: whose headings the sheet has, None when it can't be told.
        found: records and violations.
    """

    layout: DelimitedLayout | None
    found: ReadRecords


_DEFAULT_LIMITS = SpreadsheetLimits()


def is_workbook(start: bytes) -> bool:
    """Whether a file that begins like this is a workbook, of this format or the old one, and no delimited text."""
    return start.startswith((spreadsheet_package.ZIP_START, spreadsheet_package.COMPOUND_START))


def read_spreadsheet(
    data: bytes, layouts: Sequence[DelimitedLayout], limits: SpreadsheetLimits = _DEFAULT_LIMITS
) -> ReadSheet:
    """Reads the first sheet of a workbook.

    Args:
        data: the file.
        layouts: what the sheet may look like; at least one. Headings must be exactly those of one of them.
        limits: a larger file gives no records and one violation.
    """
    try:
        package = Package(data, limits.package)
        whole = _whole_file_codes(package)
        rows, conventions, has_more_sheets = _first_sheet(package, limits)
        if has_more_sheets:
            whole.append(SEVERAL_SHEETS)
        first = next(rows, None)
        if first is None:
            raise RefusedError(FILE_EMPTY)
        layout = _layout_of(first, conventions, layouts)
        if layout is None:
            raise RefusedError(WRONG_HEADINGS)
    except RefusedError as refused:
        return ReadSheet(None, _refused(refused, layouts[0]))
    taken = _Taken(layout, whole)
    try:
        for row in rows:
            if taken.lines >= limits.records.lines:
                raise RefusedError(TOO_MANY_LINES)
            taken.add(row, conventions)
    except RefusedError as refused:
        if refused.code == TOO_MANY_LINES:
            return ReadSheet(layout, _refused(refused, layout))
        # What was read before the damage stands.
        taken.codes.append((refused.line, None, refused.code))
    return ReadSheet(layout, taken.records(limits.records))


def _whole_file_codes(package: Package) -> list[str]:
    has_macros = any(name.rpartition("/")[2].startswith("vbaproject") for name in package.names)
    has_links = any("externallinks/" in name or name.endswith("connections.xml") for name in package.names)
    return [code for code, is_so in ((HAS_MACROS, has_macros), (HAS_LINKS, has_links)) if is_so]


def _first_sheet(package: Package, limits: SpreadsheetLimits) -> tuple[Iterator[RawRow], Conventions, bool]:
    most = limits.package
    book = _target_of_kind(targets_of(package.chunks("_rels/.rels", most.small_part_bytes)), "officeDocument", "")
    sheets = sheets_of(package.chunks(book, most.small_part_bytes))
    folder, name = posixpath.split(book)
    targets = targets_of(package.chunks(f"{folder}/_rels/{name}.rels", most.small_part_bytes))
    kinds = [targets.get(identity, ("", "")) for identity in sheets.relationships]
    tables = [_inside(target, folder) for kind, target in kinds if kind == "worksheet"]
    if not tables:
        raise RefusedError(NOT_A_WORKBOOK)
    shared = _optional(targets, "sharedStrings", folder)
    styles = _optional(targets, "styles", folder)
    conventions = Conventions(
        shared_strings_of(package.chunks(shared, most.string_bytes), _MOST_SHARED_STRINGS) if shared else [],
        date_styles_of(package.chunks(styles, most.small_part_bytes)) if styles else frozenset(),
        sheets.is_from_1904,
    )
    return rows_of(package.chunks(tables[0], most.sheet_bytes)), conventions, len(kinds) > 1


def _optional(targets: dict[str, tuple[str, str]], kind: str, folder: str) -> str | None:
    if all(each != kind for each, _ in targets.values()):
        return None
    return _target_of_kind(targets, kind, folder)


def _target_of_kind(targets: dict[str, tuple[str, str]], kind: str, folder: str) -> str:
    for each, target in targets.values():
        if each == kind:
            return _inside(target, folder)
    raise RefusedError(NOT_A_WORKBOOK)


def _inside(target: str, folder: str) -> str:
    """Name of a part; it is looked up in the archive only, so it can lead nowhere else."""
    return posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")


def _layout_of(row: RawRow, conventions: Conventions, layouts: Sequence[DelimitedLayout]) -> DelimitedLayout | None:
    headings = [""] * (row.cells[-1].column + 1)
    for cell in row.cells:
        headings[cell.column] = cell_text(cell, _HEADING, conventions, ("", "")).text or ""
    while headings and not headings[-1]:
        headings.pop()
    return next((layout for layout in layouts if list(layout.headings) == headings), None)


def _refused(refused: RefusedError, layout: DelimitedLayout) -> ReadRecords:
    violation = Violation(refused.line, None, refused.code, _MESSAGES[refused.code])
    return ReadRecords(layout.arrow_schema().empty_table(), (), 0, (violation,), 1)


class _Taken:
    """Rows as they come: printed text a column, and what is wrong in the cells themselves."""

    def __init__(self, layout: DelimitedLayout, whole: Sequence[str]) -> None:
        self.codes: list[tuple[int, str | None, str]] = [(1, None, code) for code in whole]
        self.lines = 0
        self._layout = layout
        self._truths = (layout.true_text, layout.false_text)
        self._numbers: list[int] = []
        self._printed: list[list[str | None]] = [[] for _ in layout]

    def add(self, row: RawRow, conventions: Conventions) -> None:
        """Takes a row; one without any value is passed over."""
        texts: list[CellText] = [EMPTY] * len(self._layout.columns)
        is_beside = False
        for cell in row.cells:
            if cell.column < len(texts):
                texts[cell.column] = cell_text(cell, self._layout.columns[cell.column], conventions, self._truths)
            else:
                is_beside = is_beside or cell.text is not None or cell.has_formula
        if not is_beside and all(text.text is None and text.code is None for text in texts):
            return
        self.lines += 1
        if is_beside:
            self._wrong(row.number, None, WRONG_FIELD_COUNT)
            return
        self._numbers.append(row.number)
        for held, column, text in zip(self._printed, self._layout, texts, strict=True):
            held.append(text.text)
            if text.code is not None:
                self._wrong(row.number, column.name, text.code)

    def records(self, limits: ReadLimits) -> ReadRecords:
        """The rows without a violation, and the violations."""
        held = dict(zip(self._layout.names, self._printed, strict=True))
        printed = cells.unguard_formulas(pl.DataFrame(held, dict.fromkeys(held, pl.String)), self._layout)
        return records_of_printed(printed, self._numbers, self._layout, self.codes, _MESSAGES, limits, self.lines)

    def _wrong(self, number: int, field_name: str | None, code: str) -> None:
        self.codes.append((number, field_name, code))
