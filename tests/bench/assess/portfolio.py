"""One chunk of the portfolio: which loans there are, what they owe and how their borrowers behave."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

AS_OF = date(2026, 6, 30)
DAY = np.datetime64(AS_OF, "D")
SEED = 20180808
TERMS = np.array([6, 9, 12, 12, 12, 15, 18])
LONG, SHORT = 0.062, 0.085
NEVER = 10_000


@dataclass
class Chunk:
    """Arrays of one value a loan, and of one value an instalment of its first schedule.

    Attributes:
        first: number of the first loan in the portfolio.
        loans: how many.
        files: how many evidence files there are to refer to.
        rng: of this chunk alone, so that a chunk is the same whatever the others are.
        stop_no: number of the first instalment that is not paid as it falls due, `NEVER` where all are.
        stopped_on: its due date.
        owner: the loan of each instalment, as its place in the chunk.
    """

    first: int
    loans: int
    files: int
    rng: np.random.Generator
    borrower: np.ndarray
    is_person: np.ndarray
    disbursed_on: np.ndarray
    term: np.ndarray
    principal: np.ndarray
    rate: np.ndarray
    stop_no: np.ndarray
    stopped_on: np.ndarray
    is_long: np.ndarray
    is_stopped: np.ndarray
    owner: np.ndarray
    number: np.ndarray
    due_on: np.ndarray

    @property
    def loan_no(self) -> np.ndarray:
        return np.arange(self.first, self.first + self.loans)

    def chosen(self, share: float, among: np.ndarray | None = None) -> np.ndarray:
        """Places of loans drawn with that chance."""
        drawn = self.rng.random(self.loans) < share
        return np.flatnonzero(drawn if among is None else drawn & among)

    def days_between(self, begins: np.ndarray, ends: np.ndarray) -> np.ndarray:
        """A day drawn from each span, both ends inclusive; the end where the span is empty."""
        span = np.maximum((ends - begins).astype(np.int64), 0) + 1
        return ends - (self.rng.random(len(span)) * span).astype("timedelta64[D]")


def make_chunk(first: int, loans: int, files: int) -> Chunk:
    rng = np.random.default_rng([SEED, first])
    borrower = np.arange(loans) * 9 // 10
    is_person = (rng.random(borrower[-1] + 1) < 0.95)[borrower]
    term = TERMS[rng.integers(0, len(TERMS), loans)]
    disbursed_on = DAY - rng.integers(5, 800, loans)
    principal = rng.integers(30, 600, loans) * np.where(is_person, 10_000, 400_000)
    owner = np.repeat(np.arange(loans), term)
    number = np.arange(len(owner)) - np.repeat(np.cumsum(term) - term, term) + 1
    due_on = months_after(disbursed_on[owner], number)
    stop_no = _stops(rng, owner, due_on, loans)
    is_stopped = stop_no < NEVER
    stopped_on = np.where(is_stopped, months_after(disbursed_on, np.where(is_stopped, stop_no, 0)), DAY)
    return Chunk(
        first=first,
        loans=loans,
        files=files,
        rng=rng,
        borrower=borrower,
        is_person=is_person,
        disbursed_on=disbursed_on,
        term=term,
        principal=principal,
        rate=rng.integers(800, 3670, loans),
        stop_no=stop_no,
        stopped_on=stopped_on,
        is_long=is_stopped & (stopped_on < DAY - 190),
        is_stopped=is_stopped,
        owner=owner,
        number=number,
        due_on=due_on,
    )


def months_after(days: np.ndarray, months: np.ndarray) -> np.ndarray:
    """The same day of a later month, or its last day if that is shorter."""
    first = days.astype("datetime64[M]")
    later = first + months.astype("timedelta64[M]")
    day_of_month = (days - first.astype("datetime64[D]")).astype(np.int64)
    last = ((later + 1).astype("datetime64[D]") - later.astype("datetime64[D]")).astype(np.int64) - 1
    return later.astype("datetime64[D]") + np.minimum(day_of_month, last)


def _stops(rng: np.random.Generator, owner: np.ndarray, due_on: np.ndarray, loans: int) -> np.ndarray:
    """Six in a hundred stopped long ago, about as many in the last months."""
    behaviour = rng.random(loans)
    fallen_due = np.bincount(owner[due_on < DAY], minlength=loans)
    long_due = np.bincount(owner[due_on < DAY - 190], minlength=loans)
    long_stop = 1 + (rng.random(loans) * long_due).astype(np.int64)
    short_stop = np.maximum(fallen_due - rng.integers(0, 4, loans), 1)
    stop = np.full(loans, NEVER)
    stop = np.where((behaviour < LONG) & (long_due > 0), long_stop, stop)
    return np.where((behaviour > 1 - SHORT) & (fallen_due > 0), short_stop, stop)
