"""Month arithmetic on the engines, beside dates that were looked up in a calendar."""

from datetime import date, timedelta

import narwhals as nw
import pyarrow as pa
import pytest

from transforms.calendar import (
    add_months,
    day_number,
    days_later,
    days_until,
    full_months_until,
    month_number,
    months_later,
)

MONTHS_LATER = [
    (date(2025, 8, 31), 6, date(2026, 2, 28)),
    (date(2027, 8, 31), 6, date(2028, 2, 29)),
    (date(2027, 8, 29), 6, date(2028, 2, 29)),
    (date(2025, 8, 28), 6, date(2026, 2, 28)),
    (date(2024, 2, 29), 12, date(2025, 2, 28)),
    (date(2025, 12, 31), 2, date(2026, 2, 28)),
    (date(2026, 3, 31), -1, date(2026, 2, 28)),
    (date(2026, 1, 15), -24, date(2024, 1, 15)),
    (date(2025, 11, 30), 1, date(2025, 12, 30)),
]
FULL_MONTHS = [
    (date(2025, 8, 31), date(2026, 2, 27), 5),
    (date(2025, 8, 31), date(2026, 2, 28), 6),
    (date(2027, 8, 31), date(2028, 2, 28), 5),
    (date(2027, 8, 31), date(2028, 2, 29), 6),
    (date(2026, 1, 31), date(2026, 4, 29), 2),
    (date(2026, 1, 31), date(2026, 4, 30), 3),
    (date(2026, 1, 30), date(2026, 4, 30), 3),
    (date(2026, 5, 20), date(2026, 6, 19), 0),
    (date(2026, 5, 20), date(2026, 6, 20), 1),
    (date(2026, 6, 14), date(2026, 6, 15), 0),
]


@pytest.mark.parametrize(("day", "months", "expected"), MONTHS_LATER)
def test_months_end_where_the_shorter_month_ends(engine, kit, day, months, expected):
    frame = engine.rows([{"day": day}], day=pa.date32())
    assert kit.rows(frame.select(later=months_later(nw.col("day"), months))) == [{"later": expected}]
    assert add_months(day, months) == expected


@pytest.mark.parametrize(("day", "end", "expected"), FULL_MONTHS)
def test_only_full_months_count(engine, kit, day, end, expected):
    frame = engine.rows([{"day": day}], day=pa.date32())
    assert kit.rows(frame.select(months=full_months_until(nw.col("day"), end))) == [{"months": expected}]


def test_day_numbers_are_those_of_python(engine, kit):
    days = [date(1990, 1, 1) + timedelta(days=step * 37) for step in range(500)] + [
        date(2000, 2, 29),
        date(2099, 12, 31),
    ]
    frame = engine.rows([{"day": day} for day in days], day=pa.date32())
    rows = kit.rows(
        frame.select("day", number=day_number(nw.col("day")), left=days_until(nw.col("day"), date(2026, 6, 15)))
    )
    assert len(rows) == 502
    assert all(row["number"] == row["day"].toordinal() for row in rows)
    assert all(row["left"] == (date(2026, 6, 15) - row["day"]).days for row in rows)


def test_days_and_months_pass_over_the_ends_of_months_and_years(engine, kit):
    days = [date(2024, 2, 28), date(2025, 2, 28), date(2025, 12, 31), date(2026, 1, 1)]
    frame = engine.rows([{"day": day} for day in days], day=pa.date32())
    day = nw.col("day")
    rows = kit.rows(frame.select(next=days_later(day, 1), last=days_later(day, -1), month=month_number(day)))
    assert [row["next"] for row in rows] == [date(2024, 2, 29), date(2025, 3, 1), date(2026, 1, 1), date(2026, 1, 2)]
    assert [row["last"] for row in rows] == [
        date(2024, 2, 27),
        date(2025, 2, 27),
        date(2025, 12, 30),
        date(2025, 12, 31),
    ]
    assert [row["month"] - rows[0]["month"] for row in rows] == [0, 12, 22, 23]
