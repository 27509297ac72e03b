"""What a suite is, as data: the contract of the published frame and what share of rows may break each rule."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import pyarrow as pa

from schemas.dataset import Dataset
from transforms.quality import RowRule, Severity, rules_of

_NEVER_EMPTY = frozenset({"borrowers", "loans", "instalments"})


@dataclass(frozen=True)
class RowExpectation:
    """What share of the rows may break a rule.

    Attributes:
        rule_id: the outcome column.
        text: what a row must be.
        severity: of a breach of the share.
        max_failed_share: inclusive.
    """

    rule_id: str
    text: str
    severity: Severity
    max_failed_share: Decimal = Decimal(0)

    @property
    def min_passed_share(self) -> float:
        """The complement as the double nearest to it, so that a share right at the limit passes."""
        return float(1 - self.max_failed_share)


@dataclass(frozen=True)
class Suite:
    """All that is expected of one frame.

    Attributes:
        name: also names the page of Data Docs; lower-case letters, digits and hyphens.
        title: what is validated, for people.
        contract: columns in order with their types.
        min_rows: fewest rows that make sense.
        accepted: outcome column of the rows that are published; None when all are. As many must be published.
        rows: expectations of the rows.
    """

    name: str
    title: str
    contract: pa.Schema
    min_rows: int
    accepted: str | None
    rows: tuple[RowExpectation, ...]

    @property
    def rule_ids(self) -> tuple[str, ...]:
        """The outcome columns that the suite reads."""
        return tuple(row.rule_id for row in self.rows)


def accepted_column(dataset: Dataset) -> str:
    """Name of the outcome column that says whether a row is not kept out."""
    return f"{dataset.name}.rows.refused"


def dataset_suite(dataset: Dataset, *, max_quarantine_share: Decimal) -> Suite:
    """The suite of a source dataset.

    A broken rule alone is a warning, for its rows are kept out already when it is critical. Too many rows kept out stop
    the dataset: the extract is bad, not a row.
    """
    limit = RowExpectation(
        accepted_column(dataset),
        f"at most {_percent(max_quarantine_share)} % of the rows are kept out",
        Severity.CRITICAL,
        max_quarantine_share,
    )
    return Suite(
        name=dataset.name,
        title=f"{dataset.name}: {dataset.description}",
        contract=dataset.arrow_schema(),
        min_rows=1 if dataset.name in _NEVER_EMPTY else 0,
        accepted=accepted_column(dataset),
        rows=(limit, *(_any_failure_warns(rule) for rule in rules_of(dataset))),
    )


def records_suite(name: str, title: str, contract: pa.Schema, rules: tuple[RowRule, ...]) -> Suite:
    """The suite of a bureau's records: one record that breaks a critical rule stops the batch."""
    return Suite(
        name=name,
        title=title,
        contract=contract,
        min_rows=1,
        accepted=None,
        rows=tuple(RowExpectation(rule.rule_id, rule.text, rule.severity) for rule in rules),
    )


def _any_failure_warns(rule: RowRule) -> RowExpectation:
    text = f"{rule.text} (or is kept out)" if rule.severity is Severity.CRITICAL else rule.text
    return RowExpectation(rule.rule_id, text, Severity.WARNING)


def _percent(share: Decimal) -> str:
    return f"{(share * 100).normalize():f}"
