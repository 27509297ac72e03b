"""The rules that decide whether a loan in arrears may be reported, in the order in which they are shown.

Evidence comes last, because files are looked at only for loans that pass everything else.
"""

from __future__ import annotations

from collections.abc import Iterable

import narwhals as nw

from schemas.policy import Policy
from transforms.rule import Rule
from transforms.rules.arrears import ARREARS_RULES
from transforms.rules.books import BOOKS_RULES
from transforms.rules.collection import COLLECTION_RULES
from transforms.rules.conduct import CONDUCT_RULES
from transforms.rules.evidence import EVIDENCE_RULES
from transforms.rules.exclusions import EXCLUSION_RULES

RULES: tuple[Rule, ...] = (
    *ARREARS_RULES,
    *COLLECTION_RULES,
    *CONDUCT_RULES,
    *EXCLUSION_RULES,
    *BOOKS_RULES,
    *EVIDENCE_RULES,
)


def blocking_rules(policy: Policy) -> tuple[Rule, ...]:
    """The rules of which every one must be met for a report under this policy."""
    return tuple(rule for rule in RULES if rule.is_blocking(policy))


def all_met(rules: Iterable[Rule]) -> nw.Expr:
    """Whether each of these rules is met."""
    return nw.all_horizontal(*(nw.col(rule.rule_id) for rule in rules), ignore_nulls=False)


def failing_rules(policy: Policy) -> nw.Expr:
    """Ids of the blocking rules that are not met, in order, parted by commas; empty text when all are."""
    failed = (nw.when(~nw.col(rule.rule_id)).then(nw.lit(rule.rule_id)) for rule in blocking_rules(policy))
    return nw.concat_str(*failed, separator=",", ignore_nulls=True)


def telling_rules(failing_rule_ids: Iterable[str]) -> list[str]:
    """Of the rules that a loan fails, those that say something about it.

    Evidence is looked at only for loans that pass all else; for the others its rules fail unseen and say nothing.
    """
    failing = list(failing_rule_ids)
    unseen = {rule.rule_id for rule in RULES if rule.scope == "evidence"}
    return [rule_id for rule_id in failing if rule_id not in unseen] or failing
