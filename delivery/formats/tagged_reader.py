"""Files of tagged records that anybody may have written, read in bounded memory. Never raises because of the bytes.

A record with something that can't be read is reported and left out; a record that can be read but is not as the layout
asks is reported and kept. Whether values are right is not looked at here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple

import numpy as np
import polars as pl

from delivery.formats.tagged_alike import Lines, read_alike
from delivery.formats.tagged_faults import Fault, FaultLog, Found, FoundList
from delivery.formats.tagged_framing import LinePiece, TaggedLimits, line_pieces
from delivery.formats.tagged_parsing import Leaf, ParsedLine, parse_line
from delivery.formats.tagged_records import TaggedRecords, group_schema, joined_groups, no_records, records_schema
from delivery.formats.violation import Violation
from schemas.bureaus.tagged import RECORD_NO, TaggedForm, TaggedRecord

_WORKERS = 2


@dataclass(frozen=True)
class ReadPart:
    """A piece of a file.

    Attributes:
        layout: of the records, None where their type is not known.
        records: without those that can't be read; None where their type is not known.
        violations: what is wrong, by line, as far as the limit for the whole file allows.
        violation_count: of the piece.
        line_count: lines behind the header that are not empty.
    """

    layout: TaggedRecord | None
    records: TaggedRecords | None
    violations: tuple[Violation, ...]
    violation_count: int
    line_count: int = 0


class Opened(NamedTuple):
    """What the first line of a file says.

    Attributes:
        layout: of the records, None when they can't be read.
        is_header: whether the line is a header, so that records begin behind it.
        found: what is wrong with it.
    """

    layout: TaggedRecord | None
    is_header: bool
    found: tuple[Found, ...] = ()


@dataclass(frozen=True)
class TaggedSource:
    """How files of a bureau are read.

    Attributes:
        form: how records lie in a file.
        open: what the first lines of a file say, at most two.
        close: what is wrong when a file is over, by the number of its lines with records.
        codes: fault to the bureau's code.
    """

    form: TaggedForm
    open: Callable[[tuple[bytes, ...]], Opened]
    close: Callable[[int], tuple[Found, ...]]
    codes: Mapping[Fault, str]


_DEFAULT_LIMITS = TaggedLimits()


def read_tagged(file: BinaryIO, source: TaggedSource, limits: TaggedLimits = _DEFAULT_LIMITS) -> Iterator[ReadPart]:
    """Reads a file piece after piece. The first part tells what is wrong with the header.

    Args:
        file: open for reading bytes.
        source: how files of the bureau are read.
        limits: how much is taken in.
    """
    log = FaultLog(source.codes, limits.violations)
    pieces = line_pieces(file, limits)
    first = next(pieces, None)
    if first is None:
        log.add([Found(1, Fault.FILE_EMPTY)])
        yield ReadPart(None, None, *log.taken())
        return
    opened = source.open(tuple(first.lines.line(place) for place in range(min(2, len(first.lines)))))
    log.add(opened.found)
    if opened.is_header:
        first = LinePiece(first.lines.of(np.arange(1, len(first.lines))), first.found, first.line_count - 1)
    lines = 0
    for piece, records in _records_of_pieces(_limited(first, pieces, limits), opened.layout, source.form):
        lines += piece.line_count
        log.found.add_list(piece.found)
        yield ReadPart(opened.layout, records, *log.taken(), piece.line_count)
    log.add(source.close(lines))
    violations, count = log.taken()
    if count:
        yield ReadPart(opened.layout, None, violations, count)


def _limited(first: LinePiece, others: Iterator[LinePiece], limits: TaggedLimits) -> Iterator[LinePiece]:
    """The pieces up to the limit of records."""
    left = limits.records
    piece: LinePiece | None = first
    while piece is not None:
        if len(piece.lines) > left:
            kept = piece.lines.of(np.arange(left))
            piece.found.add(int(piece.lines.numbers[left]), Fault.TOO_MANY_RECORDS)
            yield LinePiece(kept, piece.found, left)
            return
        left -= len(piece.lines)
        yield piece
        piece = next(others, None)


def _records_of_pieces(
    pieces: Iterator[LinePiece], layout: TaggedRecord | None, form: TaggedForm
) -> Iterator[tuple[LinePiece, TaggedRecords | None]]:
    """Each piece read, in order; a few are worked on at a time, as most of the work holds no lock."""
    with ThreadPoolExecutor(_WORKERS) as pool:
        begun: deque[tuple[LinePiece, Future[TaggedRecords | None]]] = deque()
        for piece in pieces:
            begun.append((piece, pool.submit(_read_piece, piece, layout, form)))
            if len(begun) > _WORKERS:
                done, records = begun.popleft()
                yield done, records.result()
        while begun:
            done, records = begun.popleft()
            yield done, records.result()


def _read_piece(piece: LinePiece, layout: TaggedRecord | None, form: TaggedForm) -> TaggedRecords | None:
    return records_of_lines(piece.lines, layout, form, piece.found) if layout is not None else None


def records_of_lines(lines: Lines, layout: TaggedRecord, form: TaggedForm, found: FoundList) -> TaggedRecords:
    """The records that lines of UTF-8 hold, without those that can't be read.

    Args:
        lines: one a record.
        layout: of the records.
        form: how they lie in the file.
        found: takes what is wrong with them.
    """
    read, others = read_alike(lines, layout, form)
    parsed = list(_parsed(others, layout, form, found))
    if parsed:
        read.append(_records_of(parsed, layout))
    return _in_order(read, layout)


def _parsed(lines: Lines, layout: TaggedRecord, form: TaggedForm, found: FoundList) -> Iterator[tuple[int, ParsedLine]]:
    for place, number in enumerate(lines.numbers.tolist()):
        parsed = parse_line(lines.line(place), layout, form.root)
        for fault, name in parsed.faults:
            found.add(number, fault, name)
        if not parsed.is_broken:
            yield number, parsed


def _records_of(parsed: list[tuple[int, ParsedLine]], layout: TaggedRecord) -> TaggedRecords:
    numbers = [number for number, _ in parsed]
    columns: dict[str, list[int] | list[bool] | list[str | None]] = {RECORD_NO: numbers}
    for element in layout.segments:
        columns[element] = [element in line.segments for _, line in parsed]
    for column in layout.columns:
        columns[column] = [line.values.get(Leaf(column)) for _, line in parsed]
    groups = {}
    for path, group in layout.groups.items():
        rows = [
            (number, *(line.values.get(Leaf(path, each.tag, entry)) for each in group.items))
            for number, line in parsed
            for entry in range(line.entries.get(path, 0))
        ]
        if rows:
            groups[path] = pl.DataFrame(rows, group_schema(group), orient="row")
    return TaggedRecords(pl.DataFrame(columns, records_schema(layout)), groups)


def _in_order(read: list[TaggedRecords], layout: TaggedRecord) -> TaggedRecords:
    if not read:
        return no_records(layout)
    if len(read) == 1:
        return read[0]
    records = pl.concat([each.records for each in read]).sort(RECORD_NO)
    groups = {path: rows.sort(RECORD_NO, maintain_order=True) for path, rows in joined_groups(read).items()}
    return TaggedRecords(records, groups)
