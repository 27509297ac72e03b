"""The XML within a workbook, read piece by piece with expat. Nothing is expanded: a document type ends the reading.

Only what values need is looked at: names of sheets, shared strings, number formats, rows and cells. Prefixes of names
are dropped, as programs choose them freely.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeAlias
from xml.parsers import expat

from delivery.formats.spreadsheet_package import RefusedError

HAS_DOCTYPE = "has_doctype"
BROKEN_XML = "broken_xml"
TOO_MANY_STRINGS = "too_many_strings"
TEXT_TOO_LONG = "text_too_long"
TOO_MANY_CELLS = "too_many_cells"
ROWS_OUT_OF_ORDER = "rows_out_of_order"

MESSAGES = {
    HAS_DOCTYPE: "a part of the workbook declares a document type, which is never read",
    BROKEN_XML: "a part of the workbook is not well-formed XML",
    TOO_MANY_STRINGS: "the workbook has more shared strings than the reader takes in",
    TEXT_TOO_LONG: "a cell has more text than a spreadsheet can hold",
    TOO_MANY_CELLS: "a row has more cells than a spreadsheet can hold",
    ROWS_OUT_OF_ORDER: "rows or cells do not stand in their order",
}

MOST_CELL_CHARACTERS = 32_767
_MOST_COLUMNS = 16_384
_LETTERS = re.compile(r"[A-Z]{1,3}")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_LAST_BUILT_IN_FORMAT = 163
_BUILT_IN_DATES = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
_NOT_CODE = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')

_Attributes: TypeAlias = Mapping[str, str]


@dataclass(slots=True)
class RawCell:
    """A cell as it stands in the sheet.

    Attributes:
        column: from 0.
        kind: the type attribute: n, s, inlineStr, str, b, e or d.
        style: number of its format.
        text: the value as written; of an inline string its text.
        has_formula: whether there is a formula beside the value.
    """

    column: int
    kind: str
    style: int
    text: str | None
    has_formula: bool


@dataclass
class RawRow:
    """A row with the cells that stand in it, numbered as in the sheet."""

    number: int
    cells: list[RawCell] = field(default_factory=list)


@dataclass(frozen=True)
class Sheets:
    """Identities of the relationships of the sheets, in their order, and whether days are counted from 1904."""

    relationships: tuple[str, ...]
    is_from_1904: bool


def sheets_of(chunks: Iterable[bytes]) -> Sheets:
    """What the workbook's own part says."""
    found: list[str] = []
    is_from_1904 = False

    def start(name: str, attributes: _Attributes) -> None:
        nonlocal is_from_1904
        if name == "sheet":
            found.extend(value for key, value in attributes.items() if _local(key) == "id")
        elif name == "workbookPr":
            is_from_1904 = attributes.get("date1904") in ("1", "true")

    _read(chunks, start)
    return Sheets(tuple(found), is_from_1904)


def targets_of(chunks: Iterable[bytes]) -> dict[str, tuple[str, str]]:
    """Relationships: identity to kind (last word of its type) and target."""
    found: dict[str, tuple[str, str]] = {}

    def start(name: str, attributes: _Attributes) -> None:
        if name == "Relationship":
            kind = attributes.get("Type", "").rpartition("/")[2]
            found[attributes.get("Id", "")] = (kind, attributes.get("Target", ""))

    _read(chunks, start)
    return found


