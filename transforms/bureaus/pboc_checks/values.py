"""Values of records, which are text, as what they mean: expressions over the columns of `frames.prepared`.

A null is a tag that is not there, an empty text a tag without a value. A value that is not of its form has no clean
value, so it fires nothing but the check of its form.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import reduce
from operator import or_

import narwhals as nw

from transforms.calendar import days_later

_CLEAN, _HAS, _OF_TYPE, _ROWS = "clean ", "has ", "is ", "rows "

BASE, OPENING, PARTIES = "AcctBsSgmt", "AcctBsInfSgmt", "RltRepymtInfSgmt"
COLLATERAL, LIMIT, CREDITOR = "MotgaCltalCtrctInfSgmt", "AcctCredSgmt", "OrigCreditorInfSgmt"
MONTHLY, PLAN, BETWEEN, SPECIAL = "AcctMthlyBlgInfSgmt", "SpecPrdSgmt", "AcctDbtInfSgmt", "AcctSpecTrstDspnSgmt"
LIABILITY = "ActLbltyInfSgmt"

PARTY_GROUP, COLLATERAL_GROUP, TRANSACTION_GROUP = (
    f"{PARTIES}.RltRepymtInf",
    f"{COLLATERAL}.CccInf",
    f"{SPECIAL}.CagOfTrdInf",
)


def clean_name(column: str) -> str:
    """Column of the values of another that are of its form."""
    return _CLEAN + column


def has_name(element: str) -> str:
    """Column of whether a segment stands in the record with an item in it."""
    return _HAS + element


def type_name(account_type: str) -> str:
    """Column of whether the account is of a type."""
    return _OF_TYPE + account_type


def rows_name(path: str) -> str:
    """Column of how many rows of a group the record has, as text."""
    return _ROWS + path


def text(segment: str, tag: str) -> nw.Expr:
    """A value as it stands in the record, without spaces around it."""
    return nw.col(f"{segment}.{tag}")


def clean(segment: str, tag: str) -> nw.Expr:
    """A day, month or whole number that is of its form, still as text. Days and months compare as they are."""
    return nw.col(clean_name(f"{segment}.{tag}"))


def number(segment: str, tag: str) -> nw.Expr:
    """A whole number of up to 15 digits."""
    return clean(segment, tag).cast(nw.Int64)


def has(element: str) -> nw.Expr:
    """Whether a segment stands in the record with an item in it."""
    return nw.col(has_name(element))


def is_type(*account_types: str) -> nw.Expr:
    """Whether the account is of one of these types."""
    return any_of(*(nw.col(type_name(each)) for each in account_types))


def is_zero(value: nw.Expr) -> nw.Expr:
    """Whether a clean number is zero."""
    return value == "0"


def is_not_zero(value: nw.Expr) -> nw.Expr:
    """Whether a clean number is more than zero."""
    return value != "0"


def is_filled(value: nw.Expr) -> nw.Expr:
    """Whether there is a value."""
    return (value != "").fill_null(False)


def is_other_than(value: nw.Expr, codes: Collection[str]) -> nw.Expr:
    """Whether there is a value, and it is none of these."""
    return (value != "") & ~value.is_in(list(codes))


def any_of(*truths: nw.Expr) -> nw.Expr:
    """Whether one of them holds; null where none does and one is null."""
    return reduce(or_, truths)


def is_before_any(day: nw.Expr, *others: nw.Expr) -> nw.Expr:
    """Whether a clean day is before one of others."""
    return any_of(*(day < other for other in others))


def is_after_any(day: nw.Expr, *others: nw.Expr) -> nw.Expr:
    """Whether a clean day is after one of others."""
    return any_of(*(day > other for other in others))


def is_days_after(later: nw.Expr, earlier: nw.Expr, days: int) -> nw.Expr:
    """Whether a clean day is so many days after another, or more."""
    return days_later(_date(earlier), days) <= _date(later)


def months(month: nw.Expr) -> nw.Expr:
    """Months since the year 0 of a clean day or month: differences are whole calendar months."""
    return month.str.slice(0, 4).cast(nw.Int64) * 12 + month.str.slice(5, 2).cast(nw.Int64)


def month_of(day: nw.Expr) -> nw.Expr:
    """Month of a clean day."""
    return day.str.slice(0, 7)


def _date(day: nw.Expr) -> nw.Expr:
    return day.str.to_date("%Y-%m-%d")
