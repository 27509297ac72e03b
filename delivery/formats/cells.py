"""Cells of a bureau file: typed values to printed text, printed text to typed values, and what is wrong with a text.

Everything is a whole column at a time. Printed text is what a person would read: the guard against spreadsheet
formulas is put on and taken off by `guard_formulas` and `unguard_formulas`.
"""

from __future__ import annotations

import polars as pl

from schemas.bureaus.layout import Column, DelimitedLayout
from schemas.errors import ArrearsError
from schemas.errors.seal import RECORDS_LACK_COLUMNS
from schemas.field import FieldType

REQUIRED = "required"
TOO_LONG = "too_long"
CONTROL_CHARACTER = "control_character"
NOT_AN_INTEGER = "not_an_integer"
NOT_MONEY = "not_money"
NOT_A_DATE = "not_a_date"
UNKNOWN_CODE = "unknown_code"

MESSAGES = {
    REQUIRED: "must be filled",
    TOO_LONG: "is longer than the layout allows",
    CONTROL_CHARACTER: "holds a control, line-separating, direction-changing or undecodable character",
    NOT_AN_INTEGER: "is not a whole number",
    NOT_MONEY: "is not an amount with at most two decimals",
    NOT_A_DATE: "is not a date of the form yyyy-mm-dd",
    UNKNOWN_CODE: "is not in the code table",
}

# Control characters, the line separators of Unicode, marks that turn the reading direction, the byte order mark, and
# the character that a decoder leaves where it lost something.
_FORBIDDEN = r"[\p{Cc}\x{2028}\x{2029}\x{202A}-\x{202E}\x{2066}-\x{2069}\x{FEFF}\x{FFFD}]"

# What makes a spreadsheet take a cell for a formula, full-width forms included. Quotes before it are kept apart from
# the guard by guarding them as well, so that taking off one quote gives back the very text.
_FORMULA_START = r"^('*[=+\-@\t\r\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}])"
_GUARDED_START = r"^'('*[=+\-@\t\r\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}])"

_INTEGER_PATTERN = r"^-?(0|[1-9][0-9]{0,17})$"
_MONEY_PATTERN = r"^-?(0|[1-9][0-9]{0,15})(\.[0-9]{1,2})?$"
_DATE_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_MONEY = pl.Decimal(18, 2)


def print_cells(records: pl.DataFrame, layout: DelimitedLayout) -> pl.DataFrame:
    """The records as printed text, columns in the order of the layout. Empty text becomes null.

    Raises:
        ArrearsError: RECORDS_LACK_COLUMNS, naming the columns that are missing, extra or of another type.
    """
    _require_columns(records, layout)
    return records.select([_printed(column, layout).alias(column.name) for column in layout])


def parse_cells(printed: pl.DataFrame, layout: DelimitedLayout) -> pl.DataFrame:
    """Printed text without violations as typed records; dtypes are those of the layout's Arrow schema."""
    return printed.select([_parsed(column, layout).alias(column.name) for column in layout])


def violation_codes(printed: pl.DataFrame, layout: DelimitedLayout) -> pl.DataFrame:
    """For each cell the code of the first thing wrong with it, null where nothing is."""
    return printed.select([_first_violation(column, layout).alias(column.name) for column in layout])


def guard_formulas(printed: pl.DataFrame, layout: DelimitedLayout) -> pl.DataFrame:
    """Text that a spreadsheet would take for a formula gets a single quote before it."""
    return printed.with_columns(
        [pl.col(name).str.replace(_FORMULA_START, "'${1}") for name in _text_names(layout)],
    )


def unguard_formulas(printed: pl.DataFrame, layout: DelimitedLayout) -> pl.DataFrame:
    """Takes off the quote that `guard_formulas` put on; other text stays."""
    return printed.with_columns([pl.col(name).str.replace(_GUARDED_START, "${1}") for name in _text_names(layout)])


def _text_names(layout: DelimitedLayout) -> list[str]:
    return [column.name for column in layout if column.type is FieldType.TEXT]


def _require_columns(records: pl.DataFrame, layout: DelimitedLayout) -> None:
    missing = [name for name in layout.names if name not in records.columns]
    extra = [name for name in records.columns if name not in layout.names]
    mistyped = [
        column.name
        for column in layout
        if column.name in records.columns and not _has_type(records.schema[column.name], column.type)
    ]
    if missing or extra or mistyped:
        raise ArrearsError(
            RECORDS_LACK_COLUMNS, layout=layout.name, missing=missing, extra=extra, of_another_type=mistyped
        )


def _has_type(dtype: pl.DataType, wanted: FieldType) -> bool:
    match wanted:
        case FieldType.INTEGER:
            return dtype.is_integer()
        case FieldType.MONEY:
            return isinstance(dtype, pl.Decimal) and dtype.scale <= _MONEY.scale
        case FieldType.DATE:
            return dtype == pl.Date
        case FieldType.TRUTH:
            return dtype == pl.Boolean
        case _:
            return dtype == pl.String


def _printed(column: Column, layout: DelimitedLayout) -> pl.Expr:
    value = pl.col(column.name)
    match column.type:
        case FieldType.TEXT:
            return pl.when(value != "").then(value)
        case FieldType.MONEY:
            return value.cast(pl.Decimal(38, 2)).cast(pl.String)
        case FieldType.DATE:
            return value.dt.to_string("%Y-%m-%d")
        case FieldType.TRUTH:
            return (
                pl.when(value)
                .then(pl.lit(layout.true_text))
                .when(value.not_())
                .then(pl.lit(layout.false_text))
                .otherwise(None)
            )
        case _:
            return value.cast(pl.String)


def _parsed(column: Column, layout: DelimitedLayout) -> pl.Expr:
    text = pl.col(column.name)
    match column.type:
        case FieldType.INTEGER:
            return text.cast(pl.Int64)
        case FieldType.MONEY:
            return text.cast(_MONEY)
        case FieldType.DATE:
            return text.str.to_date("%Y-%m-%d")
        case FieldType.TRUTH:
            return text == layout.true_text
        case _:
            return text


def _first_violation(column: Column, layout: DelimitedLayout) -> pl.Expr:
    text = pl.col(column.name)
    checks: list[tuple[pl.Expr, str]] = []
    if column.is_required:
        checks.append((text.is_null(), REQUIRED))
    checks.append((text.str.len_chars() > column.max_length, TOO_LONG))
    match column.type:
        case FieldType.INTEGER:
            checks.append((~text.str.contains(_INTEGER_PATTERN), NOT_AN_INTEGER))
        case FieldType.MONEY:
            checks.append((~text.str.contains(_MONEY_PATTERN), NOT_MONEY))
        case FieldType.DATE:
            is_date = text.str.contains(_DATE_PATTERN) & text.str.to_date("%Y-%m-%d", strict=False).is_not_null()
            checks.append((~is_date, NOT_A_DATE))
        case FieldType.TRUTH:
            checks.append((~text.is_in([layout.true_text, layout.false_text]), UNKNOWN_CODE))
        case _:
            checks.append((text.str.contains(_FORBIDDEN), CONTROL_CHARACTER))
    if column.codes:
        checks.append((~text.is_in(list(column.codes)), UNKNOWN_CODE))
    return pl.coalesce([pl.when(is_wrong).then(pl.lit(code)) for is_wrong, code in checks])
