"""Arrears by hand in Polars: one row a loan in arrears, loans numbered by `loan`, money in cents."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import polars as pl

from tests.bench.assess.by_hand_polars_days import AS_OF, COMPONENTS, cents, counts_on, keyed, number_of, signed
from tests.bench.assess.by_hand_polars_history import histories_of

START = date(1, 1, 1)
AGES = {"1_30": (1, 30), "31_60": (31, 60), "61_90": (61, 90), "91_180": (91, 180), "over_180": (181, 1_000_000)}
LOANS_TOGETHER = 60_000


def arrears_of(books) -> pl.DataFrame:
    """One row a loan in arrears, numbered by `loan`."""
    loans = candidates_of(books)
    segments = segments_of(books, loans)
    due, events = due_and_events(books, segments)
    at_end = due.filter(pl.col("until_day") >= pl.lit(AS_OF)).join(
        events.group_by("segment").agg(pl.col("money").last()), on="segment", how="left"
    )
    at_end = at_end.with_columns(pl.col("money").fill_null(0).clip(lower_bound=0))
    figures = figures_of(at_end)
    segments = segments.join(figures.select("loan"), on="loan", how="semi")
    due = due.join(segments.select("segment"), on="segment", how="semi")
    events = events.join(segments.select("segment"), on="segment", how="semi")
    histories = pl.concat(histories_of(*part) for part in parts_of(segments, due, events))
    return loans.join(figures, on="loan").join(episodes_of(events), on="loan").join(histories, on="loan")


def parts_of(
    segments: pl.DataFrame, due: pl.DataFrame, events: pl.DataFrame
) -> Iterator[tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]]:
    """A number of loans at a time: month ends take much room."""
    numbers = segments["loan"].unique().sort()
    for begins in range(0, len(numbers), LOANS_TOGETHER):
        some = numbers.slice(begins, LOANS_TOGETHER)
        is_in = pl.col("loan").is_between(some[0], some[-1])
        yield segments.filter(is_in), due.filter(is_in), events.filter(is_in)


def candidates_of(books) -> pl.DataFrame:
    """Loans that may be in arrears: more of the first schedule fell due than ever came in, or there is another."""
    amount = sum((cents(f"{name}_due") for name in COMPONENTS[1:]), start=cents("fee_due"))
    fallen = books["instalments"].filter(pl.col("due_on") < AS_OF, pl.col("schedule_no") == 1)
    paid = books["payments"].filter(counts_on() <= AS_OF)
    lacking = pl.concat(
        [fallen.select("loan_id", amount.alias("lack")), paid.select("loan_id", -signed().alias("lack"))]
    )
    short = lacking.group_by("loan_id").agg(pl.col("lack").sum()).filter(pl.col("lack") > 0)
    others = books["schedules"].filter(pl.col("schedule_effective_on") <= AS_OF)
    either = pl.concat([short.select("loan_id"), others.select("loan_id")])
    return (
        books["loans"]
        .join(either, on="loan_id", how="semi")
        .select("loan_id", "borrower_id", "product_code", "annual_rate", "disbursed_on")
        .collect(engine="streaming")
        .sort("loan_id")
        .with_row_index("loan")
    )


def segments_of(books, loans: pl.DataFrame) -> pl.DataFrame:
    """The days on which each version of a schedule is in force, up to the business date."""
    later = (
        books["schedules"]
        .filter(pl.col("schedule_effective_on") <= AS_OF)
        .join(loans.lazy().select("loan", "loan_id"), on="loan_id")
        .select("loan", "schedule_no", pl.col("schedule_effective_on").alias("from_day"))
        .collect()
    )
    first = loans.select("loan", pl.lit(1, dtype=pl.Int64).alias("schedule_no"), pl.lit(START).alias("from_day"))
    versions = pl.concat([first, later]).sort("loan", "from_day", "schedule_no")
    is_beaten = pl.col("schedule_no") < pl.col("schedule_no").cum_max().over("loan")
    until = pl.col("from_day").shift(-1).over("loan") - pl.duration(days=1)
    ranked = versions.filter(~is_beaten).with_columns(until.fill_null(AS_OF).cast(pl.Date).alias("until_day"))
    return (
        ranked.filter(pl.col("until_day") >= pl.col("from_day"))
        .with_row_index("segment")
        .join(loans, on="loan", how="left", maintain_order="left")
    )


def due_and_events(books, segments: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Instalments with what is due up to each, and the state after each day on which something happens."""
    version = pl.col("schedule_no").alias("version")
    spans = segments.lazy().select("segment", "loan", "loan_id", version, "from_day", "until_day")
    due = (
        books["instalments"]
        .join(spans, on="loan_id")
        .filter(pl.col("schedule_no") == pl.col("version"))
        .select(
            "segment",
            "loan",
            "from_day",
            "until_day",
            "due_on",
            pl.col("instalment_no").cast(pl.Int32),
            *(cents(f"{name}_due").alias(name) for name in COMPONENTS),
        )
        .collect(engine="streaming")
        .sort("segment", "due_on", "instalment_no")
        .with_columns(pl.sum_horizontal(COMPONENTS).alias("due"))
        .with_columns(pl.col("due").cum_sum().over("segment").alias("until_here"))
    )
    money = (
        books["payments"]
        .join(spans.select("loan_id", "segment", "from_day", "until_day"), on="loan_id")
        .with_columns(counts_on().alias("day"))
        .filter(pl.col("day").is_between("from_day", "until_day"))
        .select("segment", "day", signed().alias("paid"))
        .collect(engine="streaming")
    )
    falls = due.select(
        "segment",
        pl.max_horizontal(pl.col("due_on") + pl.duration(days=1), "from_day").cast(pl.Date).alias("day"),
        "due",
        "until_day",
    ).filter(pl.col("day") <= pl.col("until_day"))
    begins = segments.select("segment", pl.col("from_day").alias("day"))
    events = (
        pl.concat(
            [
                begins.with_columns(
                    pl.lit(0, pl.Int64).alias("due"), pl.lit(0, pl.Int64).alias("paid"), pl.lit(0).alias("count")
                ),
                falls.select("segment", "day", "due", pl.lit(0, pl.Int64).alias("paid"), pl.lit(1).alias("count")),
                money.select("segment", "day", pl.lit(0, pl.Int64).alias("due"), "paid", pl.lit(0).alias("count")),
            ]
        )
        .with_columns(keyed("segment", pl.col("day")).alias("key"))
        .sort("key")
    )
    sums = events.with_columns(pl.col("due", "paid", "count").cum_sum().over("segment"))
    states = sums.filter((pl.col("key") != pl.col("key").shift(-1)).fill_null(True)).select(
        "segment",
        "key",
        "day",
        pl.col("due").alias("fallen"),
        pl.col("count").alias("fallen_count"),
        pl.col("paid").clip(lower_bound=0).alias("money"),
    )
    loans = segments.select("segment", "loan")
    return due, states.join(loans, on="segment", how="left", maintain_order="left")


