"""Files of segmented records: header, records with their appended segments, and a trailer with all totals recomputed.

Written piece by piece, so that memory is bounded by a piece and not by the file. Same records, same bytes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from typing import BinaryIO, TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from delivery.formats.digits import Matrix, Whole, digits_of
from delivery.formats.fixed_width import encode
from delivery.formats.packed_decimal import pack
from delivery.formats.segmented_records import SegmentedRecords, frame_schema
from delivery.formats.segmented_totals import Totals
from schemas.bureaus.fixed_width import RECORD_NO, Segment, SegmentedLayout, WireForm
from schemas.errors import ArrearsError
from schemas.errors.seal import RECORDS_BREAK_LAYOUT, RECORDS_LACK_COLUMNS

NOT_ASCENDING = "not_ascending"
NO_SUCH_RECORD = "no_such_record"
SEGMENT_REPEATED = "segment_repeated"
RECORD_TOO_LONG = "record_too_long"

Header: TypeAlias = Mapping[str, str | date | None]
"""Name of a slot of the header to its value."""

_PIECE_ROWS = 16_384
_WORKERS = 2
_WORD = 4


def write_segmented(
    file: BinaryIO,
    header: Header,
    parts: Iterable[SegmentedRecords],
    layout: SegmentedLayout,
    form: WireForm = WireForm.CHARACTER,
) -> dict[str, int]:
    """Writes one file.

    Args:
        file: open for writing bytes. When an error is raised it holds a part of the file and must be thrown away.
        header: name of a slot of the header to its value; those left out are not filled.
        parts: the records, part after part; RECORD_NO ascends over all of them.
        layout: what the file looks like.
        form: how records lie in the file.

    Returns:
        The totals of the trailer.

    Raises:
        ArrearsError: RECORDS_LACK_COLUMNS when the columns are not the layout's; RECORDS_BREAK_LAYOUT with the first
            record, its segment, field and rule.
    """
    totals = Totals(layout)
    file.write(_alone(_header_row(header, layout), layout.header, layout, form))
    for piece, held in _printed_pieces(_pieces(parts, layout), layout, form):
        file.write(held)
        totals.add(piece)
    file.write(_alone(totals.trailer(), layout.trailer, layout, form))
    return totals.counted


def _pieces(parts: Iterable[SegmentedRecords], layout: SegmentedLayout) -> Iterator[SegmentedRecords]:
    last_no: int | None = None
    for part in parts:
        for piece in part.slices(_PIECE_ROWS):
            last_no = _require_ascending(piece, layout, last_no)
            yield piece


def _printed_pieces(
    pieces: Iterable[SegmentedRecords], layout: SegmentedLayout, form: WireForm
) -> Iterator[tuple[SegmentedRecords, memoryview]]:
    """Each piece with its bytes, in order; a few pieces are worked on at a time, as most of the work holds no lock."""
    with ThreadPoolExecutor(_WORKERS) as pool:
        begun: deque[tuple[SegmentedRecords, Future[memoryview]]] = deque()
        for piece in pieces:
            begun.append((piece, pool.submit(_piece_bytes, piece, layout, form)))
            if len(begun) > _WORKERS:
                done, held = begun.popleft()
                yield done, held.result()
        while begun:
            done, held = begun.popleft()
            yield done, held.result()


def _header_row(header: Header, layout: SegmentedLayout) -> pl.DataFrame:
    unknown = sorted(set(header) - set(layout.header.names))
    if unknown:
        raise ArrearsError(RECORDS_LACK_COLUMNS, layout=layout.name, segment=layout.header.mark, extra=unknown)
    return pl.DataFrame({name: [header.get(name)] for name in layout.header.names}, schema=frame_schema(layout.header))


def _alone(row: pl.DataFrame, segment: Segment, layout: SegmentedLayout, form: WireForm) -> bytes:
    """Header or trailer with its words and its line end."""
    matrix = _segment_bytes(row, segment, layout, form)
    return _joined(matrix, np.full(1, matrix.shape[1], np.int64), [], layout, form).tobytes()


def _piece_bytes(piece: SegmentedRecords, layout: SegmentedLayout, form: WireForm) -> memoryview:
    base = _segment_bytes(piece.base, layout.base, layout, form)
    record_nos = piece.base[RECORD_NO].to_numpy()
    lengths = np.full(len(base), base.shape[1], np.int64)
    placed = []
    for segment in layout.appended:
        frame = piece.appended.get(segment.key)
        if frame is None or frame.is_empty():
            continue
        rows = _rows_of(frame, segment, layout, record_nos)
        counts = np.bincount(rows, minlength=len(base))
        within = np.arange(len(rows)) - (np.cumsum(counts) - counts)[rows]
        matrix = encode(frame, segment, layout.name)
        placed.append((matrix, rows, lengths[rows] + within * segment.length))
        lengths += counts * segment.length
    if len(base) and lengths.max() > layout.longest_record:
        _refuse(layout, layout.base, int(record_nos[lengths.argmax()]), RECORD_TOO_LONG)
    return memoryview(_joined(base, lengths, placed, layout, form).data)


_Placed = tuple[Matrix, Whole, Whole]
"""An appended segment: its rows of bytes, the record of each, and where in the record each begins."""


def _joined(
    base: Matrix, lengths: Whole, placed: list[_Placed], layout: SegmentedLayout, form: WireForm
) -> npt.NDArray[np.uint8]:
    """All bytes of some records: block word, base segment with its length word, appended segments, line end."""
    lead = 0 if form is WireForm.CHARACTER else _WORD
    tail = np.frombuffer(layout.line_end.encode("ascii") if form is WireForm.CHARACTER else b"", np.uint8)
    base[:, :_WORD] = _words(lengths, form)
    if not placed:
        return np.hstack([_words(lengths + lead, form)[:, :lead], base, np.tile(tail, (len(base), 1))]).ravel()
    sizes = lengths + lead + len(tail)
    starts = np.cumsum(sizes) - sizes
    joined = np.empty(int(sizes.sum()), np.uint8)
    _scatter(joined, starts, _words(lengths + lead, form)[:, :lead])
    _scatter(joined, starts + lead, base)
    for matrix, rows, offsets in placed:
        _scatter(joined, starts[rows] + lead + offsets, matrix)
    _scatter(joined, starts + lead + lengths, np.tile(tail, (len(base), 1)))
    return joined


def _scatter(joined: npt.NDArray[np.uint8], starts: Whole, matrix: Matrix) -> None:
    """Puts each row of bytes at its place."""
    width = matrix.shape[1]
    if not matrix.size:
        return
    places = np.lib.stride_tricks.sliding_window_view(joined, width, writeable=True).view(f"V{width}")[:, 0]
    places[starts] = np.ascontiguousarray(matrix).view(f"V{width}")[:, 0]


def _words(lengths: Whole, form: WireForm) -> Matrix:
    """The length of each record as its four bytes."""
    if form is not WireForm.PACKED:
        return digits_of(lengths, _WORD)
    words = np.zeros((len(lengths), 2), ">u2")
    words[:, 0] = lengths
    return words.view(np.uint8)


def _segment_bytes(frame: pl.DataFrame, segment: Segment, layout: SegmentedLayout, form: WireForm) -> Matrix:
    matrix = encode(frame, segment, layout.name)
    return pack(matrix, segment) if form is WireForm.PACKED else matrix


def _rows_of(frame: pl.DataFrame, segment: Segment, layout: SegmentedLayout, record_nos: Whole) -> Whole:
    """For each row of an appended segment the row of its record."""
    wanted = frame[RECORD_NO].to_numpy()
    is_falling = np.diff(wanted) < 0
    if is_falling.any():
        _refuse(layout, segment, int(wanted[1:][is_falling][0]), NOT_ASCENDING)
    rows = np.searchsorted(record_nos, wanted).astype(np.int64)
    is_missing = record_nos[np.minimum(rows, len(record_nos) - 1)] != wanted
    if is_missing.any():
        _refuse(layout, segment, int(wanted[is_missing][0]), NO_SUCH_RECORD)
    is_again = np.diff(wanted) == 0
    if segment.key not in layout.repeating and is_again.any():
        _refuse(layout, segment, int(wanted[1:][is_again][0]), SEGMENT_REPEATED)
    return rows


def _require_ascending(piece: SegmentedRecords, layout: SegmentedLayout, last_no: int | None) -> int | None:
    numbers = piece.base[RECORD_NO]
    if numbers.is_empty():
        stray = [frame for frame in piece.appended.values() if frame.height]
        if stray:
            _refuse(layout, layout.base, stray[0][RECORD_NO][0], NO_SUCH_RECORD)
        return last_no
    steps = numbers.diff()
    if steps.min() is not None and steps.min() <= 0:  # type: ignore[operator]  # numbers, which Polars types as any value
        _refuse(layout, layout.base, numbers[int((steps <= 0).arg_max() or 0)], NOT_ASCENDING)
    if last_no is not None and numbers[0] <= last_no:
        _refuse(layout, layout.base, numbers[0], NOT_ASCENDING)
    return int(numbers[-1])


def _refuse(layout: SegmentedLayout, segment: Segment, record_no: int, rule: str) -> None:
    raise ArrearsError(
        RECORDS_BREAK_LAYOUT, layout=layout.name, segment=segment.mark, row=record_no, field=RECORD_NO, rule=rule
    )
