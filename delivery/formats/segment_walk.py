"""The segments appended to many records at once, found by their marks: a step takes the next one of every record."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from delivery.formats.digits import Matrix, Whole
from schemas.bureaus.fixed_width import SegmentedLayout

UNKNOWN_SEGMENT = "unknown_segment"
CUT_SEGMENT = "cut_segment"
SEGMENT_ORDER = "segment_order"
SEGMENT_REPEATED = "segment_repeated"

BROKEN = frozenset({UNKNOWN_SEGMENT, CUT_SEGMENT, SEGMENT_REPEATED})
"""Codes of records that can't be read."""

MESSAGES = {
    UNKNOWN_SEGMENT: "holds a segment that the layout does not know",
    CUT_SEGMENT: "ends within a segment",
    SEGMENT_ORDER: "has its segments in another order than the layout",
    SEGMENT_REPEATED: "has a segment twice that it may have once",
}

_MARK_BYTES = 2
_BLANK, _NINE = ord(" "), ord("9")


@dataclass(frozen=True)
class Walked:
    """What follows the base segments.

    Attributes:
        segments: key of a segment to the row of the record of each, and its bytes, in the order of the file.
        faults: code to the rows of the records that have it.
    """

    segments: dict[str, tuple[Whole, Matrix]]
    faults: dict[str, Whole]


def walk(held: bytes, begins: Whole, ends: Whole, layout: SegmentedLayout) -> Walked:
    """Finds the appended segments.

    Segments that hold only blanks or only nines behind their mark stand for none, and are left out. Blanks at the end
    of a record fill it up.

    Args:
        held: bytes that the records are in.
        begins: for each record where its first appended segment begins.
        ends: where each record ends.
        layout: which segments there are.
    """
    steps = _Steps(held, ends, layout)
    rows, places = np.flatnonzero(begins < ends), begins[begins < ends]
    while len(rows):
        rows, places = steps.take(rows, places)
    return steps.walked()


class _Steps:
    def __init__(self, held: bytes, ends: Whole, layout: SegmentedLayout) -> None:
        self._held = held
        self._bytes = np.frombuffer(held, np.uint8)
        self._ends = ends
        self._layout = layout
        self._lengths = np.array([segment.length for segment in layout.appended], np.int64)
        self._index_of = np.full(256**_MARK_BYTES, -1, np.int64)
        for index, segment in enumerate(layout.appended):
            self._index_of[int.from_bytes(segment.mark.encode("ascii"), "little")] = index
        self._last_index = np.zeros(len(ends), np.int64)
        self._found: list[tuple[Whole, Whole, Whole]] = []
        self._faults: dict[str, list[Whole]] = {}

    def take(self, rows: Whole, places: Whole) -> tuple[Whole, Whole]:
        """Takes one segment of each record; returns the records that go on, and where."""
        indices = self._indices(rows, places)
        is_known = indices >= 0
        self._report_unknown(rows[~is_known], places[~is_known])
        rows, places, indices = rows[is_known], places[is_known], indices[is_known]

        behind = places + self._lengths[indices]
        is_whole = behind <= self._ends[rows]
        self._report(CUT_SEGMENT, rows[~is_whole])
        rows, places, indices, behind = rows[is_whole], places[is_whole], indices[is_whole], behind[is_whole]

        self._report(SEGMENT_ORDER, rows[indices < self._last_index[rows]])
        self._last_index[rows] = indices
        self._found.append((indices, rows, places))
        goes_on = behind < self._ends[rows]
        return rows[goes_on], behind[goes_on]

    def walked(self) -> Walked:
        indices, rows, places = (
            np.concatenate([np.zeros(0, np.int64), *(found[part] for found in self._found)]) for part in range(3)
        )
        segments = {}
        for index, segment in enumerate(self._layout.appended):
            chosen = np.flatnonzero(indices == index)
            if not len(chosen):
                continue
            chosen = chosen[np.argsort(places[chosen])]
            matrix = gathered(self._bytes, places[chosen], segment.length)
            is_filled = ~_is_empty(matrix)
            if not is_filled.any():
                continue
            of_record = rows[chosen][is_filled]
            segments[segment.key] = of_record, matrix[is_filled]
            if segment.key not in self._layout.repeating:
                self._report(SEGMENT_REPEATED, np.unique(of_record[1:][np.diff(of_record) == 0]))
        return Walked(segments, {code: np.unique(np.concatenate(found)) for code, found in self._faults.items()})

    def _indices(self, rows: Whole, places: Whole) -> Whole:
        """Index of the segment whose mark stands at each place, -1 where there is none."""
        is_readable = places + _MARK_BYTES <= self._ends[rows]
        indices = np.full(len(rows), -1, np.int64)
        marks = gathered(self._bytes, places[is_readable], _MARK_BYTES).view("<u2")[:, 0]
        indices[is_readable] = self._index_of[marks]
        return indices

    def _report_unknown(self, rows: Whole, places: Whole) -> None:
        is_blank = [not self._held[place:end].strip(b" ") for place, end in zip(places, self._ends[rows], strict=True)]
        self._report(UNKNOWN_SEGMENT, rows[~np.array(is_blank, np.bool_)])

    def _report(self, code: str, rows: Whole) -> None:
        if len(rows):
            self._faults.setdefault(code, []).append(rows)


def gathered(held: Matrix, places: Whole, width: int) -> Matrix:
    """The bytes at each place, one row a place.

    Args:
        held: bytes, in one dimension.
        places: each with at least `width` bytes behind it.
        width: bytes to take.
    """
    if not len(places):
        return np.zeros((0, width), np.uint8)
    windows = np.lib.stride_tricks.sliding_window_view(held, width).view(f"V{width}")[:, 0]
    return windows[places].view(np.uint8).reshape(len(places), width)


def _is_empty(matrix: Matrix) -> npt.NDArray[np.bool_]:
    content = matrix[:, _MARK_BYTES:]
    is_empty: npt.NDArray[np.bool_] = np.all(content == _BLANK, axis=1) | np.all(content == _NINE, axis=1)
    return is_empty
