"""What a suite found, without the library that found it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from transforms.quality import Severity


@dataclass(frozen=True)
class Finding:
    """One expectation that was not met.

    Attributes:
        rule_id: the row rule, or what is expected of the frame as a whole.
        failed_rows: rows concerned; all of them when the frame itself is wrong.
        total_rows: rows judged.
        severity: CRITICAL stops the dataset or batch, WARNING is shown to the approver.
        text: what was expected, one sentence.
    """

    rule_id: str
    failed_rows: int
    total_rows: int
    severity: Severity
    text: str

    def as_json(self) -> dict[str, str | int]:
        """JSON values, free of personal data."""
        return {
            "rule_id": self.rule_id,
            "failed_rows": self.failed_rows,
            "total_rows": self.total_rows,
            "severity": self.severity.value,
            "text": self.text,
        }


@dataclass(frozen=True)
class SuiteOutcome:
    """What one suite found.

    Attributes:
        suite: name of the suite.
        rows: rows judged.
        critical: findings that stop, empty on success.
        warnings: findings to be shown, most rows first.
        docs_path: the page of Data Docs, None when none was asked for.
    """

    suite: str
    rows: int
    critical: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    docs_path: Path | None = None

    @property
    def is_success(self) -> bool:
        """Whether nothing critical was found."""
        return not self.critical

    def as_json(self) -> dict[str, object]:
        """JSON values, free of personal data and of paths."""
        return {
            "suite": self.suite,
            "is_success": self.is_success,
            "rows": self.rows,
            "critical": [finding.as_json() for finding in self.critical],
            "warnings": [finding.as_json() for finding in self.warnings],
        }
