"""Segments of a fixed-width file that anybody may have written: rows of bytes to frames, and what is wrong with them.

Nothing in the bytes makes it raise. There are two kinds of faults: what can't be read (BROKEN: the cell holds nothing
of use, and the record must be left out), and what can be read but is not as the layout asks.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from delivery.formats.digits import NINE, ZERO, Matrix, Whole, days_of, number_of, seconds_of
from delivery.formats.fixed_width import (
    BLANK,
    FIRST_LEGAL,
    ILLEGAL_CHARACTER,
    LAST_LEGAL,
    NOT_A_DATE,
    NOT_DIGITS,
    REQUIRED,
    UNKNOWN_CODE,
    Rows,
    code_of,
    code_table,
    slot_view,
)
from schemas.bureaus.fixed_width import Segment, Slot, SlotKind

LOWER_CASE = "lower_case"
NOT_LEFT_JUSTIFIED = "not_left_justified"
NOT_ZERO_FILLED = "not_zero_filled"
RESERVED_FILLED = "reserved_filled"
WRONG_CONSTANT = "wrong_constant"

BROKEN = frozenset({ILLEGAL_CHARACTER, NOT_DIGITS, NOT_A_DATE})
"""Codes of what can't be read."""

MESSAGES = {
    ILLEGAL_CHARACTER: "holds a byte that is not printable ASCII",
    NOT_DIGITS: "holds other than digits",
    NOT_A_DATE: "is not a date of the form MMDDYYYY, or not an instant of the form MMDDYYYYHHMMSS",
    REQUIRED: "must be filled",
    UNKNOWN_CODE: "is not in the code table",
    LOWER_CASE: "is not in upper case",
    NOT_LEFT_JUSTIFIED: "begins with a blank",
    NOT_ZERO_FILLED: "is blank instead of zeros",
    RESERVED_FILLED: "is reserved and must be blank",
    WRONG_CONSTANT: "does not hold what it always holds",
}

_BLOCK_ROWS = 256
_REPLACED = ord("?")


@dataclass(frozen=True)
class Fault:
    """Rows where one thing is wrong with one slot.

    Attributes:
        slot: which one.
        code: what is wrong.
        rows: numbers of the rows, from 0, ascending.
    """

    slot: Slot
    code: str
    rows: Whole


def decode(matrix: Matrix, segment: Segment) -> tuple[pl.DataFrame, list[Fault]]:
    """The segment's columns of each row, and what is wrong, by slot.

    Args:
        matrix: rows in the character form, the bytes of a row side by side. It is changed where its bytes are wrong.
        segment: what it should look like.
    """
    faults = _repair(matrix, segment) if len(matrix) else []
    repaired = {fault.slot: fault.rows for fault in faults if fault.code in BROKEN}
    columns = {}
    for slot in segment.columns:
        columns[slot.name], found = _read(matrix, slot)
        faults += _without(found, repaired[slot]) if slot in repaired else found
    return pl.DataFrame(columns), faults


def _without(faults: list[Fault], rows: Whole) -> list[Fault]:
    """The faults but those of rows where it is known already that the slot can't be read."""
    kept = [Fault(fault.slot, fault.code, np.setdiff1d(fault.rows, rows)) for fault in faults]
    return [fault for fault in kept if len(fault.rows)]


def _repair(matrix: Matrix, segment: Segment) -> list[Fault]:
    """Finds bytes that no slot of theirs may hold, and puts others there so that every slot can be read."""
    suspects = _suspect_rows(matrix, segment)
    if not len(suspects):
        return []
    faults = []
    held = matrix[suspects]
    for slot in segment.slots:
        part = held[:, slot.first - 1 : slot.last]
        for code, is_meant in _wrong_bytes(part, slot):
            if is_meant.any():
                faults.append(Fault(slot, code, suspects[is_meant]))
    matrix[suspects] = held
    return faults


