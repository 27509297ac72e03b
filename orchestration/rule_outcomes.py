"""Every rule with what came of it for one loan, and the policy's numbers that it used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from schemas.policy import Policy
from schemas.policy_values import Sourced
from transforms.eligibility import RULES, telling_rules
from transforms.rule import Rule

MET, FAILED, NOT_LOOKED_AT, NOT_JUDGED = "met", "not met", "not looked at", "did not exist yet"


@dataclass(frozen=True)
class Number:
    """One value of the policy.

    Attributes:
        key: dotted.
        value: as the policy has it.
        applies_to: channels, for limits that hold for some only.
        source: where it comes from.
        mark: how well that was verified, A, B or C.
    """

    key: str
    value: Any
    applies_to: tuple[str, ...]
    source: str
    mark: str


@dataclass(frozen=True)
class RuleOutcome:
    """One rule and its outcome for one loan.

    Attributes:
        rule_id: stable id.
        name: dotted.
        title_en: what must be so.
        title_zh: the same.
        is_blocking: whether a failure blocks the report under the policy.
        outcome: met, not met, not looked at (evidence of a loan that fails another rule), did not exist yet.
        source: law, standard or practice.
        mark: how well the source was verified, A, B or C.
        numbers: the policy's values that it used.
    """

    rule_id: str
    name: str
    title_en: str
    title_zh: str
    is_blocking: bool
    outcome: str
    source: str
    mark: str
    numbers: tuple[Number, ...]


def rule_outcomes(decision: Mapping[str, Any], policy: Policy) -> tuple[RuleOutcome, ...]:
    """All rules in their order.

    Args:
        decision: a row of the decisions.
        policy: the version that decided.
    """
    failing = [rule.rule_id for rule in RULES if rule.is_blocking(policy) and decision.get(rule.rule_id) is False]
    unseen = set(failing) - set(telling_rules(failing))
    return tuple(
        RuleOutcome(
            rule.rule_id,
            rule.name,
            rule.title_en,
            rule.title_zh,
            rule.is_blocking(policy),
            NOT_LOOKED_AT if rule.rule_id in unseen else _outcome(decision.get(rule.rule_id)),
            rule.source,
            rule.mark,
            tuple(_numbers(rule, policy)),
        )
        for rule in RULES
    )


def _outcome(is_met: bool | None) -> str:
    if is_met is None:
        return NOT_JUDGED
    return MET if is_met else FAILED


def _numbers(rule: Rule, policy: Policy) -> Iterator[Number]:
    for key in rule.numbers:
        yield from _numbers_at(key, _at(policy, key), ())


def _at(policy: Policy, key: str) -> Any:
    node: Any = policy
    for part in key.split("."):
        node = getattr(node, part)
    return node


def _numbers_at(key: str, node: Any, applies_to: tuple[str, ...]) -> Iterator[Number]:
    """A value itself, or all values below a list such as the limits of frequency."""
    if isinstance(node, Sourced):
        yield Number(key, node.value, applies_to, node.source, node.mark)
    elif isinstance(node, tuple):
        for position, item in enumerate(node):
            yield from _numbers_at(f"{key}.{position}", item, applies_to)
    elif isinstance(node, BaseModel):
        channels = getattr(node, "channels", applies_to)
        for name in type(node).model_fields:
            yield from _numbers_at(f"{key}.{name}", getattr(node, name), channels)
