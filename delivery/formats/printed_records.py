"""Cells as printed text, from wherever they were read, to typed records with the violations of their layout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from delivery.formats import cells
from delivery.formats.delimited import ReadLimits, ReadRecords
from delivery.formats.violation import Violation
from schemas.bureaus.layout import DelimitedLayout

_LINE, _FIELD, _CODE = "#line", "#field", "#code"
_FOUND = {_LINE: pl.Int64, _FIELD: pl.String, _CODE: pl.String}


def records_of_printed(
    printed: pl.DataFrame,
    numbers: Sequence[int],
    layout: DelimitedLayout,
    found: Sequence[tuple[int, str | None, str]],
    messages: Mapping[str, str],
    limits: ReadLimits,
    lines: int | None = None,
) -> ReadRecords:
    """The records without a violation, and the violations by line.

    Args:
        printed: a text column for each of the layout, null where empty.
        numbers: the line of each row.
        layout: what the cells should be.
        found: line, field (None for the line) and code of what was found while reading. A cell that is named here is
            not judged again.
        messages: to the codes of `found`; those of `delivery.formats.cells` are known.
        limits: how many violations are listed.
        lines: how many lines there were, when some did not get as far as `printed`.
    """
    places = pl.Series(_LINE, numbers, pl.Int64)
    by_reading = pl.DataFrame(list(found), _FOUND, orient="row")
    by_layout = (
        cells.violation_codes(printed, layout)
        .with_columns(places)
        .unpivot(index=_LINE, on=list(layout.names), variable_name=_FIELD, value_name=_CODE)
        .drop_nulls(_CODE)
        .join(by_reading, on=[_LINE, _FIELD], how="anti", maintain_order="left")
    )
    wrong = pl.concat([by_reading, by_layout]).sort(_LINE, maintain_order=True)
    # Line 1 is that of the headings, where what is said of the whole file stands.
    is_good = ~places.is_in(wrong[_LINE].unique().implode())
    told = {**cells.MESSAGES, **messages}
    return ReadRecords(
        records=cells.parse_cells(printed.filter(is_good), layout).to_arrow().cast(layout.arrow_schema()),
        line_numbers=tuple(places.filter(is_good).to_list()),
        lines=printed.height if lines is None else lines,
        violations=tuple(
            Violation(line, field, code, told[code]) for line, field, code in wrong.head(limits.violations).rows()
        ),
        violation_count=wrong.height,
    )
