"""Files of tagged records: one line of XML a record. Same records, same bytes.

Written piece by piece, so that memory is bounded by a piece and not by the file. What a record has is printed, whether
or not it should have it: the checks look at that.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from delivery.formats.tagged_admission import (
    require_characters,
    require_columns,
    require_order,
    require_segments,
)
from delivery.formats.tagged_markup import Markup, escaped, markup_of
from delivery.formats.tagged_records import TaggedRecords
from schemas.bureaus.tagged import RECORD_NO, TaggedForm, TaggedRecord
from schemas.errors import ArrearsError
from schemas.errors.pboc import LINE_TOO_LONG

_PIECE_ROWS = 2_048
_WORKERS = 2
_LESS, _GREATER, _AMPERSAND, _BLANK = b"<>& "
_NONCHARACTERS = ((0xEF, 0xBF, 0xBE), (0xEF, 0xBF, 0xBF))


@dataclass(frozen=True)
class PrintedLines:
    """Some records as they stand in the file.

    Attributes:
        lines: one a record, with line ends.
        data: the lines one behind the other.
    """

    lines: pl.Series
    data: memoryview

    def cut(self, records: int) -> tuple[PrintedLines, PrintedLines]:
        """The first so many records, and the others."""
        first = self.lines.head(records)
        place = int(first.str.len_bytes().sum())
        return PrintedLines(first, self.data[:place]), PrintedLines(self.lines[records:], self.data[place:])


def printed_lines(parts: Iterable[TaggedRecords], layout: TaggedRecord, form: TaggedForm) -> Iterator[PrintedLines]:
    """The lines of records, piece after piece; a few pieces are worked on at a time, as most of it holds no lock.

    Args:
        parts: the records, part after part; RECORD_NO ascends over all of them.
        layout: of the records.
        form: how they lie in the file.

    Raises:
        ArrearsError: RECORDS_LACK_COLUMNS when the columns are not the layout's; RECORDS_BREAK_LAYOUT with the first
            record, its field and rule, when numbers don't ascend, something stands outside its segment, or a value
            holds a character that XML can't; LINE_TOO_LONG with the record.
    """
    with ThreadPoolExecutor(_WORKERS) as pool:
        begun: deque[Future[PrintedLines]] = deque()
        for piece in _pieces(parts, layout):
            begun.append(pool.submit(_printed, piece, layout, form))
            if len(begun) > _WORKERS:
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()


def _pieces(parts: Iterable[TaggedRecords], layout: TaggedRecord) -> Iterator[TaggedRecords]:
    last_no: int | None = None
    for part in parts:
        require_columns(part, layout)
        last_no = require_order(part, layout, last_no)
        for piece in part.slices(_PIECE_ROWS):
            if piece.height:
                yield piece


def _printed(piece: TaggedRecords, layout: TaggedRecord, form: TaggedForm) -> PrintedLines:
    require_segments(piece, layout)
    markup = markup_of(piece, layout, form)
    lines, data = markup.lines, _bytes_of(markup.lines)
    codes = np.frombuffer(data, np.uint8)
    ampersands = np.flatnonzero(codes == _AMPERSAND)
    if not _is_pure(codes, markup, form):
        require_characters(piece, layout)
        lines = markup_of(escaped(piece, layout), layout, form).lines
        data = _bytes_of(lines)
    elif len(ampersands):
        lines = _with_escaped(lines, ampersands, piece, layout, form)
        data = _bytes_of(lines)
    _require_short(lines, piece, layout, form)
    return PrintedLines(lines, data)


def _is_pure(codes: npt.NDArray[np.uint8], markup: Markup, form: TaggedForm) -> bool:
    """Whether no value holds a bracket or a character that is refused: all there are belong to tags and line ends."""
    tags = 2 * markup.elements
    ends = len(form.line_end) * markup.lines.len()
    return (
        np.count_nonzero(codes == _LESS) == tags
        and np.count_nonzero(codes == _GREATER) == tags
        and np.count_nonzero(codes < _BLANK) == ends
        and not _has_noncharacter(codes)
    )


def _with_escaped(
    lines: pl.Series,
    ampersands: npt.NDArray[np.int64],
    piece: TaggedRecords,
    layout: TaggedRecord,
    form: TaggedForm,
) -> pl.Series:
    """The lines, those with ampersands printed again."""
    ends = lines.str.len_bytes().cum_sum().to_numpy()
    places = np.unique(np.searchsorted(ends, ampersands, "right"))
    is_wrong = np.zeros(lines.len(), bool)
    is_wrong[places] = True
    again = markup_of(escaped(piece.kept(pl.Series(is_wrong)), layout), layout, form).lines
    return lines.clone().scatter(places, again)


def _has_noncharacter(codes: npt.NDArray[np.uint8]) -> bool:
    first, second, _ = _NONCHARACTERS[0]
    places = np.flatnonzero(codes[:-2] == first)
    places = places[codes[places + 1] == second]
    return bool((codes[places + 2] >= _NONCHARACTERS[0][2]).any())


def _require_short(lines: pl.Series, piece: TaggedRecords, layout: TaggedRecord, form: TaggedForm) -> None:
    most = form.most_characters + len(form.line_end)
    longest = lines.str.len_bytes().max()
    if not isinstance(longest, int) or longest <= most:
        return
    is_long = lines.str.len_chars() > most
    if is_long.any():
        record_no = piece.records[RECORD_NO].filter(is_long)[0]
        raise ArrearsError(LINE_TOO_LONG, layout=layout.name, row=record_no, most=form.most_characters)


def _bytes_of(texts: pl.Series) -> memoryview:
    """The texts one behind the other."""
    total = int(texts.str.len_bytes().sum())
    data = texts.to_arrow(compat_level=pl.CompatLevel.oldest()).buffers()[-1] if total else None
    return memoryview(data)[:total] if data is not None else memoryview(b"")
