"""Instants as the clock on the wall shows them, without help of the engine's time zones.

DuckDB has one time zone a connection and Spark one a session, so a conversion inside the engine would depend on how it
was opened. The offsets of a zone are steps in time; they are looked up here for the span that matters and added.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import narwhals as nw

from transforms.books import Frame

_STEP = timedelta(hours=12)


def start_of_day(day: date, time_zone: str) -> datetime:
    """The first instant of a local day, in UTC."""
    return datetime.combine(day, time(), ZoneInfo(time_zone)).astimezone(UTC)


def require_utc(frame: Frame, column: str) -> None:
    """Refuse a frame whose engine reads instants in another zone than UTC.

    Raises:
        ValueError: the engine was opened with another time zone.
    """
    kind = frame.collect_schema()[column]
    if not isinstance(kind, nw.Datetime) or kind.time_zone != "UTC":
        raise ValueError(f"{column} is {kind}: open the engine with time zone UTC")


def local(instant: nw.Expr, time_zone: str, first_on: date, last_on: date) -> nw.Expr:
    """Wall-clock time without a zone, right for instants inside the local days from `first_on` to `last_on`."""
    start = start_of_day(first_on, time_zone)
    end = start_of_day(last_on + timedelta(days=1), time_zone)
    steps = _offset_steps(time_zone, start, end)
    shown = _shifted(instant, steps[0][1])
    for begins_at, offset in steps[1:]:
        shown = nw.when(instant >= begins_at).then(_shifted(instant, offset)).otherwise(shown)
    return shown


def second_of_day(shown: nw.Expr) -> nw.Expr:
    """Seconds since local midnight of a wall-clock time."""
    hours, minutes, seconds = shown.dt.hour(), shown.dt.minute(), shown.dt.second()
    return hours.cast(nw.Int64) * 3600 + minutes.cast(nw.Int64) * 60 + seconds.cast(nw.Int64)


def _shifted(instant: nw.Expr, offset: timedelta) -> nw.Expr:
    return instant.dt.replace_time_zone(None).dt.offset_by(f"{int(offset.total_seconds())}s")


def _offset_steps(time_zone: str, start: datetime, end: datetime) -> list[tuple[datetime, timedelta]]:
    zone = ZoneInfo(time_zone)
    steps = [(start, _offset(start, zone))]
    at = start
    while at < end:
        following = min(at + _STEP, end)
        if _offset(following, zone) != steps[-1][1]:
            steps.append((_change_between(at, following, zone), _offset(following, zone)))
        at = following
    return steps


def _change_between(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    seconds_low, seconds_high = 0, int((after - before).total_seconds())
    while seconds_high - seconds_low > 1:
        middle = (seconds_low + seconds_high) // 2
        if _offset(before + timedelta(seconds=middle), zone) == _offset(before, zone):
            seconds_low = middle
        else:
            seconds_high = middle
    return before + timedelta(seconds=seconds_high)


def _offset(at: datetime, zone: ZoneInfo) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta()
