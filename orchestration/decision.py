"""A person's decision on a frozen batch: checked, then written into the ledger, which alone is believed later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ledger.ledger import Ledger
from ledger.page import Event, Page
from orchestration.batch_pages import batch_key, freeze_page, frozen_case_ids
from orchestration.site import Approver
from schemas.errors import ArrearsError
from schemas.errors.approval import (
    ALREADY_DECIDED,
    LATE_ANSWER,
    NO_HUMAN_ANSWER,
    NO_REASON,
    OTHER_ROOT,
    OWN_WORK,
    UNKNOWN_OPTION,
    WRONG_PERSON,
)

RELEASE = "Release"
HOLD = "Hold"


@dataclass(frozen=True)
class Answer:
    """What Airflow hands over of a person's answer.

    Attributes:
        option: the one chosen.
        reason: stripped text, empty when none was given.
        person_id: as the auth manager gives it.
        person_name: log-in name.
        answered_at: when Airflow took the answer.
    """

    option: str
    reason: str
    person_id: str
    person_name: str
    answered_at: datetime


def answer_of(output: Mapping[str, Any] | None, *, batch_id: str) -> Answer:
    """Read the approval task's output.

    Raises:
        ArrearsError: `NO_HUMAN_ANSWER` when the task was ended by hand or by the clock, `UNKNOWN_OPTION`.
    """
    person = (output or {}).get("responded_by_user")
    if not output or not person or not output.get("responded_at"):
        raise ArrearsError(NO_HUMAN_ANSWER, batch=batch_id)
    chosen = output.get("chosen_options") or []
    if len(chosen) != 1 or chosen[0] not in (RELEASE, HOLD):
        raise ArrearsError(UNKNOWN_OPTION, batch=batch_id, options=len(chosen))
    answered_at = output["responded_at"]
    if isinstance(answered_at, str):
        answered_at = datetime.fromisoformat(answered_at)
    return Answer(
        option=chosen[0],
        reason=str((output.get("params_input") or {}).get("reason") or "").strip(),
        person_id=str(person["id"]),
        person_name=str(person["name"]),
        answered_at=answered_at,
    )


def record_decision(
    ledger: Ledger,
    *,
    batch_id: str,
    shown_root: str,
    answer: Answer,
    approvers: Sequence[Approver],
    prepared_by: str | None,
    written_at: datetime,
) -> Page:
    """Write the decision on a batch, with an event for each of its cases.

    Args:
        ledger: where to write.
        batch_id: the batch.
        shown_root: Merkle root that stood in the request.
        answer: what the person answered.
        approvers: who may answer.
        prepared_by: log-in name of who started the run, None for a scheduled one.
        written_at: now.

    Returns:
        The decision page; on a retry the page that stands already.

    Raises:
        ArrearsError: `WRONG_PERSON`, `OWN_WORK`, `NO_REASON`, `OTHER_ROOT`, `LATE_ANSWER`, `ALREADY_DECIDED`.
    """
    frozen = freeze_page(ledger, batch_id)
    _check_person(answer, approvers, prepared_by, batch_id)
    if answer.option == HOLD and not answer.reason:
        raise ArrearsError(NO_REASON, batch=batch_id, person=answer.person_name)
    if frozen.content["root"] != shown_root:
        raise ArrearsError(OTHER_ROOT, batch=batch_id)
    standing = ledger.page(batch_key(batch_id, "decision"))
    if standing is not None:
        return _same_decision(standing, answer, batch_id)
    kind = "released" if answer.option == RELEASE else "given_back"
    return ledger.write_page(
        key=batch_key(batch_id, "decision"),
        kind="decision",
        actor=f"user:{answer.person_name}",
        content={
            "batch_id": batch_id,
            "option": answer.option,
            "reason": answer.reason,
            "person_id": answer.person_id,
            "person_name": answer.person_name,
            "answered_at": answer.answered_at.isoformat(),
            "root": shown_root,
            "prepared_by": prepared_by,
        },
        events=[Event(case_id, kind, {"batch_id": batch_id}) for case_id in frozen_case_ids(ledger, batch_id)],
        written_at=written_at,
    )


def record_lapse(ledger: Ledger, *, batch_id: str, reason: str, written_at: datetime) -> Page:
    """Give the cases of a batch back that nobody decided in time; on a retry the page that stands already."""
    frozen = freeze_page(ledger, batch_id)
    standing = ledger.page(batch_key(batch_id, "decision"))
    if standing is not None:
        return standing
    return ledger.write_page(
        key=batch_key(batch_id, "decision"),
        kind="decision",
        actor="task:report.record_decision",
        content={"batch_id": batch_id, "option": "Lapsed", "reason": reason, "root": frozen.content["root"]},
        events=[Event(case_id, "given_back", {"batch_id": batch_id}) for case_id in frozen_case_ids(ledger, batch_id)],
        written_at=written_at,
    )


def record_refusal(ledger: Ledger, *, batch_id: str, task_run: str, error: ArrearsError, written_at: datetime) -> Page:
    """Write down that an answer was refused and why, so that an auditor finds the attempt.

    Args:
        ledger: where to write.
        batch_id: the batch.
        task_run: identity of this very try, for idempotency.
        error: why it was refused.
        written_at: now.
    """
    return ledger.write_page(
        key=batch_key(batch_id, "refusal", task_run),
        kind="refusal",
        actor="task:report.record_decision",
        content={
            "batch_id": batch_id,
            "code": error.code,
            "title": error.kind.title,
            "facts": {name: str(value) for name, value in error.facts.items()},
        },
        events=[],
        written_at=written_at,
    )


def _check_person(answer: Answer, approvers: Sequence[Approver], prepared_by: str | None, batch_id: str) -> None:
    if (answer.person_id, answer.person_name) not in {(person.id, person.name) for person in approvers}:
        raise ArrearsError(WRONG_PERSON, batch=batch_id, person=answer.person_name)
    if prepared_by is not None and prepared_by == answer.person_name:
        raise ArrearsError(OWN_WORK, batch=batch_id, person=answer.person_name)


def _same_decision(standing: Page, answer: Answer, batch_id: str) -> Page:
    option = standing.content["option"]
    if option == "Lapsed":
        raise ArrearsError(LATE_ANSWER, batch=batch_id, person=answer.person_name)
    if option != answer.option:
        raise ArrearsError(ALREADY_DECIDED, batch=batch_id, decided=option, answered=answer.option)
    return standing
