"""Tagged records as lines of XML: markup and values of a whole piece put together at once."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from delivery.formats.tagged_records import TaggedRecords
from schemas.bureaus.tagged import RECORD_NO, Content, Group, Item, Segment, TaggedForm, TaggedRecord

ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_TO_ESCAPE = "[&<>]"
_LINE = "#line"


@dataclass(frozen=True)
class Markup:
    """The lines of some records, and what of them is markup.

    Attributes:
        lines: one a record, with line ends.
        elements: number of elements in all lines; an element has two tags.
    """

    lines: pl.Series
    elements: int


def escaped(piece: TaggedRecords, layout: TaggedRecord) -> TaggedRecords:
    """The records with what is markup in values replaced."""
    groups = {
        path: _escaped(rows, [each.tag for each in layout.groups[path].items]) for path, rows in piece.groups.items()
    }
    return TaggedRecords(_escaped(piece.records, list(layout.columns)), groups)


def markup_of(piece: TaggedRecords, layout: TaggedRecord, form: TaggedForm) -> Markup:
    """The lines of some records, their values as they are."""
    frame = piece.records
    for path, rows in piece.groups.items():
        texts = _group_texts(rows, path, layout.groups[path])
        frame = frame.join(texts, on=RECORD_NO, how="left", maintain_order="left")
    pieces = _Pieces(frame)
    pieces.add_text(f"<{form.root}><{layout.element}>")
    for one in layout.contents:
        pieces.add(one, "", frozenset(piece.groups))
    pieces.add_text(f"</{layout.element}></{form.root}>{form.line_end}")
    # Beside the columns, so that texts alone are printed once a record too.
    lines = frame.with_columns(pl.concat_str(pieces.expressions(), ignore_nulls=True).alias(_LINE))[_LINE]
    grouped = sum(_elements_of_group(rows) for rows in piece.groups.values())
    return Markup(lines, pieces.elements + 2 * frame.height + grouped)


class _Pieces:
    """What stands in a line, from left to right: texts that all lines have are put together."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self._frame = frame
        self._height = frame.height
        self._expressions: list[pl.Expr] = []
        self._text: list[str] = []
        self.elements = 0

    def expressions(self) -> list[pl.Expr]:
        self._flush()
        return self._expressions

    def add_text(self, text: str) -> None:
        self._text.append(text)

    def add(self, one: Content, prefix: str, paths: frozenset[str]) -> None:
        match one:
            case Item():
                self._add_item(one, f"{prefix}{one.tag}")
            case Group():
                if f"{prefix}{one.element}" in paths:
                    self._add_expression(pl.col(f"{prefix}{one.element}"))
            case Segment():
                self._add_segment(one, paths)

    def _add_item(self, item: Item, column: str) -> None:
        filled = self._height - self._frame[column].null_count()
        self.elements += filled
        if filled == self._height:
            self._text.append(f"<{item.tag}>")
            self._add_expression(pl.col(column))
            self._text.append(f"</{item.tag}>")
        elif filled:
            # Null where the tag is not there, so that nothing is printed.
            self._add_expression(pl.concat_str(pl.lit(f"<{item.tag}>"), pl.col(column), pl.lit(f"</{item.tag}>")))

    def _add_segment(self, segment: Segment, paths: frozenset[str]) -> None:
        there = int(self._frame[segment.element].sum())
        self.elements += there
        if not there:
            return
        self._add_edge(segment.element, f"<{segment.element}>", there)
        for each in segment.contents:
            self.add(each, f"{segment.element}.", paths)
        self._add_edge(segment.element, f"</{segment.element}>", there)

    def _add_edge(self, column: str, text: str, there: int) -> None:
        if there == self._height:
            self._text.append(text)
        else:
            self._add_expression(pl.when(pl.col(column)).then(pl.lit(text)))

    def _add_expression(self, expression: pl.Expr) -> None:
        self._flush()
        self._expressions.append(expression)

    def _flush(self) -> None:
        if self._text:
            self._expressions.append(pl.lit("".join(self._text)))
            self._text = []


def _group_texts(rows: pl.DataFrame, path: str, group: Group) -> pl.DataFrame:
    """For each record that has groups of this kind all of them, one behind the other."""
    parts = (pl.concat_str(pl.lit(f"<{each.tag}>"), pl.col(each.tag), pl.lit(f"</{each.tag}>")) for each in group.items)
    text = pl.concat_str(pl.lit(f"<{group.element}>"), *parts, pl.lit(f"</{group.element}>"), ignore_nulls=True)
    texts = rows.select(RECORD_NO, text.alias(path))
    return texts.group_by(RECORD_NO, maintain_order=True).agg(pl.col(path).str.join(""))


def _elements_of_group(rows: pl.DataFrame) -> int:
    return sum(rows.height - column.null_count() for column in rows.iter_columns())


def _escaped(frame: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    filled = [column for column in columns if frame[column].null_count() < frame.height]
    needs = frame.select(pl.col(filled).str.contains(_TO_ESCAPE).any()).row(0, named=True) if filled else {}
    return frame.with_columns(pl.col(column).str.replace_many(ESCAPES) for column in filled if needs[column])
