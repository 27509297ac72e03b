"""Requests not to be contacted and notices of lawyers: most are kept to, some collectors call all the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sandbox.lender.book import Book
from sandbox.lender.collection import LETTER, Contacts
from sandbox.lender.days import NEVER, Ints, Truths
from sandbox.lender.profiles import Depth, is_spare, trait

STOPS = ("do_not_contact", "lawyer")
_HEALTHY_SHARE, _SPARE_SHARE = 0.001, 0.001
_SECONDS_A_DAY, _MINUTE, _HOUR = 86_400, 60, 3_600


@dataclass(frozen=True)
class Stops:
    """Loan row whose borrower wants it, index into `STOPS`, when it was received and withdrawn, whether it was broken.

    Instants are seconds since 1970 on the clock of the lender, whole minutes; `NEVER` while the stop holds.
    """

    loan: Ints
    kind: Ints
    stopped: Ints
    lifted: Ints
    is_broken: Truths


def make_stops(rng: np.random.Generator, book: Book, contacts: Contacts, is_taken: Truths) -> Stops:
    """Make up stops of borrowers that nobody collects from, and of some that could not be reported anyway.

    Every other one of the latter is broken by the last contact before the first business date, and by no other until
    then. The rest is received after that contact and withdrawn before the next.

    Args:
        rng: source of chance.
        book: loans.
        contacts: of the loans.
        is_taken: loans to which something else happens.
    """
    own = np.arange(book.loans, dtype=np.int64)
    is_healthy = (trait(book.profile, "depth") == Depth.HEALTHY) & (book.borrower == own)
    quiet = np.flatnonzero(is_healthy & (rng.random(book.loans) < _HEALTHY_SHARE))
    spare = rng.permutation(np.flatnonzero(is_spare(book.profile) & ~is_taken))
    spare = np.sort(spare[: max(4, round(_SPARE_SHARE * book.loans))])
    # Kinds change from one to the next, broken and kept every two.
    kind = np.concatenate([rng.integers(0, 2, len(quiet)), np.arange(len(spare)) % 2])
    is_broken = np.concatenate([np.zeros(len(quiet), dtype=np.bool_), np.arange(len(spare)) // 2 % 2 == 0])
    loan = np.concatenate([quiet, spare])
    day, minute = np.int64(book.first_as_of), rng.integers(9 * 60, 18 * 60, len(loan)) * _MINUTE
    stopped = (day - 1) * _SECONDS_A_DAY + minute
    stopped[: len(quiet)] -= rng.integers(30, 300, len(quiet)) * _SECONDS_A_DAY
    last = _last_contacts(book, contacts)[loan]
    stopped = np.where(is_broken, last // _MINUTE * _MINUTE - _HOUR, stopped)
    lifted = np.where(is_broken, NEVER, (day + 7) * _SECONDS_A_DAY + minute)
    lifted[: len(quiet)] = NEVER
    return Stops(loan, kind, stopped, lifted, is_broken)


def _last_contacts(book: Book, contacts: Contacts) -> Ints:
    """When each loan's last contact other than a letter was before the first business date, 0 for none."""
    at = contacts.day * _SECONDS_A_DAY + contacts.second
    is_meant = (contacts.day <= book.first_as_of) & (contacts.channel != LETTER)
    last = np.zeros(book.loans, dtype=np.int64)
    np.maximum.at(last, contacts.loan[is_meant], at[is_meant])
    return last
