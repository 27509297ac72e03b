"""Texts of dates and instants, parsed by declared formats. Whole columns in, null where a text can't be read.

Each format is first turned into a pattern, because the engine's own parser is lenient with widths and blanks:
`2025131` or `25-1-5` would become dates that nobody meant.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise

import polars as pl

from schemas.errors import ArrearsError
from schemas.errors.extract import SOURCE_BOOK_INVALID

_MIDNIGHTS = ("", " 00:00:00", "T00:00:00", " 00:00:00.0", " 00:00:00.000")
_ISO_DATES = tuple(f"%Y-%m-%d{midnight}" for midnight in _MIDNIGHTS)
_ISO_INSTANTS = tuple(
    f"%Y-%m-%d{between}{clock}{offset}"
    for offset in ("", "%z")
    for clock in ("%H:%M:%S", "%H:%M:%S.%f", "%H:%M")
    for between in (" ", "T")
)

_WIDE = {
    "Y": "[0-9]{4}",
    "m": "[0-9]{1,2}",
    "d": "[0-9]{1,2}",
    "H": "[0-9]{1,2}",
    "M": "[0-9]{1,2}",
    "S": "[0-5]?[0-9]",
    "I": "[0-9]{1,2}",
    "y": "[0-9]{2}",
    "j": "[0-9]{3}",
    "f": "[0-9]{1,6}0*",
    "b": "[A-Za-z]{3}",
    "B": "[A-Za-z]{3,9}",
    "p": "[AaPp][Mm]",
    "z": "[+-][0-9]{2}:?[0-9]{2}",
    "%": "%",
}
_TIGHT = _WIDE | dict.fromkeys("mdHMI", "[0-9]{2}") | {"S": "[0-5][0-9]"}
_NUMBERS = frozenset(f"%{letter}" for letter in "YmdHMSIyjf")
_TOKEN = re.compile(r"%.|[^%]", re.DOTALL)


def parse_dates(text: pl.Series, formats: tuple[str, ...]) -> pl.Series:
    """Dates by the formats, tried in order; ISO when there are none. A time of day in a declared format is dropped."""
    return _first_match(text, formats or _ISO_DATES, pl.Date())


def parse_instants(text: pl.Series, formats: tuple[str, ...], time_zone: str) -> pl.Series:
    """Instants in UTC by the formats, tried in order; ISO when there are none.

    A text without an offset is local time of `time_zone`. Local times that the zone never showed, or showed twice,
    can't be read.
    """
    tried = formats or _ISO_INSTANTS
    if text.str.ends_with("Z").any():
        text = text.str.replace(r"\s?Z$", "+00:00")
    local = _first_match(text, tuple(each for each in tried if "%z" not in each), pl.Datetime("us"))
    instants = _to_utc(local, time_zone)
    left = text.set(local.is_not_null(), None)
    with_offset = tuple(each for each in tried if "%z" in each)
    if not with_offset or left.null_count() == len(left):
        return instants
    return instants.fill_null(_first_match(left, with_offset, pl.Datetime("us", "UTC")))


def _to_utc(local: pl.Series, time_zone: str) -> pl.Series:
    return local.dt.replace_time_zone(time_zone, ambiguous="null", non_existent="null").dt.convert_time_zone("UTC")


def _first_match(text: pl.Series, formats: tuple[str, ...], kind: pl.Date | pl.Datetime) -> pl.Series:
    found = pl.Series(text.name, [None], dtype=kind).new_from_index(0, len(text))
    left = text
    for each in formats:
        if left.null_count() == len(left):
            break
        pattern, engine_format = _understood(each)
        shaped = left.set(~left.str.contains(pattern).fill_null(value=True), None)
        parsed = shaped.str.strptime(kind, engine_format, strict=False)
        found = found.fill_null(parsed)
        left = left.set(parsed.is_not_null(), None)
    return found


@cache
def _understood(date_format: str) -> tuple[str, str]:
    """The pattern of texts in this format, and the format in the engine's letters.

    Numbers may lack leading zeros unless a digit follows or precedes at once.

    Raises:
        ArrearsError: `SOURCE_BOOK_INVALID`, the format has a letter that is not known here.
    """
    tokens = _TOKEN.findall(date_format)
    unknown = [token for token in tokens if token.startswith("%") and token[1:] not in _WIDE]
    joined = date_format.replace(".%f", "")
    if unknown or "%f" in joined or "".join(tokens) != date_format:
        raise ArrearsError(SOURCE_BOOK_INVALID, date_format=date_format, reason="letters that can't be used")
    is_number = [token.isdigit() or token in _NUMBERS for token in tokens]
    touches = [False] * len(tokens)
    for index, (one, other) in enumerate(pairwise(is_number)):
        touches[index] |= one and other
        touches[index + 1] |= one and other
    pattern = "".join(
        (_TIGHT if tight else _WIDE)[token[1:]] if token.startswith("%") else re.escape(token)
        for token, tight in zip(tokens, touches, strict=True)
    )
    return rf"\A(?:{pattern})\z", date_format.replace(".%f", "%.f")
