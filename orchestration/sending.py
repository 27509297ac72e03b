"""The last steps of `report`: each sealed part to the bureau exactly once, then the batch is booked as sent."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from airflow.sdk.exceptions import AirflowRescheduleException

from delivery.backoff import wait_seconds
from delivery.handover import HandOver
from delivery.handover_terms import Part, Receipt
from delivery.outbox import Outbox, StoredPart
from delivery.pace import OpeningHours, Pace
from delivery.sftp import connected
from ledger.ledger import Ledger
from ledger.page import Event
from orchestration.batch_pages import batch_key, part_key, release_page, seal_page
from orchestration.frozen_rows import kept_rows
from orchestration.task_run import TaskRun
from schemas.errors import ArrearsError
from schemas.errors.approval import NOT_SEALED, NOT_SENT
from schemas.errors.ledger import LEDGER_NOT_INTACT
from schemas.errors.transport import CONNECTION_LOST, SENDING_CLOSED, SERVER_TOO_SLOW

_LOG = logging.getLogger(__name__)

# A line that drops is taken up again at once; what lasts longer is left to the retries of the task.
_RECONNECTS = 3
_FIRST_WAIT_SECONDS = 1.0
_MOST_WAIT_SECONDS = 20.0
_LINE_DROPPED = (CONNECTION_LOST, SERVER_TOO_SLOW)


def send_part(run: TaskRun, part: Mapping[str, Any]) -> dict[str, Any]:
    """Send one sealed part, or finish what an earlier try began.

    The release, the part's name, size and SHA-256 are read from the ledger again; what the task was handed only says
    which part is meant. Out of the bureau's hours the task is put off until it opens, and goes on where it stopped.

    Returns:
        file name, size and SHA-256 as they were found at the bureau.

    Raises:
        ArrearsError: `LEDGER_NOT_INTACT`, `NOT_RELEASED`, `NOT_SEALED`, and those of `delivery.outbox`,
            `delivery.sftp` and `delivery.handover`.
        AirflowRescheduleException: the bureau takes no files at this hour.
    """
    hours = run.site.desk.habits.opening_hours()
    _put_off(hours, run.clock.wall_now())
    batch_id = str(part["batch_id"])
    _require_intact(run.ledger)
    release_page(run.ledger, batch_id)
    sealed = _sealed_part(run, batch_id, int(part["part_no"]))
    stored = Outbox(run.site.outbox).require(
        sealed["file_name"], size_bytes=sealed["size_bytes"], sha256=sealed["sha256"]
    )
    try:
        receipt = _handed_over(run, batch_id, sealed, stored, hours)
    except ArrearsError as problem:
        if problem.kind is SENDING_CLOSED:
            _put_off(hours, run.clock.wall_now())
        raise
    return {
        "batch_id": batch_id,
        "part_no": sealed["part_no"],
        "remote_path": receipt.remote_path,
        "size_bytes": receipt.size_bytes,
        "sha256": receipt.sha256,
        "records": sealed["records"],
    }


def close_batch(run: TaskRun, receipts: list[dict[str, Any]]) -> dict[str, Any]:
    """Book the batch as sent once every sealed part has its receipt in the ledger.

    Raises:
        ArrearsError: `NOT_RELEASED`, `NOT_SEALED`; `NOT_SENT`, naming the parts without a receipt.
    """
    batch_id = str(receipts[0]["batch_id"])
    release_page(run.ledger, batch_id)
    sealed = seal_page(run.ledger, batch_id)
    missing = [
        part["file_name"]
        for part in sealed.content["parts"]
        if run.ledger.page(part_key(batch_id, part["part_no"], "receipt")) is None
    ]
    if missing:
        raise ArrearsError(NOT_SENT, batch=batch_id, parts=missing)
    content = {
        "batch_id": batch_id,
        "as_of": sealed.content["as_of"],
        "files": [part["file_name"] for part in sealed.content["parts"]],
        "records": sum(part["records"] for part in sealed.content["parts"]),
    }
    run.ledger.write_page(
        key=batch_key(batch_id, "sent"),
        kind="sent",
        actor="task:report.close",
        content=content,
        written_at=run.clock.now(),
    )
    return content


def _put_off(hours: OpeningHours, at: datetime) -> None:
    if not hours.is_open(at):
        opens_at = hours.next_opening(at)
        _LOG.info("the bureau takes no files now; it opens at %s", opens_at.isoformat())
        raise AirflowRescheduleException(opens_at)  # type: ignore[no-untyped-call]  # Airflow has no types here


def _handed_over(
    run: TaskRun, batch_id: str, sealed: Mapping[str, Any], stored: StoredPart, hours: OpeningHours
) -> Receipt:
    desk = run.site.desk
    part = Part(
        key=part_key(batch_id, sealed["part_no"]),
        file_name=stored.file_name,
        size_bytes=stored.size_bytes,
        sha256=stored.sha256,
    )
    sent_events = _sent_events(run, batch_id, sealed)
    for tries in range(1, _RECONNECTS + 2):
        try:
            with connected(run.connections.bureau_server()) as session:
                return HandOver(
                    part,
                    stored.open,
                    session,
                    desk.habits.place(desk.inbox),
                    run.ledger,
                    actor="task:report.send",
                    clock=run.clock.now,
                    sent_events=sent_events,
                    pace=Pace(desk.habits.most_bytes_per_second, hours, run.clock.wall_now),
                ).run()
        except ArrearsError as problem:
            if problem.kind not in _LINE_DROPPED or tries > _RECONNECTS:
                raise
            seconds = wait_seconds(tries, _FIRST_WAIT_SECONDS, _MOST_WAIT_SECONDS)
            _LOG.warning("%s It is taken up again in %.1f seconds.", problem, seconds)
            time.sleep(seconds)
    raise AssertionError("the last try returns or raises")


def _require_intact(ledger: Ledger) -> None:
    """What releases a batch is a page in the ledger, so the whole log is read back before anything leaves."""
    report = ledger.verify()
    if not report.is_intact:
        raise ArrearsError(LEDGER_NOT_INTACT, page_no=report.first_bad_page_no, rule=report.reason)


def _sealed_part(run: TaskRun, batch_id: str, part_no: int) -> Mapping[str, Any]:
    for part in seal_page(run.ledger, batch_id).content["parts"]:
        if part["part_no"] == part_no:
            return dict(part)
    raise ArrearsError(NOT_SEALED, batch=batch_id, part=part_no)


def _sent_events(run: TaskRun, batch_id: str, sealed: Mapping[str, Any]) -> list[Event]:
    rows = kept_rows(run, batch_id).slice(sealed["offset"], sealed["records"])
    detail = {"batch_id": batch_id, "file_name": sealed["file_name"]}
    return [
        Event(case_id, "sent", {**detail, "serial": serial})
        for case_id, serial in zip(rows["case_id"].to_pylist(), rows["serial_no"].to_pylist(), strict=True)
    ]
