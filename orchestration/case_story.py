"""Why was this borrower reported? One case from the first finding to the bureau's answer, out of ledger and lake."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from delivery.evidence_pack.facts import Notice
from lake.masking import masked
from lake.snapshot import Lake
from ledger.ledger import Ledger
from ledger.page import BookedEvent, bureau_of
from orchestration.bureaus.registry import BUREAUS
from orchestration.case_batches import BatchStory, batches_of
from orchestration.case_heads import loan_of
from orchestration.case_judgement import Judgement, Show, judgement_of
from schemas.errors import ArrearsError
from schemas.errors.command import CASE_UNKNOWN
from schemas.errors.extract import RECORD_MISSING, SNAPSHOT_MISSING
from schemas.field import Field

SHOW_MASKED: Show = masked
"""Shows of identity the ends at most."""


def show_plain(value: str | None, _field: Field) -> str | None:
    """Shows identity as it is."""
    return value


@dataclass(frozen=True)
class Step:
    """One event of the case with its place in the ledger."""

    page_no: int
    kind: str
    written_at: datetime
    actor: str
    detail: dict[str, Any]


@dataclass(frozen=True)
class CaseStory:
    """One case.

    Attributes:
        case_id: bureau, loan and first missed date.
        bureau: where it goes.
        loan_id: which loan.
        state: where it stands.
        history: all its events, oldest first.
        judgement: figures and rules on which the newest batch rests, or the opening when there is no batch yet; None
            when its snapshots are deleted.
        deleted: which snapshot or record retention has deleted.
        notices: tries to tell the borrower, oldest first.
        batches: batches that it was in, oldest first.
    """

    case_id: str
    bureau: str
    loan_id: str
    state: str
    history: tuple[Step, ...]
    judgement: Judgement | None
    deleted: str | None
    notices: tuple[Notice, ...]
    batches: tuple[BatchStory, ...]

    @property
    def is_proved(self) -> bool:
        """Whether no check of the case failed: inclusion in each approved root, root shown, SHA-256 at the bureau."""
        return all(_is_sound(batch) for batch in self.batches)


@dataclass(frozen=True)
class CaseLine:
    """A case of a loan that has several."""

    case_id: str
    state: str


def cases_of(ledger: Ledger, case_or_loan: str) -> list[CaseLine]:
    """The case of that id, or all cases of that loan.

    Raises:
        ArrearsError: `CASE_UNKNOWN` when there is none.
    """
    state = ledger.case_state(case_or_loan)
    if state is not None:
        return [CaseLine(case_or_loan, state.value)]
    found = [
        CaseLine(**row)
        for bureau in BUREAUS
        for row in ledger.case_states(bureau).select(["case_id", "state"]).to_pylist()
        if loan_of(row["case_id"]) == case_or_loan
    ]
    if not found:
        raise ArrearsError(CASE_UNKNOWN, case=case_or_loan)
    return found


def story_of(ledger: Ledger, lake: Path, case_id: str, show: Show) -> CaseStory:
    """All that ledger and lake know of a case.

    Args:
        ledger: where it all stands.
        lake: root of the snapshots.
        case_id: a case that the ledger knows.
        show: `SHOW_MASKED` or `show_plain`.

    Raises:
        ArrearsError: `CASE_UNKNOWN`, and those of `judgement_of` and `batches_of`.
    """
    state = ledger.case_state(case_id)
    if state is None:
        raise ArrearsError(CASE_UNKNOWN, case=case_id)
    events = ledger.events(case_id=case_id)
    batches = batches_of(ledger, Lake(lake), case_id, events)
    judgement, deleted = _judgement(ledger, Lake(lake), loan_of(case_id), _judged_in(events, batches), show)
    return CaseStory(
        case_id=case_id,
        bureau=bureau_of(case_id),
        loan_id=loan_of(case_id),
        state=state.value,
        history=tuple(Step(each.page_no, each.kind, each.written_at, each.actor, each.detail) for each in events),
        judgement=judgement,
        deleted=deleted,
        notices=tuple(_notice(event) for event in events if event.kind in ("notice_delivered", "notice_failed")),
        batches=batches,
    )


def _judged_in(events: Sequence[BookedEvent], batches: Sequence[BatchStory]) -> tuple[str, str]:
    """Business date and assessment on which the case rests."""
    if batches:
        return batches[-1].as_of, batches[-1].assessment_id
    return events[0].detail["as_of"], events[0].detail["assessment_id"]


def _judgement(
    ledger: Ledger, lake: Lake, loan_id: str, judged_in: tuple[str, str], show: Show
) -> tuple[Judgement | None, str | None]:
    try:
        return judgement_of(ledger, lake, loan_id, *judged_in, show), None
    except ArrearsError as error:
        if error.kind in (SNAPSHOT_MISSING, RECORD_MISSING):
            return None, str(error)
        raise


def _notice(event: BookedEvent) -> Notice:
    told = event.detail
    return Notice(
        page_no=event.page_no,
        is_delivered=event.kind == "notice_delivered",
        written_at=event.written_at,
        delivered_on=told.get("delivered_on"),
        grace_ends_on=told.get("grace_ends_on"),
        answered_at=told.get("answered_at"),
        reply=told.get("reply"),
        message_id=told.get("message_id"),
        message_sha256=told.get("message_sha256"),
        template=told.get("template"),
        template_sha256=told.get("template_sha256"),
        reason=told.get("reason"),
    )


def _is_sound(batch: BatchStory) -> bool:
    sealed = batch.sealed_file
    return (
        (batch.inclusion is None or batch.inclusion.is_included)
        and (batch.decision is None or batch.decision.is_of_frozen_root)
        and (sealed is None or sealed.received_sha256 in (None, sealed.sha256))
    )
