"""Files of Baihang: write, read, check, pack, unpack. How sure the form is: see `schemas.bureaus.baihang`.

There is no reader of Baihang's answers: the layout of its result file is not public.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, BinaryIO

import narwhals as nw

from delivery.formats.json_cells import violations_of
from delivery.formats.json_lines import write_json_lines
from delivery.formats.json_lines_reading import (
    MESSAGES,
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
from schemas.bureaus.json_lines import LINE_NO, JsonLinesLayout
from transforms.bureaus.baihang_checks import DUPLICATE, judge_sense, sense_rules
from transforms.quality.rule import Severity

NOT_A_RECORD = "not_a_record"

_LAYOUTS = tuple(LAYOUTS.values())
_DEFAULT_LIMITS = JsonLimits()
_DEFAULT_CRY_LIMITS = CryLimits()
_REQUEST = "reqID"
_DUPLICATE_MESSAGE = "reqID stands in one record of the file only"
_NOT_A_RECORD_MESSAGE = "holds no record of this bureau as `arrears read --unmask` prints it"


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
    found = judged(file, now, limits)
    return islice((wrong for severity, wrong in found if severity is Severity.CRITICAL), limits.violations)


def doubts(file: BinaryIO, now: datetime, limits: JsonLimits = _DEFAULT_LIMITS) -> Iterator[Violation]:
    """What may be wrong in a file and needs a look, such as a name that is not Chinese; arguments as in `check`."""
    found = judged(file, now, limits)
    return islice((doubt for severity, doubt in found if severity is Severity.WARNING), limits.violations)


def judged(file: BinaryIO, now: datetime, limits: JsonLimits = _DEFAULT_LIMITS) -> Iterator[tuple[Severity, Violation]]:
    """What `check` and `doubts` say, in one pass over the file; arguments as there.

    What is wrong in the form is told as far as the limit allows, what is wrong in the sense without one.
    """
    seen = []
    for part in read(file, limits):
        yield from ((Severity.CRITICAL, wrong) for wrong in part.violations)
        if part.layout is not None:
            yield from _senseless(part.records, part.layout, now)
            seen.append(nw.from_native(part.records, eager_only=True).select(LINE_NO, _REQUEST))
    yield from ((Severity.CRITICAL, wrong) for wrong in _repeated(seen))


def judged_given(lines: Sequence[str], now: datetime) -> list[tuple[Severity, Violation]]:
    """As `judged`, of records as JSON lines; by line. A line that holds no record is `not_a_record`.

    Args:
        lines: as `printed_unmasked` prints them.
        now: as in `check`.
    """
    records, refused = given(lines)
    found = [(Severity.CRITICAL, Violation(line, None, NOT_A_RECORD, _NOT_A_RECORD_MESSAGE)) for line in refused]
    places = _places(lines, frozenset(refused))
    seen = []
    for kind, held in records.items():
        layout = LAYOUTS[kind]
        numbered = _numbered(held, places[layout.tag])
        found += [(Severity.CRITICAL, wrong) for wrong in _misshapen(numbered, layout)]
        found += _senseless(numbered, layout, now)
        seen.append(nw.from_native(numbered, eager_only=True).select(LINE_NO, _REQUEST))
    found += [(Severity.CRITICAL, wrong) for wrong in _repeated(seen)]
    return sorted(found, key=lambda each: each[1].place)


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


def _repeated(seen: list[nw.DataFrame[Any]]) -> Iterator[Violation]:
    """Each record whose `reqID` an earlier one has."""
    if seen:
        requests = nw.concat(seen).filter(~nw.col(_REQUEST).is_null()).sort(LINE_NO)
        for line in requests.filter(~nw.col(_REQUEST).is_first_distinct())[LINE_NO]:
            yield Violation(line, _REQUEST, DUPLICATE, _DUPLICATE_MESSAGE)


def _senseless(records: Any, layout: JsonLinesLayout, now: datetime) -> list[tuple[Severity, Violation]]:
    """What the rules of sense find in records, by line, what is wrong before what is in doubt."""
    rules = [rule for rule in sense_rules(layout) if not rule.rule_id.endswith(f".{DUPLICATE}")]
    outcome = judge_sense(nw.from_native(records.lazy()), layout, now=now).collect("polars")
    lines = outcome[LINE_NO]
    found = [(line, rule) for rule in rules for line in lines.filter(~outcome[rule.rule_id])]
    return [
        (rule.severity, Violation(line, rule.field_name, rule.rule_id.rpartition(".")[2], rule.text))
        for line, rule in sorted(found, key=lambda each: (each[0], each[1].severity is Severity.WARNING))
    ]


def _misshapen(records: Any, layout: JsonLinesLayout) -> Iterator[Violation]:
    """What the reader says of records that can be read but are not as the layout asks."""
    broken = records.select(violations_of(layout))
    for name in broken.columns:
        column, _, code = name.partition("/")
        for line in records[LINE_NO].filter(broken[name]):
            yield Violation(line, column, code, MESSAGES[code])


def _places(lines: Sequence[str], refused: frozenset[int]) -> dict[str, list[int]]:
    """Tag to the numbers of the lines that hold such a record."""
    places: dict[str, list[int]] = {}
    for number, line in enumerate(lines, start=1):
        if number not in refused:
            places.setdefault(json.loads(line)["tag"], []).append(number)
    return places


def _numbered(records: Any, numbers: list[int]) -> Any:
    """The records with LINE_NO before their columns."""
    frame = nw.from_native(records, eager_only=True)
    column = nw.new_series(LINE_NO, numbers, nw.Int64(), backend=frame.implementation)
    return frame.with_columns(column).select(LINE_NO, *frame.columns).to_native()
