"""Files of the PBoC's credit reference centre: write, read, check. How sure the form is: see `schemas.bureaus.pboc`.

Packing: see `delivery.seal.pboc_packing`. Answers: `read` takes them too; `delivery.bureaus.pboc_feedback` opens the
refused records in them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import BinaryIO

from delivery.formats.tagged_faults import Fault, Found
from delivery.formats.tagged_framing import TaggedLimits
from delivery.formats.tagged_json import json_lines, masked, records_of_json
from delivery.formats.tagged_reader import Opened, ReadPart, TaggedSource, read_tagged
from delivery.formats.tagged_records import TaggedRecords
from delivery.formats.tagged_writer import PrintedLines, printed_lines
from delivery.formats.violation import Violation
from delivery.seal.pboc_packing import Packing
from schemas.bureaus.pboc import (
    DATA,
    FORM,
    HEADER_BYTES,
    MOST_RECORDS,
    RECORDS,
    VERSION,
    FileName,
    Header,
    template_of,
)
from schemas.bureaus.pboc_feedback import REFUSED_RECORD, AnswerHeader
from schemas.bureaus.pboc_requests import CORRECTED_BASE, CORRECTION
from schemas.bureaus.tagged import TaggedRecord
from schemas.errors import ArrearsError
from schemas.errors.pboc import LINE_TOO_LONG, TOO_MANY_RECORDS

CODES: dict[Fault, str] = {
    Fault.BYTE_ORDER_MARK: "ABF011",
    Fault.NOT_UTF8: "ABF011",
    Fault.LINE_END: "ABF010",
    Fault.EMPTY_LINE: "ABF010",
    Fault.LINE_TOO_LONG: "ABF008",
    Fault.FILE_TOO_LARGE: "ABF002",
    Fault.TOO_MANY_RECORDS: "ABF002",
    Fault.FILE_EMPTY: "ABF002",
    Fault.NO_HEADER: "ABH005",
    Fault.HEADER: "ABH005",
    Fault.HEADER_COUNT: "ABH005",
    Fault.VERSION: "ABH006",
    Fault.FILE_NAME: "ABN003",
    Fault.SEGMENT_CODE: "ABN004",
    Fault.NAME_DIFFERS: "ABF007",
    Fault.NAME_USED: "ABF009",
    Fault.UNKNOWN_TYPE: "ABR000",
    Fault.NOT_XML: "ABR006",
    Fault.MARKUP_REFUSED: "ABR006",
    Fault.WRONG_ROOT: "ABR006",
    Fault.OTHER_RECORD: "ABR000",
    Fault.TOO_DEEP: "ABR000",
    Fault.UNKNOWN_TAG: "ABR000",
    Fault.REPEATED_TAG: "ABR000",
    Fault.REPEATED_SEGMENT: "ABR000",
    Fault.ATTRIBUTE: "ABR000",
    Fault.LOOSE_TEXT: "ABR000",
    Fault.SEGMENT_ORDER: "ABR000",
    Fault.EMPTY_SEGMENT: "ABD001",
    Fault.BASE64: "ABR006",
    Fault.COUNT: "ABE010",
    Fault.FEEDBACK_COUNT: "ABH005",
    Fault.LINE_NUMBER: "ABE001",
}
"""Fault of form to the centre's feedback code; where it has none for the case, that of the nearest."""

_DEFAULT_LIMITS = TaggedLimits()
_ELEMENT = re.compile(rb"\s*<" + FORM.root.encode() + rb">\s*<([A-Za-z]{1,60})>")
_LINE_END = FORM.line_end.encode()


@dataclass(frozen=True)
class Origin:
    """What is known of a file besides its bytes.

    Attributes:
        name: of the file, without folders; None when it is not known, and not checked then.
        segment_code: the only one that may stand in it; None when any may.
        used_names: of files that were sent before.
    """

    name: str | None = None
    segment_code: str | None = None
    used_names: Collection[str] = ()


@dataclass(frozen=True)
class FileLimits:
    """Most that goes into one file.

    Attributes:
        records: the centre's own limit is 1,000,000.
        characters: line ends included; the centre has no such limit for a file, a portal may.
    """

    records: int = MOST_RECORDS
    characters: int | None = None


_UNKNOWN_ORIGIN, _DEFAULT_FILE_LIMITS = Origin(), FileLimits()


