"""Bureau records with identity, built in memory from the snapshots that a freeze page names."""

from __future__ import annotations

import pyarrow as pa

from orchestration.assessed import Assessed
from orchestration.task_run import TaskRun
from transforms.bureaus.roster import Institution, roster_records


def records_of(run: TaskRun, assessed: Assessed, cases: pa.Table) -> pa.Table:
    """The records of a batch, sorted by serial, with `case_id` before the columns of the layout.

    Args:
        run: this try.
        assessed: what the batch was frozen from.
        cases: case_id and loan_id of every case of the batch, removed ones included, so that serials stay.
    """
    institution = Institution(run.site.institution.platform_name, run.site.institution.platform_uscc)
    return assessed.collect(
        roster_records(
            assessed.books,
            assessed.lazy(cases.select(["case_id", "loan_id"])),
            assessed.decisions,
            institution,
            assessed.as_of,
            assessed.policy,
        )
    )
