"""When and how fast bytes may leave, and how long is waited between tries."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.backoff import wait_seconds
from delivery.pace import Hours, OpeningHours, Pace
from schemas.errors import ArrearsError
from schemas.errors.transport import SENDING_CLOSED

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = OpeningHours(SHANGHAI, (Hours(time(22), time(6)),))
OFFICE = OpeningHours(SHANGHAI, (Hours(time(9), time(11, 30), frozenset(range(5))), Hours(time(13), time(17))))
ALWAYS = OpeningHours(SHANGHAI)


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("hours", "instant", "is_open", "opens"),
    [
        (ALWAYS, "2026-09-07 03:00", True, None),
        (NIGHT, "2026-09-07 21:59:59", False, "2026-09-07 22:00"),
        (NIGHT, "2026-09-07 22:00", True, None),
        (NIGHT, "2026-09-08 05:59:59", True, None),
        (NIGHT, "2026-09-08 06:00", False, "2026-09-08 22:00"),
        # 2026-09-07 is a Monday.
        (OFFICE, "2026-09-07 09:00", True, None),
        (OFFICE, "2026-09-07 11:30", False, "2026-09-07 13:00"),
        (OFFICE, "2026-09-05 09:30", False, "2026-09-05 13:00"),
        (OFFICE, "2026-09-05 17:00", False, "2026-09-06 13:00"),
        (OFFICE, "2026-09-06 17:00", False, "2026-09-07 09:00"),
    ],
)
def test_the_bureau_is_open_in_its_windows_only(
    hours: OpeningHours, instant: str, is_open: bool, opens: str | None
) -> None:
    assert hours.is_open(at(instant)) is is_open
    assert hours.next_opening(at(instant)) == at(opens or instant)


def test_a_window_over_midnight_belongs_to_the_day_on_which_it_opens() -> None:
    friday_night = OpeningHours(SHANGHAI, (Hours(time(22), time(6), frozenset({4})),))
    assert friday_night.is_open(at("2026-09-12 05:00"))
    assert not friday_night.is_open(at("2026-09-11 05:00"))
    assert friday_night.next_opening(at("2026-09-12 06:00")) == at("2026-09-18 22:00")


def test_hours_are_those_of_the_wall_when_the_clocks_change() -> None:
    hours = OpeningHours(BERLIN, (Hours(time(8), time(9)),))
    assert hours.is_open(datetime(2026, 3, 28, 7, 30, tzinfo=UTC))
    assert hours.is_open(datetime(2026, 3, 29, 6, 30, tzinfo=UTC))
    assert not hours.is_open(datetime(2026, 3, 29, 7, 30, tzinfo=UTC))


@given(st.integers(0, 365 * 86_400), st.sampled_from([NIGHT, OFFICE]))
def test_the_next_opening_is_open_and_nothing_before_it_is(seconds: int, hours: OpeningHours) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    opens = hours.next_opening(now)
    assert now <= opens < now + timedelta(days=4)
    assert hours.is_open(opens)
    if opens > now:
        assert not hours.is_open(opens - timedelta(seconds=1))
        assert not hours.is_open(now)


class Timer:
    """A clock that goes on by sleeping only."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.seconds += seconds

    def now(self) -> float:
        return self.seconds


@given(st.lists(st.integers(1, 300_000), min_size=1, max_size=50))
def test_bytes_are_never_faster_than_allowed_and_no_slower_than_needed(pieces: list[int]) -> None:
    timer = Timer()
    pace = Pace(100_000, ALWAYS, lambda: datetime(2026, 9, 7, tzinfo=UTC), monotonic=timer.now, sleep=timer.sleep)
    sent = 0
    for piece in pieces:
        pace(piece)
        sent += piece
        assert sent <= timer.seconds * 100_000 + 1
    assert timer.seconds == pytest.approx(sum(pieces) / 100_000)


def test_time_that_passed_by_itself_is_not_waited_for_again() -> None:
    timer = Timer()
    pace = Pace(1_000, ALWAYS, lambda: datetime(2026, 9, 7, tzinfo=UTC), monotonic=timer.now, sleep=timer.sleep)
    pace(1_000)
    timer.seconds += 60
    pace(1_000)
    assert timer.seconds == pytest.approx(62)


def test_without_a_limit_nobody_waits() -> None:
    Pace(None, ALWAYS, lambda: datetime(2026, 9, 7, tzinfo=UTC), sleep=pytest.fail)(10**12)


def test_when_the_bureau_closes_it_stops_and_says_when_it_opens() -> None:
    now = [at("2026-09-08 05:59")]
    pace = Pace(None, NIGHT, lambda: now[0])
    pace(1)
    now[0] = at("2026-09-08 06:00")
    with pytest.raises(ArrearsError) as caught:
        pace(1)
    assert caught.value.kind is SENDING_CLOSED
    assert caught.value.kind.may_retry
    assert caught.value.facts["opens_at"] == at("2026-09-08 22:00").isoformat()


@given(st.integers(1, 200), st.floats(0, 0.999))
def test_waits_are_between_a_tenth_and_a_bound_that_doubles(tries: int, share: float) -> None:
    bound = min(60.0, 2.0 * 2 ** min(tries - 1, 20))
    assert bound * 0.1 <= wait_seconds(tries, 2.0, 60.0, lambda: share) < bound


def test_parts_that_lost_their_line_together_don_t_come_back_together() -> None:
    waits = [wait_seconds(3, 1.0, 60.0) for _ in range(200)]
    assert len(set(waits)) == 200
    assert max(waits) - min(waits) > 2.0
