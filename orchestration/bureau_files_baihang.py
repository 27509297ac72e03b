"""Files of Baihang for the commands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO

from delivery.bureaus import baihang
from delivery.formats.json_lines_reading import JsonLimits, ReadPart
from orchestration.bureau_files_kind import Asked, BureauFiles, Finding, by_severity


def _read(file: BinaryIO, most: int) -> Iterator[ReadPart]:
    return baihang.read(file, JsonLimits(violations=most))


def _judged(file: BinaryIO, asked: Asked) -> Iterable[Finding]:
    return by_severity(baihang.judged(file, asked.now, JsonLimits(violations=asked.most)))


def _judged_given(lines: Sequence[str], asked: Asked) -> Iterable[Finding]:
    return by_severity(baihang.judged_given(lines, asked.now))


BAIHANG = BureauFiles(
    time_zone="Asia/Shanghai",
    read=_read,
    printed=baihang.printed,
    printed_unmasked=baihang.printed_unmasked,
    judged=_judged,
    judged_given=_judged_given,
)
