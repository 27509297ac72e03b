"""The one place that reads the clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Clock:
    """The time of this site.

    Attributes:
        time_zone: the policy's, in which business dates are counted.
        sandbox_today_on: the day that the sandbox plays, so that a grace period of months can be shown in minutes;
            None everywhere else.
    """

    time_zone: ZoneInfo
    sandbox_today_on: date | None = None

    def wall_now(self) -> datetime:
        """The instant on the wall, in UTC: keys and certificates are valid by it, whatever date the sandbox plays."""
        return datetime.now(UTC)

    def now(self) -> datetime:
        """The instant, in UTC."""
        instant = self.wall_now()
        if self.sandbox_today_on is None:
            return instant
        local = instant.astimezone(self.time_zone)
        return datetime.combine(self.sandbox_today_on, local.timetz()).astimezone(UTC)

    def on_the_wall(self, instant: datetime) -> datetime:
        """An instant as a clock at the lender shows it, without a zone."""
        return instant.astimezone(self.time_zone).replace(tzinfo=None)

    def today(self) -> date:
        """The business date, in the policy's time zone."""
        return self.now().astimezone(self.time_zone).date()
