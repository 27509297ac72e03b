"""Files of Metro 2 for the commands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO

from delivery.bureaus import metro2, metro2_checking
from delivery.formats.segmented_reader import ReadPart, SegmentedLimits
from orchestration.bureau_files_kind import Asked, BureauFiles, Finding
from transforms.bureaus.metro2_checks import PreviousPeriod


def _read(file: BinaryIO, most: int) -> Iterator[ReadPart]:
    return metro2.read(file, SegmentedLimits(violations=most))


def _judged(file: BinaryIO, asked: Asked) -> Iterable[Finding]:
    return map(Finding, metro2_checking.check_file(file, asked.previous, SegmentedLimits(violations=asked.most)))


def _judged_given(lines: Sequence[str], asked: Asked) -> Iterable[Finding]:
    return map(Finding, metro2_checking.check_given(lines, asked.previous, SegmentedLimits(violations=asked.most)))


def _previous_of(file: BinaryIO) -> PreviousPeriod | None:
    previous = metro2_checking.previous_of(file)
    has_records = previous.accounts.head(1).collect().shape[0] > 0
    return previous if has_records else None


METRO2 = BureauFiles(
    time_zone="America/New_York",
    read=_read,
    printed=metro2.printed,
    printed_unmasked=metro2.printed_unmasked,
    judged=_judged,
    judged_given=_judged_given,
    previous_of=_previous_of,
)
