"""Co-borrowers and guarantors, decided with the loan that they are liable for."""

from __future__ import annotations

import narwhals as nw

from schemas.dataset import Dataset
from schemas.policy import Policy
from transforms.books import Books, Frame
from transforms.contract import select_dataset
from transforms.eligibility import RULES, all_met, blocking_rules
from transforms.rule import Rule

_VERSION = 1


def party_rules() -> tuple[Rule, ...]:
    """The rules that are asked of every party: those about a borrower."""
    return tuple(rule for rule in RULES if rule.scope == "borrower")


def party_decisions_dataset() -> Dataset:
    """The contract of party decisions: the liability, one column a rule about the party, result."""
    return Dataset(
        "party_decisions",
        _VERSION,
        "co-borrowers and guarantors of every loan in arrears",
        (
            "loan_id",
            "borrower_id",
            "liability_code",
            "liable_amount",
            "borrower_kind",
            *(rule.rule_id for rule in party_rules()),
            "is_reportable",
            "policy_name",
            "policy_version",
        ),
        ("loan_id", "borrower_id"),
        optional=frozenset({"liable_amount"}),
        own_fields=tuple(rule.field for rule in party_rules()),
    )


def decide_parties(books: Books, decisions: Frame, policy: Policy) -> Frame:
    """One row for every liability of a loan in arrears; contract `party_decisions_dataset()`.

    A party is reportable when the loan is, and the party meets the rules about a borrower that block. Parties that are
    not among the borrowers are left out; the rows' own rules have kept such liabilities out of the books.

    Args:
        books: of the business date.
        decisions: from `decide`.
        policy: gives the numbers.
    """
    borrowers = books.borrowers.select("borrower_id", "borrower_kind", "protection_code", "id_type", "id_number")
    loans = decisions.select(
        "loan_id", nw.col("is_reportable").alias("is_loan_reportable"), "policy_name", "policy_version"
    )
    rules = party_rules()
    blocking = [rule for rule in rules if rule in blocking_rules(policy)]
    joined = books.liabilities.join(loans, on="loan_id", how="inner").join(borrowers, on="borrower_id", how="inner")
    judged = joined.with_columns(rule.outcome(policy) for rule in rules).with_columns(
        (nw.col("is_loan_reportable") & all_met(blocking)).alias("is_reportable")
    )
    return select_dataset(judged, party_decisions_dataset())
