"""How loans in arrears fall out of the report, rule by rule, for the person who approves."""

from __future__ import annotations

from decimal import Decimal

import narwhals as nw

from schemas.dataset import Dataset
from schemas.field import Field, FieldType
from schemas.policy import Policy
from transforms.books import Frame
from transforms.contract import select_dataset
from transforms.eligibility import RULES, blocking_rules
from transforms.rule import Rule

_COUNT, _MONEY = FieldType.INTEGER, FieldType.MONEY

WATERFALL = Dataset(
    "waterfall",
    1,
    "one row a rule, in the order of the rules",
    (
        "position",
        "rule_id",
        "is_blocking",
        "passed_loans",
        "failed_loans",
        "failed_alone_loans",
        "remaining_loans",
        "remaining_amount",
    ),
    ("rule_id",),
    own_fields=(
        Field("position", _COUNT, "place of the rule, from 1"),
        Field("is_blocking", FieldType.TRUTH, "whether a failure blocks the report under the policy"),
        Field("passed_loans", _COUNT, "loans in arrears that meet the rule"),
        Field("failed_loans", _COUNT, "loans in arrears that don't"),
        Field("failed_alone_loans", _COUNT, "loans that fail this blocking rule and no other"),
        Field("remaining_loans", _COUNT, "loans that meet this and all blocking rules before it"),
        Field("remaining_amount", _MONEY, "overdue amount of these, in yuan"),
    ),
)


_FIGURES = ("passed_loans", "failed_loans", "failed_alone_loans", "remaining_loans", "remaining_amount")
_NOTHING = Decimal("0.00")


def waterfall(decisions: Frame, policy: Policy) -> Frame:
    """Counts for each rule, alone and cumulatively; contract `WATERFALL`, sorted by position.

    Evidence is looked at only for loans that pass all else, so the failures of evidence rules include those never
    looked at; what remains and what fails alone is exact.
    """
    sums = decisions.with_columns(_failures(policy).alias("failures")).select(**_sums(policy))
    rules = nw.concat([_named(decisions, position, rule, policy) for position, rule in enumerate(RULES, start=1)])
    table = rules.join(sums, how="cross").with_columns(_own(figure).alias(figure) for figure in _FIGURES)
    return select_dataset(table, WATERFALL).sort("position")


def _failures(policy: Policy) -> nw.Expr:
    return nw.sum_horizontal(*(_one_where(~nw.col(rule.rule_id)) for rule in blocking_rules(policy)))


def _sums(policy: Policy) -> dict[str, nw.Expr]:
    """All figures of all rules, so that one pass over the decisions is enough."""
    always = nw.col("failures") >= 0
    remains = always
    sums: dict[str, nw.Expr] = {}
    for rule in RULES:
        is_met, is_failed_alone = nw.col(rule.rule_id), ~always
        if rule.is_blocking(policy):
            remains = remains & is_met
            is_failed_alone = ~is_met & (nw.col("failures") == 1)
        figures = (
            _one_where(is_met),
            _one_where(~is_met),
            _one_where(is_failed_alone),
            _one_where(remains),
            nw.when(remains).then(nw.col("overdue_amount")).otherwise(nw.lit(_NOTHING)),
        )
        sums |= {f"{rule.rule_id}_{name}": figure.sum() for name, figure in zip(_FIGURES, figures, strict=True)}
    return sums


def _named(decisions: Frame, position: int, rule: Rule, policy: Policy) -> Frame:
    """One row that names a rule, made by the engine of the decisions."""
    return decisions.select(nw.len().alias("loans")).select(
        nw.lit(position).alias("position"),
        nw.lit(rule.rule_id).alias("rule_id"),
        nw.lit(rule.is_blocking(policy)).alias("is_blocking"),
    )


def _own(figure: str) -> nw.Expr:
    """The figure that belongs to the row's rule; sums over no rows are zero."""
    own = nw.lit(None)
    for rule in RULES:
        own = nw.when(nw.col("rule_id") == rule.rule_id).then(nw.col(f"{rule.rule_id}_{figure}")).otherwise(own)
    return own.fill_null(_NOTHING if figure == "remaining_amount" else 0)


def _one_where(condition: nw.Expr) -> nw.Expr:
    return nw.when(condition).then(nw.lit(1)).otherwise(nw.lit(0))
