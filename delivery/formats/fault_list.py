"""What is wrong in a file of segmented records, gathered by the column and listed in the order of the file."""

from __future__ import annotations

import numpy as np

from delivery.formats import fixed_width_reading, record_framing, segment_walk
from delivery.formats.digits import Whole
from delivery.formats.violation import Violation
from schemas.bureaus.fixed_width import Segment, SegmentedLayout, Slot

UNKNOWN_FORM = "unknown_form"
FILE_TOO_LARGE = "file_too_large"
BYTE_ORDER_MARK = "byte_order_mark"
NO_HEADER = "no_header"
HEADER_REPEATED = "header_repeated"
NO_TRAILER = "no_trailer"
BEHIND_TRAILER = "behind_trailer"
WRONG_TOTAL = "wrong_total"

MESSAGES = {
    **fixed_width_reading.MESSAGES,
    **record_framing.MESSAGES,
    **segment_walk.MESSAGES,
    UNKNOWN_FORM: "the file holds no record of this layout in any of its wire forms",
    FILE_TOO_LARGE: "the file is larger than the reader takes in, the rest was not read",
    BYTE_ORDER_MARK: "the file begins with a byte order mark",
    NO_HEADER: "the file does not begin with a header",
    HEADER_REPEATED: "a header stands within the file",
    NO_TRAILER: "the file does not end with a trailer",
    BEHIND_TRAILER: "stands behind the trailer",
    WRONG_TOTAL: "is not what the records add up to",
}

_NO_PLACE = -1


class FaultList:
    """Counts every fault and lists those of a file up to a limit."""

    def __init__(self, layout: SegmentedLayout, limit: int) -> None:
        self._layout = layout
        self._left = limit
        self._groups: list[tuple[str, tuple[Segment, Slot] | None]] = []
        self._numbers: list[Whole] = []
        self._places: list[Whole] = []

    def add_one(self, code: str, number: int, place: int = _NO_PLACE) -> None:
        """Adds a fault of one record or of the file."""
        self.add(code, None, np.array([number], np.int64), np.array([place], np.int64))

    def add(self, code: str, slot: tuple[Segment, Slot] | None, numbers: Whole, places: Whole | None) -> None:
        """Adds a fault that many records have.

        Args:
            code: what is wrong.
            slot: with which slot, None when the record as a whole is meant.
            numbers: of the records.
            places: byte of the file where each record begins, from 0.
        """
        self._groups.append((code, slot))
        self._numbers.append(numbers)
        self._places.append(places if places is not None else np.full(len(numbers), _NO_PLACE, np.int64))

    def taken(self) -> tuple[tuple[Violation, ...], int]:
        """The faults that were added since, as far as the limit allows, and how many there are."""
        if not self._groups:
            return (), 0
        numbers, places = np.concatenate(self._numbers), np.concatenate(self._places)
        groups = np.repeat(np.arange(len(self._groups)), [len(each) for each in self._numbers])
        order = np.argsort(numbers, kind="stable")[: self._left]
        listed = tuple(
            self._violation(self._groups[group], number, place)
            for group, number, place in zip(
                groups[order].tolist(), numbers[order].tolist(), places[order].tolist(), strict=True
            )
        )
        self._left -= len(listed)
        self._groups, self._numbers, self._places = [], [], []
        return listed, len(numbers)

    def _violation(self, group: tuple[str, tuple[Segment, Slot] | None], number: int, place: int) -> Violation:
        code, meant = group
        message = MESSAGES[code]
        where = [f"record at byte {place + 1}"] if place != _NO_PLACE else []
        if meant is None:
            return Violation(number, None, code, _located(message, where))
        segment, slot = meant
        name = slot.name if segment is self._layout.base else f"{segment.key}.{slot.name}"
        return Violation(number, name, code, _located(message, [f"positions {slot.first}-{slot.last}", *where]))


def _located(message: str, where: list[str]) -> str:
    return f"{message} ({', '.join(where)})" if where else message
