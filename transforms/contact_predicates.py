"""Small questions about one contact. Columns are those of `contacts_that_count` and what `conduct` adds to them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time

import narwhals as nw

from schemas.policy import Policy
from transforms.local_time import second_of_day


def is_one_of(column: str, values: Sequence[str]) -> nw.Expr:
    """Whether a column has one of these values; never, when there are none, which not every engine can be asked."""
    return nw.col(column).is_in(values) if values else nw.lit(False)


def is_in_quiet_hours(policy: Policy) -> nw.Expr:
    """Whether `local_at` by `channel_code` falls into the quiet hours; their first second does, not their end."""
    second = second_of_day(nw.col("local_at"))
    begins, ends = _seconds(policy.conduct.quiet_from.value), _seconds(policy.conduct.quiet_until.value)
    is_after_begin, is_before_end = second >= begins, second < ends
    is_quiet = is_after_begin & is_before_end if begins < ends else is_after_begin | is_before_end
    return is_quiet & is_one_of("channel_code", policy.conduct.quiet_channels.value)


def is_with_third_party() -> nw.Expr:
    """Whether somebody else than the borrower was reached."""
    return nw.col("counterparty_code") == "third_party"


def is_borrower_reached(policy: Policy) -> nw.Expr:
    """Whether the outcome proves that the borrower was reached."""
    is_proof = is_one_of("contact_outcome_code", policy.effort.right_party_outcomes.value)
    return (nw.col("counterparty_code") == "borrower") & is_proof


def is_unreachable_sign(policy: Policy) -> nw.Expr:
    """Whether the outcome is a sign that the borrower can't be reached."""
    return is_one_of("contact_outcome_code", policy.effort.unreachable_outcomes.value)


def is_stopped(policy: Policy, stop_kind_code: str) -> nw.Expr:
    """Whether the row's stop is of that kind and held at `contacted_at`: its receipt inclusive, its lifting not."""
    at = nw.col("contacted_at")
    is_lifted = (nw.col("lifted_at") <= at).fill_null(False)
    holds = (nw.col("stop_kind_code") == stop_kind_code) & (nw.col("stopped_at") <= at) & ~is_lifted
    return is_one_of("channel_code", policy.conduct.stop_channels.value) & holds.fill_null(False)


def is_staff_due(policy: Policy) -> nw.Expr:
    """Whether a registered collector must stand for the contact."""
    return is_one_of("channel_code", policy.conduct.staffed_channels.value)


def is_registered() -> nw.Expr:
    """Whether the registration of the row's collector covers `local_on`, both ends inclusive; none covers no day."""
    day = nw.col("local_on")
    has_begun = (nw.col("registered_from_on") <= day).fill_null(False)
    return has_begun & (nw.col("registered_until_on") >= day).fill_null(True)


def is_recording_due(policy: Policy) -> nw.Expr:
    """Whether somebody was reached on a channel that must be recorded."""
    is_recorded_channel = is_one_of("channel_code", policy.conduct.recorded_channels.value)
    return is_recorded_channel & (nw.col("counterparty_code") != "nobody")


def is_recorded() -> nw.Expr:
    """Whether the recording that the contact names is there and of the same loan."""
    return (nw.col("recorded_loan_id") == nw.col("loan_id")).fill_null(False)


def is_attempt() -> nw.Expr:
    """Whether a contact is effort: lawful, and not with a third party."""
    return ~nw.col("is_unlawful") & ~is_with_third_party()


def _seconds(at: time) -> int:
    return at.hour * 3600 + at.minute * 60 + at.second
