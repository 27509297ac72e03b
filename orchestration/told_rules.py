"""Failing rules as the transforms hand them over, turned into what people and the ledger are told."""

from __future__ import annotations

from transforms.eligibility import telling_rules


def told_rules(failing_rules: str) -> list[str]:
    """Ids of the rules that say something about a case; none for a case that fails none.

    Args:
        failing_rules: ids parted by commas, empty when none fails.
    """
    return telling_rules(rule_id for rule_id in failing_rules.split(",") if rule_id)
