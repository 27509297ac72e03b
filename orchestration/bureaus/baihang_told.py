"""What Baihang was told of a loan before, so that a loan is told once, and so is each of its extensions."""

from __future__ import annotations

import json
from datetime import date

import narwhals as nw
import pyarrow as pa

from orchestration.assessed import Assessed
from orchestration.batch_pages import freeze_page
from orchestration.bureaus.form import Batch
from orchestration.case_heads import loan_of
from orchestration.task_run import TaskRun
from schemas.bureaus.baihang import BUREAU

_FIRST_SCHEDULE = 1


def told_loans(run: TaskRun, batch: Batch) -> dict[str, date]:
    """Loan to the newest business date of the batches that were sent with a case of it before this one was made.

    What is sent later does not count, so that sealing finds what freezing found.
    """
    sent = run.ledger.event_table(bureau=BUREAU, kinds=["sent"])
    told: dict[str, date] = {}
    days: dict[str, date] = {}
    for case_id, detail, written_at in zip(
        sent["case_id"].to_pylist(), sent["detail_json"].to_pylist(), sent["written_at"].to_pylist(), strict=True
    ):
        if written_at > batch.made_at:
            continue
        batch_id = json.loads(detail)["batch_id"]
        if batch_id not in days:
            days[batch_id] = date.fromisoformat(freeze_page(run.ledger, batch_id).content["as_of"])
        loan_id = loan_of(case_id)
        told[loan_id] = max(told.get(loan_id, date.min), days[batch_id])
    return told


def untold_cases(cases: pa.Table, told: dict[str, date]) -> pa.Table:
    """Cases whose loan Baihang does not know."""
    return cases.filter(pa.array([loan_id not in told for loan_id in cases["loan_id"].to_pylist()], pa.bool_()))


def newly_extended_cases(assessed: Assessed, cases: pa.Table, told: dict[str, date]) -> pa.Table:
    """Cases whose loan got another schedule since Baihang was told of it last, or ever where it was not told.

    Whether the schedule ends later, which makes it an extension, is for the mapping to say.
    """
    loans = assessed.lazy(cases.select(["loan_id"]))
    later = assessed.books.schedules.filter(
        (nw.col("schedule_effective_on") <= assessed.as_of) & (nw.col("schedule_no") > _FIRST_SCHEDULE)
    )
    newest = later.join(loans, on="loan_id", how="semi").group_by("loan_id").agg(nw.col("schedule_effective_on").max())
    days = assessed.collect(newest.select("loan_id", "schedule_effective_on"))
    since = dict(zip(days["loan_id"].to_pylist(), days["schedule_effective_on"].to_pylist(), strict=True))
    is_new = [loan in since and since[loan] > told.get(loan, date.min) for loan in cases["loan_id"].to_pylist()]
    return cases.filter(pa.array(is_new, pa.bool_()))
