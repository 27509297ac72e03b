"""Small questions about one row, from which counts and rules are made. Columns are named as in the contracts."""

from __future__ import annotations

from datetime import time

import narwhals as nw

from schemas.policy import Policy
from transforms.calendar import months_later
from transforms.identifiers import is_resident_id, is_uscc
from transforms.local_time import second_of_day


def is_in_quiet_hours(policy: Policy) -> nw.Expr:
    """Whether `local_at` by `channel_code` falls into the quiet hours; their first second does, not their end."""
    second = second_of_day(nw.col("local_at"))
    begins, ends = _seconds(policy.conduct.quiet_from.value), _seconds(policy.conduct.quiet_until.value)
    is_after_begin, is_before_end = second >= begins, second < ends
    is_quiet = is_after_begin & is_before_end if begins < ends else is_after_begin | is_before_end
    return is_quiet & nw.col("channel_code").is_in(policy.conduct.quiet_channels.value)


def is_with_third_party() -> nw.Expr:
    """Whether somebody else than the borrower was reached."""
    return nw.col("counterparty_code") == "third_party"


def is_borrower_reached(policy: Policy) -> nw.Expr:
    """Whether the outcome proves that the borrower was reached."""
    outcome = nw.col("contact_outcome_code")
    return (nw.col("counterparty_code") == "borrower") & outcome.is_in(policy.effort.right_party_outcomes.value)


def is_unreachable_sign(policy: Policy) -> nw.Expr:
    """Whether the outcome is a sign that the borrower can't be reached."""
    return nw.col("contact_outcome_code").is_in(policy.effort.unreachable_outcomes.value)


def is_attempt() -> nw.Expr:
    """Whether a contact counts as an attempt: outside the quiet hours and not with a third party."""
    return ~nw.col("is_quiet") & ~nw.col("is_third")


def is_overdue_for_more_than(months: int) -> nw.Expr:
    """Whether the first missed date plus so many calendar months is before `as_of`."""
    return months_later(nw.col("first_missed_on"), months) < nw.col("as_of")


def is_amount_worth_a_report(policy: Policy) -> nw.Expr:
    """Whether the overdue amount reaches the floor of the borrower's kind."""
    kind, amount = nw.col("borrower_kind"), nw.col("overdue_amount")
    is_person = (kind == "person") & (amount >= policy.amounts.person_floor.value)
    is_enterprise = (kind == "enterprise") & (amount >= policy.amounts.enterprise_floor.value)
    return is_person | is_enterprise


def is_collection_made(policy: Policy) -> nw.Expr:
    """Whether attempts, days and channels all reach the least that the policy asks for."""
    numbers = policy.effort
    return (
        (nw.col("attempts") >= numbers.min_attempts.value)
        & (nw.col("attempt_days") >= numbers.min_days.value)
        & (nw.col("channels_used") >= numbers.min_channels.value)
    )


def is_reached_or_lost() -> nw.Expr:
    """Whether the borrower was reached, or is demonstrably lost."""
    return (nw.col("right_party_contacts") > 0) | nw.col("is_lost_contact")


def is_unwilling_or_sentenced() -> nw.Expr:
    """Whether ability to pay and refusal are both documented, or a judgment is in effect."""
    return (nw.col("is_ability_documented") & nw.col("is_refusal_documented")) | nw.col("has_judgment")


def is_product_reported(policy: Policy) -> nw.Expr:
    """Whether loans of this product may be reported."""
    return nw.col("product_code").is_in(policy.exclusions.allowed_products.value)


def is_rate_lawful(policy: Policy) -> nw.Expr:
    """Whether the rate agreed at origination is not above the cap."""
    return nw.col("annual_rate") <= policy.exclusions.max_annual_rate.value


def is_unprotected(policy: Policy) -> nw.Expr:
    """Whether no protection of the policy covers the borrower."""
    return ~nw.col("protection_code").is_in(policy.exclusions.protections.value)


def is_identity_valid() -> nw.Expr:
    """Whether kind of borrower and of document fit each other, and the number its check digits."""
    kind, id_type, number = nw.col("borrower_kind"), nw.col("id_type"), nw.col("id_number")
    is_person = (kind == "person") & (id_type == "resident_id") & is_resident_id(number)
    is_enterprise = (kind == "enterprise") & (id_type == "uscc") & is_uscc(number)
    return is_person | is_enterprise


def _seconds(at: time) -> int:
    return at.hour * 3600 + at.minute * 60 + at.second
