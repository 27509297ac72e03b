"""Whole numbers, dates and instants as digits, a column at a time: rows of ASCII digits in a matrix of bytes."""

from __future__ import annotations

from functools import cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Matrix: TypeAlias = npt.NDArray[np.uint8]
"""Rows of bytes, one row a segment."""
Whole: TypeAlias = npt.NDArray[np.int64]

ZERO, NINE = ord("0"), ord("9")
_GROUP = 10_000
_SECONDS = 1_000_000
_FIRST_YEAR, _LAST_YEAR = 1, 9999


def digits_of(values: Whole, width: int) -> Matrix:
    """Each value as `width` digits.

    Args:
        values: from 0 to below 10 to the power of `width`.
        width: number of digits, at most 16.
    """
    groups = (width + 3) // 4
    printed = np.empty((len(values), groups), np.uint32)
    rest = values
    for group in reversed(range(groups)):
        above = rest // _GROUP
        printed[:, group] = _four_digits()[rest - above * _GROUP]
        rest = above
    return printed.view(np.uint8)[:, 4 * groups - width :]


def number_of(digits: Matrix) -> Whole:
    """The value of each row of digits, at most 18 of them."""
    weights = 10 ** np.arange(digits.shape[1] - 1, -1, -1, dtype=np.int64)
    total: Whole = (digits - np.uint8(ZERO)).astype(np.int64) @ weights
    return total


def date_numbers(days: Whole) -> Whole:
    """MMDDYYYY of each day, as a number.

    Args:
        days: since 1970-01-01, within the years 1 to 9999.
    """
    first, table = _common_dates()
    at = days - first
    is_common = (at >= 0) & (at < len(table))
    if is_common.all():
        return table[at]
    return _date_numbers(days)


def days_of(numbers: Whole) -> tuple[Whole, npt.NDArray[np.bool_]]:
    """Days since 1970-01-01 of each MMDDYYYY, and whether there is such a day; zero where there is none."""
    month, day, year = numbers // 1_000_000, numbers // _GROUP % 100, numbers % _GROUP
    is_month = (month >= 1) & (month <= 12) & (year >= _FIRST_YEAR)
    months = np.where(is_month, (year - 1970) * 12 + month - 1, 0)
    starts = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    ends = (months + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    is_day = is_month & (day >= 1) & (day <= ends - starts)
    return np.where(is_day, starts + day - 1, 0), is_day


def is_printable_year(days: Whole) -> npt.NDArray[np.bool_]:
    """Whether the year of each day has a number from 1 to 9999."""
    first = np.datetime64(f"{_FIRST_YEAR:04d}-01-01", "D").astype(np.int64)
    last = np.datetime64(f"{_LAST_YEAR:04d}-12-31", "D").astype(np.int64)
    return (days >= first) & (days <= last)


def stamp_numbers(seconds: Whole) -> Whole:
    """MMDDYYYYHHMMSS of each instant, as a number; seconds since 1970-01-01 without a zone."""
    days = seconds // 86_400
    rest = seconds - days * 86_400
    clock = rest // 3600 * 10_000 + rest // 60 % 60 * 100 + rest % 60
    numbers: Whole = date_numbers(days) * _SECONDS + clock
    return numbers


def seconds_of(numbers: Whole) -> tuple[Whole, npt.NDArray[np.bool_]]:
    """Seconds since 1970-01-01 of each MMDDYYYYHHMMSS, and whether there is such an instant."""
    clock = numbers % _SECONDS
    hours, minutes, seconds = clock // 10_000, clock // 100 % 100, clock % 100
    days, is_day = days_of(numbers // _SECONDS)
    is_real = is_day & (hours < 24) & (minutes < 60) & (seconds < 60)
    return np.where(is_real, days * 86_400 + hours * 3600 + minutes * 60 + seconds, 0), is_real


def _date_numbers(days: Whole) -> Whole:
    date = days.astype("datetime64[D]")
    month = date.astype("datetime64[M]")
    months = month.astype(np.int64) + 1970 * 12
    day = (date - month).astype(np.int64) + 1
    numbers: Whole = (months % 12 + 1) * 1_000_000 + day * _GROUP + months // 12
    return numbers


@cache
def _common_dates() -> tuple[int, Whole]:
    """First of the days that nearly all dates are among, and MMDDYYYY of each."""
    first = int(np.datetime64("1850-01-01", "D").astype(np.int64))
    last = int(np.datetime64("2150-01-01", "D").astype(np.int64))
    return first, _date_numbers(np.arange(first, last, dtype=np.int64))


@cache
def _four_digits() -> npt.NDArray[np.uint32]:
    """The numbers below 10,000 as four ASCII digits each."""
    return np.frombuffer(b"".join(b"%04d" % number for number in range(_GROUP)), np.uint32)
