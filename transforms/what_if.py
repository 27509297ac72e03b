"""What another policy would change: which loans enter or leave the report, and by which rules."""

from __future__ import annotations

import narwhals as nw

from schemas.dataset import Dataset
from schemas.field import Field, FieldType, Sensitivity
from schemas.policy import Policy
from transforms.books import Frame
from transforms.contract import select_dataset
from transforms.eligibility import RULES, all_met, blocking_rules
from transforms.rule import Rule

_KEY, _TEXT, _COUNT, _MONEY = Sensitivity.KEY, FieldType.TEXT, FieldType.INTEGER, FieldType.MONEY

_MOVE = Field(
    "move_code",
    _TEXT,
    "what the second policy does to the loan",
    codes={
        "stays": "reportable under both",
        "leaves": "reportable under the first only",
        "enters": "reportable under the second only",
    },
)
MOVES = Dataset(
    "moves",
    1,
    "loans that are reportable under one of two policies, one row a loan",
    ("loan_id", "borrower_id", "move_code", "moved_amount", "moving_rules"),
    ("loan_id",),
    own_fields=(
        _MOVE,
        Field("moved_amount", _MONEY, "overdue amount of the loan"),
        Field(
            "moving_rules",
            _TEXT,
            "rules that keep the loan out under the other policy, parted by commas; empty when it stays",
            _KEY,
        ),
    ),
)
_FIGURES = (
    Field("moved_borrowers", _COUNT, "borrowers of the loans"),
    Field("moved_loans", _COUNT, "loans"),
    Field("moved_amount", _MONEY, "their overdue amount"),
)
MOVES_BY_CODE = Dataset(
    "moves_by_code",
    1,
    "what stays, leaves and enters",
    ("move_code", "moved_borrowers", "moved_loans", "moved_amount"),
    ("move_code",),
    own_fields=(_MOVE, *_FIGURES),
)
MOVES_BY_RULE = Dataset(
    "moves_by_rule",
    1,
    "what leaves or enters by each rule; a loan that moves by several rules is counted with each",
    ("rule_id", "move_code", "moved_borrowers", "moved_loans", "moved_amount"),
    ("rule_id", "move_code"),
    own_fields=(_MOVE, *_FIGURES),
)


def moves(first: Frame, second: Frame, first_policy: Policy, second_policy: Policy) -> Frame:
    """Loans that are reportable under at least one of two policies; contract `MOVES`.

    Rules of evidence count only where nothing else keeps the loan out: its files were not looked at otherwise. A loan
    that is in arrears under one policy only counts as kept out by no rule under the other.

    Args:
        first: decisions under the first policy.
        second: decisions of the same books and date under the second.
        first_policy: of the first.
        second_policy: of the second.
    """
    was = _outcome(first, first_policy, "first")
    becomes = _outcome(second, second_policy, "second")
    joined = was.join(becomes, on=["loan_id", "borrower_id"], how="full")
    was_reportable, is_reportable = _filled("first_reportable"), _filled("second_reportable")
    described = joined.filter(was_reportable | is_reportable).select(
        nw.coalesce(nw.col("loan_id"), nw.col("loan_id_right")).alias("loan_id"),
        nw.coalesce(nw.col("borrower_id"), nw.col("borrower_id_right")).alias("borrower_id"),
        nw.when(was_reportable & is_reportable)
        .then(nw.lit("stays"))
        .otherwise(nw.when(was_reportable).then(nw.lit("leaves")).otherwise(nw.lit("enters")))
        .alias("move_code"),
        nw.coalesce(nw.col("second_amount"), nw.col("first_amount")).alias("moved_amount"),
        nw.when(was_reportable & is_reportable)
        .then(nw.lit(""))
        .otherwise(nw.when(was_reportable).then(nw.col("second_rules")).otherwise(nw.col("first_rules")))
        .fill_null("")
        .alias("moving_rules"),
    )
    return select_dataset(described, MOVES)


def moves_by_code(moved: Frame) -> Frame:
    """Borrowers, loans and money that stay, leave and enter; contract `MOVES_BY_CODE`.

    Args:
        moved: from `moves`.
    """
    return select_dataset(_counted(moved, "move_code"), MOVES_BY_CODE)


def moves_by_rule(moved: Frame) -> Frame:
    """Borrowers, loans and money that move by each rule; contract `MOVES_BY_RULE`, rules that move nothing left out.

    Args:
        moved: from `moves`.
    """
    by_rule = nw.concat([_by(moved, rule) for rule in RULES])
    return select_dataset(_counted(by_rule, "rule_id", "move_code"), MOVES_BY_RULE)


def _counted(moved: Frame, *keys: str) -> Frame:
    return moved.group_by(*keys).agg(
        nw.col("borrower_id").n_unique().alias("moved_borrowers"),
        nw.len().alias("moved_loans"),
        nw.col("moved_amount").sum().alias("moved_amount"),
    )


def _outcome(decisions: Frame, policy: Policy, which: str) -> Frame:
    return decisions.select(
        "loan_id",
        "borrower_id",
        nw.col("is_reportable").alias(f"{which}_reportable"),
        nw.col("overdue_amount").alias(f"{which}_amount"),
        _telling(policy).alias(f"{which}_rules"),
    )


def _telling(policy: Policy) -> nw.Expr:
    """Ids of the blocking rules that keep a loan out and say something about it, parted by commas."""
    looked_at = [rule for rule in blocking_rules(policy) if rule.scope != "evidence"]
    is_rest_met = all_met(looked_at)
    evidence = [rule for rule in blocking_rules(policy) if rule.scope == "evidence"]
    failed = [nw.when(~nw.col(rule.rule_id)).then(nw.lit(rule.rule_id)) for rule in looked_at]
    failed += [nw.when(is_rest_met & ~nw.col(rule.rule_id)).then(nw.lit(rule.rule_id)) for rule in evidence]
    return nw.concat_str(*failed, separator=",", ignore_nulls=True)


def _by(moved: Frame, rule: Rule) -> Frame:
    names_it = nw.concat_str(nw.lit(","), nw.col("moving_rules"), nw.lit(",")).str.contains(
        f",{rule.rule_id},", literal=True
    )
    return moved.filter(names_it).with_columns(nw.lit(rule.rule_id).alias("rule_id"))


def _filled(column: str) -> nw.Expr:
    return nw.col(column).fill_null(False)
