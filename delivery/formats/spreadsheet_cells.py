"""Cells of a foreign workbook as the text that the delimited file would have, with what is wrong in the cell itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal, InvalidOperation

from delivery.formats.spreadsheet import DAY_ZERO, FIRST_EXACT_DAY, MOST_EXACT_DIGITS
from delivery.formats.spreadsheet_xml import RawCell, unescaped
from schemas.bureaus.layout import Column
from schemas.field import FieldType

FORMULA = "formula"
ERROR_VALUE = "error_value"
DIGITS_LOST = "digits_lost"
OTHER_KIND = "other_kind"
TIME_OF_DAY = "time_of_day"
BROKEN_CELL = "broken_cell"

MESSAGES = {
    FORMULA: "is a formula: nothing is computed, write the value itself",
    ERROR_VALUE: "is an error value of the spreadsheet",
    DIGITS_LOST: "is a number of more than 15 digits, of which a spreadsheet keeps 15 only: write it as text",
    OTHER_KIND: "is a cell of another kind than its column asks for",
    TIME_OF_DAY: "is a date with a time of day",
    BROKEN_CELL: "is not a cell as a spreadsheet writes it",
}

_DAYS_TO_1904 = 1_462
_LAST_SERIAL = 2_958_465
_FIRST_EXACT_SERIAL = (FIRST_EXACT_DAY - DAY_ZERO).days
_MOST_NUMBER_CHARACTERS = 40
_PLAIN_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,11})(?:\.[0-9]?[1-9])?")


@dataclass(frozen=True)
class CellText:
    """A cell's printed text, None when it is empty, and the code of what is wrong with the cell itself."""

    text: str | None
    code: str | None = None


@dataclass(frozen=True)
class Conventions:
    """How a workbook is to be understood: its shared strings, formats that print a day, the start of its calendar."""

    shared: list[str]
    date_styles: frozenset[int]
    is_from_1904: bool


EMPTY = CellText(None)


def cell_text(cell: RawCell, column: Column, conventions: Conventions, truths: tuple[str, str]) -> CellText:
    """The text of a cell.

    Args:
        cell: as it stands in the sheet.
        column: of the layout.
        conventions: of the workbook.
        truths: how the layout prints true and false.
    """
    if cell.has_formula:
        return CellText(None, FORMULA)
    if cell.text is None:
        return EMPTY
    match cell.kind:
        case "inlineStr" | "str":
            return _of_text(unescaped(cell.text), column)
        case "s":
            return _shared(cell.text, column, conventions)
        case "n":
            return _of_number(cell.text, cell.style, column, conventions)
        case "b":
            return _of_truth(cell.text, column, truths)
        case "d":
            return _of_iso_date(cell.text, column)
        case "e":
            return CellText(None, ERROR_VALUE)
        case _:
            return CellText(None, BROKEN_CELL)


def _of_text(text: str, column: Column) -> CellText:
    # Cut where it is too long already: the same long text may stand in very many cells.
    return CellText(text[: column.max_length + 2] or None)


def _shared(text: str, column: Column, conventions: Conventions) -> CellText:
    place = text.strip()
    if not (place.isascii() and place.isdecimal() and len(place) <= 9 and int(place) < len(conventions.shared)):
        return CellText(None, BROKEN_CELL)
    return _of_text(conventions.shared[int(place)], column)


def _of_number(text: str, style: int, column: Column, conventions: Conventions) -> CellText:
    number = _number(text)
    if number is None:
        return CellText(None, BROKEN_CELL)
    is_day = style in conventions.date_styles
    if column.type is FieldType.DATE:
        return _of_day(number, conventions) if is_day else CellText(None, OTHER_KIND)
    if is_day or column.type is FieldType.TRUTH:
        return CellText(None, OTHER_KIND)
    printed = f"{number:f}"
    if len(printed) > MOST_EXACT_DIGITS and sum(map(str.isdigit, printed.lstrip("-0."))) > MOST_EXACT_DIGITS:
        return CellText(None, DIGITS_LOST)
    if column.type is FieldType.TEXT and not printed.isdecimal():
        return CellText(None, OTHER_KIND)
    return CellText(printed)


def _number(text: str) -> Decimal | None:
    """The number that a spreadsheet shows: it keeps doubles, and writes some with a seventeenth digit."""
    if _PLAIN_NUMBER.fullmatch(text):
        return Decimal(text)
    if len(text) > _MOST_NUMBER_CHARACTERS or "_" in text or not text.isascii():
        return None
    try:
        number = Decimal(text.strip())
        shortest = Decimal(repr(float(text)))
    except (InvalidOperation, ValueError, OverflowError):
        return None
    if not number.is_finite() or not shortest.is_finite() or abs(number.adjusted()) > _MOST_NUMBER_CHARACTERS:
        return None
    if len(number.as_tuple().digits) > MOST_EXACT_DIGITS:
        # More digits stand there than were ever kept. A whole number has lost some; a fraction is its shortest form.
        if number == number.to_integral_value():
            return number
        number = shortest
    whole = number.to_integral_value()
    return whole.quantize(Decimal(1)) if number == whole and abs(number.adjusted()) < MOST_EXACT_DIGITS else number


def _of_day(number: Decimal, conventions: Conventions) -> CellText:
    serial = number + (_DAYS_TO_1904 if conventions.is_from_1904 else 0)
    if not _FIRST_EXACT_SERIAL <= serial <= _LAST_SERIAL:
        return CellText(None, OTHER_KIND)
    if serial != serial.to_integral_value():
        return CellText(None, TIME_OF_DAY)
    return CellText((DAY_ZERO + timedelta(days=int(serial))).isoformat())


def _of_iso_date(text: str, column: Column) -> CellText:
    if column.type is not FieldType.DATE:
        return CellText(None, OTHER_KIND)
    day, _, time = text.strip().partition("T")
    if time.strip("0:.Z"):
        return CellText(None, TIME_OF_DAY)
    return CellText(day[: column.max_length + 1])


def _of_truth(text: str, column: Column, truths: tuple[str, str]) -> CellText:
    if column.type is not FieldType.TRUTH or text.strip() not in ("0", "1"):
        return CellText(None, OTHER_KIND)
    return CellText(truths[0] if text.strip() == "1" else truths[1])
