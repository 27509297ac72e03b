"""Collection effort: what all contacts of a loan in arrears add up to, and where they broke the rules of conduct."""

from __future__ import annotations

from datetime import date

import narwhals as nw

from schemas.codes import CHANNEL
from schemas.datasets import EFFORT
from schemas.policy import Policy
from transforms.books import Books, Frame
from transforms.contact_predicates import is_attempt, is_borrower_reached, is_one_of, is_unreachable_sign
from transforms.contacts import contacts_that_count
from transforms.contract import select_dataset

UNLAWFUL: tuple[str, ...] = ("E0301", "E0302", "E0304", "E0305", "E0308")
"""Rules whose breach makes a contact no attempt: what was not lawful is no effort."""

_BREACHES = {
    "quiet_hour_contacts": "E0301",
    "over_frequency_contacts": "E0302",
    "third_party_contacts": "E0303",
    "stopped_contacts": "E0304",
    "represented_contacts": "E0305",
    "unregistered_contacts": "E0306",
    "unrecorded_contacts": "E0307",
    "language_breaches": "E0308",
}


def effort_since_first_missed(books: Books, arrears: Frame, conduct: Frame, as_of: date, policy: Policy) -> Frame:
    """One row for every loan in arrears, zeros where nobody tried; contract `EFFORT`.

    Args:
        books: of the business date.
        arrears: contract `ARREARS`.
        conduct: contacts at fault; contract `CONDUCT_FINDINGS`.
        as_of: business date.
        policy: that says what reaches a borrower and what is a sign that nobody can.

    Raises:
        ValueError: the engine was opened with another time zone than UTC.
    """
    by_loan = _effort(contacts_that_count(books, arrears, as_of, policy), conduct, policy)
    complete = (
        arrears.select("loan_id")
        .join(by_loan, on="loan_id", how="left")
        .join(_breaches(conduct), on="loan_id", how="left")
    )
    return select_dataset(complete.with_columns(_without_nulls()), EFFORT)


def _effort(contacts: Frame, conduct: Frame, policy: Policy) -> Frame:
    unlawful = conduct.filter(is_one_of("rule_id", UNLAWFUL)).group_by("contact_id").agg(nw.len().alias("faults"))
    judged = (
        contacts.join(unlawful, on="contact_id", how="left")
        .with_columns((~nw.col("faults").is_null()).alias("is_unlawful"))
        .with_columns(
            is_attempt().alias("is_attempt"),
            is_borrower_reached(policy).alias("is_reached"),
            is_unreachable_sign(policy).alias("is_sign"),
        )
    )
    signs = nw.sum_horizontal(*(nw.col(f"{channel}_signs") for channel in CHANNEL))
    by_loan = _counts(judged).with_columns(signs.alias("unreachable_signs"))
    return by_loan.with_columns(
        _attempt_days().alias("attempt_days"),
        _channels_with("attempts").alias("channels_used"),
        _is_lost_contact(policy).alias("is_lost_contact"),
    )


def _counts(judged: Frame) -> Frame:
    attempt, channel = nw.col("is_attempt"), nw.col("channel_code")
    sign = attempt & nw.col("is_sign")
    return judged.group_by("loan_id").agg(
        nw.len().alias("contacts"),
        _count_where(attempt).alias("attempts"),
        *(_count_where(attempt & (channel == code)).alias(f"{code}_attempts") for code in CHANNEL),
        *(_count_where(sign & (channel == code)).alias(f"{code}_signs") for code in CHANNEL),
        _count_where(attempt & nw.col("is_reached")).alias("right_party_contacts"),
        _count_where(nw.col("is_reached")).alias("reached_contacts"),
        nw.when(attempt).then(nw.col("local_on")).n_unique().alias("days"),
        nw.when(attempt).then(nw.col("contacted_at")).max().alias("last_contacted_at"),
    )


def _attempt_days() -> nw.Expr:
    """Distinct days of attempts: among `days`, contacts that are no attempt count as one day more."""
    has_others = nw.col("contacts") > nw.col("attempts")
    return nw.col("days") - nw.when(has_others).then(nw.lit(1)).otherwise(nw.lit(0))


def _breaches(conduct: Frame) -> Frame:
    return conduct.group_by("loan_id").agg(
        *(_count_where(nw.col("rule_id") == rule_id).alias(name) for name, rule_id in _BREACHES.items())
    )


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
    return nw.when(condition).then(nw.lit(1)).count()
