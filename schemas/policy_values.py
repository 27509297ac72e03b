"""The kinds of value that a policy holds, each refusing nonsense, and the value with its legal source."""

from __future__ import annotations

import re
from datetime import time
from decimal import Decimal
from typing import Annotated, Generic, Literal, TypeVar
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from schemas import codes
from schemas.rule_ids import RULE_IDS

Value = TypeVar("Value")
Component = Literal["principal", "interest", "fee", "penalty"]
Breach = Literal[
    "quiet_hours",
    "frequency",
    "third_parties",
    "stopped",
    "represented",
    "unregistered",
    "unrecorded",
    "language",
]
Mark = Literal["A", "B", "C"]

_COMPONENTS = frozenset({"principal", "interest", "fee", "penalty"})
_CRON_FIELD = re.compile(r"(\*|\d+(-\d+)?)(/\d+)?(,(\*|\d+(-\d+)?)(/\d+)?)*")
_CRON_BOUNDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))


def _is_time_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"{name} is no time zone")
    return name


def _is_cron(text: str) -> str:
    fields = text.split()
    if len(fields) != len(_CRON_BOUNDS):
        raise ValueError("a cron line has five fields: minute, hour, day, month, weekday")
    for field, (least, most) in zip(fields, _CRON_BOUNDS, strict=True):
        numbers = [int(number) for number in re.findall(r"(?<!/)\b\d+", field)]
        steps = [int(step) for step in re.findall(r"/(\d+)", field)]
        if not _CRON_FIELD.fullmatch(field) or 0 in steps or not all(least <= number <= most for number in numbers):
            raise ValueError(f"{field} is no cron field between {least} and {most}")
    return text


def is_distinct(values: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse a value that stands twice."""
    if len(set(values)) != len(values):
        raise ValueError("a value stands twice")
    return values


def _codes_of(table: dict[str, str]) -> AfterValidator:
    def are_codes(values: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := sorted(set(values) - set(table)):
            raise ValueError(f"unknown codes {unknown}, known are {sorted(table)}")
        return is_distinct(values)

    return AfterValidator(are_codes)


def _is_order(values: tuple[Component, ...]) -> tuple[Component, ...]:
    if sorted(values) != sorted(_COMPONENTS):
        raise ValueError(f"names each of {sorted(_COMPONENTS)} once")
    return values


Texts = tuple[str, ...]
Count = Annotated[int, Field(ge=0, le=1_000_000, strict=True)]
PositiveCount = Annotated[int, Field(ge=1, le=1_000_000, strict=True)]
Months = Annotated[int, Field(ge=1, le=240, strict=True)]
Days = Annotated[int, Field(ge=1, le=3_650, strict=True)]
Money = Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=2)]
Rate = Annotated[Decimal, Field(gt=0, max_digits=9, decimal_places=6)]
Share = Annotated[Decimal, Field(ge=0, le=1, max_digits=9, decimal_places=6)]
Cron = Annotated[str, AfterValidator(_is_cron)]
TimeZone = Annotated[str, AfterValidator(_is_time_zone)]
LocalTime = Annotated[time, Field(strict=True)]
Channels = Annotated[Texts, _codes_of(codes.CHANNEL), Field(min_length=1)]
AnyChannels = Annotated[Texts, _codes_of(codes.CHANNEL)]
Languages = Annotated[Texts, _codes_of(codes.LANGUAGE)]
RuleIds = Annotated[Texts, _codes_of(dict.fromkeys(RULE_IDS, ""))]
Name = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Lexicons = Annotated[tuple[Name, ...], AfterValidator(is_distinct)]
Outcomes = Annotated[Texts, _codes_of(codes.CONTACT_OUTCOME), Field(min_length=1)]
Products = Annotated[Texts, _codes_of(codes.PRODUCT), Field(min_length=1)]
Protections = Annotated[Texts, _codes_of({code: "" for code in codes.PROTECTION if code != "none"})]
AllocationOrder = Annotated[tuple[Component, ...], AfterValidator(_is_order)]


class Strict(BaseModel):
    """A frozen model that refuses unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Sourced(Strict, Generic[Value]):
    """A value with its source.

    Attributes:
        value: the number or list.
        source: statute, standard, notice or practice that it comes from; for a choice of the lender, that it is one.
        mark: A primary text read, B secondary source read, C source not verified or a choice of the lender.
    """

    value: Value
    source: str = Field(min_length=5)
    mark: Mark
