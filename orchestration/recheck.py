"""The last look before sealing: who has paid, contested or died since the freeze is taken out."""

from __future__ import annotations

from collections import Counter
from typing import Any

from ledger.page import Event
from orchestration.assessed import assessed_newest
from orchestration.batch_pages import batch_key, recheck_key, release_page, removed_case_ids
from orchestration.frozen_rows import kept_rows
from orchestration.task_run import TaskRun
from orchestration.told_rules import told_rules
from transforms.batch import re_check


def recheck_batch(run: TaskRun, batch_id: str) -> dict[str, Any] | None:
    """Judge the batch's cases by the newest book and take out those that may not be reported any more.

    A batch that is sealed already is left as it is: its parts may be on their way.

    Returns:
        batch_id, what was removed by cause, and how many records are left; None when none is.

    Raises:
        ArrearsError: `NOT_RELEASED`, `BATCH_UNKNOWN`.
    """
    release_page(run.ledger, batch_id)
    if run.ledger.page(batch_key(batch_id, "seal")) is None:
        _remove(run, batch_id)
    left = kept_rows(run, batch_id).num_rows
    removed = len(removed_case_ids(run.ledger, batch_id))
    return {"batch_id": batch_id, "removed": removed, "left": left} if left else None


def _remove(run: TaskRun, batch_id: str) -> None:
    newest = assessed_newest(run)
    key = recheck_key(batch_id, newest.book_id)
    if run.ledger.page(key) is not None:
        return
    kept = kept_rows(run, batch_id).select(["case_id", "loan_id"])
    dropped = newest.collect(
        re_check(newest.books, newest.decisions, newest.lazy(kept), run.site.bureau, newest.policy)
    ).to_pylist()
    causes = Counter(
        row["cause"] if row["cause"] == "paid" else ",".join(told_rules(row["failing_rules"])) for row in dropped
    )
    run.ledger.write_page(
        key=key,
        kind="recheck",
        actor="task:report.recheck",
        content={
            "batch_id": batch_id,
            "as_of": newest.as_of.isoformat(),
            "book_id": newest.book_id,
            "removed": [row["case_id"] for row in dropped],
            "causes": dict(sorted(causes.items())),
            "left": kept.num_rows - len(dropped),
        },
        events=[
            Event(
                row["case_id"],
                "removed",
                {"batch_id": batch_id, "cause": row["cause"], "rules": told_rules(row["failing_rules"])},
            )
            for row in dropped
        ],
        written_at=run.clock.now(),
    )
