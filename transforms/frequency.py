"""Contacts beyond what the limits of a policy allow."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import narwhals as nw

from schemas.policy import AfterTalkLimit, FrequencyLimit, Policy
from transforms.books import Frame
from transforms.calendar import day_number
from transforms.contact_predicates import is_borrower_reached, is_one_of

_ORDER = ("contacted_at", "contact_id")
_DAY = nw.col("day_number")
# A day before all others. An empty day would end the running maximum where it stands.
_NEVER = 0


def with_over_frequency(contacts: Frame, policy: Policy) -> Frame:
    """Contacts that count with `is_over_frequency`.

    True where at least as many as a limit allows come before within its days, or a conversation too few days ago. All
    contacts of a loan on the channels of the limit count, lawful or not, in the order of `contacted_at`, `contact_id`.
    """
    counted = contacts.with_columns(day_number(nw.col("local_on")).alias("day_number"))
    is_over = nw.lit(False)
    for within_days, limits in groupby(sorted(policy.conduct.frequency, key=_span), key=_span):
        counted, is_over_limit = _with_limits(counted, within_days, list(limits))
        is_over = is_over | is_over_limit
    if policy.conduct.after_talk is not None:
        counted, is_after_talk = _with_last_talk(counted, policy.conduct.after_talk, policy)
        is_over = is_over | is_after_talk
    return counted.with_columns(is_over.alias("is_over_frequency"))


def _with_limits(contacts: Frame, within_days: int, limits: Sequence[FrequencyLimit]) -> tuple[Frame, nw.Expr]:
    """Limits of one span share one ordering of the rows, as no channel is in two of them.

    A contact has `at_most` others before it in the span when the one that far before it lies in the span.
    """
    limit_no = f"limit_within_{within_days}"
    number, is_over = nw.lit(0), nw.lit(False)
    for position, limit in enumerate(limits, start=1):
        number = nw.when(is_one_of("channel_code", limit.channels)).then(nw.lit(position)).otherwise(number)
        before = _DAY.shift(limit.at_most.value).over("loan_id", limit_no, order_by=_ORDER)
        is_over = is_over | ((nw.col(limit_no) == position) & (_DAY - before < within_days).fill_null(False))
    return contacts.with_columns(number.alias(limit_no)), is_over


def _with_last_talk(contacts: Frame, limit: AfterTalkLimit, policy: Policy) -> tuple[Frame, nw.Expr]:
    """The day of the last conversation before each contact, the contact itself left out."""
    talk_day = nw.when(is_borrower_reached(policy)).then(_DAY).otherwise(nw.lit(_NEVER))
    talked = contacts.with_columns(
        is_one_of("channel_code", limit.channels).alias("is_after_talk_channel"), talk_day.alias("talk_day")
    )
    by_loan = ("loan_id", "is_after_talk_channel")
    before = talked.with_columns(nw.col("talk_day").shift(1).over(*by_loan, order_by=_ORDER).alias("talk_before"))
    last = before.with_columns(nw.col("talk_before").cum_max().over(*by_loan, order_by=_ORDER).alias("last_talk_day"))
    is_too_soon = (_DAY - nw.col("last_talk_day") < limit.days.value).fill_null(False)
    return last, nw.col("is_after_talk_channel") & is_too_soon


def _span(limit: FrequencyLimit) -> int:
    return limit.within_days
