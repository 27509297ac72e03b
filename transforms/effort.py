"""Collection effort: what all contacts of a loan in arrears add up to, and where they broke the rules of conduct."""

from __future__ import annotations

from datetime import date, timedelta

import narwhals as nw

from schemas.codes import CHANNEL
from schemas.datasets import EFFORT
from schemas.policy import Policy
from transforms.books import Books, Frame
from transforms.calendar import add_months
from transforms.contract import select_dataset
from transforms.local_time import local, require_utc, start_of_day
from transforms.predicates import (
    is_attempt,
    is_borrower_reached,
    is_in_quiet_hours,
    is_unreachable_sign,
    is_with_third_party,
)

_COUNTS = (
    *(f"{channel}_attempts" for channel in CHANNEL),
    "right_party_contacts",
    "reached_contacts",
    "unreachable_signs",
    "quiet_hour_contacts",
    "third_party_contacts",
)


def effort_since_first_missed(books: Books, arrears: Frame, as_of: date, policy: Policy) -> Frame:
    """One row for every loan in arrears, zeros where nobody tried; contract `EFFORT`.

    A contact counts when its local day lies from the first missed date and from the look-back's first day to `as_of`,
    all inclusive. It is an attempt unless it fell into the quiet hours or was with a third party. Breaches of conduct
    are counted over all contacts. A borrower who was reached in the quiet hours is not lost.

    Raises:
        ValueError: the engine was opened with another time zone than UTC.
    """
    by_day = _by_day(_contacts_that_count(books.contacts, arrears, as_of, policy), policy)
    by_loan = by_day.group_by("loan_id").agg(
        *(nw.col(name).sum().alias(name) for name in (*_COUNTS, "attempts")),
        _count_where(nw.col("attempts") > 0).alias("attempt_days"),
        _count_where(_is_over_frequency(policy)).alias("over_frequency_days"),
        *(nw.col(f"{channel}_signs").sum().alias(f"{channel}_signs") for channel in CHANNEL),
        nw.col("last_contacted_at").max().alias("last_contacted_at"),
    )
    described = by_loan.with_columns(
        _channels_with("attempts").alias("channels_used"), _is_lost_contact(policy).alias("is_lost_contact")
    )
    complete = arrears.select("loan_id").join(described, on="loan_id", how="left")
    return select_dataset(complete.with_columns(_without_nulls()), EFFORT)


def _contacts_that_count(contacts: Frame, arrears: Frame, as_of: date, policy: Policy) -> Frame:
    require_utc(contacts, "contacted_at")
    zone = policy.time_zone
    first_on = add_months(as_of, -policy.effort.look_back_months.value)
    at = nw.col("contacted_at")
    return (
        contacts.filter(at >= start_of_day(first_on, zone), at < start_of_day(as_of + timedelta(days=1), zone))
        .select("loan_id", "contacted_at", "channel_code", "counterparty_code", "contact_outcome_code")
        .join(arrears.select("loan_id", "first_missed_on"), on="loan_id", how="inner")
        .with_columns(local(at, zone, first_on, as_of).alias("local_at"))
        .with_columns(nw.col("local_at").dt.date().alias("local_on"))
        .filter(nw.col("local_on") >= nw.col("first_missed_on"))
        .with_columns(
            is_in_quiet_hours(policy).alias("is_quiet"),
            is_with_third_party().alias("is_third"),
            is_borrower_reached(policy).alias("is_reached"),
            is_unreachable_sign(policy).alias("is_sign"),
        )
        .with_columns(is_attempt().alias("is_attempt"))
    )


def _by_day(contacts: Frame, policy: Policy) -> Frame:
    attempt, channel = nw.col("is_attempt"), nw.col("channel_code")
    return contacts.group_by("loan_id", "local_on").agg(
        _count_where(attempt).alias("attempts"),
        *(_count_where(attempt & (channel == code)).alias(f"{code}_attempts") for code in CHANNEL),
        *(_count_where(attempt & nw.col("is_sign") & (channel == code)).alias(f"{code}_signs") for code in CHANNEL),
        _count_where(attempt & nw.col("is_reached")).alias("right_party_contacts"),
        _count_where(nw.col("is_reached")).alias("reached_contacts"),
        _count_where(attempt & nw.col("is_sign")).alias("unreachable_signs"),
        _count_where(nw.col("is_quiet")).alias("quiet_hour_contacts"),
        _count_where(nw.col("is_third")).alias("third_party_contacts"),
        *(
            _count_where(channel.is_in(limit.channels)).alias(f"limited_{number}")
            for number, limit in enumerate(policy.conduct.frequency)
        ),
        nw.when(attempt).then(nw.col("contacted_at")).max().alias("last_contacted_at"),
    )


def _is_over_frequency(policy: Policy) -> nw.Expr:
    over = nw.lit(False)
    for number, limit in enumerate(policy.conduct.frequency):
        over = over | (nw.col(f"limited_{number}") > limit.per_day.value)
    return over


def _is_lost_contact(policy: Policy) -> nw.Expr:
    numbers = policy.effort
    return (
        (nw.col("reached_contacts") == 0)
        & (nw.col("unreachable_signs") >= numbers.min_unreachable_signs.value)
        & (_channels_with("signs") >= numbers.min_unreachable_channels.value)
    )


def _channels_with(what: str) -> nw.Expr:
    return nw.sum_horizontal(
        *(nw.when(nw.col(f"{channel}_{what}") > 0).then(nw.lit(1)).otherwise(nw.lit(0)) for channel in CHANNEL)
    )


def _without_nulls() -> list[nw.Expr]:
    """Zeros for loans without a contact that counts; only the instant of the last attempt stays empty."""
    return [
        nw.col(field.name).fill_null(False) if field.name == "is_lost_contact" else nw.col(field.name).fill_null(0)
        for field in EFFORT.fields
        if field.name not in EFFORT.primary_key and field.name not in EFFORT.optional
    ]


def _count_where(condition: nw.Expr) -> nw.Expr:
    return nw.when(condition).then(nw.lit(1)).otherwise(nw.lit(0)).sum()