def figures_of(at_end: pl.DataFrame) -> pl.DataFrame:
    left = (pl.col("money") - (pl.col("until_here") - pl.col("due"))).clip(0, pl.col("due"))
    missed = (
        at_end.lazy().with_columns(left.alias("left")).filter(pl.col("due_on") < AS_OF, pl.col("left") < pl.col("due"))
    )
    rest = pl.col("left")
    for name in COMPONENTS:
        missed = missed.with_columns(pl.min_horizontal(rest, name).alias("spent")).with_columns(
            (pl.col(name) - pl.col("spent")).alias(f"unpaid_{name}"), (pl.col("left") - pl.col("spent")).alias("left")
        )
    age = (number_of(AS_OF) - number_of("due_on")).alias("age")
    principal = pl.col("unpaid_principal")
    figures = (
        missed.with_columns(age)
        .group_by("loan")
        .agg(
            pl.col("due_on").min().alias("first_missed_on"),
            pl.len().cast(pl.Int64).alias("missed_instalments"),
            *(pl.col(f"unpaid_{name}").sum().alias(f"overdue_{name}") for name in COMPONENTS),
            *(
                principal.filter(pl.col("age").is_between(least, most)).sum().alias(f"overdue_principal_{name}")
                for name, (least, most) in AGES.items()
            ),
        )
    )
    balance = (
        at_end.lazy().group_by("loan").agg((pl.col("due").sum() - pl.col("money").first()).alias("balance_amount"))
    )
    first, months = pl.col("first_missed_on"), pl.col("first_missed_on").dt
    return (
        figures.join(balance, on="loan")
        .with_columns(
            (number_of(AS_OF) - number_of("first_missed_on")).alias("overdue_days"),
            # The business date ends its month, so every day of the month of the first missed date reaches it.
            ((2026 - months.year().cast(pl.Int64)) * 12 + 6 - months.month()).alias("overdue_months"),
            pl.sum_horizontal(f"overdue_{name}" for name in COMPONENTS).alias("overdue_amount"),
            (first.dt.offset_by("6mo") < AS_OF).alias("E0101"),
        )
        .collect()
        .sort("loan")
    )


def episodes_of(states: pl.DataFrame) -> pl.DataFrame:
    """The last day without arrears."""
    return (
        states.lazy()
        .select(
            "loan",
            "day",
            pl.col("loan").shift(-1).alias("next_loan"),
            pl.col("day").shift(-1).alias("next"),
            (pl.col("fallen") <= pl.col("money")).alias("is_clear"),
        )
        .filter("is_clear")
        .group_by("loan")
        .agg((pl.col("next").last() - pl.duration(days=1)).cast(pl.Date).alias("episode_began_on"))
        .collect()
    )
