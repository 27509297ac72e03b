"""What a rule is: it explains itself, and gives one outcome for every row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import narwhals as nw

from schemas.field import Field, FieldType, Sensitivity
from schemas.policy import Policy
from schemas.policy_values import Breach, Mark

Severity = Literal["blocks", "warns"]
Scope = Literal["loan", "borrower", "collection", "evidence", "books"]


@dataclass(frozen=True)
class Rule:
    """One rule of eligibility.

    Attributes:
        rule_id: stable, never reused; E for rules that block, W for those that warn. Also the column of outcomes.
        name: dotted, for code and logs.
        title_en: what must be so, for people.
        title_zh: the same.
        severity: whether a failure blocks the report or is shown to the approver.
        scope: what the rule looks at.
        source: law, standard or practice that asks for the rule.
        mark: how well the source was verified: A primary text, B secondary, C not verified or a choice of the lender.
        numbers: dotted keys of the policy's values that the rule uses, each with a source of its own.
        is_met: builds the expression over the joined frame of `transforms.decisions`.
        breach: for rules of conduct, the name under which the policy says whether they block.
    """

    rule_id: str
    name: str
    title_en: str
    title_zh: str
    severity: Severity
    scope: Scope
    source: str
    mark: Mark
    numbers: tuple[str, ...]
    is_met: Callable[[Policy], nw.Expr]
    breach: Breach | None = None

    def outcome(self, policy: Policy) -> nw.Expr:
        """The column of outcomes, true where the rule is met; what can't be known is not met."""
        return self.is_met(policy).fill_null(False).alias(self.rule_id)

    def is_blocking(self, policy: Policy) -> bool:
        """Whether a failure blocks the report under this policy."""
        if self.rule_id in policy.exclusions.shown_rules.value:
            return False
        if self.breach is not None:
            return self.breach in policy.conduct.blocking_breaches.value
        return self.severity == "blocks"

    @property
    def field(self) -> Field:
        """The field of the contract that holds the outcomes."""
        return Field(self.rule_id, FieldType.TRUTH, f"{self.name}: {self.title_en}", Sensitivity.FIGURE)