def _suspect_rows(matrix: Matrix, segment: Segment) -> Whole:
    """Rows with a byte outside the range that its slot fills a sound row with."""
    least, span = _ranges(segment)
    shifted = np.empty((_BLOCK_ROWS, matrix.shape[1]), np.uint8)
    is_outside = np.empty((_BLOCK_ROWS, matrix.shape[1]), np.bool_)
    found = []
    for start in range(0, len(matrix), _BLOCK_ROWS):
        block = matrix[start : start + _BLOCK_ROWS]
        outside = is_outside[: len(block)]
        np.greater(np.subtract(block, least, out=shifted[: len(block)]), span, out=outside)
        if outside.any():
            found.append(start + np.flatnonzero(outside.any(axis=1)))
    return np.concatenate(found) if found else np.zeros(0, np.int64)


@cache
def _range_bytes(segment: Segment) -> tuple[bytes, bytes]:
    least, most = bytearray(), bytearray()
    for slot in segment.slots:
        if slot.constant is not None:
            least += slot.constant.encode("ascii")
            most += slot.constant.encode("ascii")
            continue
        low, high = _range(slot)
        least += bytes([low]) * slot.width
        most += bytes([high]) * slot.width
    return bytes(least), bytes(most)


def _range(slot: Slot) -> tuple[int, int]:
    match slot.kind:
        case SlotKind.LENGTH:
            return 0, 255
        case SlotKind.RESERVED:
            return BLANK, BLANK
        case SlotKind.TEXT:
            return FIRST_LEGAL, ord("`")
        case _:
            return ZERO, NINE


def _ranges(segment: Segment) -> tuple[Matrix, Matrix]:
    least, most = (np.frombuffer(each, np.uint8) for each in _range_bytes(segment))
    return least, most - least


def _wrong_bytes(part: Matrix, slot: Slot) -> list[tuple[str, Rows]]:
    """What is wrong in the slot of some rows; the bytes are changed to ones that can be read."""
    if slot.kind is SlotKind.LENGTH:
        return []
    if slot.constant is not None:
        wanted = np.frombuffer(slot.constant.encode("ascii"), np.uint8)
        return [(WRONG_CONSTANT, (part != wanted).any(axis=1))]
    if slot.kind is SlotKind.RESERVED:
        return [(RESERVED_FILLED, (part != BLANK).any(axis=1))]
    if slot.kind is SlotKind.TEXT:
        return _wrong_text(part)
    is_blank = (part == BLANK).all(axis=1)
    part[is_blank] = ZERO
    is_wrong = ((part < ZERO) | (part > NINE)).any(axis=1)
    part[is_wrong] = ZERO
    return [(NOT_ZERO_FILLED, is_blank), (NOT_DIGITS, is_wrong)]


def _wrong_text(part: Matrix) -> list[tuple[str, Rows]]:
    is_legal = np.logical_and(part >= FIRST_LEGAL, part <= LAST_LEGAL)
    part[~is_legal] = _REPLACED
    is_lower = np.logical_and(part >= ord("a"), part <= ord("z"))
    part[is_lower] -= ord("a") - ord("A")
    return [(ILLEGAL_CHARACTER, np.any(~is_legal, axis=1)), (LOWER_CASE, np.any(is_lower, axis=1))]


def _read(matrix: Matrix, slot: Slot) -> tuple[pl.Series, list[Fault]]:
    match slot.kind:
        case SlotKind.TEXT:
            return _read_text(matrix, slot)
        case SlotKind.NUMBER:
            return _read_number(matrix, slot)
        case SlotKind.DOLLARS | SlotKind.COUNT:
            return _whole_series(slot, number_of(_part(matrix, slot)), None, pl.Int64()), []
        case SlotKind.DATE:
            return _read_calendar(matrix, slot)
        case _:
            return _read_calendar(matrix, slot)


def _part(matrix: Matrix, slot: Slot) -> Matrix:
    return slot_view(matrix, slot.first, slot.width).copy().view(np.uint8).reshape(len(matrix), slot.width)


