"""Days, cents and loans as numbers, for the side that is Polars by hand."""

from __future__ import annotations

from datetime import date

import polars as pl

AS_OF = date(2026, 6, 30)
LOOK_BACK_FROM = date(2024, 6, 30)
DAY_BITS, CENT_BITS = 1 << 20, 1 << 40
COMPONENTS = ("fee", "interest", "penalty", "principal")


def cents(column: str) -> pl.Expr:
    """What a decimal of two places holds anyway."""
    return pl.col(column).to_physical().cast(pl.Int64)


def number_of(day: str | date) -> pl.Expr:
    return (pl.col(day) if isinstance(day, str) else pl.lit(day)).cast(pl.Int32).cast(pl.Int64)


def keyed(place: str, day: pl.Expr) -> pl.Expr:
    """One number that sorts by place, then day; days are moved so that none since the year 1 is negative."""
    return pl.col(place).cast(pl.Int64) * DAY_BITS + day.cast(pl.Int32).cast(pl.Int64) + 800_000


def counts_on() -> pl.Expr:
    booked = pl.max_horizontal("paid_on", "booked_on")
    return pl.when(pl.col("payment_kind") == "reversal").then(booked).otherwise("paid_on")


def signed() -> pl.Expr:
    return (
        pl.when(pl.col("payment_kind") == "reversal").then(-cents("payment_amount")).otherwise(cents("payment_amount"))
    )
