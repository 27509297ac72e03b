"""Lines of XML that differ in their values only, read a whole piece at a time.

One line is read strictly. What stands in it besides its values is a pattern of pure tags. Other lines with as many tags
are cut at the same tags, put together again from the pattern and the values that were cut out, and compared with what
they were: those that come out the same have the same tags with these values, for certain. The others are tried with
another line, and what is left is for the strict parser.

Lines with a control character, the end mark of a literal section, or an ampersand that begins none of the five entities
of XML are for the strict parser too, as their values are not what stands in the line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from delivery.formats.tagged_parsing import Leaf, parse_line
from delivery.formats.tagged_records import TaggedRecords, group_schema, records_schema
from schemas.bureaus.tagged import RECORD_NO, TaggedForm, TaggedRecord

Whole = npt.NDArray[np.int64]

_LESS, _GREATER, _BLANK = b"<> "
_AMPERSAND, _LITERAL_END = b"&", b"]]>"
_ENTITIES = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'"}
_NONCHARACTERS = (b"\xef\xbf\xbe", b"\xef\xbf\xbf")
_MOST_PATTERNS = 24
_LEAST_LINES = 8
_PURE_TAGS = re.compile(rb"<(?P<closes>/?)(?P<name>[A-Za-z][A-Za-z0-9_]*)(?P<alone>/?)>")
_LINE = "#line"


@dataclass(frozen=True)
class Lines:
    """Lines of a piece of a file.

    Attributes:
        data: the piece; it ends where the last line ends.
        starts: where each line begins, ascending.
        ends: where each line ends, its line end included.
        numbers: number of each line in the file.
    """

    data: bytes
    starts: Whole
    ends: Whole
    numbers: Whole

    def of(self, chosen: Whole | npt.NDArray[np.bool_]) -> Lines:
        """Some of the lines."""
        return Lines(self.data, self.starts[chosen], self.ends[chosen], self.numbers[chosen])

    def line(self, place: int) -> bytes:
        """One line with its end."""
        return self.data[self.starts[place] : self.ends[place]]

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def binary(self) -> pl.Series:
        """The lines as they stand in the piece."""
        if len(self) and (self.starts[1:] == self.ends[:-1]).all():
            edges = np.append(self.starts, self.ends[-1])
            buffers = [None, pa.py_buffer(edges), pa.py_buffer(self.data)]
            whole = pl.from_arrow(pa.Array.from_buffers(pa.large_binary(), len(self), buffers))
            return pl.Series(_LINE, whole, pl.Binary)
        return pl.Series(_LINE, [self.line(place) for place in range(len(self))], pl.Binary)


@dataclass(frozen=True)
class _Pattern:
    """Tags of a line, and the values between them.

    Attributes:
        texts: what stands before the first value, between the values, and behind the last, line end included.
        opening: for each value the number of the tag before it; the tag after it is the next one.
        widths: bytes of the tag before it.
        leaves: where values belong, and the place of the value; None for tags that are empty in all the lines.
        segments: that stand there.
        entries: path of a group to the number of its entries.
    """

    texts: tuple[str, ...]
    opening: tuple[int, ...]
    widths: tuple[int, ...]
    leaves: dict[Leaf, int | None]
    segments: tuple[str, ...]
    entries: dict[str, int]


def read_alike(lines: Lines, layout: TaggedRecord, form: TaggedForm) -> tuple[list[TaggedRecords], Lines]:
    """The records of lines that are like others, and the lines that are left for the strict parser.

    Args:
        lines: of UTF-8; those that are not were left out.
        layout: of the records.
        form: how they lie in the file.
    """
    tags = np.flatnonzero(np.frombuffer(lines.data, np.uint8) == _LESS)
    first = np.searchsorted(tags, lines.starts)
    counts = np.searchsorted(tags, lines.ends) - first
    is_left = _has_special(lines)
    read: list[TaggedRecords] = []
    for count in _frequent(counts[~is_left]):
        chosen = np.flatnonzero((counts == count) & ~is_left)
        for records, taken in _of_count(lines, chosen, tags, first, layout, form):
            read.append(records)
            counts[taken] = -1
    return read, lines.of(counts >= 0)


def _frequent(counts: Whole) -> Iterator[int]:
    """Numbers of tags that many lines have, the most frequent first."""
    values, times = np.unique(counts, return_counts=True)
    order = np.argsort(-times, kind="stable")[:_MOST_PATTERNS]
    for place in order.tolist():
        if times[place] >= _LEAST_LINES and values[place] > 0:
            yield int(values[place])


def _of_count(
    lines: Lines, chosen: Whole, tags: Whole, first: Whole, layout: TaggedRecord, form: TaggedForm
) -> Iterator[tuple[TaggedRecords, Whole]]:
    """Records, and the places of their lines, among lines with one number of tags."""
    for _ in range(_MOST_PATTERNS):
        if len(chosen) < _LEAST_LINES:
            return
        pattern = _pattern_of(lines.line(int(chosen[0])), layout, form)
        if pattern is None:
            chosen = chosen[1:]
            continue
        values, is_same = _cut(lines.of(chosen), tags, first[chosen], pattern)
        yield _records(values, lines.numbers[chosen[is_same]], pattern, layout), chosen[is_same]
        chosen = chosen[~is_same]


def _pattern_of(line: bytes, layout: TaggedRecord, form: TaggedForm) -> _Pattern | None:
    """The pattern of a line; None when anything is wrong with it, or it has other than pure tags and values."""
    parsed = parse_line(line, layout, form.root)
    tags = list(_PURE_TAGS.finditer(line))
    if parsed.faults or len(tags) != line.count(b"<"):
        return None
    empty = [number for number, tag in enumerate(tags) if tag["alone"]]
    opening = [number for number, (tag, after) in enumerate(pairwise(tags)) if _is_pair(tag, after)]
    places = sorted([*empty, *opening])
    if len(places) != len(parsed.values):
        return None
    edges = [0, *(edge for number in opening for edge in (tags[number].end(), tags[number + 1].start())), len(line)]
    return _Pattern(
        texts=tuple(line[start:end].decode() for start, end in zip(edges[::2], edges[1::2], strict=True)),
        opening=tuple(opening),
        widths=tuple(tags[number].end() - tags[number].start() for number in opening),
        leaves=dict(
            zip(parsed.values, (opening.index(each) if each in opening else None for each in places), strict=True)
        ),
        segments=tuple(parsed.segments),
        entries=parsed.entries,
    )


def _is_pair(tag: re.Match[bytes], after: re.Match[bytes]) -> bool:
    is_opening = not tag["closes"] and not tag["alone"]
    return bool(is_opening and after["closes"] and tag["name"] == after["name"])


def _cut(lines: Lines, tags: Whole, first: Whole, pattern: _Pattern) -> tuple[pl.DataFrame, npt.NDArray[np.bool_]]:
    """The values of the lines that are like the pattern, one column a value, and which lines those are."""
    try:
        return _cut_whole(lines, tags, first, pattern)
    except pl.exceptions.ComputeError:
        # In a line of another pattern a cut may go through a character; where it is behind a tag it never does.
        is_behind_tag = _is_behind_tags(lines, tags, first, pattern)
        values, same = _cut_whole(lines.of(is_behind_tag), tags, first[is_behind_tag], pattern)
        is_same = np.zeros(len(lines), bool)
        is_same[is_behind_tag] = same
        return values, is_same


def _cut_whole(
    lines: Lines, tags: Whole, first: Whole, pattern: _Pattern
) -> tuple[pl.DataFrame, npt.NDArray[np.bool_]]:
    columns = {_LINE: lines.binary}
    for place, (number, width) in enumerate(zip(pattern.opening, pattern.widths, strict=True)):
        begins = tags[first + number] + width
        columns[f"{place}"] = pl.Series(begins - lines.starts)
        columns[f"{place}/"] = pl.Series(np.maximum(tags[first + number + 1] - begins, 0))
    slices = (
        pl.col(_LINE).bin.slice(pl.col(f"{place}"), pl.col(f"{place}/")).alias(f"{place}")
        for place in range(len(pattern.opening))
    )
    cut = pl.DataFrame(columns).select(pl.col(_LINE), *slices).cast(pl.String)
    parts: list[pl.Expr] = [pl.lit(pattern.texts[0])]
    for place, text in enumerate(pattern.texts[1:]):
        parts += [pl.col(f"{place}"), pl.lit(text)]
    same = cut.select(pl.concat_str(parts) == pl.col(_LINE)).to_series()
    values = cut.drop(_LINE)
    values = values if same.all() else values.filter(same)
    is_same = same.to_numpy()
    if values.width and _AMPERSAND in lines.data:
        values = _without_entities(values, lines.of(is_same))
    return values, is_same


def _without_entities(values: pl.DataFrame, lines: Lines) -> pl.DataFrame:
    places = np.flatnonzero(np.frombuffer(lines.data, np.uint8) == ord(_AMPERSAND))
    meant = values.filter(pl.Series(_counts(lines, places) > 0))
    has_any = meant.select(pl.all().str.contains("&", literal=True).any()).row(0, named=True)
    return values.with_columns(pl.col(name).str.replace_many(_ENTITIES) for name, has in has_any.items() if has)


def _is_behind_tags(lines: Lines, tags: Whole, first: Whole, pattern: _Pattern) -> npt.NDArray[np.bool_]:
    codes = np.frombuffer(lines.data, np.uint8)
    is_behind = np.ones(len(lines), bool)
    for number, width in zip(pattern.opening, pattern.widths, strict=True):
        begins = tags[first + number] + width
        is_behind &= (begins <= tags[first + number + 1]) & (codes[np.minimum(begins, len(codes)) - 1] == _GREATER)
    return is_behind


def _records(values: pl.DataFrame, numbers: Whole, pattern: _Pattern, layout: TaggedRecord) -> TaggedRecords:
    record_no = pl.Series(RECORD_NO, numbers, pl.Int64)
    columns: list[pl.Series | pl.Expr] = [record_no]
    columns += [pl.lit(element in pattern.segments).alias(element) for element in layout.segments]
    columns += [_value(pattern, Leaf(column), column) for column in layout.columns]
    records = values.select(columns) if len(numbers) else records_schema(layout).to_frame()
    groups = {}
    for path, entries in pattern.entries.items():
        tags = [each.tag for each in layout.groups[path].items]
        rows = [
            values.select(record_no, *(_value(pattern, Leaf(path, tag, entry), tag) for tag in tags))
            for entry in range(entries)
        ]
        # Entries of a record stand one behind the other; the sort keeps their order.
        groups[path] = pl.concat(rows).sort(RECORD_NO, maintain_order=True).cast(group_schema(layout.groups[path]))
    return TaggedRecords(records, {path: rows for path, rows in groups.items() if rows.height})


def _value(pattern: _Pattern, leaf: Leaf, name: str) -> pl.Expr:
    if leaf not in pattern.leaves:
        return pl.lit(None, pl.String).alias(name)
    place = pattern.leaves[leaf]
    return pl.lit("").alias(name) if place is None else pl.col(f"{place}").alias(name)


def _has_special(lines: Lines) -> npt.NDArray[np.bool_]:
    """Lines whose values are not what stands in them."""
    codes = np.frombuffer(lines.data, np.uint8)
    is_special = np.zeros(len(lines), bool)
    ends = _ends_of(lines, codes)
    is_control = codes < _BLANK
    if np.count_nonzero(is_control) != ends.sum():
        is_special |= _counts(lines, np.flatnonzero(is_control)) != ends
    if _AMPERSAND in lines.data:
        is_special |= _counts(lines, _other_ampersands(codes)) > 0
    if _LITERAL_END[:1] in lines.data:
        is_special |= _counts(lines, _places(lines.data, _LITERAL_END)) > 0
    is_first = codes == _NONCHARACTERS[0][0]
    if is_first.any():
        for wanted in _NONCHARACTERS:
            is_special |= _counts(lines, _places(lines.data, wanted)) > 0
    return is_special


def _other_ampersands(codes: npt.NDArray[np.uint8]) -> Whole:
    """Places of ampersands that begin none of the entities that XML has."""
    places = np.flatnonzero(codes == ord(_AMPERSAND))
    longest = max(map(len, _ENTITIES))
    padded = np.append(codes, np.zeros(longest, np.uint8))
    is_known = np.zeros(len(places), bool)
    for entity in _ENTITIES:
        wanted = np.frombuffer(entity.encode(), np.uint8)
        is_known |= (padded[places[:, None] + np.arange(len(wanted))] == wanted).all(axis=1)
    return places[~is_known]


def _counts(lines: Lines, places: Whole) -> Whole:
    """How many of the places, which ascend, each line has."""
    counts: Whole = np.searchsorted(places, lines.ends) - np.searchsorted(places, lines.starts)
    return counts


def _ends_of(lines: Lines, codes: npt.NDArray[np.uint8]) -> Whole:
    """How many control characters the line end of each line has."""
    has_feed = codes[lines.ends - 1] == ord("\n")
    has_return = has_feed & (codes[np.maximum(lines.ends - 2, 0)] == ord("\r"))
    ends: Whole = has_feed.astype(np.int64) + has_return
    return ends


def _places(data: bytes, wanted: bytes) -> Whole:
    found, place = [], data.find(wanted)
    while place >= 0:
        found.append(place)
        place = data.find(wanted, place + 1)
    return np.array(found, np.int64)
