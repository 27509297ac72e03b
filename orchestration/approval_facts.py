"""The figures in an approval request, counted from the frozen rows, the assessment, the book and the ledger."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ledger.ledger import Ledger
from orchestration.assessed import Assessed
from orchestration.batch_pages import batch_key
from orchestration.told_rules import told_rules
from schemas.policy import Policy
from transforms.eligibility import RULES
from transforms.waterfall import waterfall

_TITLES = {rule.rule_id: rule.title_en for rule in RULES}
_LOOKED_AT_LAST = frozenset(rule.rule_id for rule in RULES if rule.scope == "evidence")
_GROUPS = (
    ("persons", pc.field("borrower_kind") == "person"),
    ("enterprises", pc.field("borrower_kind") == "enterprise"),
    ("of these with a judgment", pc.field("has_judgment")),
    ("together", pc.scalar(True)),
)
_MOST_REASONS = 12


def amounts_of(rows: pa.Table) -> list[dict[str, Any]]:
    """Cases, sums and the longest arrears by kind of borrower."""
    return [_amounts(label, rows.filter(condition)) for label, condition in _GROUPS]


def waterfall_of(assessed: Assessed) -> list[dict[str, Any]]:
    """For every rule, in order: who fails it, and who is left after it.

    Evidence is looked at only for loans that pass all else, so for its rules nobody knows how many fail.
    """
    rows = assessed.collect(waterfall(assessed.decisions, assessed.policy)).to_pylist()
    return [
        {
            "rule_id": row["rule_id"],
            "title": _TITLES[row["rule_id"]],
            "failed": row["failed_loans"] if row["rule_id"] not in _LOOKED_AT_LAST else None,
            "left": row["remaining_loans"] if row["is_blocking"] else None,
        }
        for row in rows
    ]


def shown_of(rows: pa.Table, chosen: pa.Table, policy: Policy) -> list[dict[str, Any]]:
    """How many cases of the batch fail each rule that the policy only shows, rules that nobody fails left out.

    Args:
        rows: the frozen ones.
        chosen: the decisions of the cases from which they were taken.
        policy: of the decisions.
    """
    in_batch = chosen.filter(pc.is_in(chosen["case_id"], rows["case_id"]))
    failed = ((rule, pc.sum(pc.invert(in_batch[rule.rule_id])).as_py() or 0) for rule in RULES)
    return [
        {"rule_id": rule.rule_id, "title": rule.title_en, "cases": cases}
        for rule, cases in failed
        if cases and not rule.is_blocking(policy)
    ]


def left_out_of(set_aside: pa.Table, cured: pa.Table, broken_records: pa.Table) -> list[dict[str, Any]]:
    """Noticed cases that are not in the batch, by reason, most first."""
    reasons: Counter[str] = Counter()
    for failing_rules in [*_column(set_aside, "failing_rules"), *_column(broken_records, "failing_rules")]:
        reasons[_reason(failing_rules)] += 1
    if cured.num_rows:
        reasons["paid, in the grace period or before"] = cured.num_rows
    most = reasons.most_common()
    shown = [{"reason": reason, "cases": cases} for reason, cases in most[:_MOST_REASONS]]
    if rest := sum(cases for _, cases in most[_MOST_REASONS:]):
        shown.append({"reason": "other combinations of rules", "cases": rest})
    return shown


def quarantine_of(book_facts: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows of the extracts that were kept out, by dataset."""
    return [
        {"dataset": dataset, "quarantined_rows": counts["quarantined_rows"], "read_rows": counts["read_rows"]}
        for dataset, counts in book_facts["datasets"].items()
        if counts["quarantined_rows"]
    ]


def last_batch(ledger: Ledger, bureau: str) -> dict[str, Any] | None:
    """The figures of the newest batch frozen for the bureau, None when there is none."""
    pages = [page for page in ledger.pages(kind="freeze") if page.content["bureau"] == bureau and page.content["cases"]]
    if not pages:
        return None
    facts = pages[-1].content
    decision = ledger.page(batch_key(facts["batch_id"], "decision"))
    return {
        "batch_id": facts["batch_id"],
        "as_of": facts["as_of"],
        "cases": facts["cases"],
        "overdue_amount": facts["overdue_amount"],
        "balance_amount": facts["balance_amount"],
        "decision": "open" if decision is None else decision.content["option"],
    }


def sum_of(rows: pa.Table, column: str) -> Decimal:
    """The sum of an amount, zero for no rows."""
    total = pc.sum(rows[column].cast(pa.decimal128(38, 2))).as_py()
    return Decimal("0.00") if total is None else Decimal(total)


def _amounts(label: str, rows: pa.Table) -> dict[str, Any]:
    return {
        "label": label,
        "cases": rows.num_rows,
        "overdue_amount": str(sum_of(rows, "overdue_amount")),
        "balance_amount": str(sum_of(rows, "balance_amount")),
        "longest_days": pc.max(rows["overdue_days"]).as_py() or 0,
    }


def _reason(failing_rules: str) -> str:
    return "; ".join(f"{rule_id} {_TITLES.get(rule_id, '')}".strip() for rule_id in told_rules(failing_rules))


def _column(table: pa.Table, name: str) -> list[str]:
    values: list[str] = table[name].to_pylist()
    return values
