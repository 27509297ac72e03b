"""Segments of a fixed-width file: frames to rows of bytes. `fixed_width_reading` does the reverse.

Text is trimmed, put into upper case and never cut; cents are cut, a billion dollars and more become 999999999, negative
dollars become zero, as the guide of such a format asks. What does not fit is refused with its row, field and rule.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from delivery.formats.digits import (
    NINE,
    ZERO,
    Matrix,
    Whole,
    date_numbers,
    digits_of,
    is_printable_year,
    stamp_numbers,
)
from schemas.bureaus.fixed_width import RECORD_NO, Segment, Slot, SlotKind
from schemas.errors import ArrearsError
from schemas.errors.seal import RECORDS_BREAK_LAYOUT, RECORDS_LACK_COLUMNS

REQUIRED = "required"
TOO_LONG = "too_long"
ILLEGAL_CHARACTER = "illegal_character"
NOT_DIGITS = "not_digits"
NOT_A_DATE = "not_a_date"
UNKNOWN_CODE = "unknown_code"

BLANK = ord(" ")
FIRST_LEGAL, LAST_LEGAL = 0x20, 0x7E
_MOST_DOLLARS = 999_999_999
_NULL = -(2**63)

COLUMN_TYPES: dict[SlotKind, pl.DataType] = {
    SlotKind.TEXT: pl.String(),
    SlotKind.NUMBER: pl.String(),
    SlotKind.DOLLARS: pl.Int64(),
    SlotKind.COUNT: pl.Int64(),
    SlotKind.DATE: pl.Date(),
    SlotKind.STAMP: pl.Datetime("us"),
}
"""The type of a column of each kind in a frame."""

Rows = npt.NDArray[np.bool_]
"""For each row whether it is meant."""


@dataclass(frozen=True)
class _Fault:
    """Rows that break a rule of a slot."""

    slot: Slot
    rule: str
    rows: Rows


def encode(frame: pl.DataFrame, segment: Segment, layout: str) -> Matrix:
    """One row of bytes for each row of the frame, in the character form; the length word is left blank.

    Args:
        frame: the segment's columns, and RECORD_NO for errors if there is one. Dollars may be Int64 or decimal. A
            column that is null throughout may have no type.
        segment: what it looks like.
        layout: its name, for errors.

    Raises:
        ArrearsError: RECORDS_LACK_COLUMNS when columns are missing, extra or of another type; RECORDS_BREAK_LAYOUT with
            the first row, its field and rule, and the number of all cells that break the layout.
    """
    _require_columns(frame, segment, layout)
    matrix = np.full((frame.height, segment.length), BLANK, np.uint8)
    if frame.is_empty():
        return matrix
    types = frame.schema
    plain = frame.select([_plain(slot, types[slot.name]) for slot in segment.columns]).rechunk()
    faults: list[_Fault] = []
    for slot in segment.slots:
        if slot.constant is not None:
            matrix[:, slot.first - 1 : slot.last] = np.frombuffer(slot.constant.encode("ascii"), np.uint8)
        elif slot.is_column:
            faults += _PRINTERS[slot.kind](plain[slot.name], slot, matrix)
    if faults:
        _refuse(frame, segment, layout, faults)
    return matrix


def slot_view(matrix: Matrix, first: int, width: int) -> npt.NDArray[np.void]:
    """The bytes of a slot in each row as one item, so that they are copied at once.

    Args:
        matrix: the bytes of a row side by side.
        first: position of the slot's first byte, from 1.
        width: bytes.
    """
    return matrix[:, first - 1 : first - 1 + width].view(f"V{width}")[:, 0]


@cache
def code_table(slot: Slot) -> npt.NDArray[np.bool_]:
    """For each content of a slot of one or two bytes whether its code table has it, or it is blank."""
    known = np.zeros(256**slot.width, np.bool_)
    for code in ("", *slot.codes):
        known[int.from_bytes(code.ljust(slot.width).encode("ascii"), "little")] = True
    return known


def code_of(matrix: Matrix, slot: Slot) -> npt.NDArray[np.unsignedinteger]:
    """The content of a slot of one or two bytes as the index that `code_table` knows it by."""
    return matrix[:, slot.first - 1 : slot.last].view("<u2" if slot.width == 2 else "u1")[:, 0]


def _print_text(values: pl.Series, slot: Slot, matrix: Matrix) -> list[_Fault]:
    texts = values.to_arrow(compat_level=pl.CompatLevel.oldest())
    starts, held = _parts(texts)
    lengths = np.diff(starts)
    if lengths.max() > slot.width or _has_blank_start(held, starts, lengths):
        texts = pc.ascii_trim(texts, " ")
        starts, held = _parts(texts)
        lengths = np.diff(starts)
    is_number = slot.kind is SlotKind.NUMBER
    least, most = (ZERO, NINE) if is_number else (FIRST_LEGAL, LAST_LEGAL)
    if len(held) and (held.min() < least or held.max() > most):
        return [_Fault(slot, NOT_DIGITS if is_number else ILLEGAL_CHARACTER, _rows_with(held, starts, least, most))]
    if lengths.max() > slot.width:
        return [_Fault(slot, TOO_LONG, lengths > slot.width)]
    faults = [_Fault(slot, REQUIRED, lengths == 0)] if slot.is_required and not lengths.all() else []
    slot_view(matrix, slot.first, slot.width)[:] = _padded(_upper(texts, held), slot)
    if slot.codes:
        is_unknown = ~code_table(slot)[code_of(matrix, slot)] & (lengths > 0)
        faults += [_Fault(slot, UNKNOWN_CODE, is_unknown)] if is_unknown.any() else []
    return faults


def _parts(texts: pa.LargeStringArray) -> tuple[Whole, Matrix]:
    """Where each text starts, with the end of the last one, and the bytes of all of them."""
    starts = np.frombuffer(texts.buffers()[1], np.int64, len(texts) + 1, texts.offset * 8)
    size = int(starts[-1] - starts[0])
    held = np.frombuffer(texts.buffers()[2], np.uint8, size, int(starts[0])) if size else np.zeros(0, np.uint8)
    return starts - starts[0], held


def _has_blank_start(held: Matrix, starts: Whole, lengths: Whole) -> bool:
    return bool(len(held) and (held[starts[:-1][lengths > 0]] == BLANK).any())


def _upper(texts: pa.LargeStringArray, held: Matrix) -> pa.LargeStringArray:
    return pc.ascii_upper(texts) if len(held) and held.max() >= ord("a") else texts


def _padded(texts: pa.LargeStringArray, slot: Slot) -> npt.NDArray[np.void]:
    pad, filler = (pc.ascii_lpad, "0") if slot.kind is SlotKind.NUMBER else (pc.ascii_rpad, " ")
    _, held = _parts(pad(texts, slot.width, filler))
    return held.view(f"V{slot.width}")


def _rows_with(held: Matrix, starts: Whole, least: int, most: int) -> Rows:
    """Rows that hold a byte that is not legal."""
    before = np.concatenate([[0], np.cumsum((held < least) | (held > most))])
    rows: Rows = before[starts[1:]] > before[starts[:-1]]
    return rows


def _print_count(values: pl.Series, slot: Slot, matrix: Matrix) -> list[_Fault]:
    counted = values.to_numpy()
    is_outside = (counted < 0) | (counted >= 10**slot.width)
    if is_outside.any():
        return [_Fault(slot, TOO_LONG, is_outside)]
    _place(digits_of(counted, slot.width), slot, matrix)
    return []


def _print_date(values: pl.Series, slot: Slot, matrix: Matrix) -> list[_Fault]:
    days = values.to_numpy()
    is_null = days == _NULL
    return _put_calendar(np.where(is_null, 0, days), is_null, date_numbers, slot, matrix)


def _print_stamp(values: pl.Series, slot: Slot, matrix: Matrix) -> list[_Fault]:
    microseconds = values.to_numpy()
    is_null = microseconds == _NULL
    return _put_calendar(np.where(is_null, 0, microseconds) // 1_000_000, is_null, stamp_numbers, slot, matrix)


def _put_calendar(
    values: Whole, is_null: Rows, numbers_of: Callable[[Whole], Whole], slot: Slot, matrix: Matrix
) -> list[_Fault]:
    faults = [_Fault(slot, REQUIRED, is_null)] if slot.is_required and is_null.any() else []
    is_wrong = ~is_printable_year(values // 86_400 if slot.kind is SlotKind.STAMP else values)
    if is_wrong.any():
        return [*faults, _Fault(slot, NOT_A_DATE, is_wrong)]
    _place(digits_of(np.where(is_null, 0, numbers_of(values)), slot.width), slot, matrix)
    return faults


def _place(printed: Matrix, slot: Slot, matrix: Matrix) -> None:
    slot_view(matrix, slot.first, slot.width)[:] = slot_view(printed, 1, slot.width)


def _plain(slot: Slot, dtype: pl.DataType) -> pl.Expr:
    """The column without nulls: text, or a whole number that stands for the value."""
    column = pl.col(slot.name) if dtype != pl.Null else pl.col(slot.name).cast(COLUMN_TYPES[slot.kind])
    match slot.kind:
        case SlotKind.TEXT | SlotKind.NUMBER:
            return column.fill_null("")
        case SlotKind.DOLLARS:
            return column.clip(0, _MOST_DOLLARS).fill_null(0).cast(pl.Int64)
        case SlotKind.COUNT:
            return column.fill_null(0)
        case SlotKind.DATE:
            return column.to_physical().cast(pl.Int64).fill_null(_NULL)
        case _:
            return column.cast(pl.Datetime("us")).to_physical().fill_null(_NULL)


_PRINTERS: dict[SlotKind, Callable[[pl.Series, Slot, Matrix], list[_Fault]]] = {
    SlotKind.TEXT: _print_text,
    SlotKind.NUMBER: _print_text,
    SlotKind.DOLLARS: _print_count,
    SlotKind.COUNT: _print_count,
    SlotKind.DATE: _print_date,
    SlotKind.STAMP: _print_stamp,
}


def _is_of_kind(dtype: pl.DataType, kind: SlotKind) -> bool:
    if dtype == pl.Null:
        return True
    match kind:
        case SlotKind.TEXT | SlotKind.NUMBER:
            return dtype == pl.String
        case SlotKind.DOLLARS:
            return dtype == pl.Int64 or dtype.is_decimal()
        case SlotKind.COUNT:
            return dtype == pl.Int64
        case SlotKind.DATE:
            return dtype == pl.Date
        case _:
            return isinstance(dtype, pl.Datetime) and dtype.time_zone is None


def _require_columns(frame: pl.DataFrame, segment: Segment, layout: str) -> None:
    types = frame.schema
    missing = [name for name in segment.names if name not in types]
    extra = [name for name in types if name not in (RECORD_NO, *segment.names)]
    mistyped = [
        slot.name for slot in segment.columns if slot.name in types and not _is_of_kind(types[slot.name], slot.kind)
    ]
    if missing or extra or mistyped:
        raise ArrearsError(
            RECORDS_LACK_COLUMNS,
            layout=layout,
            segment=segment.mark,
            missing=missing,
            extra=extra,
            of_another_type=mistyped,
        )


def _refuse(frame: pl.DataFrame, segment: Segment, layout: str, faults: list[_Fault]) -> None:
    first = min(faults, key=lambda fault: (int(fault.rows.argmax()), fault.slot.first))
    row = int(first.rows.argmax())
    raise ArrearsError(
        RECORDS_BREAK_LAYOUT,
        layout=layout,
        segment=segment.mark,
        row=frame[RECORD_NO][row] if RECORD_NO in frame.columns else row + 1,
        field=first.slot.name,
        rule=first.rule,
        cells=sum(int(fault.rows.sum()) for fault in faults),
    )
