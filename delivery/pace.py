"""How fast and when bytes may leave: the bureau's bandwidth and its hours."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from zoneinfo import ZoneInfo

from schemas.errors import ArrearsError
from schemas.errors.transport import SENDING_CLOSED

_EVERY_DAY = frozenset(range(7))


@dataclass(frozen=True)
class Hours:
    """One time window, by the bureau's wall clock.

    Attributes:
        opens: first minute.
        closes: first minute that is not in it; not after `opens` when the window goes over midnight.
        weekdays: on which it opens, Monday is 0.
    """

    opens: time_of_day
    closes: time_of_day
    weekdays: frozenset[int] = _EVERY_DAY


@dataclass(frozen=True)
class OpeningHours:
    """When a bureau takes files. With no window it always does.

    Attributes:
        time_zone: of the bureau.
        windows: its windows.
    """

    time_zone: ZoneInfo
    windows: Sequence[Hours] = ()

    def is_open(self, at: datetime) -> bool:
        """Whether files are taken at an instant."""
        days = [at.astimezone(self.time_zone).date() + timedelta(days=days) for days in (-1, 0)]
        spans = [span for day in days for span in self._spans(day)]
        return not self.windows or any(begins <= at < ends for begins, ends in spans)

    def next_opening(self, at: datetime) -> datetime:
        """The first instant from then on at which files are taken, UTC.

        Raises:
            ValueError: no window ever opens.
        """
        if self.is_open(at):
            return at
        today = at.astimezone(self.time_zone).date()
        begins = [begins for days in range(9) for begins, _ in self._spans(today + timedelta(days=days))]
        return min(instant for instant in begins if instant > at)

    def require_open(self, at: datetime) -> None:
        """Refuse to send out of hours.

        Raises:
            ArrearsError: SENDING_CLOSED, with the instant at which the bureau opens.
        """
        if not self.is_open(at):
            raise ArrearsError(SENDING_CLOSED, opens_at=self.next_opening(at).isoformat())

    def _spans(self, day: date) -> list[tuple[datetime, datetime]]:
        return [
            (self._instant(day, window.opens, 0), self._instant(day, window.closes, int(window.closes <= window.opens)))
            for window in self.windows
            if day.weekday() in window.weekdays
        ]

    def _instant(self, day: date, at: time_of_day, days_later: int) -> datetime:
        local = datetime.combine(day + timedelta(days=days_later), at, self.time_zone)
        return local.astimezone(UTC)


class Pace:
    """Waits before bytes are sent so that they are never faster than the bureau allows; stops when it closes.

    Args:
        most_bytes_per_second: of this one upload; None for as fast as it goes.
        hours: when the bureau takes files.
        clock: the instant, UTC.
        monotonic: seconds of a clock that never jumps.
        sleep: waits so many seconds.
    """

    def __init__(
        self,
        most_bytes_per_second: int | None,
        hours: OpeningHours,
        clock: Callable[[], datetime],
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._rate = most_bytes_per_second
        self._hours = hours
        self._clock = clock
        self._monotonic = monotonic
        self._sleep = sleep
        self._free_at = monotonic()

    def __call__(self, size_bytes: int) -> None:
        """Wait until so many bytes may go.

        Raises:
            ArrearsError: SENDING_CLOSED.
        """
        self._hours.require_open(self._clock())
        if self._rate is not None:
            now = self._monotonic()
            self._free_at = max(self._free_at, now) + size_bytes / self._rate
            self._sleep(self._free_at - now)