def date_styles_of(chunks: Iterable[bytes]) -> frozenset[int]:
    """Numbers of the cell formats that print a number as a day."""
    own_formats: dict[str, str] = {}
    used: list[str] = []
    path: list[str] = []

    def start(name: str, attributes: _Attributes) -> None:
        if name == "numFmt":
            own_formats[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif name == "xf" and path and path[-1] == "cellXfs":
            used.append(attributes.get("numFmtId", "0"))
        path.append(name)

    def end(_name: str) -> None:
        path.pop()

    _read(chunks, start, end)
    return frozenset(place for place, number in enumerate(used) if _prints_day(number, own_formats))


def shared_strings_of(chunks: Iterable[bytes], most: int) -> list[str]:
    """The texts that cells point to.

    Raises:
        RefusedError: TOO_MANY_STRINGS, TEXT_TOO_LONG.
    """
    found: list[str] = []
    text = _Text()

    def start(name: str, _attributes: _Attributes) -> None:
        if name == "si":
            text.clear()
        text.enter(name)

    def end(name: str) -> None:
        text.leave(name)
        if name == "si":
            if len(found) >= most:
                raise RefusedError(TOO_MANY_STRINGS)
            found.append(unescaped(text.taken()))

    _read(chunks, start, end, text.add)
    return found


def rows_of(chunks: Iterable[bytes]) -> Iterator[RawRow]:
    """The rows of a sheet that hold a cell, one after the other.

    Raises:
        RefusedError: HAS_DOCTYPE, BROKEN_XML, TEXT_TOO_LONG, TOO_MANY_CELLS, ROWS_OUT_OF_ORDER.
    """
    reading = _Rows()
    parser = _parser(reading.start, reading.end, reading.text.add)
    try:
        for chunk in chunks:
            _parse(parser, chunk, is_last=False)
            while reading.done:
                yield reading.done.popleft()
        _parse(parser, b"", is_last=True)
    except RefusedError as refused:
        # The rows before the damage stand.
        yield from reading.done
        raise RefusedError(refused.code, reading.row_number + 1) from None


def unescaped(text: str) -> str:
    """`_xHHHH_` stands for the character of that number."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


class _Text:
    """Collects the characters of values: `t` and `v`, without the readings that stand beside Japanese text."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._length = 0
        self._is_open = False
        self._is_reading_aid = False

    def enter(self, name: str) -> None:
        if name == "rPh":
            self._is_reading_aid = True
        self._is_open = name in ("t", "v") and not self._is_reading_aid

    def leave(self, name: str) -> None:
        self._is_open = False
        if name == "rPh":
            self._is_reading_aid = False

    def add(self, characters: str) -> None:
        if self._is_open:
            self._length += len(characters)
            # Each character may be written as an escape of seven.
            if self._length > MOST_CELL_CHARACTERS * 7:
                raise RefusedError(TEXT_TOO_LONG)
            self._pieces.append(characters)

    def clear(self) -> None:
        self._pieces, self._length = [], 0

    def taken(self) -> str:
        text = "".join(self._pieces)
        self.clear()
        return text


class _Rows:
    """State of the reading of a sheet."""

    def __init__(self) -> None:
        self.done: deque[RawRow] = deque()
        self.text = _Text()
        self.row_number = 0
        self._row_text = ""
        self._row: RawRow | None = None
        self._cell: RawCell | None = None
        self._next_column = 0
        self._has_value = False

    def start(self, name: str, attributes: _Attributes) -> None:
        if name == "c" and self._row is not None:
            self._start_cell(attributes)
        elif name == "row":
            self._start_row(attributes)
        elif self._cell is not None:
            if name == "f":
                self._cell.has_formula = True
            elif name in ("v", "t"):
                self._has_value = True
            self.text.enter(name)

    def end(self, name: str) -> None:
        self.text.leave(name)
        if name == "c" and self._cell is not None and self._row is not None:
            text = self.text.taken()
            self._cell.text = text if self._has_value else None
            if self._has_value or self._cell.has_formula:
                self._row.cells.append(self._cell)
            self._cell = None
        elif name == "row" and self._row is not None:
            if self._row.cells:
                self.done.append(self._row)
            self._row = None

    def _start_row(self, attributes: _Attributes) -> None:
        number = _whole(attributes.get("r"), self.row_number + 1)
        if number <= self.row_number:
            raise RefusedError(ROWS_OUT_OF_ORDER)
        self.row_number, self._row_text, self._next_column = number, str(number), 0
        self._row = RawRow(number)

    def _start_cell(self, attributes: _Attributes) -> None:
        column = self._next_column
        reference = attributes.get("r")
        if reference is not None:
            named = column_number(reference.removesuffix(self._row_text))
            if named is None or named < column:
                raise RefusedError(ROWS_OUT_OF_ORDER)
            column = named
        if column >= _MOST_COLUMNS:
            raise RefusedError(TOO_MANY_CELLS)
        self._next_column, self._has_value = column + 1, False
        self.text.clear()
        self._cell = RawCell(column, attributes.get("t", "n"), _whole(attributes.get("s"), 0), None, False)


@lru_cache(maxsize=_MOST_COLUMNS)
def column_number(letters: str) -> int | None:
    """Place of a column from 0: 0 for A, 26 for AA; None when these are not the letters of a column."""
    if not _LETTERS.fullmatch(letters):
        return None
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _whole(text: str | None, otherwise: int) -> int:
    if text is None:
        return otherwise
    if not text.isdecimal() or not text.isascii() or len(text) > 9:
        raise RefusedError(BROKEN_XML)
    return int(text)


def _prints_day(number: str, own_formats: Mapping[str, str]) -> bool:
    """Whether a number format prints a day: built in, or with a year, month or day in its code."""
    code = own_formats.get(number)
    if code is None:
        return number.isdecimal() and len(number) < 4 and int(number) in _BUILT_IN_DATES
    return any(letter in _NOT_CODE.sub("", code).lower() for letter in "yd年日")


def _local(name: str) -> str:
    return name.rpartition(":")[2] if ":" in name else name


def _read(
    chunks: Iterable[bytes],
    start: Callable[[str, _Attributes], None],
    end: Callable[[str], None] | None = None,
    characters: Callable[[str], None] | None = None,
) -> None:
    parser = _parser(start, end, characters)
    for chunk in chunks:
        _parse(parser, chunk, is_last=False)
    _parse(parser, b"", is_last=True)


def _parser(
    start: Callable[[str, _Attributes], None],
    end: Callable[[str], None] | None,
    characters: Callable[[str], None] | None,
) -> expat.XMLParserType:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = lambda name, attributes: start(_local(name), attributes)
    if end is not None:
        parser.EndElementHandler = lambda name: end(_local(name))
    if characters is not None:
        parser.CharacterDataHandler = characters
    return parser


def _refuse_doctype(*_declared: object) -> None:
    raise RefusedError(HAS_DOCTYPE)


def _parse(parser: expat.XMLParserType, chunk: bytes, *, is_last: bool) -> None:
    try:
        parser.Parse(chunk, is_last)
    except (expat.ExpatError, LookupError, ValueError):
        raise RefusedError(BROKEN_XML) from None
