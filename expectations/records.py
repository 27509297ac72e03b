"""Validate the records of a batch before they are frozen."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from expectations.outcome import SuiteOutcome
from expectations.suites import records_suite
from schemas.bureaus.roster import BUREAU, LAYOUT
from transforms.books import Frame
from transforms.bureaus.roster_checks import record_rules


def validate_records(
    judged: Frame,
    *,
    published: pa.Schema,
    published_rows: int,
    overdue_months: int,
    docs_folder: Path | None = None,
) -> SuiteOutcome:
    """Validate the outcomes of the rules on the roster's records and the columns of the records.

    Args:
        judged: from `judge_records`; only its outcome columns are read.
        published: schema of the records that are about to be frozen: the columns of the layout.
        published_rows: their number.
        overdue_months: as given to `judge_records`.
        docs_folder: where Data Docs of the run are written; none are when it is None.

    Returns:
        The findings. One record that breaks a critical rule is enough to stop the batch.

    Raises:
        RuntimeError: a check crashed, which is an error of ours.
    """
    from expectations.runner import validate  # imports Great Expectations

    rules = record_rules(overdue_months=overdue_months)
    suite = records_suite(BUREAU, "roster: records of the batch", LAYOUT.arrow_schema(), rules)
    return validate(suite, judged, published, published_rows, docs_folder)
