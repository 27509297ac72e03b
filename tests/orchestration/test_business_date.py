"""Which business dates a run is for."""

from datetime import UTC, date, datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from road import refused

from orchestration.business_date import business_dates, latest_business_date
from orchestration.clock import Clock
from schemas.errors.approval import BUSINESS_DATE_IN_FUTURE, BUSINESS_DATE_INVALID, NO_BUSINESS_DATE

SHANGHAI = ZoneInfo("Asia/Shanghai")
CLOCK = Clock(SHANGHAI, date(2026, 9, 7))


def context(as_of=None, events=None, interval_start=None, logical_date=None):
    return {
        "params": {"as_of": as_of},
        "triggering_asset_events": events,
        "dag_run": SimpleNamespace(run_id="r", data_interval_start=interval_start, logical_date=logical_date),
    }


def event(**extra):
    return SimpleNamespace(extra=extra)


def test_the_parameter_counts_before_all_else() -> None:
    at = datetime(2026, 9, 5, 22, tzinfo=UTC)
    given = context("2026-06-30", {"book": [event(as_of="2026-09-01")]}, at, at)
    assert business_dates(given, CLOCK) == [date(2026, 6, 30)]


def test_every_asset_event_counts_once_oldest_first() -> None:
    events = {
        "book": [event(as_of="2026-09-03"), event(as_of="2026-09-01"), event()],
        "other": [event(as_of="2026-09-03"), SimpleNamespace(extra=None)],
    }
    given = context(events=events)
    assert business_dates(given, CLOCK) == [date(2026, 9, 1), date(2026, 9, 3)]
    assert latest_business_date(given, CLOCK) == date(2026, 9, 3)


def test_a_schedule_gives_the_local_day_in_which_its_interval_starts() -> None:
    # 22:00 UTC on the 5th is 06:00 on the 6th in Shanghai.
    at = datetime(2026, 9, 5, 22, tzinfo=UTC)
    assert business_dates(context(interval_start=at, logical_date=at), CLOCK) == [date(2026, 9, 6)]


def test_a_run_by_hand_without_a_date_is_refused() -> None:
    with refused(NO_BUSINESS_DATE, run="r"):
        business_dates(context(), CLOCK)
    with refused(NO_BUSINESS_DATE):
        business_dates(context(interval_start=datetime(2026, 9, 5, 22, tzinfo=UTC)), CLOCK)


@pytest.mark.parametrize("text", ["yesterday", "2026-02-30", "30.06.2026", "2026-06-30T00:00:00"])
def test_no_date_is_refused(text: str) -> None:
    with refused(BUSINESS_DATE_INVALID, as_of=text):
        business_dates(context(text), CLOCK)


def test_tomorrow_is_refused_and_today_is_not() -> None:
    assert business_dates(context("2026-09-07"), CLOCK) == [date(2026, 9, 7)]
    with refused(BUSINESS_DATE_IN_FUTURE, as_of=date(2026, 9, 8), today=date(2026, 9, 7)):
        business_dates(context("2026-09-08"), CLOCK)
    with refused(BUSINESS_DATE_IN_FUTURE):
        business_dates(context(events={"book": [event(as_of="2026-09-01"), event(as_of="2026-09-08")]}), CLOCK)


class At(Clock):
    """A clock whose wall shows 17:30 UTC on the 29th of June: the 30th, 01:30, in Shanghai."""

    def wall_now(self) -> datetime:
        return datetime(2026, 6, 29, 17, 30, tzinfo=UTC)


def test_the_business_date_is_that_of_the_policys_time_zone() -> None:
    assert At(SHANGHAI).today() == date(2026, 6, 30)
    assert At(ZoneInfo("UTC")).today() == date(2026, 6, 29)
    assert business_dates(context("2026-06-30"), At(SHANGHAI)) == [date(2026, 6, 30)]


def test_the_sandbox_plays_a_day_at_the_time_on_the_wall() -> None:
    playing = At(SHANGHAI, date(2026, 9, 7))
    assert playing.today() == date(2026, 9, 7)
    assert playing.now() == datetime(2026, 9, 6, 17, 30, tzinfo=UTC)
    assert playing.wall_now() == datetime(2026, 6, 29, 17, 30, tzinfo=UTC)
