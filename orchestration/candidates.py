"""Who may go into a batch now, and the records of those who pass the bureau's checks."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from orchestration.assessed import Assessed
from orchestration.bureaus.form import Batch, BureauForm, CaseRecords, Validated
from orchestration.case_heads import case_heads, is_outdated, loan_of
from orchestration.task_run import TaskRun
from transforms.batch import Selection, select_cases


@dataclass(frozen=True)
class Candidates:
    """Tables of who goes into the batch and who does not.

    Attributes:
        chosen: decisions of the cases that go in, with `case_id`, in priority order.
        set_aside: `case_id`, `failing_rules`.
        cured: `case_id`; empty for a business date that is out of date, which closes no case.
    """

    chosen: pa.Table
    set_aside: pa.Table
    cured: pa.Table


@dataclass(frozen=True)
class PreparedBatch:
    """What a batch of now is frozen from.

    Attributes:
        candidates: who goes in and who does not.
        validated: which of those who go in break no critical rule.
        records: of those, numbered in their own order.
    """

    candidates: Candidates
    validated: Validated
    records: CaseRecords


def candidates_of(run: TaskRun, assessed: Assessed) -> Candidates:
    """Part the cases whose grace period is over by the ledger's states and the decisions of the business date."""
    heads = assessed.lazy(case_heads(run.ledger, run.site.bureau))
    selection: Selection = select_cases(
        assessed.books, assessed.decisions, heads, run.as_of, run.site.bureau, assessed.policy
    )
    cured = assessed.collect(selection.cured.select("case_id"))
    return Candidates(
        chosen=assessed.collect(selection.chosen),
        set_aside=assessed.collect(selection.set_aside.select("case_id", "failing_rules")),
        cured=cured.slice(0, 0) if is_outdated(run.ledger, run.site.bureau, run.as_of) else cured,
    )


def prepared_batch(run: TaskRun, form: BureauForm, assessed: Assessed, batch: Batch) -> PreparedBatch:
    """Choose who may be reported now, build their records and judge them.

    Raises:
        ArrearsError: `VALIDATION_FAILED`, and those of the bureau's form.
    """
    candidates = candidates_of(run, assessed)
    records = form.records_of(run, assessed, candidates.chosen, batch)
    validated = records.validated(batch.batch_id)
    return PreparedBatch(candidates, validated, _numbered_anew(run, form, assessed, batch, records, validated))


def _numbered_anew(
    run: TaskRun, form: BureauForm, assessed: Assessed, batch: Batch, records: CaseRecords, validated: Validated
) -> CaseRecords:
    """The records with serials counted over those that are frozen, as `seal` will build them."""
    if not validated.set_aside.num_rows:
        return records
    loans = [loan_of(case_id) for case_id in validated.kept]
    cases = pa.table({"case_id": pa.array(validated.kept, pa.string()), "loan_id": pa.array(loans, pa.string())})
    return form.records_of(run, assessed, cases, batch)
