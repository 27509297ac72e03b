"""What the road of a report asks of a bureau's form, so that every bureau takes the same road."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

import pyarrow as pa

from ledger.page import Page
from orchestration.assessed import Assessed
from orchestration.task_run import TaskRun


@dataclass(frozen=True)
class Validated:
    """What may be frozen.

    Attributes:
        kept: `case_id` of the cases that break no critical rule.
        set_aside: `case_id` and `failing_rules` of the other cases.
        findings: warnings for the approver.
        docs_url: the page of the validation report, relative to the site; empty when there is none.
    """

    kept: list[str]
    set_aside: pa.Table
    findings: list[dict[str, Any]]
    docs_url: str


@dataclass(frozen=True)
class Batch:
    """What a batch is known by: the same when it is frozen and when it is sealed, so that its records are the same.

    Attributes:
        batch_id: identity of the batch.
        made_at: when its records were made the first time, in UTC to the second.
    """

    batch_id: str
    made_at: datetime

    @classmethod
    def frozen(cls, page: Page) -> Batch:
        """The batch of a freeze page. One that does not say when the records were made was written then."""
        made_at = page.content.get("made_at")
        return cls(page.content["batch_id"], page.written_at if made_at is None else datetime.fromisoformat(made_at))


@dataclass(frozen=True)
class BatchFacts:
    """What the files of a batch are named and cut by.

    Attributes:
        batch_id: identity of the batch.
        as_of: business date.
        part_records: most records in a part, from the policy.
        used_names: names of all files that were ever sealed for this bureau.
    """

    batch_id: str
    as_of: date
    part_records: int
    used_names: Collection[str]


@dataclass(frozen=True)
class PartFile:
    """One part in the clear, in memory only.

    Attributes:
        part_no: from 1.
        offset: number of the cases of the batch that come before it.
        records: number of the cases that are booked as sent with it: each case rides on one part, so a part that only
            says more of cases of other parts has none.
        amounts: control totals by column, as text.
        file_name: of the sealed file.
        content: the bytes, in any number of pieces.
    """

    part_no: int
    offset: int
    records: int
    amounts: dict[str, str]
    file_name: str
    content: Sequence[bytes]


@dataclass(frozen=True)
class Part:
    """A sealed part as the ledger has it.

    Attributes:
        batch_id: of the batch.
        file_name: of the sealed file.
        sha256: of the sealed file.
        serials: of its cases, in the order of the file.
    """

    batch_id: str
    file_name: str
    sha256: str
    serials: list[int]


@dataclass(frozen=True)
class Answer:
    """A bureau's answer to one part.

    Attributes:
        accepted: serial numbers in the batch of the cases that were taken.
        rejected: those of the others, with the bureau's codes, parted by commas; None where it gave none.
        refusal_code: the bureau's code when the file was refused as a whole: then all are rejected. None otherwise.
    """

    accepted: frozenset[int]
    rejected: dict[int, str | None]
    refusal_code: str | None = None


class CaseRecords(Protocol):
    """The records of a batch in memory, in the order of the serial numbers of their cases."""

    @property
    def cases(self) -> pa.Table:
        """`case_id` and `serial`, one row a case, ascending."""

    def lines(self) -> Sequence[bytes]:
        """What the bureau is told of each case, as bytes that a leaf commits to; in the order of `cases`."""

    def validated(self, batch_id: str) -> Validated:
        """Judge the records and write the report.

        Raises:
            ArrearsError: `VALIDATION_FAILED` when the set-aside are more than the policy's share.
        """

    def parts(self, kept: Collection[str], facts: BatchFacts) -> Iterator[PartFile]:
        """The files of the kept cases, one after the other."""


class Sealer(Protocol):
    """Makes sealed files of parts."""

    @property
    def facts(self) -> dict[str, Any]:
        """What the ledger keeps of the keys: `signer` and `recipients`, fingerprints."""

    def sealed(self, part: PartFile) -> Iterable[bytes]:
        """A part as it is sent, piece by piece."""

    def begins_sealed(self, first: bytes) -> bool:
        """Whether a file that begins so is sealed, so that nothing in the clear is stored or sent."""


class BureauForm(Protocol):
    """One bureau."""

    @property
    def name(self) -> str:
        """Identity of the bureau: the first part of the identity of its cases."""

    def records_of(self, run: TaskRun, assessed: Assessed, cases: pa.Table, batch: Batch) -> CaseRecords:
        """The records of a batch.

        Args:
            run: this try.
            assessed: what the batch is frozen from.
            cases: `case_id` and `loan_id` of every case of the batch, removed ones included, so that serials stay.
            batch: what gives the records their marks and times.
        """

    def sealer(self, run: TaskRun) -> Sealer:
        """What makes sealed files of parts, its keys read and checked.

        Raises:
            ArrearsError: those of keys and certificates.
        """

    def answered_file(self, answer_name: str) -> str | None:
        """Name of the sealed file that an answer is about; None when the name is not one of an answer."""

    def read_answer(self, run: TaskRun, name: str, content: bytes, part: Part) -> Answer:
        """Open and read an answer.

        Args:
            run: this try.
            name: of the answer's file.
            content: its bytes as the bureau left them.
            part: what it must be about.

        Raises:
            ArrearsError: those of opening, `ANSWER_MALFORMED`, `ANSWER_TOTALS_DIFFER`, `ANSWER_UNKNOWN_FILE`.
        """
