"""The grace period: calendar months or days, its last day included."""

from datetime import date

import narwhals as nw
import pyarrow as pa
import pytest

from transforms.grace import grace_end_of, grace_ends_on, has_grace_ended


@pytest.mark.parametrize(
    ("delivered_on", "ends_on"),
    [
        (date(2026, 3, 7), date(2026, 5, 7)),
        (date(2025, 12, 31), date(2026, 2, 28)),
        (date(2027, 12, 30), date(2028, 2, 29)),
        (date(2026, 11, 30), date(2027, 1, 30)),
    ],
)
def test_grace_is_counted_in_calendar_months(engine, policy, kit, delivered_on, ends_on):
    frame = engine.rows([{"delivered_on": delivered_on}], delivered_on=pa.date32())
    assert kit.rows(frame.select(ends_on=grace_ends_on(nw.col("delivered_on"), policy))) == [{"ends_on": ends_on}]
    assert grace_end_of(delivered_on, policy) == ends_on


@pytest.mark.parametrize(
    ("delivered_on", "ends_on"),
    [(date(2026, 3, 7), date(2026, 3, 21)), (date(2028, 2, 20), date(2028, 3, 5))],
)
def test_grace_is_counted_in_days_where_the_policy_says_days(engine, us_policy, kit, delivered_on, ends_on):
    frame = engine.rows([{"delivered_on": delivered_on}], delivered_on=pa.date32())
    assert kit.rows(frame.select(ends_on=grace_ends_on(nw.col("delivered_on"), us_policy))) == [{"ends_on": ends_on}]
    assert grace_end_of(delivered_on, us_policy) == ends_on


@pytest.mark.parametrize(
    ("ends_on", "has_ended"),
    [(date(2026, 6, 14), True), (date(2026, 6, 15), False), (date(2026, 6, 16), False), (None, False)],
)
def test_grace_has_ended_when_its_last_day_is_past(engine, kit, ends_on, has_ended):
    frame = engine.rows([{"ends_on": ends_on}], ends_on=pa.date32())
    shown = frame.select(has_ended=has_grace_ended(nw.col("ends_on"), date(2026, 6, 15)))
    assert kit.rows(shown) == [{"has_ended": has_ended}]
