"""The days on which the state of a loan can change, and what had fallen due and come in by then."""

from __future__ import annotations

from datetime import date

import narwhals as nw

from transforms.books import Frame
from transforms.calendar import days_later, month_number
from transforms.money import AMOUNT, NOTHING
from transforms.schedules import FIRST_DAY


def timeline_until(spans: Frame, dues: Frame, money: Frame, as_of: date) -> Frame:
    """One row a span and day on which it begins, an instalment is missed for the first time or money counts.

    Columns: `span_no`, `loan_no`, `day`, `is_in_force` (1, but 0 for the day after the last one of the span or after
    `as_of`), `due_month` (latest month, by its number, in which fell due what is missed from that day on, if anything),
    `fallen_due` and `paid` (until the end of the day), `paid_before` (until the end of the last day on which what is
    missed from that day on could be paid in time).

    Args:
        spans: from `spans_of_candidates`.
        dues: from `dues_of_spans`.
        money: from `money_of_spans`.
        as_of: business date.
    """
    by_day = (
        nw.concat([_beginnings(spans), _missed_from(dues, as_of), _money(money)])
        .group_by("span_no", "loan_no", "day")
        .agg(
            nw.col("due").sum(),
            nw.col("money").sum(),
            nw.col("late_money").sum(),
            nw.col("due_month").max(),
            nw.col("is_in_force").max(),
        )
    )
    summed = by_day.with_columns(
        nw.col("due").cum_sum().over("span_no", order_by="day").alias("fallen_due"),
        nw.col("money").cum_sum().over("span_no", order_by="day").alias("paid"),
    )
    return summed.select(
        "span_no",
        "loan_no",
        "day",
        "is_in_force",
        "due_month",
        nw.col("fallen_due").cast(AMOUNT),
        nw.col("paid").cast(AMOUNT),
        (nw.col("paid") - nw.col("late_money")).cast(AMOUNT).alias("paid_before"),
    )


def _beginnings(spans: Frame) -> Frame:
    """The first day of each later version: on it nothing but its own instalments is due."""
    return spans.filter(nw.col("begins_on") > FIRST_DAY).select(
        "span_no",
        "loan_no",
        nw.col("begins_on").alias("day"),
        _nothing("due"),
        _nothing("money"),
        _nothing("late_money"),
        nw.lit(None).cast(nw.Int64).alias("due_month"),
        nw.lit(1).alias("is_in_force"),
    )


def _missed_from(dues: Frame, as_of: date) -> Frame:
    missed_on = days_later(nw.col("due_on"), 1)
    is_in_force = (nw.col("day") < nw.col("ends_on")) & (nw.col("day") <= as_of)
    return (
        dues.filter((nw.col("due_on") < nw.col("ends_on")) & (nw.col("due_on") <= as_of))
        .with_columns(
            nw.when(missed_on > nw.col("begins_on")).then(missed_on).otherwise(nw.col("begins_on")).alias("day")
        )
        .select(
            "span_no",
            "loan_no",
            "day",
            nw.col("due").cast(AMOUNT),
            _nothing("money"),
            _nothing("late_money"),
            month_number(nw.col("due_on")).alias("due_month"),
            nw.when(is_in_force).then(nw.lit(1)).otherwise(nw.lit(0)).alias("is_in_force"),
        )
    )


def _money(money: Frame) -> Frame:
    """Money of the first day of a version is in time for what had fallen due before; else that of a day is too late."""
    amount = nw.col("money").cast(AMOUNT)
    return money.select(
        "span_no",
        "loan_no",
        nw.col("counts_on").alias("day"),
        _nothing("due"),
        amount.alias("money"),
        nw.when(nw.col("counts_on") > nw.col("begins_on"))
        .then(amount)
        .otherwise(nw.lit(NOTHING))
        .cast(AMOUNT)
        .alias("late_money"),
        nw.lit(None).cast(nw.Int64).alias("due_month"),
        nw.lit(1).alias("is_in_force"),
    )


def _nothing(name: str) -> nw.Expr:
    return nw.lit(NOTHING).cast(AMOUNT).alias(name)
