"""Loans and instalments, and the day on which each instalment is paid, over the whole time of the story."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sandbox.lender.days import NEVER, Ints, Truths, day_in_month, last_day_over, split
from sandbox.lender.profiles import (
    NAMES,
    PROFILES,
    Depth,
    Outcome,
    assign_outcomes,
    assign_profiles,
    has_trait,
    trait,
)

PRODUCTS = ("consumer", "business", "car", "student", "down_payment")
PENALTY_PER_MILLION_A_DAY = 500
MONTHS_OVER = 6
LAST_GRACE_DAY = 55

_TERMS = np.array([6, 9, 12, 18, 24, 36], dtype=np.int64)
_TERM_SHARES = (0.15, 0.1, 0.3, 0.15, 0.2, 0.1)
_PERSON_PRODUCT_SHARES = (0.80, 0.07, 0.08, 0.03, 0.02)
_REPORTABLE_PRODUCT_SHARES = (0.84, 0.08, 0.08, 0.0, 0.0)


@dataclass(frozen=True)
class Book:
    """A block of loans; arrays of the same length belong together.

    Attributes:
        first_number: number of the first loan, which makes its key.
        first_as_of: day number of the first business date; all else hangs on it.
        profile: index into `PROFILES`, one a loan.
        outcome: `Outcome` of the grace period, one a loan.
        event_day: when the outcome happens or a mild loan is cured, `NEVER` when nothing does.
        borrower: row of the loan whose borrower owes, mostly the loan itself.
        is_enterprise: whether the borrower is an enterprise.
        product: index into `PRODUCTS`.
        principal: cents.
        rate: annual rate in millionths.
        disbursed: day number.
        matures: day number.
        terms: number of instalments.
        first_missed: day number of the oldest instalment that is unpaid at the first business date, `NEVER` when none.
        loan: loan row of each instalment.
        number: of each instalment, from 1.
        due: day number of each instalment.
        principal_due: cents.
        interest_due: cents.
        fee_due: cents.
        paid: day number on which the instalment is paid, `NEVER` when it is not.
        schedule: version of the schedule of each instalment, from 1; the highest is in force on all business dates.
        replaced: day number from which another version is in force, `NEVER` for instalments of the one in force.
    """

    first_number: int
    first_as_of: int
    profile: Ints
    outcome: Ints
    event_day: Ints
    borrower: Ints
    is_enterprise: Truths
    product: Ints
    principal: Ints
    rate: Ints
    disbursed: Ints
    matures: Ints
    terms: Ints
    first_missed: Ints
    loan: Ints
    number: Ints
    due: Ints
    principal_due: Ints
    interest_due: Ints
    fee_due: Ints
    paid: Ints
    schedule: Ints
    replaced: Ints

    @property
    def loans(self) -> int:
        """How many loans."""
        return len(self.profile)

    def rows(self, name: str) -> Ints:
        """Rows of the loans of one profile."""
        return np.flatnonzero(self.profile == NAMES.index(name))

    def penalty(self, as_of: Ints | int) -> Ints:
        """Penalty interest in cents charged on each instalment up to a day, its payment or another schedule."""
        until = np.minimum(np.minimum(self.paid, self.replaced), as_of)
        late_days = np.maximum(until - self.due, 0)
        return (self.principal_due + self.interest_due) * late_days * PENALTY_PER_MILLION_A_DAY // 1_000_000


@dataclass(frozen=True)
class _Times:
    """When the instalments of each loan fall due: day of the month, month of the first one, first one missed."""

    due_day: Ints
    first_month: Ints
    terms: Ints
    missed_number: Ints
    missed_day: Ints


def make_book(rng: np.random.Generator, *, loans: int, first_number: int, first_as_of: int) -> Book:
    """Make up a block of loans.

    Args:
        rng: source of chance, used up in a fixed order.
        loans: number of loans, at least 200 so that each profile has its place.
        first_number: number of the first loan.
        first_as_of: day number of the first business date.
    """
    profile = assign_profiles(rng, loans)
    depth = trait(profile, "depth")
    borrower = _borrowers(rng, depth)
    is_enterprise = ((rng.random(loans) < 0.05) & ~has_trait(profile, "is_person"))[borrower]
    outcome = assign_outcomes(rng, profile, ~is_enterprise)
    times = _times(rng, profile, first_as_of)
    principal = _principals(rng, profile, is_enterprise, times, first_as_of)
    rate = _rates(rng, profile)
    event_day = _event_days(rng, depth, outcome, first_as_of)

    loan = np.repeat(np.arange(loans, dtype=np.int64), times.terms)
    number = np.arange(len(loan), dtype=np.int64) - np.repeat(np.cumsum(times.terms) - times.terms, times.terms) + 1
    due = day_in_month(times.first_month[loan] + number - 1, times.due_day[loan])
    each = principal // times.terms
    is_last = number == times.terms[loan]
    principal_due = np.where(is_last, principal[loan] - each[loan] * (number - 1), each[loan])
    remaining = principal[loan] - each[loan] * (number - 1)
    has_fee = rng.random(loans) < 0.3
    return Book(
        first_number=first_number,
        first_as_of=first_as_of,
        profile=profile,
        outcome=outcome,
        event_day=event_day,
        borrower=borrower,
        is_enterprise=is_enterprise,
        product=_products(rng, profile, is_enterprise),
        principal=principal,
        rate=rate,
        disbursed=day_in_month(times.first_month - 1, times.due_day),
        matures=day_in_month(times.first_month + times.terms - 1, times.due_day),
        terms=times.terms,
        first_missed=times.missed_day,
        loan=loan,
        number=number,
        due=due,
        principal_due=principal_due,
        interest_due=(remaining * rate[loan] + 6_000_000) // 12_000_000,
        fee_due=np.where(has_fee, principal // 1_000, 0)[loan],
        paid=_paid(rng, due, number >= times.missed_number[loan], event_day[loan], outcome[loan]),
        schedule=np.ones(len(loan), dtype=np.int64),
        replaced=np.full(len(loan), NEVER, dtype=np.int64),
    )


def _borrowers(rng: np.random.Generator, depth: Ints) -> Ints:
    """One borrower a loan, but every twelfth healthy loan is a further one of somebody who has one already."""
    own = np.arange(len(depth), dtype=np.int64)
    is_further = (depth == Depth.HEALTHY) & (rng.random(len(depth)) < 0.08)
    firsts = np.flatnonzero(~is_further)
    return np.where(is_further, firsts[rng.integers(0, len(firsts), len(depth))], own)


def _times(rng: np.random.Generator, profile: Ints, first_as_of: int) -> _Times:
    loans = len(profile)
    depth = trait(profile, "depth")
    terms = _TERMS[rng.choice(len(_TERMS), loans, p=_TERM_SHARES)]
    as_of_month = int(split(np.array([first_as_of]))[0][0])
    missed_day = _missed_days(rng, profile, first_as_of, as_of_month)
    missed_month, day_of_missed = split(missed_day)
    is_mild = depth == Depth.MILD
    missed_number = 1 + (rng.random(loans) * np.where(is_mild, terms, (terms + 1) // 2)).astype(np.int64)
    age = 1 + (rng.random(loans) * (terms + 6)).astype(np.int64)
    is_healthy = depth == Depth.HEALTHY
    day = rng.integers(1, 32, loans)
    due_day = np.where(is_healthy, np.where(day > 28, rng.integers(1, 29, loans), day), day_of_missed)
    return _Times(
        due_day=due_day,
        first_month=np.where(is_healthy, as_of_month + 1 - age, missed_month - missed_number + 1),
        terms=terms,
        missed_number=np.where(is_healthy, terms + 1, missed_number),
        missed_day=np.where(is_healthy, NEVER, missed_day),
    )


def _missed_days(rng: np.random.Generator, profile: Ints, first_as_of: int, as_of_month: int) -> Ints:
    """First missed days; some serious loans are over six months by a single day, some miss that by one."""
    loans = len(profile)
    just_over = last_day_over(first_as_of, MONTHS_OVER)
    serious = day_in_month(
        as_of_month - MONTHS_OVER - 1 - np.minimum(rng.geometric(0.18, loans) - 1, 14),
        np.where(rng.random(loans) < 0.04, rng.integers(29, 32, loans), rng.integers(1, 29, loans)),
    )
    serious = np.minimum(serious, just_over)
    serious[np.flatnonzero(has_trait(profile, "is_reportable"))[::60]] = just_over
    serious[has_trait(profile, "is_boundary")] = just_over + 1
    mild = first_as_of - rng.integers(1, 176, loans)
    return np.where(trait(profile, "depth") == Depth.MILD, mild, serious)


def _principals(
    rng: np.random.Generator, profile: Ints, is_enterprise: Truths, times: _Times, first_as_of: int
) -> Ints:
    """Principals in cents, for serious loans such that what is overdue is clearly above or below what is reported."""
    loans = len(profile)
    scale = np.where(is_enterprise, 10.0, 1.0)
    usual = np.clip(rng.lognormal(10.3, 0.8, loans), 1_000, 400_000) * scale
    large = (12_000 + np.minimum(rng.lognormal(9.4, 0.9, loans), 250_000)) * scale
    small = rng.uniform(200, 1_300, loans) * scale
    wanted = np.where(has_trait(profile, "is_small"), small, large)
    months = np.arange(48, dtype=np.int64)
    months_due = (
        day_in_month(split(np.minimum(times.missed_day, first_as_of))[0][:, None] + months, times.due_day[:, None])
        <= first_as_of
    ).sum(axis=1)
    overdue_terms = np.maximum(np.minimum(months_due, times.terms - times.missed_number + 1), 1)
    yuan = np.where(trait(profile, "depth") == Depth.SERIOUS, wanted / overdue_terms * times.terms, usual)
    return np.ceil(yuan / 100).astype(np.int64) * 10_000


def _rates(rng: np.random.Generator, profile: Ints) -> Ints:
    loans = len(profile)
    rate = np.where(rng.random(loans) < 0.9, rng.integers(600, 2_401, loans), rng.integers(2_400, 3_601, loans))
    is_dear = has_trait(profile, "is_dear") | ((profile == NAMES.index("healthy")) & (rng.random(loans) < 0.01))
    return np.where(is_dear, rng.integers(3_650, 6_000, loans), rate) * 100


def _products(rng: np.random.Generator, profile: Ints, is_enterprise: Truths) -> Ints:
    loans = len(profile)
    usual = rng.choice(len(PRODUCTS), loans, p=_PERSON_PRODUCT_SHARES)
    reportable = rng.choice(len(PRODUCTS), loans, p=_REPORTABLE_PRODUCT_SHARES)
    product = np.where(trait(profile, "depth") == Depth.SERIOUS, reportable, usual)
    product[is_enterprise] = PRODUCTS.index("business")
    for index, each in enumerate(PROFILES):
        if each.product:
            product[profile == index] = PRODUCTS.index(each.product)
    return product.astype(np.int64)


def _event_days(rng: np.random.Generator, depth: Ints, outcome: Ints, first_as_of: int) -> Ints:
    """When the grace period takes its turn; almost half of the mild loans are cured."""
    loans = len(depth)
    has_event = outcome > Outcome.UNPAID
    is_cured = (depth == Depth.MILD) & (rng.random(loans) < 0.45)
    return np.where(has_event | is_cured, first_as_of + rng.integers(5, LAST_GRACE_DAY + 1, loans), NEVER)


def _paid(rng: np.random.Generator, due: Ints, is_missed: Truths, event_day: Ints, outcome: Ints) -> Ints:
    """The day on which each instalment is paid: mostly when due, missed ones when the loan is cured."""
    chance = rng.random(len(due))
    shift = np.where(chance < 0.06, rng.integers(1, 21, len(due)), np.where(chance > 0.9, -2, 0))
    is_cure = (outcome == Outcome.PAID) | (outcome == Outcome.NOT_NOTICED)
    cured = np.where(is_cure, event_day, NEVER)
    after = np.where(cured == NEVER, NEVER, np.maximum(cured, due))
    return np.where(is_missed, after, due + shift)
