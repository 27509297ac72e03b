"""Files of the generic list for the commands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO

from delivery.bureaus import roster
from delivery.bureaus.roster import ReadPart, RosterLimits
from delivery.formats.delimited import ReadLimits
from orchestration.bureau_files_kind import Asked, BureauFiles, Finding, by_severity


def _read(file: BinaryIO, most: int) -> Iterator[ReadPart]:
    return roster.read(file, _limits(most))


def _judged(file: BinaryIO, asked: Asked) -> Iterable[Finding]:
    return by_severity(roster.judged(file, limits=_limits(asked.most)))


def _judged_given(lines: Sequence[str], _: Asked) -> Iterable[Finding]:
    return by_severity(roster.judged_given(lines))


def _limits(most: int) -> RosterLimits:
    return RosterLimits(records=ReadLimits(violations=most))


ROSTER = BureauFiles(
    time_zone="Asia/Shanghai",
    read=_read,
    printed=roster.printed,
    printed_unmasked=roster.printed_unmasked,
    judged=_judged,
    judged_given=_judged_given,
)
