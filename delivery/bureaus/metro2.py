"""Files of Metro 2: write, read, check.

Wire forms: plain characters (records of 426 bytes with their appended segments, each ended by the layout's line end),
the same with block words, and packed. How sure the facts are: positions, length words and block words of the character
forms agree in two public programs (moov-io/metro2, cfpb/Metro2) and in public samples. No line end is prescribed:
CRLF is written, and CRLF, LF or none is read. The packed form is certain in its lengths. That its numbers are packed
decimal, the sign last, is told by public restatements of the guide, but no public sample was found that holds to it:
agree on it with the bureau before sending it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from delivery.formats.segmented_json import GivenRecords, json_lines, masked, records_of_json
from delivery.formats.segmented_reader import ReadPart, SegmentedLimits, read_segmented
from delivery.formats.segmented_records import SegmentedRecords
from delivery.formats.segmented_writer import Header, write_segmented
from delivery.formats.violation import Violation
from schemas.bureaus.fixed_width import WireForm
from schemas.bureaus.metro2 import LAYOUT

_DEFAULT_LIMITS = SegmentedLimits()


def write(
    file: BinaryIO, header: Header, parts: Iterable[SegmentedRecords], form: WireForm = WireForm.CHARACTER
) -> dict[str, int]:
    """Writes one file and returns the trailer's totals; arguments and errors as in `write_segmented`."""
    return write_segmented(file, header, parts, LAYOUT, form)


def read(file: BinaryIO, limits: SegmentedLimits = _DEFAULT_LIMITS) -> Iterator[ReadPart]:
    """Reads a file that anybody may have written, piece after piece. Never raises because of what is in it."""
    return read_segmented(file, LAYOUT, limits)


def check(file: BinaryIO, limits: SegmentedLimits = _DEFAULT_LIMITS) -> Iterator[Violation]:
    """What is wrong in the form of a file, in its order, as far as the limit allows."""
    for part in read(file, limits):
        yield from part.violations


def printed(part: ReadPart) -> Iterator[str]:
    """A part as JSON lines, identity masked."""
    return json_lines(masked(part, LAYOUT), LAYOUT)


def printed_unmasked(part: ReadPart) -> Iterator[str]:
    """A part as JSON lines with identity in the clear."""
    return json_lines(part, LAYOUT)


def given(lines: Iterable[str]) -> GivenRecords:
    """The records of JSON lines as `printed_unmasked` prints them."""
    return records_of_json(lines, LAYOUT)
