"""Texts of amounts, rates, counts and truths, parsed exactly. Whole columns in, null where a text can't be read."""

from __future__ import annotations

import polars as pl

_MONEY = pl.Decimal(18, 2)
_RATE = pl.Decimal(9, 6)

_PLAIN_AMOUNT = r"^-?[0-9]{1,16}(?:\.[0-9]{1,2})?$"
# Zeros beyond the second decimal are exact, any other digit there would have to be rounded.
_AMOUNT = r"^(?:[+-]?\s*[¥￥]?|[¥￥]\s*[+-])\s*(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.[0-9]{1,2}0*)?\s*元?$"
_INTEGER = r"^[+-]?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.0+)?$"
_SHARE = r"^\+?[0-9]{1,3}(?:\.[0-9]{1,6}0*)?$"
_PERCENT = r"^\+?[0-9]{1,5}(?:\.[0-9]{1,4}0*)?\s*%$"

_TRUTHS = {"true": True, "1": True, "y": True, "yes": True, "是": True} | {
    "false": False,
    "0": False,
    "n": False,
    "no": False,
    "否": False,
}


def parse_amounts(text: pl.Series) -> pl.Series:
    """Amounts in yuan with at most two decimals: `1,234.50`, `¥1234.5`, `-12 元`. Never rounded, no powers of ten."""
    if text.str.contains(_PLAIN_AMOUNT).all():
        return text.cast(_MONEY, strict=False)
    bare = _only_where(text, _AMOUNT).str.replace_all(r"[^0-9.-]", "")
    return bare.str.replace(r"(\.[0-9]{2})0+$", "${1}").cast(_MONEY, strict=False)


def parse_integers(text: pl.Series) -> pl.Series:
    """Whole numbers: `1234`, `1,234`, `-3`, `12.0`."""
    bare = _only_where(text, _INTEGER).str.replace_all(r"[,+]|\.0+$", "")
    return bare.cast(pl.Int64, strict=False)


def parse_rates(text: pl.Series) -> pl.Series:
    """Annual rates as shares with at most six decimals: `0.2399` or `23.99%`. A bare `23.99` is 2399 percent."""
    shares = _only_where(text, _SHARE).str.strip_prefix("+")
    percents = _only_where(text, _PERCENT).str.replace_all(r"[+%\s]", "")
    return (
        shares.fill_null(_two_places_left(percents)).str.replace(r"(\.[0-9]{6})0+$", "${1}").cast(_RATE, strict=False)
    )


def parse_truths(text: pl.Series) -> pl.Series:
    """Truths: true, false, 1, 0, y, n, yes, no, 是, 否 in any case."""
    return text.str.to_lowercase().replace_strict(_TRUTHS, default=None, return_dtype=pl.Boolean)


def _two_places_left(percents: pl.Series) -> pl.Series:
    """Move the decimal point in the text, so that dividing by a hundred stays exact."""
    whole = percents.str.extract(r"^([0-9]+)").str.zfill(3)
    decimals = percents.str.extract(r"\.([0-9]+)").fill_null("")
    return whole.str.head(-2) + "." + whole.str.tail(2) + decimals


def _only_where(text: pl.Series, pattern: str) -> pl.Series:
    return text.set(~text.str.contains(pattern).fill_null(value=True), None)
