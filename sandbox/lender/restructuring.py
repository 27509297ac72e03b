"""Loans whose schedule was replaced once: what was missed until then is spread over what is left.

Some have paid since then, some have missed again: what the story wants of a loan in arrears happens under its second
version. The first version keeps what it had; of it nothing is owed any more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sandbox.lender.book import Book
from sandbox.lender.days import NEVER, Ints, Truths
from sandbox.lender.profiles import Depth, has_trait, trait

_SHARES = {Depth.HEALTHY: 0.002, Depth.MILD: 0.001, Depth.SERIOUS: 0.001}
_DAYS_KNOWN = 40
_LEAST_PLACES = 3


@dataclass(frozen=True)
class Restructuring:
    """Second versions of schedules, and what is left of the first ones; arrays of the same length belong together.

    Attributes:
        loan: loan rows, rising.
        effective: day number on which the second version takes the place of the first.
        left_loan: loan row of each instalment of a first version that fell due after that day.
        left_number: of the instalment.
        left_due: day number.
        left_principal: cents.
        left_interest: cents.
        left_fee: cents.
    """

    loan: Ints
    effective: Ints
    left_loan: Ints
    left_number: Ints
    left_due: Ints
    left_principal: Ints
    left_interest: Ints
    left_fee: Ints


def restructured(rng: np.random.Generator, book: Book) -> tuple[Book, Restructuring]:
    """The book with the second versions of a few loans in force, and what they replaced.

    Args:
        rng: source of chance, not the one of the book: who is restructured changes nobody else.
        book: as agreed at origination.
    """
    begins = np.cumsum(book.terms) - book.terms
    places = _last_places(book, begins)
    loans = _chosen(rng, book, places)
    principal, interest, fee = book.principal_due.copy(), book.interest_due.copy(), book.fee_due.copy()
    paid, schedule, replaced = book.paid.copy(), book.schedule.copy(), book.replaced.copy()
    effective = np.zeros(len(loans), dtype=np.int64)
    left: list[Ints] = []
    for index, loan in enumerate(loans.tolist()):
        place = int(rng.integers(2, places[loan] + 1))
        missed = int(rng.integers(1, min(place - 1, 2) + 1))
        first, cut, end = begins[loan], begins[loan] + place, begins[loan] + book.terms[loan]
        effective[index] = book.due[cut - 1] + rng.integers(5, 16)
        for amounts in (principal, interest, fee):
            amounts[cut:end] += _spread(int(amounts[cut - missed : cut].sum()), int(end - cut))
        paid[cut - missed : cut] = NEVER
        schedule[cut:end], replaced[first:cut] = 2, effective[index]
        left.append(np.arange(cut, end, dtype=np.int64))
    rows = np.concatenate(left) if left else np.zeros(0, dtype=np.int64)
    changed = replace(
        book,
        principal_due=principal,
        interest_due=interest,
        fee_due=fee,
        paid=paid,
        schedule=schedule,
        replaced=replaced,
    )
    return changed, Restructuring(
        loans,
        effective,
        book.loan[rows],
        book.number[rows],
        book.due[rows],
        book.principal_due[rows],
        book.interest_due[rows],
        book.fee_due[rows],
    )


def _last_places(book: Book, begins: Ints) -> Ints:
    """The last place in each loan at which a second version may begin.

    It is known weeks before the first business date, begins before the instalment that the story wants missed, and has
    two instalments at least.
    """
    is_early = (book.due <= book.first_as_of - _DAYS_KNOWN) & (book.due < book.first_missed[book.loan])
    early = np.add.reduceat(is_early.astype(np.int64), begins)
    places: Ints = np.minimum(early, book.terms - 2)
    return places


def _chosen(rng: np.random.Generator, book: Book, places: Ints) -> Ints:
    """A few loans of each depth, at least one; where the story counts on a small amount, none."""
    depth = trait(book.profile, "depth")
    can_be: Truths = (places >= _LEAST_PLACES) & ~has_trait(book.profile, "is_small")
    chosen = [
        rng.permutation(np.flatnonzero(can_be & (depth == each)))[: max(1, round(share * book.loans))]
        for each, share in _SHARES.items()
    ]
    return np.sort(np.concatenate(chosen))


def _spread(amount: int, parts: int) -> Ints:
    """An amount in equal parts, the last of which takes what can't be divided."""
    each = np.full(parts, amount // parts, dtype=np.int64)
    each[-1] += amount % parts
    return each
