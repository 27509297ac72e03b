"""The step of `feedback`: fetch, open, check and book each answer of the bureau that is not booked yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from delivery.handover_terms import Place
from delivery.sftp import SftpSession, connected
from ledger.page import Event
from orchestration.batch_pages import part_key, sealed_parts
from orchestration.bureaus.form import Answer, BureauForm, Part
from orchestration.bureaus.registry import form_of
from orchestration.frozen_rows import kept_rows
from orchestration.task_run import TaskRun
from schemas.errors import ArrearsError
from schemas.errors.feedback import ANSWER_UNKNOWN_FILE, ANSWERS_NOT_BOOKED

ACCEPTED = "accepted"
REJECTED = "rejected"
_MOST_BYTES = 256 * 1024 * 1024

_Sealed: TypeAlias = Mapping[str, tuple[str, Mapping[str, Any]]]
"""What `sealed_parts` gives, by the names under which the bureau's server keeps the files."""


def book_answers(run: TaskRun) -> dict[str, Any]:
    """Book every new answer; one that can't be booked does not stop the others.

    Returns:
        how many answers were booked, and how many of their records were accepted and rejected.

    Raises:
        ArrearsError: `ANSWERS_NOT_BOOKED` at the end, naming each answer left and the code of its error.
    """
    form = form_of(run.site.bureau)
    sealed = {_place(run).stored(name): part for name, part in sealed_parts(run.ledger, form.name).items()}
    totals = {"answers": 0, ACCEPTED: 0, REJECTED: 0}
    failed: dict[str, str] = {}
    with connected(run.connections.bureau_server()) as session:
        for name in _new_answers(run, form, sealed, session):
            try:
                counts = _book(run, form, sealed, session, name)
            except ArrearsError as error:
                failed[name] = error.code
                continue
            totals = {key: totals[key] + counts[key] for key in totals}
    if failed:
        raise ArrearsError(ANSWERS_NOT_BOOKED, answers=failed, booked=totals["answers"])
    return totals


def _page_key(run: TaskRun, name: str) -> str:
    return f"feedback/{run.site.bureau}/{name}"


def _place(run: TaskRun) -> Place:
    return run.site.desk.habits.place(run.site.desk.inbox)


def _answered_file(run: TaskRun, form: BureauForm, name: str) -> str | None:
    """Name that the answered file has on the bureau's server; None when it is not the name of an answer."""
    answered = form.answered_file(_unfolded(name) if run.site.desk.habits.folds_names else name)
    return None if answered is None else _place(run).stored(answered)


def _unfolded(name: str) -> str:
    """With the ending as bureaus write it; the letters before the first dot say nothing about the kind of file."""
    stem, dot, ending = name.partition(".")
    return f"{stem}{dot}{ending.lower()}"


def _new_answers(run: TaskRun, form: BureauForm, sealed: _Sealed, session: SftpSession) -> list[str]:
    names = [file.name for file in session.files_in(run.site.desk.outbox)]
    booked = {page.key for page in run.ledger.pages(kind="feedback")}
    return [name for name in names if _page_key(run, name) not in booked and _is_due(run, form, sealed, name)]


def _is_due(run: TaskRun, form: BureauForm, sealed: _Sealed, name: str) -> bool:
    """Whether it answers a file, and not one whose receipt we are still about to book."""
    file_name = _answered_file(run, form, name)
    if file_name is None:
        return False
    found = sealed.get(file_name)
    return found is None or run.ledger.page(part_key(found[0], found[1]["part_no"], "receipt")) is not None


def _book(run: TaskRun, form: BureauForm, sealed: _Sealed, session: SftpSession, name: str) -> Mapping[str, int]:
    found = sealed.get(_answered_file(run, form, name) or "")
    if found is None:
        raise ArrearsError(ANSWER_UNKNOWN_FILE, answer=name)
    batch_id, part = found
    rows = kept_rows(run, batch_id).slice(part["offset"], part["records"])
    case_of = dict(zip(rows["serial_no"].to_pylist(), rows["case_id"].to_pylist(), strict=True))
    content = session.read(f"{run.site.desk.outbox}/{name}", _MOST_BYTES)
    read_as = _unfolded(name) if run.site.desk.habits.folds_names else name
    answer = form.read_answer(run, read_as, content, Part(batch_id, part["file_name"], part["sha256"], list(case_of)))
    events = list(_events(case_of, answer, {"batch_id": batch_id, "answer": name}))
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
            "batch_id": batch_id,
            "part_no": part["part_no"],
            "answer": name,
            "file_name": part["file_name"],
            "sha256": part["sha256"],
            "refusal_code": answer.refusal_code,
            "records": part["records"],
            "accepted": counts[ACCEPTED],
            "rejected": counts[REJECTED],
        },
        events=events,
        written_at=run.clock.now(),
    )
    return counts


def _events(case_of: Mapping[int, str], answer: Answer, detail: Mapping[str, Any]) -> Iterator[Event]:
    for serial, case_id in case_of.items():
        if answer.refusal_code is not None:
            yield Event(case_id, REJECTED, {**detail, "code": answer.refusal_code})
        elif serial in answer.accepted:
            yield Event(case_id, ACCEPTED, dict(detail))
        else:
            yield Event(case_id, REJECTED, {**detail, "code": answer.rejected[serial]})
