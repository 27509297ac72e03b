"""Account status, payment rating and payment history: what the facts say of an account, else how late it is.

A charge-off outweighs a foreclosure, that a repossession, that a surrender, that a collection; what was paid in full
has the status of what it was before. A month of the history is told as its month end was, by the same rules.

Source: Credit Reporting Resource Guide, fields 17A, 17B, 18 and 25, as restated by public furnisher guides and by the
accuracy evaluators of the CFPB.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import narwhals as nw

from transforms.bureaus.metro2_checks.code_sets import BAD_RATINGS, LEAST_LATE_DAYS
from transforms.bureaus.metro2_lateness import month_end_column
from transforms.calendar import days_later

_RATED = ("05", "13", "65", "88", "89", "94", "95")
"""Statuses that the guide wants a rating with; 62 is among those that the CFPB looks at, and has none."""
_RATED_BY_PAST = ("05", "13")
_LINES = ("C", "O", "R")
"""Portfolios whose history tells a month with nothing owed apart."""
_NO_DATA = "D"
_RATING_THEN = nw.col("rating_then")


@dataclass(frozen=True)
class Event:
    """What a fact makes of an account.

    Attributes:
        fact: the day on which it happened.
        status: from then on, None when it shows only once the account is paid.
        paid_status: when it was paid in full afterwards.
        mark: of a month of the history, None for the code of lateness that it then had.
    """

    fact: str
    status: str | None
    paid_status: str
    mark: str | None


EVENTS: tuple[Event, ...] = (
    Event("charged_off_on", "97", "64", "L"),
    Event("foreclosed_on", "94", "65", "H"),
    Event("deed_in_lieu_on", "89", "65", None),
    Event("claim_filed_on", "88", "13", None),
    Event("repossessed_on", "96", "63", "K"),
    Event("surrendered_on", "95", "61", "J"),
    Event("collection_on", "93", "62", "G"),
    Event("foreclosure_started_on", None, "65", None),
)
"""In the order in which they outweigh each other."""


def paid_on(as_of: date) -> nw.Expr:
    """The day on which the account was paid or settled, over `settled_on` and `paid_off_on`; null when it was not."""
    return nw.when(_is_past("settled_on", as_of)).then(nw.col("settled_on")).otherwise(nw.col("paid_off_on"))


def judged_on(as_of: date) -> nw.Expr:
    """The day whose lateness the rating stands for, over `paid_on` and the facts.

    That of the event that outweighs the others; else the day before the account was paid or transferred; else `as_of`.
    """
    day = _end_on(as_of)
    for event in reversed(EVENTS):
        day = nw.when(_shows(event, as_of)).then(nw.col(event.fact)).otherwise(day)
    return day


def derogatory_on(as_of: date) -> nw.Expr:
    """The day whose lateness led to the status: of the first event, as the account is derogatory from then on.

    Payments after it change the status no more, and so not the first delinquency. Without an event as `judged_on`.
    """
    days = (nw.when(_shows(event, as_of)).then(nw.col(event.fact)) for event in EVENTS)
    first_on = nw.min_horizontal(*days)
    return nw.when(first_on.is_null()).then(_end_on(as_of)).otherwise(first_on)


def _end_on(as_of: date) -> nw.Expr:
    day: nw.Expr = nw.lit(as_of).cast(nw.Date)
    for fact in ("paid_on", "transferred_on"):
        day = nw.when(_is_past(fact, as_of)).then(days_later(nw.col(fact), -1)).otherwise(day)
    return day


def _shows(event: Event, as_of: date) -> nw.Expr:
    happened = _is_past(event.fact, as_of)
    return happened if event.status is not None else happened & _is_past("paid_on", as_of)


def account_status(as_of: date) -> nw.Expr:
    """Over `late_days_now` (null where the books don't tell it), `paid_on` and the facts."""
    late_days = nw.col("late_days_now")
    status = nw.when(late_days >= 0).then(nw.lit("11"))
    current: nw.Expr = status.otherwise(nw.lit(None, dtype=nw.String()))
    for late, least in LEAST_LATE_DAYS.items():
        current = nw.when(late_days >= least).then(nw.lit(late)).otherwise(current)
    paid: nw.Expr = nw.lit("13")
    for event in reversed(EVENTS):
        happened = _is_past(event.fact, as_of)
        paid = nw.when(happened).then(nw.lit(event.paid_status)).otherwise(paid)
        if event.status is not None:
            current = nw.when(happened).then(nw.lit(event.status)).otherwise(current)
    current = nw.when(_is_past("paid_on", as_of)).then(paid).otherwise(current)
    current = nw.when(_is_past("transferred_on", as_of)).then(nw.lit("05")).otherwise(current)
    deleted = nw.col("deletion_status")
    return nw.when(~deleted.is_null()).then(deleted).otherwise(current)


def payment_rating(as_of: date) -> nw.Expr:
    """Over `account_status`, `rating_then` (on the day judged) and the facts; null for a status without one."""
    code: nw.Expr = _RATING_THEN
    for fact, rating in (("collection_on", "G"), ("charged_off_on", "L")):
        is_rated_by_it = _is_past(fact, as_of) & nw.col("account_status").is_in(_RATED_BY_PAST)
        code = nw.when(is_rated_by_it).then(nw.lit(rating)).otherwise(code)
    return nw.when(nw.col("account_status").is_in(_RATED)).then(code)


def has_bad_rating() -> nw.Expr:
    """Whether a status that is not derogatory by itself is so by its rating."""
    return nw.col("account_status").is_in(_RATED_BY_PAST) & nw.col("payment_rating").is_in(BAD_RATINGS)


def payment_history(ends: Sequence[date]) -> nw.Expr:
    """The history, most recent month first, over the columns of `codes_at_month_ends` and the facts.

    Args:
        ends: the month ends before the day of the report, oldest first.
    """
    places = range(len(ends) - 1, -1, -1)
    return nw.concat_str(*(_month(place, ends[place]) for place in places))


def _month(place: int, end: date) -> nw.Expr:
    known = nw.col(month_end_column(place))
    is_line = nw.col("portfolio_type").is_in(_LINES).fill_null(False)
    mark = nw.when((known == "E") & ~is_line).then(nw.lit("0")).otherwise(known)
    mark = nw.when(_is_past("paid_on", end) | _is_past("transferred_on", end)).then(_RATING_THEN).otherwise(mark)
    for event in reversed(EVENTS):
        if event.mark is not None:
            mark = nw.when(_is_past(event.fact, end)).then(nw.lit(event.mark)).otherwise(mark)
        elif event.status is not None:
            mark = nw.when(_is_past(event.fact, end)).then(_RATING_THEN).otherwise(mark)
        else:
            mark = nw.when(_is_past(event.fact, end) & _is_past("paid_on", end)).then(nw.lit("H")).otherwise(mark)
    return nw.when(nw.col("opened_on") > end).then(nw.lit("B")).otherwise(mark.fill_null(_NO_DATA))


def _is_past(fact: str, day: date) -> nw.Expr:
    return (nw.col(fact) <= day).fill_null(False)
