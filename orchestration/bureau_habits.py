"""What the bureau's server is like and when it takes files: `desk.habits` of the site's settings."""

from __future__ import annotations

from datetime import time
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from delivery.handover_terms import Place
from delivery.pace import Hours, OpeningHours

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _time_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("is no time zone of the IANA database, such as Asia/Shanghai")
    return name


def _weekdays(names: tuple[str, ...]) -> tuple[str, ...]:
    if not names or not set(names) <= set(_WEEKDAYS):
        raise ValueError(f"are of {', '.join(_WEEKDAYS)}")
    return names


def _pattern(pattern: str) -> str:
    rest = pattern.replace("{name}", "", 1).replace("{mark}", "", 1)
    if "{name}" not in pattern or "{mark}" not in pattern or set("{}/") & set(rest) or not rest:
        raise ValueError("has {name} and {mark} once each, and something beside them that is no slash or brace")
    return pattern


class SendingHours(BaseModel):
    """One time window.

    Attributes:
        opens: by the bureau's wall clock, `HH:MM`.
        closes: by the same; not after `opens` when it goes over midnight.
        weekdays: on which it opens.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    opens: time
    closes: time
    weekdays: Annotated[tuple[str, ...], AfterValidator(_weekdays)] = _WEEKDAYS


class BureauHabits(BaseModel):
    """The server as the bureau describes it. With none of these it is like a plain OpenSSH server.

    Attributes:
        temporary_name: pattern of names during the upload, see `delivery.handover_terms.Place`.
        may_read_back: whether uploads may be read back.
        may_rename: whether files may be renamed; if not they are uploaded under their final names.
        folds_names: whether it turns names into upper case.
        time_zone: in which `sending_hours` are meant.
        sending_hours: when it takes files; always when there is none.
        most_bytes_per_second: of one connection; the pool of the task `send` says how many there are at once.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    temporary_name: Annotated[str, AfterValidator(_pattern)] = ".{name}.{mark}.part"
    may_read_back: bool = True
    may_rename: bool = True
    folds_names: bool = False
    time_zone: Annotated[str, AfterValidator(_time_zone)] = "Asia/Shanghai"
    sending_hours: tuple[SendingHours, ...] = ()
    most_bytes_per_second: int | None = Field(default=None, ge=1024)

    def place(self, inbox: str) -> Place:
        """Where and how files are put."""
        return Place(
            inbox,
            temporary_name=self.temporary_name,
            is_read_back=self.may_read_back,
            may_rename=self.may_rename,
            folds_names=self.folds_names,
        )

    def opening_hours(self) -> OpeningHours:
        """When files are taken."""
        windows = [
            Hours(each.opens, each.closes, frozenset(map(_WEEKDAYS.index, each.weekdays)))
            for each in self.sending_hours
        ]
        return OpeningHours(ZoneInfo(self.time_zone), windows)
