"""How values stand in records of the PBoC's credit reference centre: everything is text.

Amounts are whole yuan. Fractions are cut off, never rounded up:

- Nobody is told to owe more than he does, and the lender can show the cent for every yuan.
- Cutting keeps what the bureau asks of the amounts of a record: what was not more than another amount still isn't
  (principal overdue, all that is overdue), and parts never add up to more than their whole (the buckets of overdue
  principal). Rounding half up breaks the second: two buckets of 0.50 would become 1 and 1 of a whole of 1.
- An amount below one yuan would become 0. Where the bureau demands more than 0, which is only the total that is
  overdue, it becomes 1 (`yuan_at_least_one`). No part can exceed it then, as the parts are cut.

The public sources show whole amounts only and don't say how they are rounded; the institution's own guide decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import narwhals as nw

from schemas.dataset import Dataset
from schemas.field import FieldType
from transforms.bureaus.pboc import Institution
from transforms.money import AMOUNT, NOTHING

_FRACTION = r"\.[0-9]*$"


def yuan(amount: nw.Expr) -> nw.Expr:
    """An amount that is not negative in whole yuan, the fraction cut off."""
    return amount.cast(AMOUNT).cast(nw.String()).str.replace_all(_FRACTION, "")


def yuan_at_least_one(amount: nw.Expr) -> nw.Expr:
    """An amount in whole yuan, the fraction cut off; 1 for what is more than nothing and less than one yuan."""
    return nw.when((amount > NOTHING) & (amount < 1)).then(nw.lit("1")).otherwise(yuan(amount))


def day(value: nw.Expr) -> nw.Expr:
    """A date as `yyyy-mm-dd`."""
    return value.dt.to_string("%Y-%m-%d")


def count(value: nw.Expr) -> nw.Expr:
    """A whole number in digits."""
    return value.cast(nw.Int64()).cast(nw.String())


def is_untold(told_on: str, as_of: date) -> nw.Expr:
    """Whether the bureau was not told before `as_of`, by the column with the day on which it was.

    What it was told on that very day is told again by a record of that day: as the same record, or as its correction.
    """
    column = nw.col(told_on)
    return column.is_null() | (column >= as_of)


def own_code(institution: Institution, number: str) -> nw.Expr:
    """The lender's own number in a column as the bureau knows it: behind the segment code."""
    return nw.concat_str(nw.lit(institution.segment_code), nw.col(number))


def translated(column: str, table: Mapping[str, str]) -> nw.Expr:
    """The code that the table gives for the value of a column, nothing for a value that it doesn't have."""
    code = nw.lit(None, dtype=nw.String())
    for value, given in table.items():
        code = nw.when(nw.col(column) == value).then(nw.lit(given)).otherwise(code)
    return code


def facts(dataset: Dataset, segment: str, tags: Mapping[str, str]) -> dict[str, nw.Expr]:
    """Items of a segment that stand in the record as the facts say them: column of the record to text.

    Args:
        dataset: the contract of the facts.
        segment: element of the segment.
        tags: tag of the item to name of the fact.
    """
    return {f"{segment}.{tag}": fact(dataset, name) for tag, name in tags.items()}


def fact(dataset: Dataset, name: str) -> nw.Expr:
    """A fact as the record has it.

    Args:
        dataset: the contract of the facts.
        name: of the fact.
    """
    (kind,) = (field.type for field in dataset.fields if field.name == name)
    column = nw.col(name)
    if kind is FieldType.MONEY:
        return yuan(column)
    if kind is FieldType.DATE:
        return day(column)
    return count(column) if kind is FieldType.INTEGER else column
