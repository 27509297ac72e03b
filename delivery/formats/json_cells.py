"""Values of JSON lines: typed columns to JSON text, and what is wrong with a value. A whole column at a time."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from delivery.formats import cells
from delivery.formats.cells import CONTROL_CHARACTER, REQUIRED, TOO_LONG, UNKNOWN_CODE
from schemas.bureaus.json_lines import (
    INTEGER_DIGITS,
    MONEY_DIGITS,
    JsonField,
    JsonKind,
    JsonLinesLayout,
    JsonObject,
)

TOO_LARGE = "too_large"
NOT_DATES = "not_dates"

MESSAGES = {
    **cells.MESSAGES,
    TOO_LARGE: f"has more than {INTEGER_DIGITS} digits, or more than {MONEY_DIGITS} before the decimal point",
    NOT_DATES: "is not a list of dates of the form yyyy-mm-dd with commas between them",
}

COLUMN_TYPES: dict[JsonKind, pl.DataType] = {
    JsonKind.TEXT: pl.String(),
    JsonKind.CODE: pl.String(),
    JsonKind.INTEGER: pl.Int64(),
    JsonKind.MONEY: pl.Decimal(18, 2),
    JsonKind.DATE: pl.Date(),
    JsonKind.TIME: pl.Datetime("us"),
    JsonKind.DATES: pl.String(),
}

DATE_FORMAT, TIME_FORMAT = "%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"
CODE_PATTERN = r"(?:0|[1-9][0-9]{0,8})"

# Control characters, the line separators of Unicode, the byte order mark, and the character that a decoder leaves
# where it lost something.
_FORBIDDEN = r"[\p{Cc}\x{2028}\x{2029}\x{FEFF}\x{FFFD}]"
_LONG_MONTH, _SHORT_MONTH = "(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])", "(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
_DAY_OF_YEAR = f"(?:{_LONG_MONTH}|{_SHORT_MONTH}|02-(?:0[1-9]|1[0-9]|2[0-8]))"
_LEAP_YEAR = "(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)"
_DAY = f"(?:[0-9]{{4}}-{_DAY_OF_YEAR}|{_LEAP_YEAR}-02-29)"
_DATES_SHAPE = rf"\A{_DAY}(?:,{_DAY})*\z"
_TEXTS = frozenset({JsonKind.TEXT, JsonKind.CODE, JsonKind.DATES})
_NULL = pl.lit("null")


def frame_schema(layout: JsonLinesLayout) -> pl.Schema:
    """Names and types of the columns."""
    return pl.Schema({column: COLUMN_TYPES[field.kind] for column, field in layout})


def record_texts(records: pl.DataFrame, layout: JsonLinesLayout, opening: str = "{", end: str = "") -> pl.Series:
    """Each record as JSON: keys in the order of the layout, no blanks. Control characters are escaped as JSON asks.

    Args:
        records: columns of the layout, whether or not the values fit it.
        layout: what the records look like.
        opening: what stands before the first key.
        end: what stands behind each record.
    """
    texts = [column for column, field in layout if field.kind in _TEXTS]
    needs_escape = records.select(pl.col(texts).str.contains(_TO_ESCAPE).any()).row(0, named=True)
    escaped = records.with_columns(
        pl.col(column).str.replace_many(_ESCAPES) for column in texts if needs_escape[column]
    )
    parts: list[pl.Expr] = []
    mark = opening
    for one in layout.fields:
        parts.append(pl.lit(f'{mark}"{one.name}":'))
        parts.append(_object_text(one) if isinstance(one, JsonObject) else _value_text(one.name, one))
        mark = ","
    return escaped.select(pl.concat_str(*parts, pl.lit(f"}}{end}"))).to_series()


def _object_text(one: JsonObject) -> pl.Expr:
    parts: list[pl.Expr] = []
    mark = "{"
    for member in one.members:
        parts += [pl.lit(f'{mark}"{member.name}":'), _value_text(one.column(member), member)]
        mark = ","
    is_filled = pl.any_horizontal(_filled(one.column(member), member).is_not_null() for member in one.members)
    return pl.when(is_filled).then(pl.concat_str(*parts, pl.lit("}"))).otherwise(_NULL)


def _filled(column: str, field: JsonField) -> pl.Expr:
    """The value, null when it is an empty text."""
    value = pl.col(column)
    return pl.when(value != "").then(value) if field.kind in _TEXTS else value


def _value_text(column: str, field: JsonField) -> pl.Expr:
    value = _filled(column, field)
    match field.kind:
        case JsonKind.INTEGER | JsonKind.CODE:
            text = value.cast(pl.String)
        case JsonKind.MONEY:
            text = value.cast(pl.Decimal(38, 2)).cast(pl.String)
        case JsonKind.DATE:
            text = _quoted(value.dt.to_string(DATE_FORMAT))
        case JsonKind.TIME:
            text = _quoted(value.dt.to_string(TIME_FORMAT))
        case _:
            text = _quoted(value)
    return text.fill_null(_NULL)


def _quoted(text: pl.Expr) -> pl.Expr:
    return pl.concat_str(pl.lit('"'), text, pl.lit('"'))


_TO_ESCAPE = r'["\\\x00-\x1F]'
_ESCAPES = {'"': '\\"', "\\": "\\\\", **{chr(code): f"\\u{code:04x}" for code in range(32)}}


def violations_of(layout: JsonLinesLayout) -> list[pl.Expr]:
    """For each column and rule an expression that is true where the value breaks it, named `column/code`."""
    return [
        is_wrong.fill_null(False).alias(f"{column}/{code}")
        for column, field in layout
        for is_wrong, code in _wrongs(column, field)
    ]


def _wrongs(column: str, field: JsonField) -> Iterator[tuple[pl.Expr, str]]:
    value = _filled(column, field)
    if field.is_required:
        yield value.is_null(), REQUIRED
    match field.kind:
        case JsonKind.INTEGER:
            yield ~value.is_between(-(10**INTEGER_DIGITS), 10**INTEGER_DIGITS, closed="none"), TOO_LARGE
        case JsonKind.MONEY:
            most = pl.lit(10**MONEY_DIGITS).cast(pl.Decimal(38, 2))
            yield ~value.cast(pl.Decimal(38, 2)).is_between(-most, most, closed="none"), TOO_LARGE
        case JsonKind.CODE:
            yield ~value.is_in(list(field.codes)), UNKNOWN_CODE
        case JsonKind.DATES:
            yield value.str.len_chars() > field.max_length, TOO_LONG
            yield ~value.str.contains(_DATES_SHAPE), NOT_DATES
        case JsonKind.TEXT if field.codes:
            yield ~value.is_in(list(field.codes)), UNKNOWN_CODE
        case JsonKind.TEXT:
            yield value.str.len_chars() > field.max_length, TOO_LONG
            yield value.str.contains(_FORBIDDEN), CONTROL_CHARACTER
        case _:
            pass
