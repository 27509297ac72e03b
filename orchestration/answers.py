"""The step of `feedback`: fetch, open, check and book each answer of the bureau that is not booked yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from delivery.feedback import Answer, read_answer
from delivery.seal.certificates import OpeningIdentity, SignerCertificate
from delivery.seal.cms import open_sealed
from delivery.sftp import SftpSession, connected
from ledger.page import Event
from orchestration.batch_pages import batch_key, part_key
from orchestration.frozen_rows import kept_rows
from orchestration.task_run import TaskRun
from schemas.bureaus.roster import ACCEPTED, REJECTED, PartName
from schemas.errors import ArrearsError
from schemas.errors.feedback import ANSWER_TOTALS_DIFFER, ANSWER_UNKNOWN_FILE, ANSWERS_NOT_BOOKED

_MOST_BYTES = 256 * 1024 * 1024


def book_answers(run: TaskRun) -> dict[str, Any]:
    """Book every new answer; one that can't be booked does not stop the others.

    Returns:
        how many answers were booked, and how many of their records were accepted and rejected.

    Raises:
        ArrearsError: `ANSWERS_NOT_BOOKED` at the end, naming each answer left and the code of its error.
    """
    checked_at = run.clock.wall_now()
    reader, signer = run.connections.opening(checked_at), run.connections.bureau_signer(checked_at)
    totals = {"answers": 0, ACCEPTED: 0, REJECTED: 0}
    failed: dict[str, str] = {}
    with connected(run.connections.bureau_server()) as session:
        for name in _new_answers(run, session):
            try:
                counts = _book(run, session, reader, signer, name)
            except ArrearsError as error:
                failed[name] = error.code
                continue
            totals = {key: totals[key] + counts[key] for key in totals}
    if failed:
        raise ArrearsError(ANSWERS_NOT_BOOKED, answers=failed, booked=totals["answers"])
    return totals


def _page_key(run: TaskRun, name: str) -> str:
    return f"feedback/{run.site.bureau}/{name}"


def _new_answers(run: TaskRun, session: SftpSession) -> list[str]:
    names = [file.name for file in session.files_in(run.site.desk.outbox)]
    booked = {page.key for page in run.ledger.pages(kind="feedback")}
    return [name for name in names if _page_key(run, name) not in booked and _is_due(run, name)]


def _is_due(run: TaskRun, name: str) -> bool:
    """Whether it answers a file, and not one whose receipt we are still about to book."""
    part = PartName.of_feedback(name)
    if part is None:
        return False
    is_sealed = run.ledger.page(batch_key(part.batch_id, "seal")) is not None
    has_receipt = run.ledger.page(part_key(part.batch_id, part.part_no, "receipt")) is not None
    return has_receipt or not is_sealed


def _book(
    run: TaskRun, session: SftpSession, reader: OpeningIdentity, signer: SignerCertificate, name: str
) -> Mapping[str, int]:
    sealed = session.read(f"{run.site.desk.outbox}/{name}", _MOST_BYTES)
    answer = read_answer(open_sealed(sealed, reader, signer).content, name=name)
    part_name = PartName.of_feedback(name)
    if part_name is None or answer.file_name != part_name.sealed:
        raise ArrearsError(ANSWER_UNKNOWN_FILE, answer=name)
    part = _sealed_part(run, part_name, answer)
    events = _events(run, part_name, part, answer, name)
    counts = {
        "answers": 1,
        ACCEPTED: sum(event.kind == ACCEPTED for event in events),
        REJECTED: sum(event.kind == REJECTED for event in events),
    }
    run.ledger.write_page(
        key=_page_key(run, name),
        kind="feedback",
        actor="task:feedback.book_answers",
        content={
            "batch_id": part_name.batch_id,
            "part_no": part_name.part_no,
            "answer": name,
            "file_name": answer.file_name,
            "sha256": answer.sha256,
            "refusal_code": answer.refusal_code,
            "records": part["records"],
            "accepted": counts[ACCEPTED],
            "rejected": counts[REJECTED],
        },
        events=events,
        written_at=run.clock.now(),
    )
    return counts


def _sealed_part(run: TaskRun, part_name: PartName, answer: Answer) -> Mapping[str, Any]:
    sealed = run.ledger.page(batch_key(part_name.batch_id, "seal"))
    for part in [] if sealed is None else sealed.content["parts"]:
        if part["file_name"] == answer.file_name and part["sha256"] == answer.sha256:
            return dict(part)
    raise ArrearsError(ANSWER_UNKNOWN_FILE, answer=part_name.feedback, sha256=answer.sha256)


def _events(run: TaskRun, part_name: PartName, part: Mapping[str, Any], answer: Answer, name: str) -> list[Event]:
    rows = kept_rows(run, part_name.batch_id).slice(part["offset"], part["records"])
    case_of = dict(zip(rows["serial_no"].to_pylist(), rows["case_id"].to_pylist(), strict=True))
    detail = {"batch_id": part_name.batch_id, "answer": name}
    if answer.refusal_code is not None:
        return [Event(case_id, REJECTED, {**detail, "code": answer.refusal_code}) for case_id in case_of.values()]
    answered = answer.records.to_pydict()
    unknown, unanswered = set(answered["serial"]) - set(case_of), set(case_of) - set(answered["serial"])
    if unknown or unanswered:
        raise ArrearsError(ANSWER_TOTALS_DIFFER, answer=name, unknown=len(unknown), unanswered=len(unanswered))
    return [
        Event(case_of[serial], status, {**detail, "code": code} if status == REJECTED else detail)
        for serial, status, code in zip(answered["serial"], answered["status"], answered["code"], strict=True)
    ]
