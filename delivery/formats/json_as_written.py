"""Lines that are printed exactly as the writer prints them, read a column at a time.

Only they are: the pattern lets through no line of which a fast reader of JSON could make something else than
`json_parsing` would.
"""

from __future__ import annotations

import polars as pl

from delivery.formats.json_cells import CODE_PATTERN, COLUMN_TYPES, DATE_FORMAT, TIME_FORMAT, frame_schema
from schemas.bureaus.json_lines import (
    INTEGER_DIGITS,
    LINE_NO,
    MONEY_DIGITS,
    JsonField,
    JsonKind,
    JsonLinesLayout,
    JsonObject,
)

LINE_TEXT = "#text"
"""Column of the text of lines, so with a mark that no column of a layout has."""


def read_as_written(numbered: pl.DataFrame, layout: JsonLinesLayout) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The records of lines that are printed exactly as the writer prints them, and the other lines."""
    is_written = numbered[LINE_TEXT].str.contains(_written_pattern(layout))
    written = numbered.filter(is_written)
    held = written.select(LINE_NO, pl.col(LINE_TEXT).str.json_decode(_json_type(layout)).alias(LINE_TEXT)).unnest(
        LINE_TEXT
    )
    for one in layout.fields:
        if isinstance(one, JsonObject):
            members = [pl.col(one.name).struct.field(each.name).alias(one.column(each)) for each in one.members]
            held = held.with_columns(members)
    records = held.select(LINE_NO, *(_typed(column, field) for column, field in layout))
    is_lost = pl.any_horizontal(
        records[column].is_null() & held[column].is_not_null()
        for column, field in layout
        if field.kind in {JsonKind.DATE, JsonKind.TIME}
    )
    lost = records.select(is_lost).to_series()
    foreign = pl.concat([numbered.filter(~is_written), written.filter(lost)]).sort(LINE_NO)
    return records.filter(~lost).cast(pl.Schema(frame_schema(layout))), foreign


def _typed(column: str, field: JsonField) -> pl.Expr:
    value = pl.col(column)
    match field.kind:
        case JsonKind.DATE:
            return value.str.to_date(DATE_FORMAT, strict=False)
        case JsonKind.TIME:
            return value.str.to_datetime(TIME_FORMAT, time_unit="us", strict=False)
        case JsonKind.CODE:
            return value.cast(pl.String)
        case JsonKind.TEXT | JsonKind.DATES:
            return pl.when(value != "").then(value).alias(column)
        case _:
            return value


_WIRE_TYPES: dict[JsonKind, pl.DataType] = {
    **COLUMN_TYPES,
    JsonKind.CODE: pl.Int64(),
    JsonKind.DATE: pl.String(),
    JsonKind.TIME: pl.String(),
}


def _json_type(layout: JsonLinesLayout) -> pl.Struct:
    return pl.Struct(
        {
            one.name: _WIRE_TYPES[one.kind]
            if isinstance(one, JsonField)
            else pl.Struct({each.name: _WIRE_TYPES[each.kind] for each in one.members})
            for one in layout.fields
        }
    )


# Without escapes, so that a quote always ends a text and nothing in it can look like a key.
_PLAIN_TEXT = r'"[^"\\\x00-\x1F]*"'
_WIRE_PATTERNS = {
    JsonKind.TEXT: _PLAIN_TEXT,
    JsonKind.DATES: _PLAIN_TEXT,
    JsonKind.CODE: CODE_PATTERN,
    JsonKind.INTEGER: rf"(?:0|-?[1-9][0-9]{{0,{INTEGER_DIGITS - 1}}})",
    JsonKind.MONEY: rf"-?(?:0|[1-9][0-9]{{0,{MONEY_DIGITS - 1}}})\.[0-9]{{2}}",
    JsonKind.DATE: '"[0-9]{4}-[0-9]{2}-[0-9]{2}"',
    JsonKind.TIME: '"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"',
}


def _written_pattern(layout: JsonLinesLayout) -> str:
    values = ",".join(
        f'"{one.name}":(?:null|{_WIRE_PATTERNS[one.kind] if isinstance(one, JsonField) else _object_pattern(one)})'
        for one in layout.fields
    )
    return rf"\A\{{{values}\}}\z"


def _object_pattern(one: JsonObject) -> str:
    values = ",".join(f'"{each.name}":(?:null|{_WIRE_PATTERNS[each.kind]})' for each in one.members)
    return rf"\{{{values}\}}"
