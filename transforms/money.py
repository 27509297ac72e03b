"""Money that came in: from when it counts, with which sign, and never less than nothing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import narwhals as nw

from transforms.books import Frame

NOTHING = Decimal("0.00")
AMOUNT = nw.Decimal(18, 2)
"""Sums get wider types that differ by engine, and are slower."""


def counts_on() -> nw.Expr:
    """The day from which a row of `payments` counts.

    A payment counts from its value date. A reversal counts from the later of value and booking date: nobody is in
    arrears for a day on which the lender did not know yet.
    """
    paid_on, booked_on = nw.col("paid_on"), nw.col("booked_on")
    is_booked_later = (nw.col("payment_kind") == "reversal") & (booked_on > paid_on)
    return nw.when(is_booked_later).then(booked_on).otherwise(paid_on)


def signed_amount() -> nw.Expr:
    """The amount of a row of `payments`, less than nothing for a reversal."""
    amount = nw.col("payment_amount")
    return nw.when(nw.col("payment_kind") == "reversal").then(nw.lit(NOTHING) - amount).otherwise(amount)


def at_least_nothing(amount: nw.Expr) -> nw.Expr:
    """The amount, or zero when it is less."""
    return nw.when(amount > 0).then(amount).otherwise(nw.lit(NOTHING))


def money_of_spans(payments: Frame, spans: Frame, as_of: date) -> Frame:
    """Money that counts until `as_of`, by the span in which it does.

    Columns: `span_no`, `loan_no`, `begins_on` (of the span), `counts_on`, `money`.
    """
    return (
        payments.join(spans.select("loan_id", "span_no", "loan_no", "begins_on", "ends_on"), on="loan_id", how="inner")
        .with_columns(counts_on().alias("counts_on"), signed_amount().alias("money"))
        .filter(
            (nw.col("counts_on") <= as_of)
            & (nw.col("counts_on") >= nw.col("begins_on"))
            & (nw.col("counts_on") < nw.col("ends_on"))
        )
        .select("span_no", "loan_no", "begins_on", "counts_on", "money")
    )
