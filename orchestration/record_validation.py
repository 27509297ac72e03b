"""Records before they are frozen: those that break a critical rule are set aside, the rest is validated as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import narwhals as nw
import pyarrow as pa

from expectations.records import validate_records
from orchestration.assessed import Assessed
from orchestration.task_run import TaskRun
from schemas.bureaus.roster import LAYOUT
from schemas.errors import ArrearsError
from schemas.errors.approval import VALIDATION_FAILED
from transforms.books import Frame
from transforms.bureaus.roster_checks import judge_records, record_rules
from transforms.quality import Severity


@dataclass(frozen=True)
class ValidatedRecords:
    """What may be frozen.

    Attributes:
        records: that break no critical rule, with identity; they never leave memory.
        set_aside: `case_id` and `failing_rules` of the others.
        findings: warnings for the approver.
        docs_url: the page of the validation report, relative to the site.
    """

    records: pa.Table
    set_aside: pa.Table
    findings: list[dict[str, Any]]
    docs_url: str


def validated_records(run: TaskRun, assessed: Assessed, batch_id: str, records: pa.Table) -> ValidatedRecords:
    """Validate the records of a batch and write the report.

    Raises:
        ArrearsError: `VALIDATION_FAILED` when the set-aside are more than the policy's share, or a check of the whole
            fails.
    """
    months = assessed.policy.overdue_months
    judged = judge_records(assessed.lazy(records), as_of=assessed.as_of, overdue_months=months)
    critical = [rule.rule_id for rule in record_rules(overdue_months=months) if rule.severity is Severity.CRITICAL]
    is_good = nw.all_horizontal(*critical, ignore_nulls=False)
    good = judged.filter(is_good)
    kept = assessed.collect(good.select("case_id", *LAYOUT.names)).sort_by("serial")
    bad = assessed.collect(_with_failing_rules(judged.filter(~is_good), critical))
    _require_few(records.num_rows, bad.num_rows, assessed, batch_id)
    printed = kept.select(list(LAYOUT.names)).cast(LAYOUT.arrow_schema())
    outcome = validate_records(
        good,
        published=printed.schema,
        published_rows=printed.num_rows,
        overdue_months=months,
        docs_folder=run.site.data_docs / batch_id,
    )
    docs_url = f"/arrears/validation/{batch_id}/{outcome.docs_path.name if outcome.docs_path else ''}"
    if not outcome.is_success and kept.num_rows:
        rules = [finding.rule_id for finding in outcome.critical]
        raise ArrearsError(VALIDATION_FAILED, batch=batch_id, rules=rules, report=docs_url)
    return ValidatedRecords(kept, bad, [finding.as_json() for finding in outcome.warnings], docs_url)


def _with_failing_rules(bad: Frame, rule_ids: list[str]) -> Frame:
    names = [nw.when(~nw.col(rule_id)).then(nw.lit(rule_id)) for rule_id in rule_ids]
    return bad.select("case_id", nw.concat_str(*names, separator=",", ignore_nulls=True).alias("failing_rules")).sort(
        "case_id"
    )


def _require_few(records: int, bad: int, assessed: Assessed, batch_id: str) -> None:
    if records and bad > records * assessed.policy.ingest.max_quarantine_share.value:
        raise ArrearsError(VALIDATION_FAILED, batch=batch_id, records=records, set_aside=bad)