def write(file: BinaryIO, name: FileName, made_at: datetime, parts: Iterable[TaggedRecords]) -> int:
    """Writes one file.

    Args:
        file: open for writing bytes, and able to go back to its beginning, where the number of records is written last.
            When an error is raised it holds a part of the file and must be thrown away.
        name: of the file; it says the type of the records.
        made_at: wall-clock time, without a zone, on the day that is in the name.
        parts: the records, part after part; their numbers ascend over all of them.

    Returns:
        The number of records.

    Raises:
        ArrearsError: as `printed_lines`; TOO_MANY_RECORDS.
        ValueError: name and time are of different days.
    """
    with _OpenFile(file, name, made_at) as opened:
        for piece in printed_lines(parts, RECORDS[name.record_type], FORM):
            opened.write(piece)
    return opened.records


def write_files(
    open_file: Callable[[FileName], AbstractContextManager[BinaryIO]],
    names: Iterator[FileName],
    made_at: datetime,
    parts: Iterable[TaggedRecords],
    limits: FileLimits = _DEFAULT_FILE_LIMITS,
) -> list[tuple[FileName, int]]:
    """Writes as many files as the records need; a batch without records makes one file without records.

    Args:
        open_file: opens a file by its name, as `write` wants it.
        names: names of one type and day that no file has had, see `free_names`.
        made_at: as in `write`, of all the files.
        parts: as in `write`.
        limits: most that goes into one file.

    Returns:
        Name and number of records of each file.

    Raises:
        ArrearsError: as `printed_lines`, as `names`; LINE_TOO_LONG when a record alone is more than a file may have.
    """
    name = next(names)
    written: list[tuple[FileName, int]] = []
    pieces = _cut(printed_lines(parts, RECORDS[name.record_type], FORM), limits)
    file_no, piece = next(pieces, (0, None))
    while True:
        with open_file(name) as file, _OpenFile(file, name, made_at) as opened:
            now = file_no
            while piece is not None and file_no == now:
                opened.write(piece)
                file_no, piece = next(pieces, (file_no, None))
        written.append((name, opened.records))
        if piece is None:
            return written
        name = next(names)


def read(
    file: BinaryIO, limits: TaggedLimits = _DEFAULT_LIMITS, origin: Origin = _UNKNOWN_ORIGIN
) -> Iterator[ReadPart]:
    """Reads a file in the clear that anybody may have written, piece after piece. Never raises because of it.

    Answers of the centre are read too: their records are those of `pboc_feedback.REFUSED_RECORD`.
    """
    opening = _Opening(origin)
    for part in read_tagged(file, TaggedSource(FORM, opening.open, opening.close, CODES), limits):
        yield replace(part, violations=tuple(map(_in_correction, part.violations))) if _is_correction(part) else part


def check(
    file: BinaryIO, limits: TaggedLimits = _DEFAULT_LIMITS, origin: Origin = _UNKNOWN_ORIGIN
) -> Iterator[Violation]:
    """What is wrong in the form of a file, in its order, as far as the limit allows."""
    return islice((each for part in read(file, limits, origin) for each in part.violations), limits.violations)


def printed(part: ReadPart) -> Iterator[str]:
    """A part as JSON lines, identity masked."""
    return json_lines(masked(part))


def printed_unmasked(part: ReadPart) -> Iterator[str]:
    """A part as JSON lines with identity in the clear."""
    return json_lines(part)


def given(lines: Iterable[str]) -> tuple[dict[str, TaggedRecords], tuple[int, ...]]:
    """The records of JSON lines as `printed_unmasked` prints them, by type, and the numbers of refused lines."""
    return records_of_json(lines, RECORDS)


def pack(text: BinaryIO, name: FileName, packed: BinaryIO, packing: Packing) -> None:
    """Packs a file for sending under `name.packed`; arguments and errors as in `Packing.pack`."""
    packing.pack(text, name.stem, packed)


def unpack(packed: BinaryIO, name: FileName, text: BinaryIO, packing: Packing) -> None:
    """Unpacks a file that anybody may have packed; arguments and errors as in `Packing.unpack`."""
    packing.unpack(packed, name.stem, text)


def _is_correction(part: ReadPart) -> bool:
    return part.layout is CORRECTION


def _in_correction(violation: Violation) -> Violation:
    """A base segment with other tags than a correction of it may have has a code of its own."""
    is_of_base = violation.field == CORRECTED_BASE.element and violation.message == Fault.UNKNOWN_TAG.value
    return replace(violation, code="BMR003") if is_of_base else violation


