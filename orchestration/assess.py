"""The step of `assess`: a book and a policy become arrears, effort, findings on evidence and decisions."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lake.assessment import publish_assessment
from lake.book import Book, latest_book, read_book
from lake.engine import collect, collect_dataset, open_engine
from lake.evidence import check_evidence
from lake.snapshot import SnapshotRef
from orchestration.deployment import policy_on
from orchestration.digests import sha256_hex
from orchestration.task_run import TaskRun
from schemas.dataset import Dataset
from schemas.datasets import ARREARS, EFFORT, EVIDENCE_FINDINGS
from schemas.errors import ArrearsError
from schemas.errors.approval import NO_BOOK
from schemas.policy import Policy
from transforms.arrears import arrears_as_of
from transforms.books import Books
from transforms.decisions import decide, decisions_dataset, evidence_to_check
from transforms.effort import effort_since_first_missed


def assess_book(run: TaskRun, as_of: date) -> dict[str, Any]:
    """Assess the newest book of a business date and publish the result.

    Returns:
        as_of, book_id, assessment_id, policy, loans in arrears and reportable loans.

    Raises:
        ArrearsError: `NO_BOOK`.
    """
    ref = latest_book(run.lake, as_of)
    if ref is None:
        raise ArrearsError(NO_BOOK, as_of=as_of)
    book, policy = read_book(run.lake, ref), policy_on(as_of)
    tables = _judged(run, book, policy, as_of)
    decisions = tables[-1][1]
    figures = {
        "loans_in_arrears": decisions.num_rows,
        "reportable": pc.sum(decisions["is_reportable"]).as_py() or 0,
    }
    snapshots = {dataset.name: _publish(run, dataset, table, book, as_of) for dataset, table in tables}
    published = publish_assessment(
        run.lake, ref, snapshots, policy=policy.name, policy_version=policy.version, facts=figures
    )
    facts = {
        "as_of": as_of.isoformat(),
        "book_id": ref.book_id,
        "assessment_id": published.assessment_id,
        "policy_name": policy.name,
        "policy_version": policy.version,
        "policy_sha256": sha256_hex(policy.model_dump_json().encode()),
        **figures,
    }
    run.ledger.write_page(
        key=f"assess/{as_of}/{published.assessment_id}",
        kind="assess",
        actor="task:assess.judge",
        content={**facts, "snapshots": {name: snapshot.to_json() for name, snapshot in snapshots.items()}},
        written_at=run.clock.now(),
    )
    return facts


def _judged(run: TaskRun, book: Book, policy: Policy, as_of: date) -> list[tuple[Dataset, pa.Table]]:
    """Each step's table is kept and feeds the next, so that nothing is computed twice; decisions come last."""
    engine = open_engine(run.site.engine, run.lake)
    books = Books(**engine.scan(book.snapshots))
    arrears = collect_dataset(arrears_as_of(books, as_of, policy), ARREARS)
    lazy_arrears = engine.lazy(arrears)
    effort = collect_dataset(effort_since_first_missed(books, lazy_arrears, as_of, policy), EFFORT)
    lazy_effort = engine.lazy(effort)
    to_check = collect(evidence_to_check(books, lazy_arrears, lazy_effort, as_of, policy))
    findings = check_evidence(run.site.evidence, to_check)
    decided = decide(books, lazy_arrears, lazy_effort, engine.lazy(findings), as_of, policy)
    decisions = collect_dataset(decided, decisions_dataset())
    return [
        (ARREARS, arrears),
        (EFFORT, effort),
        (EVIDENCE_FINDINGS, findings),
        (decisions_dataset(), decisions),
    ]


def _publish(run: TaskRun, dataset: Dataset, table: pa.Table, book: Book, as_of: date) -> SnapshotRef:
    return run.lake.publish(
        dataset, table, as_of=as_of, source=list(book.snapshots.values()), made_by="task:assess.judge"
    )
