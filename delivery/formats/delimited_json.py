"""Records of a delimited layout as JSON lines for people and programs, and back.

Each line says `line_no` and `layout` before the fields. Whole numbers are numbers, truths are truths, amounts and dates
are text as in the file, what is empty is null.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from delivery.formats import cells
from delivery.formats.delimited import ReadLimits, ReadRecords
from delivery.formats.printed_records import records_of_printed
from schemas.bureaus.layout import DelimitedLayout
from schemas.field import FieldType

LINE_NO, LAYOUT_NAME = "line_no", "layout"
MASK = "***"


@dataclass(frozen=True)
class GivenRecords:
    """Records out of JSON lines.

    Attributes:
        found: name of a layout to its records; line numbers are those of the JSON lines, from 1.
        refused: numbers of the lines that hold no record of one of the layouts.
    """

    found: dict[str, ReadRecords]
    refused: tuple[int, ...]


def printed_records(read: ReadRecords, layout: DelimitedLayout) -> Iterator[str]:
    """The records as JSON, without line ends, identity in the clear."""
    return _json(pl.DataFrame(read.records), read, layout)


def masked_records(read: ReadRecords, layout: DelimitedLayout) -> Iterator[str]:
    """The same with MASK for every text that is identity."""
    hidden = [pl.when(pl.col(name).is_not_null()).then(pl.lit(MASK)).alias(name) for name in layout.identity_names]
    return _json(pl.DataFrame(read.records).with_columns(hidden), read, layout)


def records_of_json(lines: Sequence[str], layouts: Sequence[DelimitedLayout], limits: ReadLimits) -> GivenRecords:
    """Records of lines as `printed_records` prints them. Never raises because of a line."""
    by_name = {layout.name: layout for layout in layouts}
    rows: dict[str, list[dict[str, str | None]]] = {}
    numbers: dict[str, list[int]] = {}
    refused = []
    for number, line in enumerate(lines, start=1):
        layout, row = _given(line, by_name)
        if layout is None:
            refused.append(number)
        else:
            rows.setdefault(layout.name, []).append(row)
            numbers.setdefault(layout.name, []).append(number)
    found = {
        name: records_of_printed(
            pl.DataFrame(held, dict.fromkeys(by_name[name].names, pl.String)),
            numbers[name],
            by_name[name],
            (),
            {},
            limits,
        )
        for name, held in rows.items()
    }
    return GivenRecords(found, tuple(refused))


def _json(records: pl.DataFrame, read: ReadRecords, layout: DelimitedLayout) -> Iterator[str]:
    printed = cells.print_cells(records, layout)
    # Numbers and truths keep their type.
    typed = [column.name for column in layout if column.type in (FieldType.INTEGER, FieldType.TRUTH)]
    plain = printed.with_columns(records.select(typed)).with_columns(pl.lit(layout.name).alias(LAYOUT_NAME))
    numbered = plain.with_columns(pl.Series(LINE_NO, read.line_numbers, pl.Int64))
    ordered = numbered.select(pl.struct(LINE_NO, LAYOUT_NAME, *layout.names).struct.json_encode())
    yield from ordered.to_series()


def _given(
    line: str, layouts: dict[str, DelimitedLayout]
) -> tuple[DelimitedLayout, dict[str, str | None]] | tuple[None, dict[str, str | None]]:
    """The layout and the printed cells of a line; no layout when the line holds no record."""
    try:
        # Numbers are taken as they are written, so that none is rounded.
        value = json.loads(line, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError):
        return None, {}
    if not isinstance(value, dict):
        return None, {}
    value.pop(LINE_NO, None)
    name = value.pop(LAYOUT_NAME, None)
    layout = layouts.get(name) if isinstance(name, str) else None
    if layout is None or not set(value) <= set(layout.names):
        return None, {}
    row: dict[str, str | None] = {}
    for column in layout:
        given = value.get(column.name)
        if isinstance(given, bool):
            given = layout.true_text if given else layout.false_text
        if not isinstance(given, str | None) or (given is not None and not _is_encodable(given)):
            return None, {}
        row[column.name] = given or None
    return layout, row


def _is_encodable(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)
