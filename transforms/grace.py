"""The grace period: calendar months or days in which the borrower may still pay after the notice was delivered."""

from __future__ import annotations

from datetime import date, timedelta

import narwhals as nw

from schemas.policy import Policy
from transforms.calendar import add_months, days_later, months_later


def grace_end_of(delivered_on: date, policy: Policy) -> date:
    """The last day of the grace period of a notice delivered on that local day."""
    if policy.grace.days is not None:
        return delivered_on + timedelta(days=policy.grace.days.value)
    return add_months(delivered_on, _months(policy))


def grace_ends_on(delivered_on: nw.Expr, policy: Policy) -> nw.Expr:
    """`grace_end_of` for a column of dates."""
    if policy.grace.days is not None:
        return days_later(delivered_on, policy.grace.days.value)
    return months_later(delivered_on, _months(policy))


def has_grace_ended(ends_on: nw.Expr, as_of: date) -> nw.Expr:
    """Whether the last day of the grace period is past; false where no notice was delivered."""
    return (ends_on < as_of).fill_null(False)


def _months(policy: Policy) -> int:
    if policy.grace.months is None:
        raise ValueError("a policy says in months or in days how long the grace period is")
    return policy.grace.months.value
