"""The step after the approval: an answer into a decision in the ledger, or a refusal that an auditor can find."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestration.decision import RELEASE, answer_of, record_decision, record_lapse, record_refusal
from orchestration.task_run import TaskRun
from schemas.errors import ArrearsError
from schemas.errors.approval import NOBODY_ANSWERED, NOTHING_FROZEN


def record_answer(run: TaskRun, batch: Mapping[str, Any] | None, output: Mapping[str, Any] | None) -> bool:
    """Write what the person answered into the ledger.

    Args:
        run: this try.
        batch: what `freeze` gave.
        output: what the approval task gave, None when it gave nothing.

    Returns:
        Whether the batch is released.

    Raises:
        ArrearsError: see `record_decision`; `NOBODY_ANSWERED` after the deadline; `NOTHING_FROZEN`.
    """
    if batch is None:
        raise ArrearsError(NOTHING_FROZEN, run=run.run_id)
    batch_id = str(batch["batch_id"])
    if output is None and run.state_of("ask") == "failed":
        record_lapse(run.ledger, batch_id=batch_id, reason=NOBODY_ANSWERED.title, written_at=run.clock.now())
        raise ArrearsError(NOBODY_ANSWERED, batch=batch_id)
    try:
        page = record_decision(
            run.ledger,
            batch_id=batch_id,
            shown_root=str(batch["root"]),
            answer=answer_of(output, batch_id=batch_id),
            approvers=run.site.approvers,
            prepared_by=run.prepared_by,
            written_at=run.clock.now(),
        )
    except ArrearsError as error:
        record_refusal(run.ledger, batch_id=batch_id, task_run=run.try_id, error=error, written_at=run.clock.now())
        raise
    return bool(page.content["option"] == RELEASE)