class _OpenFile:
    """One file that is being written."""

    def __init__(self, file: BinaryIO, name: FileName, made_at: datetime) -> None:
        if made_at.date() != name.made_on:
            raise ValueError("name and time of a file are of different days")
        self._file = file
        self._name = name
        self._made_at = made_at
        self.records = 0

    def __enter__(self) -> _OpenFile:
        self._begin = self._file.tell()
        self._file.write(self._header())
        return self

    def write(self, piece: PrintedLines) -> None:
        self.records += piece.lines.len()
        if self.records > MOST_RECORDS:
            raise ArrearsError(TOO_MANY_RECORDS, record_type=self._name.record_type, most=MOST_RECORDS)
        self._file.write(piece.data)

    def __exit__(self, kind: type[BaseException] | None, *_facts: object) -> None:
        if kind is None:
            end = self._file.tell()
            self._file.seek(self._begin)
            self._file.write(self._header())
            self._file.seek(end)

    def _header(self) -> bytes:
        header = Header(self._name.record_type, self._name.segment_code, self._made_at, self.records)
        return header.line.encode("ascii") + _LINE_END


def _cut(pieces: Iterable[PrintedLines], limits: FileLimits) -> Iterator[tuple[int, PrintedLines]]:
    """The pieces with the number of the file into which each goes, cut where one file ends and the next begins."""
    header = HEADER_BYTES + len(FORM.line_end)
    file_no, records, characters = 0, 0, header
    for piece in pieces:
        rest = piece
        while rest.lines.len():
            fitting = min(limits.records - records, rest.lines.len())
            if limits.characters is not None:
                lengths = rest.lines.str.len_chars().cum_sum()
                fitting = min(fitting, lengths.search_sorted(limits.characters - characters, "right"))
            if not fitting:
                if not records:
                    raise ArrearsError(LINE_TOO_LONG, most=limits.characters)
                file_no, records, characters = file_no + 1, 0, header
                continue
            first, rest = rest.cut(fitting)
            yield file_no, first
            records += fitting
            if limits.characters is not None:
                characters += int(first.lines.str.len_chars().sum())


class _Opening:
    """What the first lines of a file say, and what is to be compared when it is over."""

    def __init__(self, origin: Origin) -> None:
        self._origin = origin
        self._expected: int | None = None
        self._is_answer = False

    def open(self, lines: tuple[bytes, ...]) -> Opened:
        """What the first lines say."""
        first = lines[0].rstrip(b"\r\n") if lines else b""
        if first.lstrip().startswith(b"<") or not first:
            return Opened(_layout_of(lines[:1]), False, (Found(1, Fault.NO_HEADER), *self._found_in_name(None)))
        text = first.decode(errors="replace")
        answer = AnswerHeader.of(text)
        if answer is not None:
            self._expected, self._is_answer = answer.refused, True
            return Opened(REFUSED_RECORD, True)
        header = Header.of(text)
        if header is None:
            layout = RECORDS.get(text[4:7]) or _layout_of(lines[1:])
            return Opened(layout, True, (Found(1, Fault.HEADER), *self._found_in_name(None)))
        self._expected = header.record_count
        found = list(self._found_in_name(header))
        if header.version != VERSION or header.template != template_of(header.record_type):
            found.append(Found(1, Fault.VERSION))
        layout = RECORDS.get(header.record_type)
        if layout is None:
            found.append(Found(1, Fault.UNKNOWN_TYPE))
        return Opened(layout, True, tuple(found))

    def close(self, lines: int) -> tuple[Found, ...]:
        """What is wrong with the number of records."""
        if self._expected is None or self._expected == lines:
            return ()
        return (Found(1, Fault.FEEDBACK_COUNT if self._is_answer else Fault.HEADER_COUNT),)

    def _found_in_name(self, header: Header | None) -> Iterator[Found]:
        origin = self._origin
        name = FileName.of(origin.name) if origin.name is not None else None
        is_of_answer = name is not None and header is not None and name.flag != DATA
        if is_of_answer or (origin.name is not None and name is None):
            yield Found(1, Fault.FILE_NAME)
        codes = {each.segment_code for each in (name, header) if each is not None}
        if origin.segment_code is not None and codes - {origin.segment_code}:
            yield Found(1, Fault.SEGMENT_CODE)
        if name is None:
            return
        if name.stem in {used.stem for each in origin.used_names if (used := FileName.of(each)) is not None}:
            yield Found(1, Fault.NAME_USED)
        if header is not None and (name.segment_code, name.made_on, name.record_type) != (
            header.segment_code,
            header.made_at.date(),
            header.record_type,
        ):
            yield Found(1, Fault.NAME_DIFFERS)


def _layout_of(lines: tuple[bytes, ...]) -> TaggedRecord | None:
    """The layout of the first record, by its element."""
    match = _ELEMENT.match(lines[0]) if lines else None
    if match is None:
        return None
    elements = {layout.element: layout for layout in (*RECORDS.values(), REFUSED_RECORD)}
    return elements.get(match[1].decode())
