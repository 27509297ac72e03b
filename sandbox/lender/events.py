"""What else happens to loans: judgments, disputes, repayment agreements and circumstances that protect a borrower."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sandbox.lender.book import Book
from sandbox.lender.days import NEVER, Ints
from sandbox.lender.profiles import NAMES, PROFILES, Depth, Outcome, has_trait, trait

PROTECTIONS = ("none", "deceased", "bankrupt", "minor", "identity_theft", "disaster_relief")
DISPUTE_OUTCOMES = ("open", "corrected", "upheld", "recorded")
AGREEMENT_STATUSES = ("kept", "broken", "ended")


@dataclass(frozen=True)
class Protections:
    """The circumstance of the borrower of each loan and the day since when it is known (`NEVER` for none)."""

    code: Ints
    since: Ints

    def at(self, as_of: int) -> Ints:
        """Index into `PROTECTIONS` of each loan's borrower as known at a day."""
        return np.where(self.since <= as_of, self.code, 0)


@dataclass(frozen=True)
class Judgments:
    """Loan row, day of effect and whether it is a row of the lender's yet: judgments are entered when given."""

    loan: Ints
    effective: Ints
    entered: Ints


@dataclass(frozen=True)
class Disputes:
    """Loan row, days on which each was opened and answered (`NEVER` while open), and the answer."""

    loan: Ints
    opened: Ints
    answered: Ints
    outcome: Ints


@dataclass(frozen=True)
class Agreements:
    """Loan row, day of the agreement and its status."""

    loan: Ints
    agreed: Ints
    status: Ints


def make_protections(rng: np.random.Generator, book: Book) -> Protections:
    """Circumstances: of some profiles, of those who die in the grace period, and of a few healthy borrowers."""
    by_profile = np.array([PROTECTIONS.index(each.protection) for each in PROFILES], dtype=np.int64)
    code = by_profile[book.profile]
    since = np.where(code > 0, book.first_as_of - 30, NEVER)
    is_healthy = trait(book.profile, "depth") == Depth.HEALTHY
    struck = is_healthy & (rng.random(book.loans) < 0.004)
    code[struck], since[struck] = PROTECTIONS.index("disaster_relief"), book.first_as_of - 200
    died = book.outcome == Outcome.DIED
    code[died], since[died] = PROTECTIONS.index("deceased"), book.event_day[died]
    return Protections(code, since)


def make_judgments(rng: np.random.Generator, book: Book) -> Judgments:
    """Judgments in effect for weeks, and some that take effect long after the story."""
    also = (book.profile == NAMES.index("reached")) & (rng.random(book.loans) < 0.1)
    settled = np.flatnonzero(has_trait(book.profile, "has_judgment") | also)
    pending = np.flatnonzero(has_trait(book.profile, "has_pending_judgment"))
    effective = book.first_missed[settled] + rng.integers(90, 160, len(settled))
    later = book.first_as_of + rng.integers(200, 260, len(pending))
    return Judgments(
        np.concatenate([settled, pending]),
        np.concatenate([effective, later]),
        np.concatenate([effective - 20, np.full(len(pending), book.first_as_of - 10, dtype=np.int64)]),
    )


def make_disputes(rng: np.random.Generator, book: Book) -> Disputes:
    """Open disputes where the profile or the grace period wants one; answered ones here and there."""
    depth = trait(book.profile, "depth")
    is_open = has_trait(book.profile, "has_open_dispute")
    is_new = book.outcome == Outcome.DISPUTED
    chance = np.where(depth == Depth.SERIOUS, 0.04, 0.012)
    is_old = (rng.random(book.loans) < chance) & ~is_open & ~is_new
    start = np.minimum(book.first_missed, book.first_as_of - 60)
    old = np.flatnonzero(is_old)
    old_opened = np.maximum(start[old] - rng.integers(5, 40, len(old)), book.disbursed[old] + 1)
    opened = np.full(book.loans, 0, dtype=np.int64)
    opened[old] = old_opened
    opened[is_open] = book.first_as_of - rng.integers(2, 19, int(is_open.sum()))
    opened[is_new] = book.event_day[is_new]
    loan = np.flatnonzero(is_old | is_open | is_new)
    answered = np.where(is_old[loan], opened[loan] + rng.integers(3, 20, len(loan)), NEVER)
    outcome = np.where(is_old[loan], DISPUTE_OUTCOMES.index("upheld"), DISPUTE_OUTCOMES.index("open"))
    varied = is_old[loan] & (depth[loan] != Depth.SERIOUS) & (rng.random(len(loan)) < 0.5)
    outcome = np.where(varied, rng.integers(1, 4, len(loan)), outcome)
    return Disputes(loan, opened[loan], answered, outcome)


def make_agreements(rng: np.random.Generator, book: Book) -> Agreements:
    """Agreements kept where the profile or the grace period wants one; broken and ended ones here and there."""
    depth = trait(book.profile, "depth")
    wanted = has_trait(book.profile, "has_kept_agreement")
    is_new = book.outcome == Outcome.AGREED
    chance = np.array([0.01, 0.15, 0.08])[depth]
    is_other = (rng.random(book.loans) < chance) & ~wanted & ~is_new
    loan = np.flatnonzero(wanted | is_new | is_other)
    days_ago = rng.integers(20, 90, len(loan))
    agreed = np.where(is_new[loan], book.event_day[loan], book.first_as_of - days_ago)
    agreed = np.maximum(agreed, book.disbursed[loan] + 1)
    other_status = np.array([AGREEMENT_STATUSES.index(status) for status in ("ended", "kept", "broken")])[depth]
    status = np.where(is_other, other_status, AGREEMENT_STATUSES.index("kept"))[loan]
    return Agreements(loan, agreed, status)
