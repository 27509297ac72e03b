"""Arrears as of a date: what came in is spent on the oldest instalment first."""

from __future__ import annotations

from datetime import date

import narwhals as nw

from schemas.datasets import ARREARS
from schemas.policy import Policy
from transforms.books import Books, Frame
from transforms.calendar import days_until, full_months_until
from transforms.contract import select_dataset
from transforms.dues import dues_of_spans
from transforms.episodes import episode_beginnings
from transforms.keep import Keep, as_it_is
from transforms.money import NOTHING, at_least_nothing, money_of_spans
from transforms.repayment_history import repayment_histories, status_code
from transforms.schedules import spans_of_candidates
from transforms.timeline import timeline_until

_AGES = (("1_30", 1, 30), ("31_60", 31, 60), ("61_90", 61, 90), ("91_180", 91, 180), ("over_180", 181, None))


def arrears_as_of(books: Books, as_of: date, policy: Policy, keep: Keep = as_it_is) -> Frame:
    """Every loan with an instalment that fell due before `as_of` and is not fully paid; contract `ARREARS`.

    Each figure is defined in `docs/definitions.md`.

    Args:
        books: of the business date.
        as_of: business date.
        policy: gives the order in which components are paid.
        keep: what the engine offers to compute a frame once that is used several times.
    """
    spans = spans_of_candidates(books, as_of, keep)
    dues = keep(dues_of_spans(books.instalments, spans))
    money = keep(money_of_spans(books.payments, spans, as_of))
    timeline = keep(timeline_until(spans, dues, money, as_of))
    figures = _figures(dues, money, as_of, policy)
    in_force = spans.filter(nw.col("ends_on") > as_of).select("loan_no", "loan_id", "borrower_id", "disbursed_on")
    described = (
        in_force.join(figures, on="loan_no", how="inner")
        .join(episode_beginnings(timeline), on="loan_no", how="inner")
        .join(repayment_histories(spans, dues, money, timeline, as_of), on="loan_no", how="inner")
        .with_columns(
            nw.lit(as_of).alias("as_of"),
            days_until(nw.col("first_missed_on"), as_of).alias("overdue_days"),
            full_months_until(nw.col("first_missed_on"), as_of).alias("overdue_months"),
            status_code(nw.col("first_missed_on"), nw.col("disbursed_on"), as_of).alias("repayment_status_code"),
            nw.max_horizontal("missed_instalments", "highest_missed_at_month_ends").alias("highest_missed_periods"),
        )
    )
    return select_dataset(described, ARREARS)


def _figures(dues: Frame, money: Frame, as_of: date, policy: Policy) -> Frame:
    """What is missed of the spans in force, one row a loan in arrears."""
    paid = (
        money.group_by("span_no")
        .agg(nw.col("money").sum().alias("paid"))
        .with_columns(at_least_nothing(nw.col("paid")).alias("paid"))
    )
    left = at_least_nothing(nw.col("paid") - (nw.col("due_until") - nw.col("due")))
    allocated = (
        dues.filter(nw.col("ends_on") > as_of)
        .join(paid, on="span_no", how="left")
        .with_columns(nw.col("paid").fill_null(NOTHING))
        .with_columns(left.alias("left"))
    )
    missed = (
        allocated.filter((nw.col("due_on") < as_of) & (nw.col("left") < nw.col("due")))
        .with_columns(days_until(nw.col("due_on"), as_of).alias("age_days"), *_unpaid(policy))
        .group_by("loan_no")
        .agg(
            nw.col("due_on").min().alias("first_missed_on"),
            nw.len().alias("missed_instalments"),
            (nw.col("due") - nw.col("left")).sum().alias("overdue_amount"),
            *(nw.col(f"unpaid_{name}").sum().alias(f"overdue_{name}") for name in _components(policy)),
            *(
                nw.when(_is_aged(least, most))
                .then(nw.col("unpaid_principal"))
                .otherwise(nw.lit(NOTHING))
                .sum()
                .alias(f"overdue_principal_{name}")
                for name, least, most in _AGES
            ),
        )
    )
    balances = allocated.group_by("loan_no").agg((nw.col("due").sum() - nw.col("paid").max()).alias("balance_amount"))
    return missed.join(balances, on="loan_no", how="inner")


def _components(policy: Policy) -> tuple[str, ...]:
    return policy.arrears.allocation_order.value


def _unpaid(policy: Policy) -> list[nw.Expr]:
    """What is unpaid of each component when what is left goes to one after the other."""
    exprs = []
    left = nw.col("left")
    for component in _components(policy):
        due = nw.col(f"{component}_due")
        spent = nw.when(left > due).then(due).otherwise(at_least_nothing(left))
        exprs.append((due - spent).alias(f"unpaid_{component}"))
        left = left - due
    return exprs


def _is_aged(least: int, most: int | None) -> nw.Expr:
    is_old_enough = nw.col("age_days") >= least
    return is_old_enough if most is None else is_old_enough & (nw.col("age_days") <= most)