def _read_text(matrix: Matrix, slot: Slot) -> tuple[pl.Series, list[Fault]]:
    if slot.codes and slot.width <= 2:
        return _read_code(matrix, slot)
    texts = pc.ascii_rtrim(_arrow_texts(_part(matrix, slot)), " ")
    starts = np.frombuffer(texts.buffers()[1], np.int64, len(texts) + 1)
    is_blank = np.diff(starts) == 0
    starts_blank = (matrix[:, slot.first - 1] == BLANK) & ~is_blank
    if starts_blank.any():
        texts = pc.ascii_trim(texts, " ")
    faults = [*_found(slot, NOT_LEFT_JUSTIFIED, starts_blank), *_missing(slot, is_blank)]
    return _text_series(slot, texts, is_blank), faults


def _read_code(matrix: Matrix, slot: Slot) -> tuple[pl.Series, list[Fault]]:
    contents = code_of(matrix, slot)
    blank = int.from_bytes(b" " * slot.width, "little")
    faults = _found(slot, UNKNOWN_CODE, ~code_table(slot)[contents])
    column = _all_texts(slot.width).gather(contents.astype(np.uint32)).alias(slot.name)
    return column, [*faults, *_missing(slot, contents == blank)]


@cache
def _all_texts(width: int) -> pl.Series:
    """Every content of one or two bytes as text, trimmed; blanks and what is not ASCII are null."""
    contents = (number.to_bytes(width, "little") for number in range(256**width))
    return pl.Series([held.decode().strip() or None if held.isascii() else None for held in contents], dtype=pl.String)


def _read_number(matrix: Matrix, slot: Slot) -> tuple[pl.Series, list[Fault]]:
    part = _part(matrix, slot)
    is_null = (part == ZERO).all(axis=1) & (not slot.is_required)
    column = _text_series(slot, _arrow_texts(part), is_null)
    if not slot.codes:
        return column, []
    return column, _found(slot, UNKNOWN_CODE, ~code_table(slot)[code_of(matrix, slot)] & ~is_null)


def _read_calendar(matrix: Matrix, slot: Slot) -> tuple[pl.Series, list[Fault]]:
    numbers = number_of(_part(matrix, slot))
    if slot.kind is SlotKind.DATE:
        values, is_real = days_of(numbers)
        column = _whole_series(slot, values, is_real, pl.Date())
    else:
        seconds, is_real = seconds_of(numbers)
        column = _whole_series(slot, seconds * 1_000_000, is_real, pl.Datetime("us"))
    is_empty = numbers == 0
    return column, [*_found(slot, NOT_A_DATE, ~is_real & ~is_empty), *_missing(slot, is_empty)]


def _found(slot: Slot, code: str, is_meant: Rows) -> list[Fault]:
    return [Fault(slot, code, np.flatnonzero(is_meant))] if is_meant.any() else []


def _missing(slot: Slot, is_empty: Rows) -> list[Fault]:
    return _found(slot, REQUIRED, is_empty) if slot.is_required else []


def _arrow_texts(part: Matrix) -> pa.LargeStringArray:
    starts = np.arange(0, part.size + 1, part.shape[1], dtype=np.int64)
    return pa.LargeStringArray.from_buffers(len(part), pa.py_buffer(starts), pa.py_buffer(part))


def _text_series(slot: Slot, texts: pa.LargeStringArray, is_null: Rows) -> pl.Series:
    buffers = texts.buffers()
    held = pa.LargeStringArray.from_buffers(len(texts), buffers[1], buffers[2], _validity(is_null))
    return pl.Series(slot.name, held, dtype=pl.String)


def _validity(is_null: Rows) -> pa.Buffer | None:
    return pa.py_buffer(np.packbits(~is_null, bitorder="little")) if is_null.any() else None


def _whole_series(slot: Slot, values: Whole, is_valid: Rows | None, dtype: pl.DataType) -> pl.Series:
    array = pa.array(values, mask=None if is_valid is None else ~is_valid)
    series = pl.Series(slot.name, array, dtype=pl.Int64)
    return series.cast(pl.Int32).cast(dtype) if dtype == pl.Date else series.cast(dtype)
