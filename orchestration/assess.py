"""The step of `assess`: a book and a policy become arrears, effort, findings and decisions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lake.assessment import publish_assessment
from lake.book import Book, latest_book, read_book
from lake.engine import collect_dataset
from lake.judging import judge
from lake.snapshot import SnapshotRef
from orchestration.deployment import lexicons_of, policy_on
from orchestration.digests import sha256_hex
from orchestration.engines import deployed_engine
from orchestration.reported import reported_episodes
from orchestration.task_run import TaskRun
from schemas.dataset import Dataset
from schemas.datasets import REPORTED
from schemas.errors import ArrearsError
from schemas.errors.approval import NO_BOOK
from schemas.facts import FACT_NAMES
from schemas.policy import Policy
from transforms.books import Books


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
    reported = _publish(run, REPORTED, reported_episodes(run.ledger, run.site.bureau, policy.time_zone), book, as_of)
    read = {name: snapshot for name, snapshot in book.snapshots.items() if name not in FACT_NAMES}
    tables = _judged(run, {**read, REPORTED.name: reported}, policy, as_of)
    decisions = next(table for dataset, table in tables if dataset.name == "decisions")
    figures = {
        "loans_in_arrears": decisions.num_rows,
        "reportable": pc.sum(decisions["is_reportable"]).as_py() or 0,
    }
    snapshots = {dataset.name: _publish(run, dataset, table, book, as_of) for dataset, table in tables}
    snapshots[REPORTED.name] = reported
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


def _judged(
    run: TaskRun, snapshots: Mapping[str, SnapshotRef], policy: Policy, as_of: date
) -> list[tuple[Dataset, pa.Table]]:
    engine = deployed_engine(run.site.engine, run.lake)
    judged = judge(engine, Books(**engine.scan(snapshots)), as_of, policy, lexicons_of(policy), run.site.evidence)
    return [(dataset, collect_dataset(frame, dataset)) for dataset, frame in judged.named()]


def _publish(run: TaskRun, dataset: Dataset, table: pa.Table, book: Book, as_of: date) -> SnapshotRef:
    return run.lake.publish(
        dataset, table, as_of=as_of, source=list(book.snapshots.values()), made_by="task:assess.judge"
    )
