"""Calendar arithmetic on arrays. A day is a count from 1970-01-01, a month a count from 1970-01."""

from __future__ import annotations

from datetime import date

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Truths = npt.NDArray[np.bool_]

NEVER = 2**40
_EPOCH = date(1970, 1, 1).toordinal()


def day_of(value: date) -> int:
    """The day number of a date."""
    return value.toordinal() - _EPOCH


def month_of(value: date) -> int:
    """The month number of a date."""
    return (value.year - 1970) * 12 + value.month - 1


def day_in_month(month: Ints, day: Ints) -> Ints:
    """Day numbers of a day of the month, the last day where the month is shorter."""
    start = month.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    following = (month + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    days: Ints = start + np.minimum(day, following - start) - 1
    return days


def split(days: Ints) -> tuple[Ints, Ints]:
    """Month numbers and days of the month of day numbers."""
    month = days.astype("datetime64[D]").astype("datetime64[M]")
    start = month.astype("datetime64[D]").astype(np.int64)
    return month.astype(np.int64), days - start + 1


def plus_months(days: Ints, months: int) -> Ints:
    """Day numbers some calendar months later, on the last day where the month is shorter."""
    month, day = split(days)
    return day_in_month(month + months, day)


def last_day_over(as_of: int, months: int) -> int:
    """The latest first missed day that is more than `months` calendar months before `as_of`."""
    candidates = np.arange(as_of - 31 * months - 10, as_of, dtype=np.int64)
    return int(candidates[plus_months(candidates, months) < as_of].max())
