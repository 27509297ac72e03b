"""Small questions about one field. Each is true where there is nothing to judge: emptiness has a rule of its own."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime

import narwhals as nw

UNREADABLE = "__unreadable"
IS_REPEATED = "__is_repeated"
AS_OF = "__as_of"
AS_OF_ENDS_AT = "__as_of_ends_at"


def has_parent_column(field: str) -> str:
    """Name of the column that says whether the key in `field` exists in the dataset that it refers to."""
    return f"__has_parent_{field}"


def holds_or_empty(condition: nw.Expr) -> nw.Expr:
    """Whether a condition holds, or an operand of it is empty."""
    return condition.fill_null(True)


def is_readable(field: str) -> nw.Expr:
    """Whether the cell could be parsed to the type of the field."""
    return ~nw.col(UNREADABLE).str.contains(f",{field},", literal=True)


def is_filled(field: str) -> nw.Expr:
    """Whether the cell holds a value. A cell that could not be parsed did hold one."""
    return ~nw.col(field).is_null() | ~is_readable(field)


def is_coded(field: str, codes: Iterable[str]) -> nw.Expr:
    """Whether the value is one of the codes."""
    return holds_or_empty(nw.col(field).is_in(tuple(codes)))


def is_match(field: str, pattern: str) -> nw.Expr:
    """Whether the whole text matches a pattern in the syntax that RE2 and Rust share."""
    return holds_or_empty(nw.col(field).str.contains(rf"\A(?:{pattern})\z"))


def is_at_least(field: str, minimum: int) -> nw.Expr:
    """Whether the number is the minimum or more."""
    return holds_or_empty(nw.col(field) >= minimum)


def is_on_or_after(field: str, day: date) -> nw.Expr:
    """Whether the date is not before a day."""
    return holds_or_empty(nw.col(field) >= day)


def is_at_or_after(field: str, day: date) -> nw.Expr:
    """Whether the instant is not before a day's start in UTC."""
    return holds_or_empty(nw.col(field) >= datetime(day.year, day.month, day.day, tzinfo=UTC))


def is_on_or_before_as_of(field: str) -> nw.Expr:
    """Whether the date is not after the business date."""
    return holds_or_empty(nw.col(field) <= nw.col(AS_OF))


def is_before_as_of_ends(field: str) -> nw.Expr:
    """Whether the instant is before the end of the business date in the time zone of the lender's books."""
    return holds_or_empty(nw.col(field) < nw.col(AS_OF_ENDS_AT))


def is_on_or_after_field(field: str, earlier_field: str) -> nw.Expr:
    """Whether a date or instant is not before another one of the same row."""
    return holds_or_empty(nw.col(field) >= nw.col(earlier_field))


def is_unique() -> nw.Expr:
    """Whether the row's key stands in no other row, or the row is the first of equal ones. Empty keys are no keys."""
    return ~nw.col(IS_REPEATED)


def has_parent(field: str) -> nw.Expr:
    """Whether the key exists in the dataset that it refers to."""
    return nw.col(has_parent_column(field)).fill_null(False) | nw.col(field).is_null()
