"""Places in lines: where expressions match, which of overlapping places count, and what stands before them.

A span is a row with `line_no`, `start` and `end`, in bytes of the line's `text`.
"""

from __future__ import annotations

import polars as pl

from lake.screening_terms import Expression

# Folded text has no control characters, so these mark matches without doubt.
_OPEN, _CLOSE = "\x01", "\x02"
_CONTINUES_FROM, _CONTINUES_UNTIL = 0x80, 0xBF


def matched(lines: pl.DataFrame, expression: Expression) -> pl.DataFrame:
    """Spans of all matches of an expression that count, none overlapping another.

    Args:
        lines: `line_no` and `text`.
        expression: that matches.
    """
    piece = pl.col("piece")
    length = piece.str.find(_CLOSE, literal=True).cast(pl.Int64)
    marked = pl.col("text").str.replace_all(expression.regex, f"{_OPEN}${{0}}{_CLOSE}")
    found = (
        lines.filter(pl.col("text").str.contains(expression.regex))
        .select("line_no", "text", piece=marked.str.split(_OPEN))
        .explode("piece")
        .with_columns(size=piece.str.len_bytes().cast(pl.Int64) - length.is_not_null().cast(pl.Int64), length=length)
        .with_columns(start=pl.col("size").cum_sum().over("line_no") - pl.col("size"))
        .filter(pl.col("length") > 0)
    )
    if expression.not_after:
        found = found.filter(~window_before(1).is_in(expression.not_after))
    return found.select("line_no", "start", end=pl.col("start") + pl.col("length"))


def leftmost_longest(spans: pl.DataFrame, by: str) -> pl.DataFrame:
    """Of spans of one line and one value of `by` that overlap, the leftmost, and of these the longest.

    Spans are passed from left to right and kept when they begin at or after the end of the one kept before. Of spans at
    the same place the first row is kept.
    """
    if spans.is_empty():
        return spans
    ordered = spans.sort(
        "line_no", by, "start", "end", descending=[False, False, False, True], maintain_order=True
    ).with_row_index("place")
    width = pl.col("end").max() + 1
    # All lines behind each other on one axis: the last span kept of a line leads to the first of the next.
    axis = ordered.select(
        begins=pl.struct("line_no", by).rle_id().cast(pl.Int64) * width + pl.col("start"),
        ends=pl.struct("line_no", by).rle_id().cast(pl.Int64) * width + pl.col("end"),
    )
    beyond = pl.Series([len(ordered)])
    follower = pl.concat([axis["begins"].search_sorted(axis["ends"], side="left").cast(pl.Int64), beyond])
    return ordered[_reached(follower)].drop("place")


def _reached(follower: pl.Series) -> pl.Series:
    """Places on the way from the first one, each leading to its follower; the last place is the end and not on it.

    Each round doubles the steps of a leap and the places known, so a way of a million takes twenty.
    """
    end = len(follower) - 1
    reached, leap = pl.Series([0]), follower
    while True:
        further = leap.gather(reached)
        further = further.filter(further < end)
        if further.is_empty():
            return reached.sort()
        reached = pl.concat([reached, further])
        leap = leap.gather(leap)


def window_before(characters: int) -> pl.Expr:
    """Up to so many characters of `text` before `start`, without counting from the beginning of the line."""
    raw = pl.col("text").cast(pl.Binary)
    begins = pl.max_horizontal(pl.col("start") - 4 * characters, 0)
    # A character has at most three bytes that continue it; the window must not begin inside one.
    for _ in range(3):
        begins = begins + raw.bin.get(begins, null_on_oob=True).is_between(_CONTINUES_FROM, _CONTINUES_UNTIL).fill_null(
            False
        ).cast(pl.Int64)
    return raw.bin.slice(begins, pl.col("start") - begins).cast(pl.String).str.tail(characters)


def characters_before(spans: pl.DataFrame) -> pl.DataFrame:
    """Spans by line and start, with `characters` of `text` before them and `letters`, those that are no blanks.

    Each text is walked through once, however many spans it has.
    """
    before = pl.col("start").shift(1).over("line_no").fill_null(0)
    step = pl.col("text").cast(pl.Binary).bin.slice(before, pl.col("start") - before).cast(pl.String)
    blanks = step.str.count_matches(" ", literal=True)
    return (
        spans.sort("line_no", "start", maintain_order=True)
        .with_columns(characters=step.str.len_chars().cast(pl.Int64), letters=blanks.cast(pl.Int64))
        .with_columns(letters=pl.col("characters") - pl.col("letters"))
        .with_columns(pl.col("characters", "letters").cum_sum().over("line_no"))
    )
