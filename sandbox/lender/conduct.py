"""What borrowers paid: one payment an instalment, lump sums of those who catch up, part payments and reversals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sandbox.lender.book import Book
from sandbox.lender.days import NEVER, Ints, Truths
from sandbox.lender.profiles import Depth, Outcome, trait

KINDS = ("payment", "reversal")


@dataclass(frozen=True)
class Payments:
    """All payments of a block over the whole time of the story; arrays of the same length.

    Attributes:
        loan: loan row.
        serial: number inside the loan; with the loan it makes the key.
        kind: index into `KINDS`.
        amount: cents.
        paid: day number of the value date.
        booked: day number.
    """

    loan: Ints
    serial: Ints
    kind: Ints
    amount: Ints
    paid: Ints
    booked: Ints

    def at(self, rows: Truths) -> Payments:
        """Some of the payments."""
        return Payments(**{name: values[rows] for name, values in vars(self).items()})


_LUMP, _PART, _REVERSED, _AGAIN = 90, 91, 100, 200


def make_payments(rng: np.random.Generator, book: Book, *, until: int) -> Payments:
    """Make up the payments up to a day.

    What is paid for an instalment is exactly what is due with it, penalty interest up to that day included, so a loan
    that is paid on time or has caught up owes nothing.
    """
    part_loan, part_day, part_amount = _part_payments(rng, book)
    is_paid = book.paid <= until
    amount = book.principal_due + book.interest_due + book.fee_due + book.penalty(until)
    is_lump = is_paid & (book.paid == book.event_day[book.loan]) & (book.due >= book.first_missed[book.loan])
    lump = np.bincount(book.loan[is_lump], weights=amount[is_lump], minlength=book.loans).astype(np.int64)
    np.subtract.at(lump, part_loan[lump[part_loan] > 0], part_amount[lump[part_loan] > 0])
    lump_loan = np.flatnonzero(lump > 0)

    single = np.flatnonzero(is_paid & ~is_lump)
    taken_back = single[(rng.random(len(single)) < 0.004) & (book.due[single] < book.first_as_of - 40)]
    rows = (
        (book.loan[single], book.number[single], 0, amount[single], book.paid[single]),
        (book.loan[taken_back], book.number[taken_back] + _REVERSED, 1, amount[taken_back], book.paid[taken_back] + 1),
        (book.loan[taken_back], book.number[taken_back] + _AGAIN, 0, amount[taken_back], book.paid[taken_back] + 3),
        (lump_loan, np.full(len(lump_loan), _LUMP), 0, lump[lump_loan], book.event_day[lump_loan]),
        (part_loan, np.full(len(part_loan), _PART), 0, part_amount, part_day),
    )
    loan, serial, amounts, paid = (np.concatenate([row[place] for row in rows]) for place in (0, 1, 3, 4))
    kind = np.concatenate([np.full(len(row[0]), row[2]) for row in rows])
    order = np.lexsort((serial, paid, loan))
    booked = paid + (rng.random(len(paid)) < 0.03)
    return Payments(loan[order], serial[order], kind[order], amounts[order], paid[order], booked[order])


def with_payments_of(payments: Payments, others: Payments, loans: Ints) -> Payments:
    """The payments, those of some loans taken from others instead; by loan as before."""
    parts = (payments.at(~np.isin(payments.loan, loans)), others.at(np.isin(others.loan, loans)))
    order = np.argsort(np.concatenate([part.loan for part in parts]), kind="stable")
    return Payments(**{name: np.concatenate([vars(part)[name] for part in parts])[order] for name in vars(payments)})


def _part_payments(rng: np.random.Generator, book: Book) -> tuple[Ints, Ints, Ints]:
    """Loan, day and amount of payments that cover less than half of the first missed instalment.

    Some serious loans have one before the first business date; a borrower who agrees on a plan makes one after it.
    """
    depth = trait(book.profile, "depth")
    keeps_plan = book.outcome == Outcome.AGREED
    is_early = (depth == Depth.SERIOUS) & (rng.random(book.loans) < 0.15) & ~keeps_plan
    is_first_missed = book.due == book.first_missed[book.loan]
    first_due = np.zeros(book.loans, dtype=np.int64)
    first_due[book.loan[is_first_missed]] = book.principal_due[is_first_missed]
    loan = np.flatnonzero(is_early | keeps_plan)
    share = rng.integers(10, 41, len(loan))
    early_day = np.where(book.first_missed == NEVER, 0, book.first_missed)[loan] + rng.integers(20, 91, len(loan))
    day = np.where(keeps_plan[loan], book.event_day[loan] + 5, early_day)
    return loan, day, first_due[loan] * share // 100
