"""Wall-clock times beside those of Python's zoneinfo."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb
import narwhals as nw
import pyarrow as pa
import pytest

from transforms.local_time import local, require_utc, second_of_day, start_of_day

INSTANT = pa.timestamp("us", tz="UTC")


@pytest.mark.parametrize(
    "zone", ["Asia/Shanghai", "America/New_York", "Europe/London", "Australia/Lord_Howe", "Asia/Kolkata"]
)
def test_wall_clock_is_that_of_zoneinfo_around_every_change(engine, kit, zone):
    first_on, last_on = date(2024, 6, 1), date(2026, 6, 15)
    hours = [start_of_day(first_on, zone) + timedelta(hours=step) for step in range(24 * 744)]
    edges = [hour - timedelta(microseconds=1) for hour in hours[1:] if hour.month in (3, 4, 10, 11)]
    instants = [at for at in hours + edges if at.astimezone(ZoneInfo(zone)).date() <= last_on]
    frame = engine.rows([{"at": at} for at in instants], at=INSTANT)
    rows = kit.rows(frame.select("at", shown=local(nw.col("at"), zone, first_on, last_on)))
    assert len(rows) > 15_000
    wrong = [row for row in rows if row["shown"] != row["at"].astimezone(ZoneInfo(zone)).replace(tzinfo=None)]
    assert wrong == []


def test_second_of_day(engine, kit):
    frame = engine.rows([{"at": datetime(2026, 1, 1, 21, 59, 59, 999_999, tzinfo=UTC)}], at=INSTANT)
    shown = frame.select(second=second_of_day(nw.col("at").dt.replace_time_zone(None)))
    assert kit.rows(shown) == [{"second": 79_199}]


def test_an_engine_in_another_zone_is_refused():
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'America/New_York'")
    connection.register("contacts", pa.table({"at": pa.array([datetime(2026, 1, 1, tzinfo=UTC)], INSTANT)}))
    with pytest.raises(ValueError, match="open the engine with time zone UTC"):
        require_utc(nw.from_native(connection.table("contacts")), "at")
