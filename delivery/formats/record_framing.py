"""Where each record of a file begins and ends, whatever its wire form: found by length words, in bounded memory.

A length word that lies is found out by what follows the record: another record, a line end, or the end of the file.
Then the segments' own marks say where the record ends. Where no record begins, the bytes up to the next one are
reported as one broken record.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum
from typing import BinaryIO

import numpy as np

from schemas.bureaus.fixed_width import SegmentedLayout, WireForm

NOT_A_RECORD = "not_a_record"
WRONG_LENGTH_WORD = "wrong_length_word"
CUT_SHORT = "cut_short"
NO_BLOCK_WORD = "no_block_word"
WRONG_BLOCK_WORD = "wrong_block_word"

MESSAGES = {
    NOT_A_RECORD: "no record begins here, the bytes up to the next one were skipped",
    WRONG_LENGTH_WORD: "the length word is not the length of the record",
    CUT_SHORT: "the record is shorter than its first segment",
    NO_BLOCK_WORD: "has no block word, as other records of the file have",
    WRONG_BLOCK_WORD: "the block word is not the length of the block",
}

_WORD = 4
_LINE_ENDS = re.compile(rb"[\r\n\x1a]*")
_RUN = 16
# Behind the length word: a base segment's constant, time stamp and correction indicator, or HEADER or TRAILER.
_CHARACTERS = re.compile(rb"([0-9]{4})(?:(1)(?:[01][0-9][0-3][0-9]{11}| {14})[0-9 ]|(HEADER)|(TRAILER))")
_PACKED = re.compile(
    rb"(..)\x00\x00(?:(1).{7}[%s].|(HEADER)|(TRAILER))"
    % b"".join(b"\\x%x%x" % (digit, sign) for digit in range(10) for sign in (0xA, 0xC, 0xE, 0xF)),
    re.DOTALL,
)

_FORMS = (
    (_CHARACTERS, WireForm.BLOCKED, WireForm.CHARACTER),
    (_PACKED, WireForm.PACKED, WireForm.PACKED),
)


class RecordKind(Enum):
    """What a record is, by the number of the pattern's group that finds it."""

    BASE = 2
    HEADER = 3
    TRAILER = 4


@dataclass(frozen=True)
class FramingFault:
    """One thing wrong with the place of a record.

    Attributes:
        number: of the record in the file.
        code: what is wrong.
        at: byte of the file where the record begins, from 0.
    """

    number: int
    code: str
    at: int


@dataclass(frozen=True)
class Head:
    """A header or trailer: number of the record in the file, what it is, where its length word begins, its end."""

    number: int
    kind: RecordKind
    start: int
    end: int


@dataclass
class Frames:
    """Records of one piece of a file, none of them cut.

    Attributes:
        held: the bytes.
        offset: of the first of them in the file.
        numbers: number of each record with a base segment, from 1.
        starts: where its length word begins in `held`.
        ends: where it ends there, line end not included.
        heads: headers and trailers.
        faults: what is wrong; records that are not in the lists can have faults too.
    """

    held: bytes
    offset: int
    numbers: list[int] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    heads: list[Head] = field(default_factory=list)
    faults: list[FramingFault] = field(default_factory=list)


@dataclass(frozen=True)
class _Start:
    """Beginning of a record: bytes of block word before it, its length by its word, what it is."""

    lead: int
    length: int
    kind: RecordKind


def detected_form(opening: bytes) -> WireForm | None:
    """The wire form of a file by its first bytes: by what it begins with, or by the first record among them."""
    for pattern, led_form, bare_form in _FORMS:
        if _is_led(opening, 0, pattern):
            return led_form
        if pattern.match(opening):
            return bare_form
    for pattern, led_form, bare_form in _FORMS:
        found = pattern.search(opening)
        if found is not None:
            return led_form if _is_led(opening, max(found.start() - _WORD, 0), pattern) else bare_form
    return None


def _is_led(opening: bytes, at: int, pattern: re.Pattern[bytes]) -> bool:
    """Whether a record with a block word begins at a place, and not one without that looks like it."""
    if not pattern.match(opening, at + _WORD):
        return False
    if pattern is _PACKED:
        return True
    word = opening[at : at + _WORD]
    length = int(opening[at + _WORD : at + 2 * _WORD])
    return word.isdigit() and (not pattern.match(opening, at) or int(word) >= length + _WORD)


