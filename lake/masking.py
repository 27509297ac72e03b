"""Values as people and logs may see them."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from schemas.field import Field, FieldType, Sensitivity

MASK = "***"
_MOST_CHARACTERS = 60


class _Shown(NamedTuple):
    first: int
    last: int
    least_length: int


# Anything else that is identity shows nothing at all.
_SHOWN = {
    "name": _Shown(1, 0, 2),
    "id_number": _Shown(1, 2, 10),
    "mobile": _Shown(3, 2, 10),
    "email": _Shown(1, 0, 6),
}


def mask(value: pl.Expr, field: Field) -> pl.Expr:
    """The value of a field as text: of identity at most the ends, of other text nothing that looks like identity."""
    text = value.cast(pl.String)
    if field.sensitivity is not Sensitivity.IDENTITY:
        return _mask_text(text, field)
    shown = _SHOWN.get(field.name)
    if shown is None:
        return pl.when(text.is_not_null()).then(pl.lit(MASK))
    ends = pl.concat_str(text.str.head(shown.first), pl.lit(MASK), text.str.tail(shown.last))
    return pl.when(text.str.len_chars() >= shown.least_length).then(ends).when(text.is_not_null()).then(pl.lit(MASK))


def masked(value: str | None, field: Field) -> str | None:
    """The same for one value."""
    result: str | None = pl.select(mask(pl.lit(value, dtype=pl.String), field)).item()
    return result


def mask_unknown(text: pl.Expr) -> pl.Expr:
    """A text of which nobody knows what it is, such as a cell that could not be parsed or stands in the wrong column.

    Shortened, without addresses, long runs of letters and digits (telephone and identity numbers) and runs of Han
    characters (names).
    """
    return _without_numbers(text.str.replace_all(r"(\p{Han})\p{Han}+", "${1}" + MASK))


def _mask_text(text: pl.Expr, field: Field) -> pl.Expr:
    if field.type is not FieldType.TEXT:
        return text
    # An unknown word for a code must be seen to be added to the table.
    return _without_numbers(text) if field.codes else mask_unknown(text)


def _without_numbers(text: pl.Expr) -> pl.Expr:
    return (
        text.str.replace_all(r"[^\s@]+@[^\s@]+", MASK)
        .str.replace_all(r"([0-9A-Za-z]{3})[0-9A-Za-z]{8,}", "${1}" + MASK)
        .str.replace_all(r"[\x00-\x1f\x7f]+", " ")
        .str.head(_MOST_CHARACTERS)
    )
