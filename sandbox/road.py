"""The road of a case, driven as people would: DAGs triggered through Airflow's public REST API."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ledger.ledger import Ledger
from sandbox.airflow_api import AirflowApi, TaskAddress
from sandbox.bureau.folders import Folders
from sandbox.site import LENDER
from sandbox.stage import Stage
from schemas.errors import ArrearsError
from schemas.errors.command import RUN_FAILED, RUN_NOT_FINISHED

_POLL_SECONDS = 0.3
_ANSWER_SECONDS = 60.0
Say = Callable[[str], None]


@dataclass(frozen=True)
class Question:
    """What risk staff are asked.

    Attributes:
        task: that waits.
        batch_id: the batch.
        subject: one line.
        body: Markdown.
    """

    task: TaskAddress
    batch_id: str
    subject: str
    body: str


def take_books(site: Stage, operator: AirflowApi, as_of: date, say: Say) -> None:
    """Run ingest for a business date and wait until assess and notify, which its assets start, are done.

    Raises:
        ArrearsError: RUN_FAILED, RUN_NOT_FINISHED.
    """
    site.play(as_of)
    known = {dag_id: {run["dag_run_id"] for run in operator.runs(dag_id)} for dag_id in ("assess", "notify")}
    run_id = operator.trigger("ingest", {"as_of": as_of.isoformat()})
    wait_for_success(operator, "ingest", run_id)
    say(f"ingest  {as_of}  the extracts are one immutable book")
    for dag_id, told in (("assess", "every loan in arrears is judged"), ("notify", "notices are with the borrowers")):
        run_id = operator.wait_for_new_run(dag_id, known[dag_id])
        wait_for_success(operator, dag_id, run_id)
        say(f"{dag_id:<7} {as_of}  {told}")


def begin_report(operator: AirflowApi, as_of: date) -> tuple[str, Question]:
    """Start a report and wait until it asks risk staff.

    Returns:
        the run and the question.

    Raises:
        ArrearsError: RUN_FAILED when it ended without asking.
    """
    run_id = operator.trigger("report", {"as_of": as_of.isoformat()})
    asked = operator.wait_for_question("report", run_id)
    frozen: dict[str, Any] = operator.xcom(TaskAddress("report", run_id, "freeze"))
    task = TaskAddress("report", run_id, "ask")
    return run_id, Question(task, frozen["batch_id"], asked["subject"], asked["body"])


def wait_for_success(api: AirflowApi, dag_id: str, run_id: str, *, wait_seconds: float = 180.0) -> None:
    """Wait for the end of a run, which has to be a good one.

    Raises:
        ArrearsError: RUN_FAILED with its failed tasks, RUN_NOT_FINISHED.
    """
    run = api.wait_for_run(dag_id, run_id, wait_seconds=wait_seconds)
    if run["state"] != "success":
        failed = [task["task_id"] for task in api.task_instances(dag_id, run_id) if task["state"] == "failed"]
        raise ArrearsError(RUN_FAILED, dag=dag_id, run=run_id, tasks=failed)


def wait_for_answers(site: Stage, batch_id: str) -> list[Path]:
    """Wait until the bureau has answered every part of a batch.

    Returns:
        the sealed parts in the bureau's inbox.

    Raises:
        ArrearsError: RUN_NOT_FINISHED.
    """
    folders = Folders(site.folders.bureau)
    parts = sorted(folders.inbox(LENDER).glob(f"*_{batch_id}_*.csv.p7m"))
    until = time.monotonic() + _ANSWER_SECONDS
    while missing := [part.name for part in parts if not (folders.outbox(LENDER) / f"{part.name}.fb.p7m").exists()]:
        if time.monotonic() > until:
            raise ArrearsError(
                RUN_NOT_FINISHED, dag="bureau", run=batch_id, waited_seconds=_ANSWER_SECONDS, tasks=missing
            )
        time.sleep(_POLL_SECONDS)
    return parts


def open_ledger(site: Stage) -> Ledger:
    """The site's ledger."""
    return Ledger.open(site.folders.ledger_url)
