"""The step `freeze`: who may be reported now, their records validated and committed to, and what approvers read."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from ledger.page import Event, Page
from orchestration.approval_body import approval_body, approval_subject
from orchestration.approval_facts import (
    amounts_of,
    last_batch,
    left_out_of,
    quarantine_of,
    shown_of,
    sum_of,
    waterfall_of,
)
from orchestration.assessed import Assessed, assessed_on
from orchestration.batch_pages import batch_id_of, batch_key
from orchestration.bureaus.form import Batch, CaseRecords, Validated
from orchestration.bureaus.registry import form_of
from orchestration.candidates import Candidates, prepared_batch
from orchestration.record_leaves import leaves_of_lines, new_salts
from orchestration.task_run import TaskRun
from orchestration.told_rules import told_rules
from schemas.datasets import FROZEN


def freeze_batch(run: TaskRun) -> dict[str, Any] | None:
    """Freeze the batch of this run and say what is to be approved.

    Returns:
        batch_id, root, subject and body of the request; None when there is nobody to report.

    Raises:
        ArrearsError: `NOTHING_ASSESSED`, `VALIDATION_FAILED`, and those of the bureau's form.
    """
    batch_id = batch_id_of(run.site.bureau, run.as_of, run.run_id)
    page = run.ledger.page(batch_key(batch_id, "freeze")) or _freeze(run, batch_id)
    facts = page.content
    if not facts["cases"]:
        return None
    return {
        "batch_id": batch_id,
        "root": facts["root"],
        "cases": facts["cases"],
        "subject": approval_subject(facts),
        "body": approval_body(facts),
    }


def _freeze(run: TaskRun, batch_id: str) -> Page:
    form = form_of(run.site.bureau)
    form.sealer(run)  # a key that can't seal is found before a person is asked
    assessed = assessed_on(run, run.as_of)
    batch = Batch(batch_id, run.clock.now().replace(microsecond=0))
    prepared = prepared_batch(run, form, assessed, batch)
    candidates, validated = prepared.candidates, prepared.validated
    rows = _frozen_table(prepared.records, candidates.chosen)
    root = rows.schema.metadata[b"root"].decode()
    content = {
        **_identity(run, assessed, batch, root),
        **_figures(run, assessed, candidates, validated, rows),
        "frozen_snapshot": run.lake.publish(
            FROZEN, rows.replace_schema_metadata(None), as_of=run.as_of, source=[], made_by=f"report {batch_id}"
        ).to_json(),
    }
    return run.ledger.write_page(
        key=batch_key(batch_id, "freeze"),
        kind="freeze",
        actor="task:report.freeze",
        content=content,
        events=_events(batch_id, rows, candidates, validated),
        written_at=run.clock.now(),
    )


def _frozen_table(records: CaseRecords, chosen: pa.Table) -> pa.Table:
    """Contract `FROZEN`, with the Merkle root in the schema's metadata."""
    cases, lines = records.cases, records.lines()
    salts = new_salts(cases.num_rows)
    leaves, root = leaves_of_lines(lines, salts)
    figures = chosen.select(
        ["case_id", "loan_id", "borrower_kind", "has_judgment", "overdue_days", "overdue_amount", "balance_amount"]
    )
    numbered = pa.table(
        {
            "case_id": cases["case_id"],
            "serial_no": cases["serial"],
            "salt_hex": pa.array([salt.hex() for salt in salts], pa.string()),
            "leaf_hex": pa.array([leaf.hex() for leaf in leaves], pa.string()),
        }
    )
    joined = numbered.join(figures, keys="case_id", join_type="inner").sort_by("serial_no")
    return (
        joined.select(list(FROZEN.field_names))
        .cast(FROZEN.arrow_schema())
        .replace_schema_metadata({"root": root.hex()})
    )


def _identity(run: TaskRun, assessed: Assessed, batch: Batch, root: str) -> dict[str, Any]:
    return {
        "batch_id": batch.batch_id,
        "made_at": batch.made_at.isoformat(),
        "bureau": run.site.bureau,
        "bureau_name": run.site.desk.name,
        "as_of": run.as_of.isoformat(),
        "policy_name": assessed.policy.name,
        "policy_version": assessed.policy.version,
        "currency": assessed.policy.currency,
        "book_id": assessed.book_id,
        "assessment_id": assessed.assessment_id,
        "prepared_by": run.prepared_by,
        "root": root,
    }


def _figures(
    run: TaskRun, assessed: Assessed, candidates: Candidates, validated: Validated, rows: pa.Table
) -> dict[str, Any]:
    return {
        "cases": rows.num_rows,
        "overdue_amount": str(sum_of(rows, "overdue_amount")),
        "balance_amount": str(sum_of(rows, "balance_amount")),
        "amounts": amounts_of(rows),
        "loans_in_arrears": assessed.assessment.facts["loans_in_arrears"],
        "waterfall": waterfall_of(assessed),
        "shown": shown_of(rows, candidates.chosen, assessed.policy),
        "left_out": left_out_of(candidates.set_aside, candidates.cured, validated.set_aside),
        "set_aside": candidates.set_aside.num_rows,
        "cured": candidates.cured.num_rows,
        "validation": validated.findings,
        "docs_url": validated.docs_url,
        "book_docs_url": assessed.book_facts["docs_url"],
        "quarantine": quarantine_of(assessed.book_facts),
        "last_batch": last_batch(run.ledger, run.site.bureau),
        "approval_minutes": assessed.policy.report.approval_minutes.value,
        "part_records": assessed.policy.report.part_records.value,
    }


def _events(batch_id: str, rows: pa.Table, candidates: Candidates, validated: Validated) -> list[Event]:
    frozen = [
        Event(case_id, "frozen", {"batch_id": batch_id, "serial": serial, "leaf": leaf})
        for case_id, serial, leaf in zip(
            rows["case_id"].to_pylist(), rows["serial_no"].to_pylist(), rows["leaf_hex"].to_pylist(), strict=True
        )
    ]
    aside = [*candidates.set_aside.to_pylist(), *validated.set_aside.to_pylist()]
    return [
        *frozen,
        *(_set_aside(batch_id, row["case_id"], row["failing_rules"]) for row in aside),
        *(Event(case_id, "cured", {"batch_id": batch_id}) for case_id in candidates.cured["case_id"].to_pylist()),
    ]


def _set_aside(batch_id: str, case_id: str, failing_rules: str) -> Event:
    return Event(case_id, "set_aside", {"batch_id": batch_id, "rules": told_rules(failing_rules)})
