"""Status at each month end by hand in Polars: all month ends of all loans at once, by sorted joins."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from tests.bench.assess.by_hand_polars_days import CENT_BITS, keyed, number_of

MONTH_ENDS = [date(2024 + (6 + i) // 12, (6 + i) % 12 + 1, 1) - timedelta(days=1) for i in range(25)]


def histories_of(segments: pl.DataFrame, due: pl.DataFrame, states: pl.DataFrame) -> pl.DataFrame:
    """Status at each month end: one row a loan and month end, in their order, and one month end more before."""
    ends = pl.DataFrame({"end": MONTH_ENDS, "month": range(len(MONTH_ENDS))}, schema_overrides={"month": pl.Int32})
    points = (
        segments.select("segment", "loan", "from_day", "until_day", "disbursed_on")
        .join(ends, how="cross", maintain_order="left_right")
        .filter(pl.col("end").is_between("from_day", "until_day"))
        .select("segment", "loan", "end", "month", (pl.col("disbursed_on") > pl.col("end")).alias("is_before"))
        .with_columns(keyed("segment", pl.col("end")).alias("key"))
        .set_sorted("key")
    )
    states = states.select("key", "fallen", "fallen_count", "money").set_sorted("key")
    points = points.join_asof(states, on="key", strategy="backward")
    paid_key = pl.col("segment").cast(pl.Int64) * CENT_BITS
    keys = due.select((paid_key + pl.col("until_here")).alias("key")).to_series().set_sorted()
    # Instalments of all segments lie behind each other: after the last that is covered comes the first that is not.
    uncovered = keys.search_sorted(points.select(paid_key + pl.col("money")).to_series(), side="right")
    starts = (
        due.with_row_index("place").group_by("segment").agg(pl.col("place").min(), pl.col("due").sum().alias("total"))
    )
    first_uncovered = due["due_on"].append(pl.Series([None], dtype=pl.Date)).gather(uncovered)
    month_of = (pl.col("due_on").dt.year() * 12 + pl.col("due_on").dt.month() - (2024 * 12 + 6)).cast(pl.Int32)
    months = due_months_of(due.with_columns(month_of.alias("month")), states)
    points = (
        points.with_columns(uncovered.alias("uncovered"), first_uncovered.alias("first"))
        .join(starts, on="segment", how="left", maintain_order="left")
        .join(months, on=["segment", "month"], how="left", maintain_order="left")
    )
    is_missed = pl.col("fallen") > pl.col("money")
    days = number_of("end") - number_of("first")
    code = (
        pl.when("is_before")
        .then(pl.lit("/"))
        .when(is_missed)
        .then(((days + 29) // 30).clip(1, 7).cast(pl.String))
        .when(pl.col("money") >= pl.col("total"))
        .then(pl.lit("C"))
        .when("is_late")
        .then(pl.lit("M"))
        .when(pl.col("is_late").is_null() & ~is_missed.shift(1))
        .then(pl.lit("*"))
        .otherwise(pl.lit("N"))
    )
    count = pl.when(is_missed).then(
        pl.col("fallen_count") - (pl.col("uncovered").cast(pl.Int64) - pl.col("place").cast(pl.Int64))
    )
    told = points.select("loan", "month", code.alias("code"), count.fill_null(0).cast(pl.Int64).alias("missed"))
    history = (
        told.filter(pl.col("month") > 0)
        .group_by("loan", maintain_order=True)
        .agg(
            pl.col("code").str.join("").alias("repayment_history"),
            pl.col("missed").max().alias("highest_missed_periods"),
        )
    )
    text = pl.col("repayment_history")
    return history.with_columns(
        text.str.slice(-1).alias("repayment_status_code"),
        (24 - text.str.strip_chars_end("1234567").str.len_bytes().cast(pl.Int64)).alias("consecutive_missed_periods"),
    )


def due_months_of(due: pl.DataFrame, states: pl.DataFrame) -> pl.DataFrame:
    """Months in which something of a segment fell due, and whether it was late then though not at the month's end."""
    tested = pl.max_horizontal("due_on", "from_day")
    asked = due.select(
        "segment",
        "month",
        "until_here",
        "due_on",
        keyed("segment", tested).alias("key"),
    ).sort("key")
    known = asked.join_asof(states.select("key", "money"), on="key", strategy="backward")
    late = (pl.col("money") < pl.col("until_here")) & (pl.col("due_on") < pl.col("due_on").dt.month_end())
    return known.lazy().group_by("segment", "month").agg(late.any().alias("is_late")).collect()
