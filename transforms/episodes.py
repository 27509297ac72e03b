"""When the unbroken stretch of days in arrears began that lasts until a date."""

from __future__ import annotations

import narwhals as nw

from transforms.books import Frame
from transforms.calendar import days_later
from transforms.money import at_least_nothing


def episode_beginnings(timeline: Frame) -> Frame:
    """`loan_no`, `episode_began_on`: the day before the first day of the last episode of each loan that had one.

    Args:
        timeline: from `timeline_until`.
    """
    states = (
        timeline.filter(nw.col("is_in_force") == 1)
        .select("loan_no", "day", (nw.col("fallen_due") > at_least_nothing(nw.col("paid"))).alias("is_in_arrears"))
        .with_columns(
            nw.col("is_in_arrears").shift(1).over("loan_no", order_by="day").fill_null(False).alias("was_in_arrears")
        )
    )
    return (
        states.filter(nw.col("is_in_arrears") & ~nw.col("was_in_arrears"))
        .group_by("loan_no")
        .agg(nw.col("day").max().alias("began_on"))
        .select("loan_no", days_later(nw.col("began_on"), -1).alias("episode_began_on"))
    )
