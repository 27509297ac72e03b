"""What the approver reads: counts, amounts, rules and roots in Markdown. No borrower's data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def approval_subject(facts: Mapping[str, Any]) -> str:
    """One line that binds the request to the frozen records."""
    question = f"Report {facts['cases']} borrowers to {facts['bureau_name']}?"
    return f"{question} Batch {facts['batch_id']}, root {facts['root'][:16]}"


def approval_body(facts: Mapping[str, Any]) -> str:
    """The request in Markdown.

    Args:
        facts: content of the freeze page, see `orchestration.freeze`.
    """
    sections = (
        _heading(facts),
        _amounts(facts["amounts"], _currency(facts)),
        _waterfall(facts["loans_in_arrears"], facts["waterfall"]),
        _shown(facts.get("shown", ())),
        _left_out(facts["left_out"]),
        _validation(facts["validation"], facts["docs_url"]),
        _quarantine(facts["quarantine"], facts["book_docs_url"]),
        _comparison(facts, facts["last_batch"]),
        _consequences(facts),
    )
    return "\n\n".join(section for section in sections if section)


def _heading(facts: Mapping[str, Any]) -> str:
    return "\n".join(
        (
            f"## Batch {facts['batch_id']}",
            "",
            "| | |",
            "|---|---|",
            f"| Bureau | {facts['bureau_name']} |",
            f"| Business date | {facts['as_of']} |",
            f"| Policy | {facts['policy_name']} version {facts['policy_version']} |",
            f"| Cases | **{facts['cases']}** |",
            f"| Book, assessment | `{facts['book_id']}`, `{facts['assessment_id']}` |",
            f"| Merkle root of the records | `{facts['root']}` |",
        )
    )


def _amounts(rows: Sequence[Mapping[str, Any]], currency: str) -> str:
    lines = [
        "### Amounts",
        "",
        f"| | cases | overdue, {currency} | balance, {currency} | longest, days |",
        "|---|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {row['label']} | {row['cases']} | {_grouped(row['overdue_amount'])} | {_grouped(row['balance_amount'])} "
        f"| {row['longest_days']} |"
        for row in rows
    ]
    return "\n".join(lines)


def _waterfall(loans_in_arrears: int, rows: Sequence[Mapping[str, Any]]) -> str:
    lines = [
        "### Rules, from all loans in arrears to the reportable",
        "",
        "| rule | | fail | left |",
        "|---|---|--:|--:|",
        f"| | all loans in arrears | | {loans_in_arrears} |",
    ]
    lines += [
        f"| {row['rule_id']} | {row['title']} | {_or(row['failed'], 'looked at last')} "
        f"| {_or(row['left'], 'shown only')} |"
        for row in rows
    ]
    return "\n".join(lines)


def _shown(rows: Sequence[Mapping[str, Any]]) -> str:
    title = "### In the batch although they fail a rule that the policy only shows"
    if not rows:
        return f"{title}\n\nNobody."
    lines = [title, "", "| rule | | cases |", "|---|---|--:|"]
    lines += [f"| {row['rule_id']} | {row['title']} | {row['cases']} |" for row in rows]
    return "\n".join(lines)


def _left_out(rows: Sequence[Mapping[str, Any]]) -> str:
    if not rows:
        return "### Noticed but left out\n\nNobody."
    lines = ["### Noticed but left out", "", "| why | cases |", "|---|--:|"]
    lines += [f"| {row['reason']} | {row['cases']} |" for row in rows]
    return "\n".join(lines)


def _validation(rows: Sequence[Mapping[str, Any]], docs_url: str) -> str:
    lines = ["### Validation", "", *([f"[Validation report]({docs_url})", ""] if docs_url else [])]
    if not rows:
        return "\n".join((*lines, "No critical failures, no warnings."))
    lines += ["| severity | rule | rows | of |", "|---|---|--:|--:|"]
    lines += [f"| {row['severity']} | {row['rule_id']} | {row['failed_rows']} | {row['total_rows']} |" for row in rows]
    return "\n".join(lines)


def _quarantine(rows: Sequence[Mapping[str, Any]], docs_url: str) -> str:
    lines = ["### Quarantine", "", f"[Validation report of the extracts]({docs_url})", ""]
    if not rows:
        return "\n".join((*lines, "No row of the extracts was kept out."))
    lines += ["Rows of the extracts that were kept out:", "", "| dataset | rows | of |", "|---|--:|--:|"]
    lines += [f"| {row['dataset']} | {row['quarantined_rows']} | {row['read_rows']} |" for row in rows]
    return "\n".join(lines)


def _comparison(facts: Mapping[str, Any], last: Mapping[str, Any] | None) -> str:
    if last is None:
        return "### Comparison with the last batch\n\nThis is the first batch for this bureau."
    currency = _currency(facts)
    amounts = [
        f"| {label}, {currency} | {_grouped(last[name])} | {_grouped(facts[name])} |"
        for label, name in (("overdue", "overdue_amount"), ("balance", "balance_amount"))
    ]
    return "\n".join(
        (
            "### Comparison with the last batch",
            "",
            f"| | {last['batch_id']} | this one |",
            "|---|--:|--:|",
            f"| business date | {last['as_of']} | {facts['as_of']} |",
            f"| cases | {last['cases']} | {facts['cases']} |",
            *amounts,
            f"| decision | {last['decision']} | open |",
        )
    )


def _consequences(facts: Mapping[str, Any]) -> str:
    return "\n".join(
        (
            "### What your answer does",
            "",
            "- **Release**: who has paid, contested or died by then is taken out, the rest is sealed and sent once.",
            "- **Hold**: nothing is sent, the cases are given back. Give the reason.",
            f"- No answer within {_time(facts['approval_minutes'])}: nothing is sent, the cases are given back.",
        )
    )


def _or(count: int | None, otherwise: str) -> str:
    return otherwise if count is None else str(count)


def _currency(facts: Mapping[str, Any]) -> str:
    """Pages that were frozen before they named it are all in yuan."""
    currency: str = facts.get("currency", "CNY")
    return currency


def _grouped(amount: str) -> str:
    whole, _, cents = amount.partition(".")
    return f"{int(whole):,}.{cents or '00'}"


def _time(minutes: int) -> str:
    return f"{minutes // 60} hours" if minutes % 60 == 0 else f"{minutes} minutes"
