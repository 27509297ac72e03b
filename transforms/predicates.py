"""Small questions about one row, from which counts and rules are made. Columns are named as in the contracts."""

from __future__ import annotations

import narwhals as nw

from schemas.policy import Policy
from transforms.calendar import days_later, months_later
from transforms.identifiers import ID_TYPES_OF_KIND, IS_RIGHT_NUMBER


def is_seriously_overdue(policy: Policy) -> nw.Expr:
    """Whether more than the policy's calendar months, and at least its days, passed since the first missed date."""
    numbers = policy.arrears
    is_long = nw.col("overdue_days") >= (0 if numbers.min_days is None else numbers.min_days.value)
    if numbers.over_months is None:
        return is_long
    return is_long & (months_later(nw.col("first_missed_on"), numbers.over_months.value) < nw.col("as_of"))


def is_young_enough(policy: Policy) -> nw.Expr:
    """Whether the arrears are not so old that nothing may be reported any more."""
    numbers = policy.arrears
    if numbers.max_age_months is None:
        return nw.col("overdue_days") >= 0
    ends_on = months_later(nw.col("first_missed_on"), numbers.max_age_months.value)
    if numbers.max_age_days is not None:
        ends_on = days_later(ends_on, numbers.max_age_days.value)
    return ends_on >= nw.col("as_of")


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
    """Whether the rate agreed at origination is not above the cap, if there is one."""
    cap = policy.exclusions.max_annual_rate
    return nw.col("annual_rate") >= 0 if cap is None else nw.col("annual_rate") <= cap.value


def is_unprotected(policy: Policy) -> nw.Expr:
    """Whether no protection of the policy covers the borrower."""
    return ~nw.col("protection_code").is_in(policy.exclusions.protections.value)


def is_identity_valid() -> nw.Expr:
    """Whether kind of borrower and of document fit each other, and the number its check digits."""
    kind, id_type, number = nw.col("borrower_kind"), nw.col("id_type"), nw.col("id_number")
    return nw.any_horizontal(
        *(
            (kind == each) & (id_type == its_type) & IS_RIGHT_NUMBER[its_type](number)
            for each, its_types in ID_TYPES_OF_KIND.items()
            for its_type in its_types
        ),
        ignore_nulls=False,
    )
