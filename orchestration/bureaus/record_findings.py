"""What checks find in the records of a batch, by case, and what follows for the batch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pyarrow as pa

from expectations.outcome import Finding
from orchestration.assessed import Assessed
from orchestration.bureaus.few_set_aside import require_few
from orchestration.bureaus.form import Validated
from transforms.quality import Severity


@dataclass(frozen=True)
class CaseFinding:
    """One check that the records of a case do not pass.

    Attributes:
        case_id: of the case.
        rule_id: the check, by the id that the bureau or its guide gives it, or by ours.
        severity: CRITICAL sets the case aside, WARNING is shown to the approver.
        text: the check in one sentence.
    """

    case_id: str
    rule_id: str
    severity: Severity
    text: str


def validated_cases(
    case_ids: Sequence[str], findings: Iterable[CaseFinding], assessed: Assessed, batch_id: str
) -> Validated:
    """Part the cases by what was found. Warnings count those of the cases that stay.

    Args:
        case_ids: all cases of the batch.
        findings: in any order; the same one may come several times.
        assessed: whose policy says how many may be set aside.
        batch_id: identity of the batch.

    Raises:
        ArrearsError: `VALIDATION_FAILED` when the set-aside are more than the policy's share.
    """
    critical: dict[str, set[str]] = {}
    doubtful: dict[str, set[str]] = {}
    texts: dict[str, str] = {}
    for found in findings:
        texts[found.rule_id] = found.text
        if found.severity is Severity.CRITICAL:
            critical.setdefault(found.case_id, set()).add(found.rule_id)
        else:
            doubtful.setdefault(found.rule_id, set()).add(found.case_id)
    require_few(len(case_ids), len(critical), assessed, batch_id)
    warnings = [
        Finding(rule_id, len(left), len(case_ids) - len(critical), Severity.WARNING, texts[rule_id]).as_json()
        for rule_id in sorted(doubtful)
        if (left := doubtful[rule_id] - set(critical))
    ]
    aside = sorted(critical)
    set_aside = pa.table(
        {
            "case_id": pa.array(aside, pa.string()),
            "failing_rules": pa.array([",".join(sorted(critical[case_id])) for case_id in aside], pa.string()),
        }
    )
    return Validated([case_id for case_id in case_ids if case_id not in critical], set_aside, list(warnings), "")
