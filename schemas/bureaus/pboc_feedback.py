"""Answers of the PBoC's credit reference centre, and of its local checker: one refused record a line.

Sources and how sure they are: see `schemas.bureaus.pboc`. The header has 72 characters. Of them, 35 behind the
version are not explained by any public source; they are kept as they are and nothing depends on them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from schemas.bureaus.tagged import Group, Item, Presence, TaggedRecord
from schemas.field import Sensitivity

WITHOUT_TAG = "0000"
"""What stands in place of a tag when the fault is not in a single one."""

FAULT = Group(
    "ErrInf",
    "错误信息",
    (
        Item("FbCode", "AN6", "反馈代码", "code of the fault"),
        Item("FbMsg", "ANC..60", "反馈信息", "tag of the item at fault"),
    ),
)

REFUSED_RECORD = TaggedRecord(
    "FB",
    "FbInf",
    "反馈信息记录",
    (
        Item("ErrRecId", "uInt..10", "出错记录行号", "line of the refused record", Presence.CONDITIONAL),
        Item("FbErrNum", "uInt..5", "错误信息个数", "number of faults", counts=FAULT.element),
        FAULT,
        Item(
            "ErrRec",
            "ANC",
            "出错记录",
            "the refused record, Base64",
            Presence.OPTIONAL,
            sensitivity=Sensitivity.IDENTITY,
        ),
    ),
    key=("ErrRecId",),
)

_LENGTH, _UNKNOWN_LENGTH = 72, 35
_HEADER = re.compile(
    r"A072(?P<version>.{5})(?P<unexplained>.{35})(?P<made_at>[0-9]{14})(?P<loaded>[0-9]{7})(?P<refused>[0-9]{7})"
)


@dataclass(frozen=True)
class AnswerHeader:
    """First line of an answer, 72 characters.

    Attributes:
        version: of the answer's form, 5 characters.
        unexplained: 35 characters that no public source explains.
        made_at: when the answer was made, without a zone, whole seconds.
        loaded: records that the centre loaded.
        refused: records that it did not.

    Raises:
        ValueError: a value does not fit its place.
    """

    version: str
    unexplained: str
    made_at: datetime
    loaded: int
    refused: int

    def __post_init__(self) -> None:
        if not _HEADER.fullmatch(self.line):
            raise ValueError("a value does not fit its place in the header")

    @property
    def line(self) -> str:
        """The line without its end."""
        return (
            f"A{_LENGTH:03d}{self.version}{self.unexplained:<{_UNKNOWN_LENGTH}}{self.made_at:%Y%m%d%H%M%S}"
            f"{self.loaded:07d}{self.refused:07d}"
        )

    @classmethod
    def of(cls, line: str) -> AnswerHeader | None:
        """The header that a line holds, None when it holds none."""
        match = _HEADER.fullmatch(line)
        if match is None:
            return None
        try:
            made_at = datetime.strptime(match["made_at"], "%Y%m%d%H%M%S")  # noqa: DTZ007 - wall-clock time
            return cls(match["version"], match["unexplained"], made_at, int(match["loaded"]), int(match["refused"]))
        except ValueError:
            return None
