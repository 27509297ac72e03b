"""Calendar months and days, as expressions and for single dates. Months end where the shorter month ends."""

from __future__ import annotations

from calendar import monthrange
from datetime import date

import narwhals as nw


def add_months(day: date, months: int) -> date:
    """The same day of another month, or its last day if that is shorter: 31 August + 6 is the end of February."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def months_later(day: nw.Expr, months: int) -> nw.Expr:
    """`add_months` for a column of dates."""
    return day.dt.offset_by(f"{months}mo").cast(nw.Date)


def days_later(day: nw.Expr, days: int) -> nw.Expr:
    """A column of dates moved by calendar days."""
    return day.dt.offset_by(f"{days}d").cast(nw.Date)


def day_number(day: nw.Expr) -> nw.Expr:
    """Days since 0001-01-01, counted from 1, as `date.toordinal`: differences are exact and alike on all engines."""
    years = day.dt.year().cast(nw.Int64) - 1
    return years * 365 + years // 4 - years // 100 + years // 400 + day.dt.ordinal_day().cast(nw.Int64)


def days_until(day: nw.Expr, end: date) -> nw.Expr:
    """Calendar days from a column of dates to one date."""
    return nw.lit(end.toordinal()) - day_number(day)


def month_number(day: nw.Expr) -> nw.Expr:
    """Months since the year 0: differences are whole calendar months."""
    return day.dt.year().cast(nw.Int64) * 12 + day.dt.month().cast(nw.Int64)


def full_months_until(day: nw.Expr, end: date) -> nw.Expr:
    """Most calendar months that can be added to a date without passing `end`."""
    months = nw.lit(end.year * 12 + end.month) - month_number(day)
    if end.day == monthrange(end.year, end.month)[1]:
        return months
    return nw.when(day.dt.day() > end.day).then(months - 1).otherwise(months)
