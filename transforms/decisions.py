"""Decisions: every rule's outcome for every loan in arrears, and what follows from them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import narwhals as nw

from schemas.dataset import Dataset
from schemas.datasets import ARREARS, EFFORT
from schemas.policy import Policy
from transforms import facts
from transforms.books import Books, Frame
from transforms.contract import select_dataset
from transforms.eligibility import RULES, all_met, blocking_rules
from transforms.rules.evidence import EVIDENCE_RULES

_VERSION = 2
_FLAGS = (
    "has_open_dispute",
    "has_kept_agreement",
    "has_quarantined_row",
    "is_reported",
)
_EVIDENCE_FLAGS = ("has_judgment", "is_ability_documented", "is_refusal_documented", "has_doubtful_evidence")


def decisions_dataset() -> Dataset:
    """The contract of decisions: figures of arrears and effort, evidence, one column a rule named by its id, result."""
    return Dataset(
        "decisions",
        _VERSION,
        "the outcome of every rule for every loan in arrears",
        (
            *ARREARS.field_names,
            "borrower_kind",
            *(name for name in EFFORT.field_names if name != "loan_id"),
            "has_judgment",
            "is_ability_documented",
            "is_refusal_documented",
            *(rule.rule_id for rule in RULES),
            "is_reportable",
            "policy_name",
            "policy_version",
        ),
        ("loan_id",),
        optional=EFFORT.optional,
        own_fields=tuple(rule.field for rule in RULES),
    )


def decide(books: Books, arrears: Frame, effort: Frame, findings: Frame, as_of: date, policy: Policy) -> Frame:
    """One row for every loan in arrears; contract `decisions_dataset()`.

    Args:
        books: of the business date.
        arrears: from `arrears_as_of`.
        effort: from `effort_since_first_missed`.
        findings: contract `EVIDENCE_FINDINGS`; evidence without a finding counts as not intact.
        as_of: business date.
        policy: gives the numbers, and which breaches of conduct block.
    """
    return decide_with_evidence(
        books, judge_without_evidence(books, arrears, effort, as_of, policy), findings, as_of, policy
    )


def judge_without_evidence(books: Books, arrears: Frame, effort: Frame, as_of: date, policy: Policy) -> Frame:
    """All that the rules look at but evidence, and the outcome of every rule that does not look at evidence.

    The first half of `decide`, arguments as there, for an engine that computes it once.
    """
    joined = _joined(books, arrears, effort, as_of)
    return joined.with_columns(rule.outcome(policy) for rule in RULES if rule not in EVIDENCE_RULES)


def decide_with_evidence(books: Books, judged: Frame, findings: Frame, as_of: date, policy: Policy) -> Frame:
    """The second half of `decide`: contract `decisions_dataset()`.

    Args:
        books: of the business date.
        judged: from `judge_without_evidence`.
        findings: contract `EVIDENCE_FINDINGS`; evidence without a finding counts as not intact.
        as_of: business date.
        policy: as there.
    """
    looked_at = facts.evidence_looked_at(books, findings, as_of)
    documented = (
        judged.join(facts.loans_with_evidence(looked_at, judged, as_of, policy), on="loan_id", how="left")
        .join(facts.loans_with_judgment(books, looked_at, as_of), on="loan_id", how="left")
        .with_columns(nw.col(flag).fill_null(False) for flag in _EVIDENCE_FLAGS)
    )
    decided = documented.with_columns(rule.outcome(policy) for rule in EVIDENCE_RULES).with_columns(
        all_met(blocking_rules(policy)).alias("is_reportable"),
        nw.lit(policy.name).alias("policy_name"),
        nw.lit(policy.version).alias("policy_version"),
    )
    return select_dataset(decided, decisions_dataset())


def taken_as_intact(evidence: Frame) -> Frame:
    """Findings for evidence that nobody looks at; contract `EVIDENCE_FINDINGS`."""
    return evidence.select("evidence_id", "loan_id", "evidence_kind", nw.lit("intact").alias("finding_code"))


def evidence_to_check(books: Books, judged: Frame, as_of: date, policy: Policy) -> Frame:
    """The rows of evidence on which a decision depends: of loans that are reportable if all of it is intact.

    Args:
        books: of the business date.
        judged: from `judge_without_evidence`.
        as_of: business date.
        policy: as there.
    """
    others = [rule for rule in blocking_rules(policy) if rule not in EVIDENCE_RULES]
    evidence = books.evidence.filter(nw.col("obtained_on") <= as_of)
    hopeful = decide_with_evidence(
        books, judged.filter(all_met(others)), taken_as_intact(evidence), as_of, policy
    ).filter(nw.col("is_reportable"))
    return evidence.join(hopeful.select("loan_id"), on="loan_id", how="semi")


def in_priority_order(decisions: Frame, policy: Policy) -> Frame:
    """Sorted as the policy says (effective judgments, larger amounts), then by loan so that no two runs differ."""
    first = _priority_columns(policy)
    return decisions.sort(*first, "loan_id", descending=[*(True for _ in first), False])


def numbered_by_priority(decisions: Frame, number: str, policy: Policy) -> Frame:
    """With a column that numbers the rows from 1 in the order of `in_priority_order`."""
    keys = {
        "has_judgment": nw.when(nw.col("has_judgment")).then(nw.lit(0)).otherwise(nw.lit(1)),
        "overdue_amount": nw.lit(Decimal("0.00")) - nw.col("overdue_amount"),
    }
    first = {f"{column}_key": keys[column] for column in _priority_columns(policy)}
    keyed = decisions.with_columns(**first)
    return keyed.with_row_index(number, order_by=[*first, "loan_id"]).with_columns(nw.col(number) + 1)


def _priority_columns(policy: Policy) -> list[str]:
    columns = {"judgment": "has_judgment", "amount": "overdue_amount"}
    return [columns[criterion] for criterion in policy.report.priority.value]


def _joined(books: Books, arrears: Frame, effort: Frame, as_of: date) -> Frame:
    """One row a loan in arrears with all that the rules look at, evidence left out."""
    borrowers = books.borrowers.select("borrower_id", "borrower_kind", "protection_code", "id_type", "id_number")
    loans = books.loans.select("loan_id", "product_code", "annual_rate")
    frames = (
        loans,
        effort,
        facts.loans_in_dispute(books, as_of),
        facts.loans_under_agreement(books, as_of),
        facts.loans_in_quarantine(books),
        facts.loans_reported(books, arrears),
    )
    joined = arrears.join(borrowers, on="borrower_id", how="left")
    for frame in frames:
        joined = joined.join(frame, on="loan_id", how="left")
    joined = joined.join(facts.count_of_unattributed_rows(books), how="cross")
    return joined.with_columns(nw.col(flag).fill_null(False) for flag in _FLAGS)
