"""Row quality of the source datasets: which rows of an extract may go on, which are kept out, and why."""

from __future__ import annotations

from transforms.quality.judge import bad_rows, critical_rules_of, good_rows, is_accepted, judge_rows, rules_of
from transforms.quality.lookups import parents_of
from transforms.quality.rule import RowRule, Severity

__all__ = [
    "RowRule",
    "Severity",
    "bad_rows",
    "critical_rules_of",
    "good_rows",
    "is_accepted",
    "judge_rows",
    "parents_of",
    "rules_of",
]
