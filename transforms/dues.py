"""What falls due in each span of a schedule, with all that is due up to each instalment."""

from __future__ import annotations

import narwhals as nw

from transforms.books import Frame
from transforms.money import AMOUNT


def amount_due() -> nw.Expr:
    """All that falls due with an instalment."""
    return nw.col("principal_due") + nw.col("interest_due") + nw.col("fee_due") + nw.col("penalty_due")


def dues_of_spans(instalments: Frame, spans: Frame) -> Frame:
    """One row an instalment of a span, due or not.

    Columns: `span_no`, `loan_no`, `begins_on`, `ends_on`, `due_on`, the four components, `due` (their sum) and
    `due_until` (all that is due in the span up to and including the instalment, by due date, then number).
    """
    versions = spans.select(
        "loan_id", "span_no", "loan_no", "begins_on", "ends_on", nw.col("schedule_no").alias("span_schedule_no")
    )
    return (
        instalments.join(versions, on="loan_id", how="inner")
        .filter(nw.col("schedule_no") == nw.col("span_schedule_no"))
        .with_columns(amount_due().cast(AMOUNT).alias("due"))
        .with_columns(
            nw.col("due")
            .cum_sum()
            .over("span_no", order_by=["due_on", "instalment_no"])
            .cast(AMOUNT)
            .alias("due_until")
        )
        .select(
            "span_no",
            "loan_no",
            "begins_on",
            "ends_on",
            "due_on",
            "principal_due",
            "interest_due",
            "fee_due",
            "penalty_due",
            "due",
            "due_until",
        )
    )
