"""An assessment opened: its books and decisions as lazy frames of one engine, and the policy that made it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa

from lake.assessment import Assessment, AssessmentRef, latest_assessment, read_assessment
from lake.book import Book, BookRef, latest_book_on_or_before, read_book
from lake.engine import Engine, collect
from orchestration.assess import assess_book
from orchestration.deployment import policy_on
from orchestration.engines import deployed_engine
from orchestration.task_run import TaskRun
from schemas.dataset import Dataset
from schemas.errors import ArrearsError
from schemas.errors.approval import FACTS_MISSING, NO_BOOK, NOTHING_ASSESSED
from schemas.facts import FACTS
from schemas.policy import Policy
from transforms.books import Books, Frame


@dataclass(frozen=True)
class Assessed:
    """An assessment with its book, opened on one engine.

    Attributes:
        as_of: business date.
        policy: that made the decisions.
        assessment: what was published.
        book: that it was derived from.
        books: the book's datasets.
        decisions: contract `decisions`.
        party_decisions: contract `party_decisions`.
        facts: what the lender gives for its bureau beside the books, by name of the dataset.
    """

    as_of: date
    policy: Policy
    assessment: Assessment
    book: Book
    books: Books
    decisions: Frame
    party_decisions: Frame
    facts: Mapping[str, Frame]
    engine: Engine

    @property
    def assessment_id(self) -> str:
        """Identity of the assessment."""
        return self.assessment.ref.assessment_id

    @property
    def book_id(self) -> str:
        """Identity of the book."""
        return self.book.ref.book_id

    @property
    def book_facts(self) -> dict[str, Any]:
        """What `ingest` wanted remembered of the book."""
        return self.book.facts

    def facts_of(self, datasets: Sequence[Dataset]) -> list[Frame]:
        """The facts of a bureau, in this order.

        Raises:
            ArrearsError: `FACTS_MISSING`, naming what the lender does not give.
        """
        missing = [dataset.name for dataset in datasets if dataset.name not in self.facts]
        if missing:
            raise ArrearsError(FACTS_MISSING, book=self.book_id, datasets=missing)
        return [self.facts[dataset.name] for dataset in datasets]

    def facts_or_none_of(self, dataset: Dataset) -> Frame:
        """Facts that not every lender has, without a row where this one does not give them."""
        given = self.facts.get(dataset.name)
        return self.lazy(dataset.arrow_schema().empty_table()) if given is None else given

    def lazy(self, table: pa.Table) -> Frame:
        """A table in memory as a frame that can be joined with these."""
        return self.engine.lazy(table)

    def collect(self, frame: Frame) -> pa.Table:
        """Run a frame."""
        return collect(frame)


def assessed_on(run: TaskRun, as_of: date) -> Assessed:
    """The newest assessment of a business date.

    Raises:
        ArrearsError: `NOTHING_ASSESSED`.
    """
    ref = latest_assessment(run.lake, as_of, policy_on(as_of).name)
    if ref is None:
        raise ArrearsError(NOTHING_ASSESSED, as_of=as_of, policy=policy_on(as_of).name)
    return _opened(run, ref)


def assessed_as_frozen(run: TaskRun, frozen: Mapping[str, Any]) -> Assessed:
    """The very assessment that a batch was frozen from.

    Args:
        run: this try.
        frozen: content of the freeze page.
    """
    as_of = date.fromisoformat(frozen["as_of"])
    return _opened(run, AssessmentRef(as_of, frozen["policy_name"], frozen["assessment_id"]))


def newest_book(run: TaskRun) -> BookRef:
    """The newest book of all business dates until today.

    Raises:
        ArrearsError: `NO_BOOK`.
    """
    book = latest_book_on_or_before(run.lake, run.clock.today())
    if book is None:
        raise ArrearsError(NO_BOOK, as_of=run.clock.today())
    return book


def assessed_newest(run: TaskRun) -> Assessed:
    """The newest book of all business dates until today, assessed now when it is not yet.

    Raises:
        ArrearsError: `NO_BOOK`.
    """
    book = newest_book(run)
    ref = latest_assessment(run.lake, book.as_of, policy_on(book.as_of).name)
    if ref is None or not _is_of(run, ref, book):
        assess_book(run, book.as_of)
    return assessed_on(run, book.as_of)


def _is_of(run: TaskRun, ref: AssessmentRef, book: BookRef) -> bool:
    return read_assessment(run.lake, ref).book == book


def _opened(run: TaskRun, ref: AssessmentRef) -> Assessed:
    assessment = read_assessment(run.lake, ref)
    book = read_book(run.lake, assessment.book)
    engine = deployed_engine(run.site.engine, run.lake)
    derived = {name: assessment.snapshots[name] for name in ("decisions", "party_decisions", "reported")}
    frames = engine.scan({**book.snapshots, **derived})
    facts = {dataset.name: frames.pop(dataset.name) for dataset in FACTS if dataset.name in frames}
    decisions, parties = frames.pop("decisions"), frames.pop("party_decisions")
    return Assessed(
        ref.as_of, policy_on(ref.as_of), assessment, book, Books(**frames), decisions, parties, facts, engine
    )
