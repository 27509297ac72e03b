"""Who else is liable: co-borrowers and guarantors of some loans, all of them borrowers of loans of their own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sandbox.lender.book import Book
from sandbox.lender.days import Ints
from sandbox.lender.profiles import Depth, trait

LIABILITIES = ("co_borrower", "guarantor")
CO_BORROWER, GUARANTOR = range(2)
_SHARES = np.array([0.03, 0.05, 0.08])  # by `Depth`


@dataclass(frozen=True)
class Parties:
    """Loan row, row of the party's own loan, index into `LIABILITIES`, most it is liable for in cents (-1 for all)."""

    loan: Ints
    party: Ints
    kind: Ints
    amount: Ints


def make_parties(rng: np.random.Generator, book: Book) -> Parties:
    """Make up parties, of loans in arrears more often than of others. Each pays its own loan as agreed."""
    depth = trait(book.profile, "depth")
    own = np.arange(book.loans, dtype=np.int64)
    may_be = np.flatnonzero((depth == Depth.HEALTHY) & (book.borrower == own))
    loan = np.flatnonzero(rng.random(book.loans) < _SHARES[depth])
    place = rng.integers(0, len(may_be), len(loan))
    # Who owes the loan is liable already: the next one takes the place.
    is_own = may_be[place] == book.borrower[loan]
    party = may_be[np.where(is_own, (place + 1) % len(may_be), place)]
    kind = np.where(rng.random(len(loan)) < 0.4, CO_BORROWER, GUARANTOR)
    is_for_part = (kind == GUARANTOR) & (rng.random(len(loan)) < 0.5)
    return Parties(loan, party, kind, np.where(is_for_part, book.principal[loan] // 2, -1))
