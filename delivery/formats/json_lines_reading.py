"""Files of JSON lines that anybody may have written, read in bounded memory. Never raises because of the bytes.

A record with something that can't be read is reported and left out; a record that can be read but is not as the layout
asks is reported and kept. Lines that are printed as the writer prints them are read a column at a time, all others one
by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, TypeAlias

import polars as pl

from delivery.formats import json_cells, json_parsing
from delivery.formats.json_as_written import LINE_TEXT, read_as_written
from delivery.formats.json_cells import frame_schema, record_texts, violations_of
from delivery.formats.json_parsing import ParsedLine, faults_in_order, fill_from, parse_line
from delivery.formats.violation import Violation
from schemas.bureaus.json_lines import LINE_NO, JsonLinesLayout

FILE_TOO_LARGE = "file_too_large"
FILE_EMPTY = "file_empty"
BYTE_ORDER_MARK = "byte_order_mark"
NO_TAG = "no_tag"
UNKNOWN_TAG = "unknown_tag"
TAG_WITHOUT_LAYOUT = "tag_without_layout"
SECOND_TAG = "second_tag"
TOO_MANY_TAGS = "too_many_tags"
LINE_TOO_LONG = "line_too_long"
NOT_UTF8 = "not_utf8"
EMPTY_LINE = "empty_line"

MESSAGES = {
    **json_cells.MESSAGES,
    **json_parsing.MESSAGES,
    FILE_TOO_LARGE: "the file is larger than the reader takes in, the rest was not read",
    FILE_EMPTY: "the file holds nothing",
    BYTE_ORDER_MARK: "the file begins with a byte order mark",
    NO_TAG: "stands before the first tag line, so that its kind is unknown",
    UNKNOWN_TAG: "is a tag that this bureau does not have; what follows was not read",
    TAG_WITHOUT_LAYOUT: "is the tag of a kind of record that can't be read here; what follows was not read",
    SECOND_TAG: "is another tag line within the file",
    TOO_MANY_TAGS: "is one tag line more than the reader takes in, the rest was not read",
    LINE_TOO_LONG: "is longer than the reader takes in",
    NOT_UTF8: "is not UTF-8",
    EMPTY_LINE: "is empty",
}

MASK = "***"

_Add: TypeAlias = Callable[[int, str], None]

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class JsonLimits:
    """Most that the reader takes in.

    Attributes:
        file_bytes: bytes of the file.
        line_bytes: bytes of a line.
        tags: tag lines of the file.
        piece_bytes: bytes that are worked on at a time; memory is some ten times as much.
        violations: violations that are listed; all are counted.
    """

    file_bytes: int = 64 * 1024**3
    line_bytes: int = 1024**2
    tags: int = 1_000
    piece_bytes: int = 8 * 1024**2
    violations: int = 1_000


@dataclass(frozen=True)
class ReadPart:
    """A piece of a file, all of one kind of record.

    Attributes:
        layout: of the records, None where their kind is not known.
        records: LINE_NO and the columns of the layout, without the records that can't be read.
        violations: what is wrong, by line, as far as the limit for the whole file allows.
        violation_count: of the piece.
    """

    layout: JsonLinesLayout | None
    records: pl.DataFrame
    violations: tuple[Violation, ...]
    violation_count: int


_DEFAULT_LIMITS = JsonLimits()


def read_json_lines(
    file: BinaryIO,
    layouts: Sequence[JsonLinesLayout],
    tags_without_layout: frozenset[str] = frozenset(),
    limits: JsonLimits = _DEFAULT_LIMITS,
) -> Iterator[ReadPart]:
    """Reads a file piece after piece. It may hold several kinds of record one after the other, each behind its tag.

    Args:
        file: open for reading bytes.
        layouts: the kinds of record that can be read.
        tags_without_layout: tags that the bureau has besides.
        limits: how much is taken in.
    """
    reading = _Reading(layouts, tags_without_layout, limits)
    for first_no, lines in _pieces(file, limits, reading.found.add):
        yield from reading.parts(first_no, lines)
        if reading.is_over:
            break
    yield from reading.rest()


def records_of_json(
    lines: Sequence[str], layouts: Sequence[JsonLinesLayout]
) -> tuple[dict[str, pl.DataFrame], tuple[int, ...]]:
    """Records from lines as `printed_records` prints them, by the tag of their layout.

    Returns:
        Tag to records, and the numbers of the lines (from 1) that hold no record of one of the layouts.
    """
    by_tag = {layout.tag: layout for layout in layouts}
    rows: dict[str, list[dict[str, json_parsing.Value]]] = {}
    refused = []
    for number, line in enumerate(lines, start=1):
        parsed = ParsedLine()
        try:
            given = json_parsing.decoded(line)
        except (ValueError, RecursionError):
            given = None
        tag = given.pop("tag", None) if isinstance(given, dict) else None
        layout = by_tag.get(tag) if isinstance(tag, str) else None
        if layout is not None and isinstance(given, dict):
            given.pop(LINE_NO, None)
            fill_from(given, layout, parsed)
        if layout is None or parsed.faults:
            refused.append(number)
        else:
            rows.setdefault(layout.tag, []).append(parsed.values)
    return {tag: pl.DataFrame(held, frame_schema(by_tag[tag])) for tag, held in rows.items()}, tuple(refused)


def printed_records(part: ReadPart) -> Iterator[str]:
    """The records of a part as JSON with `line_no` and `tag` before the fields, identity in the clear."""
    if part.layout is not None:
        numbers = part.records[LINE_NO].to_list()
        for number, text in zip(numbers, record_texts(part.records, part.layout), strict=True):
            yield f'{{"{LINE_NO}":{number},"tag":"{part.layout.tag}",{text[1:]}'


def masked(part: ReadPart) -> ReadPart:
    """The part with MASK for every text that is identity."""
    if part.layout is None:
        return part
    hidden = [pl.when(pl.col(name).is_not_null()).then(pl.lit(MASK)).alias(name) for name in part.layout.identity_names]
    return ReadPart(part.layout, part.records.with_columns(hidden), part.violations, part.violation_count)


class _Found:
    """What is wrong in a piece: all is counted, and of each kind as much is kept as can still be listed."""

    def __init__(self, limit: int) -> None:
        self._left = limit
        self._lines: dict[tuple[str | None, str], list[int]] = {}
        self._count = 0

    def __bool__(self) -> bool:
        return self._count > 0

    def add(self, line: int, code: str, field: str | None = None) -> None:
        """Adds a violation of one line; lines of one kind come in their order."""
        self._count += 1
        kept = self._lines.setdefault((field, code), [])
        if len(kept) < self._left:
            kept.append(line)

    def add_all(self, lines: pl.Series, code: str, field: str | None = None) -> None:
        """Adds a violation of several lines."""
        self._count += lines.len()
        kept = self._lines.setdefault((field, code), [])
        kept += lines.head(self._left - len(kept)).to_list()

    def taken(self) -> tuple[tuple[Violation, ...], int]:
        """What was added since, by line and as far as the limit allows, and how much it was."""
        found = [(line, field, code) for (field, code), lines in self._lines.items() for line in lines]
        listed = sorted(found, key=lambda each: each[0])[: self._left]
        count, self._count, self._lines = self._count, 0, {}
        self._left -= len(listed)
        return tuple(Violation(line, field, code, MESSAGES[code]) for line, field, code in listed), count


class _Reading:
    """State of the reading of one file."""

    def __init__(
        self, layouts: Sequence[JsonLinesLayout], tags_without_layout: frozenset[str], limits: JsonLimits
    ) -> None:
        self.found = _Found(limits.violations)
        self._layouts = {layout.tag: layout for layout in layouts}
        self._tags_without_layout = tags_without_layout
        self._tags_left = limits.tags
        self._layout: JsonLinesLayout | None = None
        self._has_tag = False
        self._has_lines = False

    @property
    def is_over(self) -> bool:
        """Whether the rest of the file is not to be read."""
        return self._tags_left < 0

    def parts(self, first_no: int, lines: pl.Series) -> Iterator[ReadPart]:
        """The parts of a piece; null lines were reported already."""
        self._has_lines = self._has_lines or lines.len() > 0
        is_tag = lines.str.starts_with("#").fill_null(False)
        start = 0
        for place in is_tag.arg_true():
            yield from self._records_between(first_no, lines, start, place)
            self._take_tag(first_no + place, lines[place].strip())
            if self.is_over:
                return
            start = place + 1
        yield from self._records_between(first_no, lines, start, lines.len())

    def rest(self) -> Iterator[ReadPart]:
        """What can be said at the end of the file only."""
        if not self._has_lines and not self.found:
            self.found.add(1, FILE_EMPTY)
        if self.found:
            yield ReadPart(None, pl.DataFrame(), *self.found.taken())

    def _take_tag(self, line: int, tag: str) -> None:
        self._tags_left -= 1
        if self.is_over:
            self.found.add(line, TOO_MANY_TAGS)
            return
        if self._has_tag:
            self.found.add(line, SECOND_TAG)
        self._has_tag = True
        self._layout = self._layouts.get(tag)
        if self._layout is None:
            self.found.add(line, TAG_WITHOUT_LAYOUT if tag in self._tags_without_layout else UNKNOWN_TAG)

    def _records_between(self, first_no: int, lines: pl.Series, start: int, end: int) -> Iterator[ReadPart]:
        if start == end:
            return
        numbers = pl.int_range(first_no + start, first_no + end, dtype=pl.Int64, eager=True)
        numbered = pl.DataFrame({LINE_NO: numbers, LINE_TEXT: lines[start:end]}).drop_nulls()
        is_empty = numbered[LINE_TEXT].str.strip_chars() == ""
        self.found.add_all(numbered[LINE_NO].filter(is_empty), EMPTY_LINE)
        numbered = numbered.filter(~is_empty)
        if self._layout is not None and numbered.height:
            records = self._records_of(numbered, self._layout)
            yield ReadPart(self._layout, records, *self.found.taken())
        elif not self._has_tag:
            self.found.add_all(numbered[LINE_NO], NO_TAG)

    def _records_of(self, numbered: pl.DataFrame, layout: JsonLinesLayout) -> pl.DataFrame:
        records, foreign = read_as_written(numbered, layout)
        rows = []
        for line, text in foreign.iter_rows():
            parsed = parse_line(text, layout)
            for column, code in faults_in_order(parsed):
                self.found.add(line, code, column)
            if not parsed.is_broken:
                rows.append({LINE_NO: line, **parsed.values})
        if rows:
            records = pl.concat([records, pl.DataFrame(rows, records.schema)]).sort(LINE_NO)
        wrong = records.select(violations_of(layout))
        for name in wrong.columns:
            if wrong[name].any():
                column, _, code = name.partition("/")
                self.found.add_all(records[LINE_NO].filter(wrong[name]), code, column)
        return records


def _pieces(file: BinaryIO, limits: JsonLimits, add: _Add) -> Iterator[tuple[int, pl.Series]]:
    """Number of the first line and the lines of each piece, null where a line can't be taken in.

    Lines end with LF, CR before it belongs to the end.
    """
    taken, line, rest = 0, 1, b""
    is_skipping = False
    while data := file.read(max(limits.piece_bytes, len(_BOM))):
        if not taken and data.startswith(_BOM):
            add(1, BYTE_ORDER_MARK)
            data = data[len(_BOM) :]
        taken += len(data)
        if taken > limits.file_bytes:
            add(line, FILE_TOO_LARGE)
            return
        if is_skipping:
            _, mark, data = data.partition(b"\n")
            if not mark:
                continue
            is_skipping, line = False, line + 1
        body, mark, last = data.rpartition(b"\n")
        if mark:
            lines = _lines_of(rest + body, line, limits, add)
            yield line, lines
            line, rest = line + lines.len(), last
        else:
            rest += last
        if len(rest) > limits.line_bytes:
            add(line, LINE_TOO_LONG)
            is_skipping, rest = True, b""
    if rest:
        yield line, _lines_of(rest, line, limits, add)


def _lines_of(data: bytes, first_no: int, limits: JsonLimits, add: _Add) -> pl.Series:
    try:
        lines = pl.Series(LINE_TEXT, [data], pl.Binary).cast(pl.String).str.split("\n").explode()
    except pl.exceptions.ComputeError:
        lines = pl.Series(LINE_TEXT, list(_decoded(data, first_no, add)), pl.String)
    is_long = (lines.str.len_bytes() > limits.line_bytes).fill_null(False)
    for place in is_long.arg_true():
        add(first_no + place, LINE_TOO_LONG)
    if is_long.any():
        lines = pl.select(pl.when(~is_long).then(lines)).to_series()
    return lines.str.strip_suffix("\r")


def _decoded(data: bytes, first_no: int, add: _Add) -> Iterator[str | None]:
    for line, text in enumerate(data.split(b"\n"), start=first_no):
        try:
            yield text.decode()
        except UnicodeDecodeError:
            add(line, NOT_UTF8)
            yield None
