"""The frozen list of a batch, and what is left of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lake.engine import read_table
from lake.snapshot import SnapshotRef
from orchestration.batch_pages import freeze_page, removed_case_ids
from orchestration.task_run import TaskRun


def frozen_rows(run: TaskRun, frozen: Mapping[str, Any]) -> pa.Table:
    """All records of the batch as they were frozen, by serial number; contract `FROZEN`.

    Which record belongs to which case stands here only, no leaf commits to it; so the file is digested again.

    Args:
        run: this try.
        frozen: content of the freeze page.

    Raises:
        ArrearsError: `SNAPSHOT_MISSING`, `SNAPSHOT_ALTERED`.
    """
    ref = SnapshotRef.from_json(dict(frozen["frozen_snapshot"]))
    run.lake.verify(ref)
    return read_table(run.lake, ref).sort_by("serial_no")


def kept_rows(run: TaskRun, batch_id: str) -> pa.Table:
    """The frozen records that no re-check took out, by serial number."""
    rows = frozen_rows(run, freeze_page(run.ledger, batch_id).content)
    removed = pa.array(sorted(removed_case_ids(run.ledger, batch_id)), pa.string())
    return rows.filter(pc.invert(pc.is_in(rows["case_id"], value_set=removed)))
