"""A block of the lender's book over the whole time of the story, and the evidence files that belong to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl

from sandbox.lender import people
from sandbox.lender.book import Book, make_book
from sandbox.lender.collection import Contacts, make_contacts
from sandbox.lender.conduct import Payments, make_payments, with_payments_of
from sandbox.lender.days import Ints, Truths
from sandbox.lender.dialogue import threatened_loans, transcripts
from sandbox.lender.events import (
    Agreements,
    Disputes,
    Judgments,
    Protections,
    make_agreements,
    make_disputes,
    make_judgments,
    make_protections,
)
from sandbox.lender.evidence import Evidence, file_content, file_path, make_evidence, sha256, write_file
from sandbox.lender.parties import Parties, make_parties
from sandbox.lender.profiles import Flaw, has_trait
from sandbox.lender.restructuring import Restructuring, restructured
from sandbox.lender.staff import Register, make_register
from sandbox.lender.stops import Stops, make_stops

STORY_DAYS = 180
MAILBOXES = ("good", "bouncing", "none")


@dataclass(frozen=True)
class Story:
    """All that happens to a block of loans; an extract is what of it is known at a date.

    Attributes:
        book: loans and instalments.
        names: of the borrower of each loan.
        id_numbers: of the borrower of each loan.
        mailbox: index into `MAILBOXES` of each loan's borrower.
        payments: from the first loan to the end of the story.
        contacts: with `texts`, their transcripts.
        texts: transcript of each contact.
        is_threatened: loans in whose transcripts a collector threatens.
        evidence: with `files`, what is declared of them.
        files: path, size and SHA-256 declared for each piece of evidence.
        judgments: entered and pending.
        disputes: open and answered.
        agreements: repayment agreements.
        protections: circumstances of borrowers.
        parties: co-borrowers and guarantors.
        restructuring: schedules that were replaced.
        register: of collectors.
        stops: requests not to be contacted, notices of lawyers.
    """

    book: Book
    names: pl.Series
    id_numbers: pl.Series
    mailbox: Ints
    payments: Payments
    contacts: Contacts
    texts: pl.Series
    is_threatened: Truths
    evidence: Evidence
    files: pl.DataFrame
    judgments: Judgments
    disputes: Disputes
    agreements: Agreements
    protections: Protections
    parties: Parties
    restructuring: Restructuring
    register: Register
    stops: Stops


@dataclass
class EvidenceStore:
    """Writes evidence files below a root; beyond `most_files` new evidence shares the files that are there.

    Attributes:
        root: the evidence root.
        most_files: how many files are written.
        written: how many were written.
    """

    root: Path
    most_files: int
    written: int = 0
    _pool: dict[int, list[tuple[str, int, str]]] = field(default_factory=dict)
    _folders: set[Path] = field(default_factory=set)

    def put(self, kind: int, key: str, loan_number: int, flaw: int) -> tuple[str, int, str]:
        """Write a file unless it is one too many; return path, size and SHA-256 as the lender declares them."""
        pool = self._pool.setdefault(kind, [])
        if self.written >= self.most_files and flaw == Flaw.NONE and pool:
            return pool[loan_number % len(pool)]
        path, content = file_path(kind, key, loan_number, flaw), file_content(kind, key)
        declared = (path, len(content), sha256(content))
        folder = (self.root / path).parent
        if flaw != Flaw.OUTSIDE and folder not in self._folders:
            folder.mkdir(parents=True, exist_ok=True)
            self._folders.add(folder)
        write_file(self.root, path, content, flaw)
        self.written += flaw not in (Flaw.MISSING, Flaw.OUTSIDE)
        if flaw == Flaw.NONE:
            pool.append(declared)
        return declared


def make_story(
    rng: np.random.Generator, *, loans: int, first_number: int, first_as_of: int, store: EvidenceStore
) -> Story:
    """Make up a block of loans with all that happens to them, and write its evidence files.

    Args:
        rng: source of chance, used up in a fixed order.
        loans: number of loans in the block.
        first_number: number of the first loan.
        first_as_of: day number of the first business date.
        store: takes the evidence files.
    """
    # Chance of its own: who is restructured, vouched for or left alone changes nothing else of the story.
    (aside,) = rng.spawn(1)
    agreed = make_book(rng, loans=loans, first_number=first_number, first_as_of=first_as_of)
    book, restructuring = restructured(aside, agreed)
    until = first_as_of + STORY_DAYS
    payments = with_payments_of(
        make_payments(rng, agreed, until=until), make_payments(aside, book, until=until), restructuring.loan
    )
    contacts = make_contacts(rng, book)
    is_threatened = threatened_loans(rng, book)
    judgments = make_judgments(rng, book)
    evidence = make_evidence(rng, book, contacts, judgments)
    return Story(
        book=book,
        names=_names(rng, book),
        id_numbers=_id_numbers(rng, book),
        mailbox=rng.choice(3, loans, p=[0.945, 0.04, 0.015])[book.borrower],
        payments=payments,
        contacts=contacts,
        texts=transcripts(rng, book, contacts, is_threatened),
        is_threatened=is_threatened,
        evidence=evidence,
        files=_files(book, evidence, store),
        judgments=judgments,
        disputes=make_disputes(rng, book),
        agreements=make_agreements(rng, book),
        protections=make_protections(rng, book),
        parties=make_parties(aside, book),
        restructuring=restructuring,
        register=make_register(first_as_of),
        stops=make_stops(aside, book, contacts, is_threatened),
    )


def keys(prefix: str, numbers: Ints, serials: Ints | None = None) -> pl.Series:
    """Keys such as `L0001234`, with serials `C0001234-007`."""
    key = prefix + pl.Series(numbers).cast(pl.String).str.zfill(7)
    return key if serials is None else key + "-" + pl.Series(serials).cast(pl.String).str.zfill(3)


def _names(rng: np.random.Generator, book: Book) -> pl.Series:
    persons, enterprises = people.person_names(rng, book.loans), people.enterprise_names(rng, book.loans)
    return persons.zip_with(pl.Series(~book.is_enterprise), enterprises)


def _id_numbers(rng: np.random.Generator, book: Book) -> pl.Series:
    serials = np.arange(book.loans, dtype=np.int64) + book.first_number
    born = book.first_as_of - rng.integers(23 * 366, 68 * 365, book.loans)
    minors = book.rows("minor")
    born[minors] = book.disbursed[minors] - rng.integers(16 * 366, 17 * 366, len(minors))
    persons, enterprises = people.resident_ids(serials, born), people.credit_codes(serials)
    numbers = persons.zip_with(pl.Series(~book.is_enterprise), enterprises)
    is_wrong = pl.Series(has_trait(book.profile, "has_wrong_check"))
    return people.with_wrong_check(numbers).zip_with(is_wrong, numbers)


def _files(book: Book, evidence: Evidence, store: EvidenceStore) -> pl.DataFrame:
    numbers = evidence.loan + book.first_number
    each = zip(
        evidence.kind.tolist(),
        keys("E", numbers, evidence.serial).to_list(),
        numbers.tolist(),
        evidence.flaw.tolist(),
        strict=True,
    )
    declared = [store.put(*one) for one in each]
    return pl.DataFrame(
        declared, schema={"file_path": pl.String, "file_bytes": pl.Int64, "file_sha256": pl.String}, orient="row"
    )
