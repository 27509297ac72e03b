"""Answers of the PBoC's credit reference centre, and the `.bad` file of its local checker.

How sure the form is: see `schemas.bureaus.pboc_feedback`. The centre counts lines of the data file with the header as
line 1, the local checker without it; here both are told as the centre does, so that they are `record_no` of the file
that was sent. The refused record comes back in Base64 and is read as strictly as any foreign line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from enum import Enum
from typing import Any, BinaryIO

from delivery.bureaus import pboc
from delivery.formats.tagged_faults import FaultLog
from delivery.formats.tagged_framing import TaggedLimits
from delivery.formats.tagged_refusals import AnswerPart, answers_of, opened
from delivery.formats.tagged_writer import printed_lines
from schemas.bureaus.pboc import FORM, RECORDS
from schemas.bureaus.pboc_feedback import REFUSED_RECORD, AnswerHeader


class AnswerOrigin(Enum):
    """Who wrote an answer: by how much its line numbers are less than those of the data file."""

    CENTRE = 0
    LOCAL_CHECKER = 1


_DEFAULT_LIMITS = TaggedLimits()


def read_header(file: BinaryIO) -> AnswerHeader | None:
    """The header at the place where the file is, None when there is none; the file is one line further then."""
    return AnswerHeader.of(file.readline(1_000).rstrip(b"\r\n").decode(errors="replace"))


def read_answer(
    file: BinaryIO,
    record_type: str,
    origin: AnswerOrigin = AnswerOrigin.CENTRE,
    limits: TaggedLimits = _DEFAULT_LIMITS,
) -> Iterator[AnswerPart]:
    """Reads an answer in the clear, piece after piece. Never raises because of it.

    Args:
        file: open for reading bytes, at its beginning.
        record_type: of the data file, as its name says.
        origin: who wrote it.
        limits: how much is taken in.
    """
    layout = RECORDS.get(record_type)
    log = FaultLog(pboc.CODES, limits.violations)
    # Base64 makes of a record a third more.
    wider = replace(limits, line_characters=limits.line_characters * 2)
    for part in pboc.read(file, wider):
        yield opened(part, layout, FORM, origin.value, log)


def write_answer(file: BinaryIO, header: AnswerHeader, refusals: Iterable[Any], lines: Iterable[Any]) -> int:
    """Writes an answer as the centre does, for its stand-in and for tests; the number of refused records.

    Args:
        file: open for writing bytes.
        header: its count of refused records is what the frames hold.
        refusals: frames of `tagged_refusals.REFUSALS` by RECORD_NO, all faults of a record in one of them.
        lines: beside each of them `record_no` and `line` of the records refused, without line ends.

    Raises:
        ValueError: the header counts other than the frames hold.
    """
    file.write(f"{header.line}{FORM.line_end}".encode())
    written = 0
    first = 2
    for refused, texts in zip(refusals, lines, strict=True):
        records = answers_of(refused, texts, first)
        for piece in printed_lines([records], REFUSED_RECORD, FORM):
            file.write(piece.data)
        written += records.height
        first += records.height
    if written != header.refused:
        raise ValueError(f"the header counts {header.refused} refused records, there are {written}")
    return written
