"""The grace period: calendar months in which the borrower may still pay after the notice was delivered."""

from __future__ import annotations

from datetime import date

import narwhals as nw

from schemas.policy import Policy
from transforms.calendar import add_months, months_later


def grace_end_of(delivered_on: date, policy: Policy) -> date:
    """The last day of the grace period of a notice delivered on that local day."""
    return add_months(delivered_on, policy.grace.months.value)


def grace_ends_on(delivered_on: nw.Expr, policy: Policy) -> nw.Expr:
    """`grace_end_of` for a column of dates."""
    return months_later(delivered_on, policy.grace.months.value)


def has_grace_ended(ends_on: nw.Expr, as_of: date) -> nw.Expr:
    """Whether the last day of the grace period is past; false where no notice was delivered."""
    return (ends_on < as_of).fill_null(False)
