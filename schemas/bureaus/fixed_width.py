"""What a bureau's fixed-width file looks like, as data: positions as printed in the guide, counted from 1."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property

import pyarrow as pa

from schemas.field import Sensitivity

RECORD_NO = "record_no"
"""Column before the slots in every frame of records: which record a segment belongs to, ascending."""


class WireForm(Enum):
    """How records lie in the file.

    CHARACTER has nothing between records but the layout's line end. BLOCKED puts a block word of four digits before
    each record: its length with the block word. PACKED has block and length words in binary (two bytes, then two zero
    bytes) and numbers as packed decimal.
    """

    CHARACTER = "character"
    BLOCKED = "blocked"
    PACKED = "packed"


class SlotKind(Enum):
    """How a slot is filled, and its type in a frame.

    TEXT is left-justified, blank-filled, upper case; blanks are null. NUMBER is text of right-justified, zero-filled
    digits; zeros are null where the slot is not required. DOLLARS are whole dollars, zero-filled, never null when read.
    COUNT is a zero-filled whole number. DATE is MMDDYYYY, STAMP is MMDDYYYYHHMMSS without a zone; zeros are null.
    LENGTH is the length of the physical record; it is no column, as the writer computes it. RESERVED is blank and no
    column.
    """

    TEXT = "A"
    NUMBER = "N"
    DOLLARS = "$"
    COUNT = "#"
    DATE = "D"
    STAMP = "T"
    LENGTH = "L"
    RESERVED = "-"

    @property
    def arrow(self) -> pa.DataType:
        """The Arrow type in a frame.

        Raises:
            KeyError: for LENGTH and RESERVED, which are no columns.
        """
        return _ARROW[self]

    @property
    def is_digits(self) -> bool:
        """Whether the character form holds digits only."""
        return self in _DIGITS


_ARROW: dict[SlotKind, pa.DataType] = {
    SlotKind.TEXT: pa.string(),
    SlotKind.NUMBER: pa.string(),
    SlotKind.DOLLARS: pa.int64(),
    SlotKind.COUNT: pa.int64(),
    SlotKind.DATE: pa.date32(),
    SlotKind.STAMP: pa.timestamp("us"),
}
_DIGITS = frozenset({SlotKind.NUMBER, SlotKind.DOLLARS, SlotKind.COUNT, SlotKind.DATE, SlotKind.STAMP, SlotKind.LENGTH})


@dataclass(frozen=True)
class Slot:
    """One field of a segment.

    Attributes:
        name: of the column.
        first: position of its first character in the segment, from 1.
        last: position of its last character.
        kind: how it is filled.
        description: what it says, in one sentence.
        is_required: whether it must be filled.
        constant: what it always holds; such a slot is no column.
        codes: the closed list of values with their meaning, empty when free.
        sensitivity: IDENTITY values are masked wherever people or logs see them.
        packed_width: bytes in the packed form when its kind alone does not say so.
    """

    name: str
    first: int
    last: int
    kind: SlotKind
    description: str
    is_required: bool = False
    constant: str | None = None
    codes: dict[str, str] = field(default_factory=dict, hash=False)
    sensitivity: Sensitivity = Sensitivity.FIGURE
    packed_width: int | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.first <= self.last:
            raise ValueError(f"slot {self.name}: positions {self.first}-{self.last}")
        if self.constant is not None and len(self.constant) != self.width:
            raise ValueError(f"slot {self.name}: the constant does not fill it")
        if any(len(code) > self.width for code in self.codes):
            raise ValueError(f"slot {self.name}: a code is too long")

    @property
    def width(self) -> int:
        """Characters."""
        return self.last - self.first + 1

    @property
    def is_column(self) -> bool:
        """Whether a frame has a column for it."""
        return self.constant is None and self.kind not in {SlotKind.LENGTH, SlotKind.RESERVED}


@dataclass(frozen=True)
class Segment:
    """One segment: slots that cover it without gap or overlap.

    Attributes:
        mark: the segment's own name, with which an appended segment begins.
        length: characters.
        slots: in order.
        packed_length: bytes in the packed form, None when the packed form leaves it as it is.
        packed_kinds: kinds of slots wider than one character that are packed decimal there. A RESERVED slot at the
            end takes up the difference.
    """

    mark: str
    length: int
    slots: tuple[Slot, ...]
    packed_length: int | None = None
    packed_kinds: frozenset[SlotKind] = frozenset()

    def __post_init__(self) -> None:
        following = 1
        for slot in self.slots:
            if slot.first != following:
                raise ValueError(f"segment {self.mark}: {slot.name} begins at {slot.first} instead of {following}")
            following = slot.last + 1
        if following - 1 != self.length:
            raise ValueError(f"segment {self.mark}: slots end at {following - 1}, not at {self.length}")
        names = [slot.name for slot in self.slots]
        if len(set(names)) != len(names):
            raise ValueError(f"segment {self.mark}: a name is used twice")
        if self.packed_length is not None and sum(self.packed_widths) != self.packed_length:
            raise ValueError(f"segment {self.mark}: packed slots fill {sum(self.packed_widths)} bytes")

    @property
    def key(self) -> str:
        """Name of its frame."""
        return self.mark.lower()

    @cached_property
    def columns(self) -> tuple[Slot, ...]:
        """The slots that are columns, in order."""
        return tuple(slot for slot in self.slots if slot.is_column)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(slot.name for slot in self.columns)

    @cached_property
    def identity_names(self) -> tuple[str, ...]:
        """Names of the columns that hold identity."""
        return tuple(slot.name for slot in self.columns if slot.sensitivity is Sensitivity.IDENTITY)

    def is_packed(self, slot: Slot) -> bool:
        """Whether the packed form holds the slot as packed decimal."""
        return slot.kind in self.packed_kinds and slot.width > 1

    @cached_property
    def packed_widths(self) -> tuple[int, ...]:
        """Bytes of each slot in the packed form.

        Packed decimal has two digits a byte and the sign in the last half. A LENGTH slot keeps its width.
        """
        widths = [
            slot.packed_width or ((slot.width + 2) // 2 if self.is_packed(slot) else slot.width) for slot in self.slots
        ]
        if self.packed_length is not None and self.slots[-1].kind is SlotKind.RESERVED:
            widths[-1] += self.packed_length - sum(widths)
        return tuple(widths)

    def slot(self, name: str) -> Slot:
        """The slot of that name.

        Raises:
            KeyError: there is none.
        """
        for slot in self.slots:
            if slot.name == name:
                return slot
        raise KeyError(name)

    def arrow_schema(self) -> pa.Schema:
        """The Arrow schema of its columns. What a file may leave empty, and what others leave out, is nullable."""
        return pa.schema([pa.field(slot.name, slot.kind.arrow) for slot in self.columns])


@dataclass(frozen=True)
class Count:
    """How one total of the trailer is counted.

    Attributes:
        keys: frames whose rows are counted.
        column: of these frames, None to count every row.
        value: the rows that have it in the column, None for rows where the column is filled, with other than nines.
        plus: is added.
    """

    keys: tuple[str, ...]
    column: str | None = None
    value: str | None = None
    plus: int = 0


@dataclass(frozen=True)
class SegmentedLayout:
    """A file of a header, records and a trailer; a record is a base segment with others appended to it.

    Attributes:
        name: of the bureau.
        header: first record of the file.
        base: first segment of each record.
        appended: the other segments, in the order in which they follow.
        repeating: keys of those that a record may have more than once.
        trailer: last record of the file.
        totals: name of the trailer's slot to what it counts.
        line_end: what the writer ends each record of the plain character form with. The reader takes CRLF, LF, CR and
            none.
        longest_record: most characters of a record.
    """

    name: str
    header: Segment
    base: Segment
    appended: tuple[Segment, ...]
    repeating: frozenset[str]
    trailer: Segment
    totals: dict[str, Count] = field(hash=False)
    line_end: str = "\r\n"
    longest_record: int = 9_999

    def __post_init__(self) -> None:
        keys = {segment.key for segment in self.segments}
        if not self.repeating <= keys or set(self.totals) != set(self.trailer.names):
            raise ValueError(f"layout {self.name}: repeating segments or totals are not those of the segments")
        for name, count in self.totals.items():
            if not set(count.keys) <= keys:
                raise ValueError(f"layout {self.name}: total {name} counts a segment that is not there")

    @property
    def segments(self) -> tuple[Segment, ...]:
        """The base segment and the appended ones, in order."""
        return (self.base, *self.appended)

    def segment(self, key: str) -> Segment:
        """The base or appended segment of that key.

        Raises:
            KeyError: there is none.
        """
        for segment in self.segments:
            if segment.key == key:
                return segment
        raise KeyError(key)
