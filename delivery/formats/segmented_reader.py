"""Files of segmented records that anybody may have written, read in bounded memory. Never raises because of the bytes.

A record with something that can't be read is reported and left out; a record that can be read but is not as the layout
asks is reported and kept. The trailer's totals are compared with what the file holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import polars as pl

from delivery.formats import fixed_width_reading, record_framing, segment_walk
from delivery.formats.digits import Matrix, Whole
from delivery.formats.fault_list import (
    BEHIND_TRAILER,
    BYTE_ORDER_MARK,
    FILE_TOO_LARGE,
    HEADER_REPEATED,
    NO_HEADER,
    NO_TRAILER,
    UNKNOWN_FORM,
    WRONG_TOTAL,
    FaultList,
)
from delivery.formats.fixed_width_reading import decode
from delivery.formats.packed_decimal import unpack
from delivery.formats.record_framing import Frames, Framing, Head, RecordKind, detected_form
from delivery.formats.segment_walk import gathered, walk
from delivery.formats.segmented_records import SegmentedRecords, records_schema
from delivery.formats.segmented_totals import Totals
from delivery.formats.violation import Violation
from schemas.bureaus.fixed_width import RECORD_NO, Segment, SegmentedLayout, WireForm

_BROKEN = fixed_width_reading.BROKEN | segment_walk.BROKEN | {record_framing.NOT_A_RECORD, record_framing.CUT_SHORT}
_BOM = b"\xef\xbb\xbf"
_OPENING_BYTES = 64 * 1024


@dataclass(frozen=True)
class SegmentedLimits:
    """Most that the reader takes in.

    Attributes:
        file_bytes: bytes of the file.
        piece_bytes: bytes that are worked on at a time; memory is some ten times as much.
        violations: violations that are listed; all are counted.
    """

    file_bytes: int = 64 * 1024**3
    piece_bytes: int = 4 * 1024**2
    violations: int = 1_000


@dataclass(frozen=True)
class ReadPart:
    """A piece of a file.

    Attributes:
        records: without those that can't be read.
        violations: what is wrong, in the order of the file, as far as the limit for the whole file allows.
        violation_count: of the piece.
        header: one row when the header is in the piece.
        trailer: one row when the trailer is in the piece.
    """

    records: SegmentedRecords
    violations: tuple[Violation, ...]
    violation_count: int
    header: pl.DataFrame | None = None
    trailer: pl.DataFrame | None = None


_DEFAULT_LIMITS = SegmentedLimits()


def read_segmented(
    file: BinaryIO, layout: SegmentedLayout, limits: SegmentedLimits = _DEFAULT_LIMITS
) -> Iterator[ReadPart]:
    """Reads a file of any wire form, piece after piece.

    Args:
        file: open for reading bytes.
        layout: what it should look like.
        limits: how much is taken in.
    """
    opening = file.read(_OPENING_BYTES)
    offset = len(_BOM) if opening.startswith(_BOM) else 0
    form = detected_form(opening[offset:])
    found = FaultList(layout, limits.violations)
    if offset:
        found.add_one(BYTE_ORDER_MARK, 1)
    if form is None:
        found.add_one(UNKNOWN_FORM, 1)
        yield ReadPart(_no_records(layout), *found.taken())
        return
    framing = Framing(file, opening[offset:], offset, form, layout, limits.piece_bytes)
    yield from _Reading(layout, form, limits, found).parts(framing)


class _Reading:
    """State of the reading of one file."""

    def __init__(self, layout: SegmentedLayout, form: WireForm, limits: SegmentedLimits, found: FaultList) -> None:
        self._layout = layout
        self._is_packed = form is WireForm.PACKED
        self._limits = limits
        self._found = found
        self._last_number = 0
        self._broken = 0
        self._is_lost = False
        self._has_header = False
        self._trailer: tuple[Head, pl.DataFrame] | None = None
        self._totals = Totals(layout)

    def parts(self, framing: Framing) -> Iterator[ReadPart]:
        """Reads piece after piece."""
        while (frames := framing.next_frames()) is not None:
            part = self._part(frames)
            yield part
            if frames.offset + len(frames.held) > self._limits.file_bytes:
                self._found.add_one(FILE_TOO_LARGE, self._last_number)
                break
        else:
            self._close()
        yield ReadPart(_no_records(self._layout), *self._found.taken())

    def _part(self, frames: Frames) -> ReadPart:
        held = np.frombuffer(frames.held, np.uint8)
        header, trailer = self._read_heads(frames, held)
        numbers, starts, ends = (np.array(each, np.int64) for each in (frames.numbers, frames.starts, frames.ends))
        broken = [np.array([fault.number for fault in frames.faults if fault.code in _BROKEN], np.int64)]
        for fault in frames.faults:
            self._found.add_one(fault.code, fault.number, fault.at)
        width = self._width(self._layout.base)
        walked = walk(frames.held, starts + width, ends, self._layout)
        base, lost = self._decoded(
            self._layout.base, numbers, starts + frames.offset, gathered(held, starts, width), self._is_packed
        )
        broken += lost
        for code, rows in walked.faults.items():
            self._found.add(code, None, numbers[rows], starts[rows] + frames.offset)
            broken += [numbers[rows]] if code in _BROKEN else []
        appended = {}
        for key, (rows, matrix) in walked.segments.items():
            frame, lost = self._decoded(
                self._layout.segment(key), numbers[rows], starts[rows] + frames.offset, matrix, False
            )
            appended[key] = frame
            broken += lost
        left_out = np.unique(np.concatenate(broken))
        records = SegmentedRecords(base, appended).without(pl.Series(left_out))
        self._count(records, numbers, frames, len(left_out))
        return ReadPart(records, *self._found.taken(), header, trailer)

    def _decoded(
        self, segment: Segment, numbers: Whole, places: Whole, matrix: Matrix, is_packed: bool
    ) -> tuple[pl.DataFrame, list[Whole]]:
        """The frame of a segment, and the numbers of the records where it can't be read."""
        frame, faults = decode(unpack(matrix, segment) if is_packed else matrix, segment)
        broken = []
        for fault in faults:
            self._found.add(fault.code, (segment, fault.slot), numbers[fault.rows], places[fault.rows])
            if fault.code in _BROKEN:
                broken.append(numbers[fault.rows])
        return frame.insert_column(0, pl.Series(RECORD_NO, numbers, dtype=pl.Int64)), broken

    def _read_heads(self, frames: Frames, held: Matrix) -> tuple[pl.DataFrame | None, pl.DataFrame | None]:
        read: dict[RecordKind, pl.DataFrame] = {}
        for head in frames.heads:
            is_header = head.kind is RecordKind.HEADER
            if is_header and self._has_header:
                self._found.add_one(HEADER_REPEATED, head.number, head.start + frames.offset)
                continue
            if not is_header and self._trailer is not None:
                continue
            segment = self._layout.header if is_header else self._layout.trailer
            matrix = gathered(held, np.array([head.start]), self._width(segment))
            place = np.array([head.start + frames.offset])
            frame, _ = self._decoded(segment, np.array([head.number]), place, matrix, self._is_packed)
            read[head.kind] = frame.drop(RECORD_NO)
            if is_header:
                self._has_header = True
                if head.number > 1:
                    self._found.add_one(NO_HEADER, 1)
            else:
                self._trailer = head, read[head.kind]
        return read.get(RecordKind.HEADER), read.get(RecordKind.TRAILER)

    def _count(self, records: SegmentedRecords, numbers: Whole, frames: Frames, broken: int) -> None:
        self._totals.add(records)
        self._broken += broken
        every = [*numbers[-1:].tolist(), *(head.number for head in frames.heads)]
        every += [fault.number for fault in frames.faults]
        self._is_lost |= any(fault.code == record_framing.NOT_A_RECORD for fault in frames.faults)
        self._last_number = max([self._last_number, *every])

    def _close(self) -> None:
        """What can be said at the end of the file only."""
        if not self._has_header:
            self._found.add_one(NO_HEADER, 1)
        if self._trailer is None:
            self._found.add_one(NO_TRAILER, self._last_number)
            return
        head, trailer = self._trailer
        if head.number < self._last_number:
            self._found.add_one(BEHIND_TRAILER, head.number + 1)
        self._compare_totals(head.number, trailer)

    def _compare_totals(self, number: int, trailer: pl.DataFrame) -> None:
        """Compares all totals, or where records were left out those that need no more than their number."""
        if self._is_lost:
            return
        for name, counted in self._totals.counted.items():
            count = self._layout.totals[name]
            if self._broken and (count.column is not None or count.keys != (self._layout.base.key,)):
                continue
            if trailer[name][0] != counted + self._broken:
                slot = self._layout.trailer.slot(name)
                self._found.add(WRONG_TOTAL, (self._layout.trailer, slot), np.array([number]), None)

    def _width(self, segment: Segment) -> int:
        return (segment.packed_length if self._is_packed else None) or segment.length


def _no_records(layout: SegmentedLayout) -> SegmentedRecords:
    return SegmentedRecords(records_schema(layout.base).to_frame())
