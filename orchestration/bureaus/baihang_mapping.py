"""The records of a batch for Baihang in memory: per kind one table, `case_id` before the columns of the layout."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time
from typing import Any

import narwhals as nw
import pyarrow as pa

from delivery.formats.json_cells import MESSAGES, violations_of
from orchestration.assessed import Assessed
from orchestration.bureaus.baihang_parts import OVERDUE
from orchestration.bureaus.baihang_told import newly_extended_cases, told_loans, untold_cases
from orchestration.bureaus.form import Batch
from orchestration.bureaus.record_findings import CaseFinding
from orchestration.task_run import TaskRun
from schemas.bureaus.baihang import LAYOUTS
from schemas.bureaus.baihang_facts import BAIHANG_ACCOUNTS
from schemas.bureaus.json_lines import JsonLinesLayout
from transforms.bureaus.baihang import Upload, account_records, extension_records, overdue_records
from transforms.bureaus.baihang_checks import judge_sense, sense_rules
from transforms.quality import Severity

_ADD = "A"
_END_OF_DAY = time(23, 59, 59)


def mapped_records(
    run: TaskRun, assessed: Assessed, cases: pa.Table, batch: Batch, uploaded_at: datetime
) -> dict[str, pa.Table]:
    """Kind to records, by loan and within a loan by term.

    Args:
        run: this try.
        assessed: what the batch is frozen from.
        cases: `case_id` and `loan_id`.
        batch: its identity marks the records, so that no other batch has their `reqID`.
        uploaded_at: when the records were made, on the lender's wall.

    Raises:
        ArrearsError: `FACTS_MISSING`.
    """
    (facts,) = assessed.facts_of([BAIHANG_ACCOUNTS])
    upload = Upload("".join(filter(str.isalnum, batch.batch_id)), _ADD, uploaded_at)
    confirmed_at = min(datetime.combine(assessed.as_of, _END_OF_DAY), uploaded_at)
    books, time_zone, told = assessed.books, assessed.policy.time_zone, told_loans(run, batch)
    new = assessed.lazy(untold_cases(cases, told))
    extended = assessed.lazy(newly_extended_cases(assessed, cases, told))
    frames = {
        "D2": account_records(books, new, facts, time_zone, upload),
        "D4": extension_records(books, extended, facts, assessed.as_of, time_zone, upload),
        OVERDUE: overdue_records(
            books,
            assessed.lazy(cases),
            assessed.decisions,
            assessed.as_of,
            confirmed_at,
            upload,
            assessed.engine.keep,
        ),
    }
    return {kind: assessed.collect(frame) for kind, frame in frames.items()}


def to_write(table: pa.Table) -> Any:
    """The columns of the layout, for the writer."""
    return nw.from_native(table.drop_columns("case_id"), eager_only=True).to_polars()


def record_findings(
    records: dict[str, pa.Table], case_ids: list[str], assessed: Assessed, now: datetime
) -> Iterator[CaseFinding]:
    """What is wrong or in doubt in the records, and the cases of which nothing overdue is told.

    Args:
        records: kind to records.
        case_ids: all cases.
        assessed: whose engine judges.
        now: when the records were made, on the lender's wall.
    """
    for kind, table in records.items():
        yield from _misshapen(table, LAYOUTS[kind])
        yield from _senseless(table, LAYOUTS[kind], assessed, now)
    for case_id in sorted(set(case_ids) - set(records[OVERDUE]["case_id"].to_pylist())):
        yield CaseFinding(case_id, f"{_dataset(OVERDUE)}.missing", Severity.CRITICAL, "a term of the loan is overdue")


def _misshapen(table: pa.Table, layout: JsonLinesLayout) -> Iterator[CaseFinding]:
    broken = to_write(table).select(violations_of(layout))
    for name in broken.columns:
        column, _, code = name.partition("/")
        for case_id in table["case_id"].filter(broken[name].to_arrow()).to_pylist():
            rule_id = f"{_dataset_of(layout)}.{column}.{code}"
            yield CaseFinding(case_id, rule_id, Severity.CRITICAL, f"{column} {MESSAGES[code]}")


def _senseless(table: pa.Table, layout: JsonLinesLayout, assessed: Assessed, now: datetime) -> Iterator[CaseFinding]:
    judged = assessed.collect(judge_sense(assessed.lazy(table), layout, now=now))
    for rule in sense_rules(layout):
        passes = judged[rule.rule_id].to_pylist()
        for case_id, holds in zip(judged["case_id"].to_pylist(), passes, strict=True):
            if not holds:
                yield CaseFinding(case_id, rule.rule_id, rule.severity, rule.text)


def _dataset(kind: str) -> str:
    return _dataset_of(LAYOUTS[kind])


def _dataset_of(layout: JsonLinesLayout) -> str:
    return layout.name.replace("-", "_")
