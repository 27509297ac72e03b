"""Lines of a file of text that anybody may have written, piece after piece in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import polars as pl

from delivery.formats.tagged_alike import Lines, Whole
from delivery.formats.tagged_faults import Fault, FoundList

_BOM = b"\xef\xbb\xbf"
_FEED, _RETURN = b"\n\r"
_MOST_BYTES_A_CHARACTER = 4


@dataclass(frozen=True)
class TaggedLimits:
    """Most that the reader takes in.

    Attributes:
        file_bytes: bytes of the file.
        line_characters: characters of a line; a line of four times as many bytes is held in memory.
        records: records of the file.
        piece_bytes: bytes that are worked on at a time; memory is some twenty times as much.
        violations: violations that are listed; all are counted.
    """

    file_bytes: int = 64 * 1024**3
    line_characters: int = 10_000_000
    records: int = 1_000_000
    piece_bytes: int = 2 * 1024**2
    violations: int = 1_000


@dataclass(frozen=True)
class LinePiece:
    """Some lines of a file, in its order.

    Attributes:
        lines: that can be taken in.
        found: faults of them, and of those that can't.
        line_count: of those and of lines that can't be taken in, but not of empty ones.
    """

    lines: Lines
    found: FoundList
    line_count: int


def line_pieces(file: BinaryIO, limits: TaggedLimits) -> Iterator[LinePiece]:
    """The lines of a file. They end with LF; CR before it belongs to the end.

    Args:
        file: open for reading bytes.
        limits: how much is taken in.
    """
    taken, number, rest = 0, 1, b""
    is_skipping = False
    found = FoundList(limits.violations)
    skipped = 0
    most_bytes = limits.line_characters * _MOST_BYTES_A_CHARACTER + 2
    while data := file.read(max(limits.piece_bytes, len(_BOM))):
        if not taken and data.startswith(_BOM):
            found.add(1, Fault.BYTE_ORDER_MARK)
            data = data[len(_BOM) :]
        taken += len(data)
        if taken > limits.file_bytes:
            found.add(number, Fault.FILE_TOO_LARGE)
            rest = b""
            break
        if is_skipping:
            _, mark, data = data.partition(b"\n")
            if not mark:
                continue
            is_skipping, number = False, number + 1
        edge = data.rfind(b"\n") + 1
        if edge:
            piece, number = _piece(b"".join((rest, memoryview(data)[:edge])), number, limits, found, skipped)
            rest, found, skipped = data[edge:], FoundList(limits.violations), 0
            yield piece
        else:
            rest += data
        if len(rest) > most_bytes:
            found.add(number, Fault.LINE_TOO_LONG)
            is_skipping, rest, skipped = True, b"", skipped + 1
    if rest or found.count:
        yield _piece(rest, number, limits, found, skipped)[0]


def _piece(data: bytes, number: int, limits: TaggedLimits, found: FoundList, skipped: int) -> tuple[LinePiece, int]:
    """The lines of some bytes, and the number of the line behind them."""
    codes = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(codes == _FEED).astype(np.int64) + 1
    if len(data) and (not len(ends) or ends[-1] != len(data)):
        ends = np.append(ends, len(data))
    starts = np.concatenate([np.zeros(min(len(ends), 1), np.int64), ends[:-1]])
    lines = Lines(data, starts, ends, np.arange(number, number + len(ends), dtype=np.int64))
    found.add_all(lines.numbers[_has_wrong_end(lines, codes)], Fault.LINE_END)
    is_left_out = is_empty = _widths(lines, codes) == 0
    found.add_all(lines.numbers[is_empty], Fault.EMPTY_LINE)
    for fault, is_wrong in (
        (Fault.LINE_TOO_LONG, _is_long(lines, codes, limits.line_characters)),
        (Fault.NOT_UTF8, ~is_utf8(lines.binary)),
    ):
        found.add_all(lines.numbers[is_wrong & ~is_left_out], fault)
        is_left_out = is_left_out | is_wrong
    kept = lines.of(~is_left_out) if is_left_out.any() else lines
    count = len(lines) - int(np.count_nonzero(is_empty)) + skipped
    return LinePiece(kept, found, count), number + len(lines)


def _widths(lines: Lines, codes: npt.NDArray[np.uint8]) -> Whole:
    """Bytes of each line without its end."""
    widths = lines.ends - lines.starts
    for mark in (_FEED, _RETURN):
        places = lines.starts + widths - 1
        widths = widths - ((widths > 0) & (codes[np.maximum(places, 0)] == mark))
    return widths


def _has_wrong_end(lines: Lines, codes: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    """Lines that end with LF alone, or hold a CR that is not before an LF. The last line may have no end."""
    if not len(lines):
        return np.zeros(0, bool)
    has_feed = codes[lines.ends - 1] == _FEED
    returns = np.flatnonzero(codes == _RETURN)
    counts = np.searchsorted(returns, lines.ends) - np.searchsorted(returns, lines.starts)
    before = np.maximum(lines.ends - 2, lines.starts)
    has_pair = has_feed & (codes[before] == _RETURN) & (before < lines.ends - 1)
    is_wrong: npt.NDArray[np.bool_] = (counts != has_pair) | (has_feed & ~has_pair)
    return is_wrong


def _is_long(lines: Lines, codes: npt.NDArray[np.uint8], most: int) -> npt.NDArray[np.bool_]:
    is_long = _widths(lines, codes) > most
    for place in np.flatnonzero(is_long).tolist():
        line = codes[lines.starts[place] : lines.ends[place]]
        # Bytes that continue a character are 10xxxxxx.
        characters = np.count_nonzero((line & 0xC0) != 0x80) - np.isin(line[-2:], (_FEED, _RETURN)).sum()
        is_long[place] = characters > most
    return is_long


def is_utf8(texts: pl.Series) -> npt.NDArray[np.bool_]:
    """Which of some bytes are UTF-8."""
    try:
        texts.cast(pl.String)
    except pl.exceptions.ComputeError:
        return np.array([_is_utf8(text) for text in texts], bool)
    return np.ones(texts.len(), bool)


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True
