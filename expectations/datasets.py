"""Validate a source dataset before its snapshot is published."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pyarrow as pa

from expectations.outcome import SuiteOutcome
from expectations.suites import accepted_column, dataset_suite
from schemas.dataset import Dataset
from transforms.books import Frame
from transforms.quality import is_accepted


def validate_dataset(
    judged: Frame,
    dataset: Dataset,
    *,
    published: pa.Schema,
    published_rows: int,
    max_quarantine_share: Decimal,
    docs_folder: Path | None = None,
) -> SuiteOutcome:
    """Validate the outcomes of the row rules and the contract of what is about to be published.

    Args:
        judged: from `judge_rows`; only its outcome columns are read.
        dataset: the contract.
        published: schema of the good rows as they are written.
        published_rows: their number.
        max_quarantine_share: share of rows kept out above which the extract is refused, from the policy.
        docs_folder: where Data Docs of the run are written; none are when it is None.

    Returns:
        The findings. The caller stops on critical ones and shows the warnings.

    Raises:
        RuntimeError: a check crashed, which is an error of ours.
    """
    from expectations.runner import validate  # imports Great Expectations

    suite = dataset_suite(dataset, max_quarantine_share=max_quarantine_share)
    with_acceptance = judged.with_columns(is_accepted(dataset).alias(accepted_column(dataset)))
    return validate(suite, with_acceptance, published, published_rows, docs_folder)
