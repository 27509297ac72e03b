"""Files of the PBoC's credit reference centre for the commands: form, then what its rules say of the records.

What the rules compare with is the file's own header: when it was made, and whose institution's code it names. The
header is compared with the name of the file.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

import narwhals as nw

from delivery.bureaus import pboc
from delivery.formats.tagged_framing import TaggedLimits
from delivery.formats.tagged_reader import ReadPart
from delivery.formats.tagged_records import TaggedRecords
from delivery.formats.violation import Violation
from orchestration.bureau_files_kind import Asked, BureauFiles, Finding
from schemas.bureaus.pboc import HEADER_BYTES, RECORDS, Header
from schemas.bureaus.tagged import RECORD_NO
from transforms.books import Frame
from transforms.bureaus.pboc_checks import CHECKS, PbocFrames, judge, judge_part, keys_of, repeated_records
from transforms.bureaus.pboc_checks.check import NO_TAG

NOT_A_RECORD = "not_a_record"
# Half a second of a judgement is its plan, however many the records.
_RECORDS_AT_A_TIME = 200_000
_NOT_A_RECORD_MESSAGE = "holds no record of this bureau as `arrears read --unmask` prints it"


def _read(file: io.BufferedReader, most: int, name: str | None = None) -> Iterator[ReadPart]:
    return pboc.read(file, TaggedLimits(violations=most), pboc.Origin(name=name))


def _judged(file: io.BufferedReader, asked: Asked) -> Iterator[Finding]:
    header = Header.of(file.peek(HEADER_BYTES)[:HEADER_BYTES].decode("ascii", errors="replace"))
    file_at, provider = (asked.now, None) if header is None else (header.made_at, header.segment_code)
    keys: dict[str, list[nw.DataFrame[Any]]] = {}
    for record_type, parts in _batches(_read(file, asked.most, asked.name)):
        yield from (Finding(violation) for part in parts for violation in part.violations)
        layout = RECORDS.get(record_type)
        held = [part.records for part in parts if part.records is not None and part.layout is layout]
        if not held:
            continue
        frames = _together(held)
        yield from _findings(judge_part(frames, record_type, file_at, provider=provider))
        keys.setdefault(record_type, []).append(keys_of(frames, record_type).collect("polars"))
    for record_type, collected in keys.items():
        yield from _findings(repeated_records(nw.concat(collected).lazy(), RECORDS[record_type]))


def _batches(parts: Iterable[ReadPart]) -> Iterator[tuple[str, list[ReadPart]]]:
    """The parts of a file by their type, so many at a time that they are worth judging."""
    for record_type, of_type in groupby(parts, lambda part: "" if part.layout is None else part.layout.type):
        waiting: list[ReadPart] = []
        for part in of_type:
            waiting.append(part)
            if sum(each.line_count for each in waiting) >= _RECORDS_AT_A_TIME:
                yield record_type, waiting
                waiting = []
        if waiting:
            yield record_type, waiting


def _together(parts: Sequence[TaggedRecords]) -> PbocFrames:
    rows: dict[str, list[Any]] = {}
    for part in parts:
        for path, held in part.groups.items():
            rows.setdefault(path, []).append(held)
    groups = {path: _lazy(held) for path, held in rows.items()}
    return PbocFrames(_lazy([part.records for part in parts]), groups)


def _judged_given(lines: Sequence[str], asked: Asked) -> list[Finding]:
    records, refused = pboc.given(lines)
    found = [Finding(Violation(line, None, NOT_A_RECORD, _NOT_A_RECORD_MESSAGE)) for line in refused]
    for record_type, held in records.items():
        # Records are numbered as in a file, behind its header.
        found += [_one_line_up(each) for each in _findings(judge(_together([held]), record_type, asked.now))]
    return sorted(found, key=lambda each: each.violation.place)


def _one_line_up(finding: Finding) -> Finding:
    return Finding(replace(finding.violation, line=finding.violation.place - 1))


def _lazy(frames: Iterable[Any]) -> Frame:
    held: list[nw.DataFrame[Any]] = [nw.from_native(frame, eager_only=True) for frame in frames]
    return nw.concat(held).lazy()


def _findings(found: Frame) -> Iterator[Finding]:
    rows = found.sort(RECORD_NO, "code", "field").select(RECORD_NO, "code", "field").collect("polars")
    for record_no, code, field in rows.iter_rows():
        named = None if field == NO_TAG else field
        yield Finding(Violation(record_no, named, code, CHECKS[code].message))


PBOC = BureauFiles(
    time_zone="Asia/Shanghai",
    read=_read,
    printed=pboc.printed,
    printed_unmasked=pboc.printed_unmasked,
    judged=_judged,
    judged_given=_judged_given,
)
