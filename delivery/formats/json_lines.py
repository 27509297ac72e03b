"""Files of JSON lines: the tag line, then one object a line. Written piece by piece, memory is bounded by a piece."""

from __future__ import annotations

from collections.abc import Iterable
from typing import BinaryIO

import polars as pl

from delivery.formats.json_cells import COLUMN_TYPES, record_texts, violations_of
from schemas.bureaus.json_lines import JsonKind, JsonLinesLayout
from schemas.errors import ArrearsError
from schemas.errors.seal import RECORDS_BREAK_LAYOUT, RECORDS_LACK_COLUMNS

_PIECE_ROWS = 16_384


def write_json_lines(file: BinaryIO, parts: Iterable[pl.DataFrame], layout: JsonLinesLayout) -> int:
    """Writes one file: same records, same bytes.

    Args:
        file: open for writing bytes. When an error is raised it holds a part of the file and must be thrown away.
        parts: the records, columns of the layout in any order, part after part. Empty text counts as not filled.
        layout: what the file looks like.

    Returns:
        The number of records.

    Raises:
        ArrearsError: RECORDS_LACK_COLUMNS when the columns are not the layout's; RECORDS_BREAK_LAYOUT with the first
            row (from 1), its field and rule.
    """
    file.write(f"{layout.tag}{layout.line_end}".encode())
    written = 0
    for part in parts:
        _require_columns(part, layout)
        for piece in part.iter_slices(_PIECE_ROWS):
            _require_clean(piece, layout, written)
            file.write(_bytes_of(record_texts(piece, layout, end=layout.line_end)))
            written += piece.height
    return written


def _bytes_of(texts: pl.Series) -> memoryview:
    """The texts one behind the other."""
    total = int(texts.str.len_bytes().sum())
    data = texts.to_arrow(compat_level=pl.CompatLevel.oldest()).buffers()[-1] if total else None
    return memoryview(data)[:total] if data is not None else memoryview(b"")


def _require_columns(records: pl.DataFrame, layout: JsonLinesLayout) -> None:
    missing = [name for name in layout.names if name not in records.columns]
    extra = [name for name in records.columns if name not in layout.names]
    mistyped = [
        column
        for column, field in layout
        if column in records.columns and not _has_type(records.schema[column], field.kind)
    ]
    if missing or extra or mistyped:
        raise ArrearsError(
            RECORDS_LACK_COLUMNS, layout=layout.name, missing=missing, extra=extra, of_another_type=mistyped
        )


def _has_type(dtype: pl.DataType, kind: JsonKind) -> bool:
    match kind:
        case JsonKind.INTEGER:
            return dtype.is_integer()
        case JsonKind.MONEY:
            return isinstance(dtype, pl.Decimal) and dtype.scale <= 2
        case JsonKind.TIME:
            return isinstance(dtype, pl.Datetime) and dtype.time_zone is None
        case _:
            return dtype == COLUMN_TYPES[kind]


def _require_clean(piece: pl.DataFrame, layout: JsonLinesLayout, written: int) -> None:
    wrong = piece.select(violations_of(layout))
    found = [(int(flags.arg_max() or 0), name) for name in wrong.columns if (flags := wrong[name]).any()]
    if not found:
        return
    row, name = min(found, key=lambda each: each[0])
    field, _, rule = name.partition("/")
    raise ArrearsError(RECORDS_BREAK_LAYOUT, layout=layout.name, row=written + row + 1, field=field, rule=rule)