class Framing:
    """Frames one file, piece after piece."""

    def __init__(
        self, file: BinaryIO, opening: bytes, offset: int, form: WireForm, layout: SegmentedLayout, piece: int
    ) -> None:
        """Starts at the beginning.

        Args:
            file: the rest of the file, behind `opening`.
            opening: its first bytes, behind a byte order mark.
            offset: of `opening` in the file.
            form: its wire form.
            layout: lengths and marks of its segments.
            piece: bytes that are read at a time.
        """
        self._file = file
        self._held = opening
        self._form = form
        self._layout = layout
        self._piece = piece
        self._is_packed = form is WireForm.PACKED
        self._pattern = _PACKED if self._is_packed else _CHARACTERS
        self._base_length = (layout.base.packed_length if self._is_packed else None) or layout.base.length
        self._marks = {segment.mark.encode("ascii"): segment.length for segment in layout.appended}
        self._margin = 2 * (layout.longest_record + _WORD + 2) + 64
        self._offset = offset
        self._number = 0
        self._is_at_end = False
        self._is_lost = False
        self._block_end: int | None = None
        self._last_end = 0

    def next_frames(self) -> Frames | None:
        """The records of the next piece, None at the end of the file. A piece may have none."""
        self._fill()
        if not self._held:
            return None
        frames = Frames(self._held, self._offset)
        limit = len(self._held) if self._is_at_end else len(self._held) - self._margin
        at = 0
        while at < limit:
            at = self._behind_gap(at)
            if at < limit:
                at = self._step(at, limit, frames)
        self._drop(min(at, len(self._held)))
        if self._is_at_end and self._block_end is not None and self._last_end != self._block_end and not self._held:
            self._report(frames, WRONG_BLOCK_WORD, self._last_end, self._number)
        return frames

    def _fill(self) -> None:
        read = [self._held]
        size = len(self._held)
        while not self._is_at_end and size < self._margin + self._piece:
            more = self._file.read(self._piece)
            self._is_at_end = not more
            read.append(more)
            size += len(more)
        self._held = b"".join(read)

    def _drop(self, size: int) -> None:
        self._held = self._held[size:]
        self._offset += size
        self._last_end -= size
        if self._block_end is not None:
            self._block_end -= size

    def _step(self, at: int, limit: int, frames: Frames) -> int:
        """Takes in what begins at a place; returns the place behind it."""
        start = self._start(at)
        if start is None or (self._is_lost and not self._is_sound(at, start)):
            return self._skip_to_next(at, frames)
        self._is_lost = False
        self._number += 1
        self._follow_blocks(at, start, frames)
        end = self._take(at, start, frames)
        self._last_end = end
        if start.kind is RecordKind.BASE and end - at - start.lead == self._base_length == start.length:
            return self._take_alike(at, end, limit, frames)
        return end

    def _is_sound(self, at: int, start: _Start) -> bool:
        """Whether what looks like a record leads to another one: behind what is no record, looks are not enough."""
        is_possible = self._base_length <= start.length <= self._layout.longest_record
        return start.kind is not RecordKind.BASE or (is_possible and self._follows(at + start.lead + start.length))

    def _skip_to_next(self, at: int, frames: Frames) -> int:
        if not self._is_lost:
            self._is_lost = True
            self._number += 1
            self._report(frames, NOT_A_RECORD, at, self._number)
        found = self._pattern.search(self._held, at + 1)
        if found is None:
            return len(self._held) if self._is_at_end else max(at + 1, len(self._held) - self._margin)
        before = found.start() - _WORD
        is_led = self._form is not WireForm.CHARACTER and before > at and self._matched(before, _WORD) is not None
        return before if is_led else found.start()

    def _start(self, at: int) -> _Start | None:
        """The record that begins at a place, with its block word if there is one."""
        bare = self._matched(at, 0)
        if self._form is WireForm.CHARACTER:
            return bare
        led = self._matched(at, _WORD)
        if led is not None and (bare is None or self._word(at) >= led.length + _WORD):
            return led
        return bare

    def _matched(self, at: int, lead: int) -> _Start | None:
        found = self._pattern.match(self._held, at + lead)
        if found is None or found.lastindex is None:
            return None
        length = self._word(at + lead)
        if self._is_packed and not self._base_length <= length <= self._layout.longest_record:
            return None
        if lead and not self._is_packed and not self._held[at : at + _WORD].isdigit():
            return None
        return _Start(lead, length, RecordKind(found.lastindex))

    def _word(self, at: int) -> int:
        word = self._held[at : at + _WORD]
        if self._is_packed:
            return int.from_bytes(word[:2], "big")
        return int(word) if word.isdigit() else -1

    def _behind_gap(self, at: int) -> int:
        """The place behind line ends, and behind the blanks that fill up a block."""
        block_end = self._block_end
        if block_end is not None and at < block_end <= len(self._held) and not self._held[at:block_end].strip(b" "):
            self._last_end = at = block_end
        if self._is_packed:
            return at
        line_ends = _LINE_ENDS.match(self._held, at)
        return line_ends.end() if line_ends is not None else at

    def _follows(self, end: int) -> bool:
        """Whether a record can end at a place: another begins there, or the file ends."""
        if end > len(self._held):
            return False
        behind = self._behind_gap_unmoved(end)
        return behind >= len(self._held) or self._start(behind) is not None

    def _behind_gap_unmoved(self, end: int) -> int:
        last_end = self._last_end
        behind = self._behind_gap(end)
        self._last_end = last_end
        return behind

    def _take(self, at: int, start: _Start, frames: Frames) -> int:
        """Puts the record into the frames; returns where it ends."""
        begin = at + start.lead
        end, code = self._end(begin, start)
        if code is not None:
            self._report(frames, code, begin, self._number)
        if code != CUT_SHORT:
            self._append(frames, start.kind, begin, end)
        return end

    def _end(self, begin: int, start: _Start) -> tuple[int, str | None]:
        """Where a record ends, and what is wrong with that."""
        told, least = begin + start.length, begin + self._base_length
        is_base = start.kind is RecordKind.BASE
        is_possible = least <= told <= min(len(self._held), begin + self._layout.longest_record)
        walked = self._walked(least, begin + self._layout.longest_record) if is_base else least
        is_filled_up = walked <= told and not self._held[walked:told].strip(b" ")
        if is_possible and is_filled_up and self._follows(told):
            return told, None
        line_end = self._line_end(begin, max(told, least))
        if line_end is not None and self._follows(line_end):
            return line_end, CUT_SHORT if line_end < least else WRONG_LENGTH_WORD
        if least > len(self._held):
            return len(self._held), CUT_SHORT
        if walked != told and (self._follows(walked) or not is_possible):
            return walked, WRONG_LENGTH_WORD
        return told, None

    def _line_end(self, begin: int, end: int) -> int | None:
        """Where the line ends that begins at a place, None when it does not end before another place."""
        if self._is_packed:
            return None
        at = self._held.find(b"\n", begin, end)
        if at < 0:
            return None
        return at - 1 if self._held[at - 1 : at] == b"\r" else at

    def _walked(self, at: int, most: int) -> int:
        """Where the segments end that begin at a place, by their marks."""
        most = min(most, len(self._held))
        while (length := self._marks.get(self._held[at : at + 2])) is not None and at + length <= most:
            at += length
        return at

    def _take_alike(self, at: int, end: int, limit: int, frames: Frames) -> int:
        """Takes in the records that follow at the same distance with the same words; all but the last of them."""
        distance = self._behind_gap_unmoved(end) - at
        head = end - at - self._base_length + _WORD + 1
        most = (min(limit, len(self._held) - distance) - at) // distance
        if most < 2 or (self._block_end is not None and self._block_end != end):
            return end
        rows = np.frombuffer(self._held, np.uint8, most * distance, at).reshape(most, distance)
        alike, window = 1, _RUN
        while alike < most:
            part = rows[alike : alike + window]
            same = (part[:, :head] == rows[0, :head]).all(axis=1)
            same &= (part[:, end - at :] == rows[0, end - at :]).all(axis=1)
            alike += len(part) if same.all() else int(same.argmin())
            if not same.all():
                break
            window *= 4
        taken = alike - 2
        if taken < 1:
            return end
        begin = end - self._base_length
        places = range(begin + distance, begin + distance * (taken + 1), distance)
        frames.starts.extend(places)
        frames.ends.extend(place + self._base_length for place in places)
        frames.numbers.extend(range(self._number + 1, self._number + taken + 1))
        self._number += taken
        moved = distance * taken
        self._last_end += moved
        if self._block_end is not None:
            self._block_end += moved
        return end + moved

    def _follow_blocks(self, at: int, start: _Start, frames: Frames) -> None:
        if self._form is WireForm.CHARACTER:
            return
        is_within = self._block_end is not None and at < self._block_end
        if start.lead:
            if self._block_end is not None and self._block_end != self._last_end:
                self._report(frames, WRONG_BLOCK_WORD, self._last_end, self._number - 1)
            self._block_end = at + self._word(at)
        elif not is_within:
            self._report(frames, NO_BLOCK_WORD, at, self._number)
            self._block_end = None

    def _append(self, frames: Frames, kind: RecordKind, begin: int, end: int) -> None:
        if kind is not RecordKind.BASE:
            frames.heads.append(Head(self._number, kind, begin, end))
            return
        frames.numbers.append(self._number)
        frames.starts.append(begin)
        frames.ends.append(end)

    def _report(self, frames: Frames, code: str, at: int, number: int) -> None:
        frames.faults.append(FramingFault(number, code, self._offset + at))
