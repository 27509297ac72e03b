"""Files of Baihang: write, read, check, pack, unpack. How sure the form is: see `schemas.bureaus.baihang`.

There is no reader of Baihang's answers: the layout of its result file is not public.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, BinaryIO

import narwhals as nw

from delivery.formats.json_lines import write_json_lines
from delivery.formats.json_lines_reading import (
    JsonLimits,
    ReadPart,
    masked,
    printed_records,
    read_json_lines,
    records_of_json,
)
from delivery.formats.violation import Violation
from delivery.seal import baihang_cry
from delivery.seal.baihang_cry import BureauKey, CryLimits, OpeningKey, Unpacked
from schemas.bureaus.baihang import LAYOUTS, TAGS_WITHOUT_LAYOUT, FileName
from schemas.bureaus.json_lines import LINE_NO
from transforms.bureaus.baihang_checks import DUPLICATE, judge_sense, sense_rules
from transforms.quality.rule import Severity

_LAYOUTS = tuple(LAYOUTS.values())
_DEFAULT_LIMITS = JsonLimits()
_DEFAULT_CRY_LIMITS = CryLimits()
_DUPLICATE_MESSAGE = "reqID stands in one record of the file only"


def write(file: BinaryIO, kind: str, parts: Iterable[Any]) -> int:
    """Writes one file of a kind (`D2`, `D3`, `D4`) and returns the number of records; errors as `write_json_lines`."""
    return write_json_lines(file, parts, LAYOUTS[kind])


def read(file: BinaryIO, limits: JsonLimits = _DEFAULT_LIMITS) -> Iterator[ReadPart]:
    """Reads a file in the clear that anybody may have written, piece after piece. Never raises because of it."""
    return read_json_lines(file, _LAYOUTS, frozenset(TAGS_WITHOUT_LAYOUT), limits)


def check(file: BinaryIO, now: datetime, limits: JsonLimits = _DEFAULT_LIMITS) -> Iterator[Violation]:
    """What is wrong in a file in the clear, in its form and in its sense, as far as the limit allows.

    Piece after piece, first form, then sense; a `reqID` that stands twice is told at the end.

    Args:
        file: open for reading bytes.
        now: wall-clock time of the check, without a zone, as the times in the records.
        limits: how much is taken in, and how many violations are listed.
    """
    return islice(_wrongs(file, now, limits), limits.violations)


def doubts(file: BinaryIO, now: datetime, limits: JsonLimits = _DEFAULT_LIMITS) -> Iterator[Violation]:
    """What may be wrong in a file and needs a look, such as a name that is not Chinese; arguments as in `check`."""
    found = (each for part in read(file, limits) for each in _senseless(part, now, Severity.WARNING))
    return islice(found, limits.violations)


def printed(part: ReadPart) -> Iterator[str]:
    """A part as JSON lines, identity masked."""
    return printed_records(masked(part))


def printed_unmasked(part: ReadPart) -> Iterator[str]:
    """A part as JSON lines with identity in the clear."""
    return printed_records(part)


def given(lines: Sequence[str]) -> tuple[dict[str, Any], tuple[int, ...]]:
    """The records of JSON lines as `printed_unmasked` prints them, by kind, and the numbers of refused lines."""
    by_tag, refused = records_of_json(lines, _LAYOUTS)
    return {kind: by_tag[layout.tag] for kind, layout in LAYOUTS.items() if layout.tag in by_tag}, refused


def pack(text: BinaryIO, name: FileName, packed: BinaryIO, passphrase: str, key: BureauKey) -> None:
    """Packs a file for sending under `name.packed`; arguments and errors as in `baihang_cry.pack`."""
    baihang_cry.pack(text, name.plain, packed, passphrase, key)


def unpack(packed: BinaryIO, key: OpeningKey, limits: CryLimits = _DEFAULT_CRY_LIMITS) -> Unpacked:
    """Unpacks a file that anybody may have packed; errors as in `baihang_cry.unpack`."""
    return baihang_cry.unpack(packed, key, limits)


def _wrongs(file: BinaryIO, now: datetime, limits: JsonLimits) -> Iterator[Violation]:
    seen = []
    for part in read(file, limits):
        yield from part.violations
        yield from _senseless(part, now, Severity.CRITICAL)
        if part.layout is not None:
            seen.append(nw.from_native(part.records, eager_only=True).select(LINE_NO, "reqID"))
    if seen:
        requests = nw.concat(seen).filter(~nw.col("reqID").is_null())
        for line in requests.filter(~nw.col("reqID").is_first_distinct())[LINE_NO]:
            yield Violation(line, "reqID", DUPLICATE, _DUPLICATE_MESSAGE)


def _senseless(part: ReadPart, now: datetime, severity: Severity) -> Iterator[Violation]:
    if part.layout is None:
        return
    rules = [
        rule
        for rule in sense_rules(part.layout)
        if rule.severity is severity and not rule.rule_id.endswith(f".{DUPLICATE}")
    ]
    judged = judge_sense(nw.from_native(part.records.lazy()), part.layout, now=now).collect("polars")
    lines = judged[LINE_NO]
    found = [(line, rule) for rule in rules for line in lines.filter(~judged[rule.rule_id])]
    for line, rule in sorted(found, key=lambda each: each[0]):
        yield Violation(line, rule.field_name, rule.rule_id.rpartition(".")[2], rule.text)
