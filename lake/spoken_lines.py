"""Transcripts as lines with their speakers."""

from __future__ import annotations

import re

import polars as pl

from lake.screening_terms import Terms

_LINE_END = r"\r\n|[\r\u{85}\u{2028}\u{2029}]"


def spoken_lines(transcripts: pl.DataFrame, terms: Terms) -> pl.DataFrame:
    """The lines in which something may be found and that the collector spoke, or nobody knows who.

    Args:
        transcripts: with `transcript`, from which each line is taken, and other columns, which each line keeps.
        terms: what is looked for.

    Returns:
        The other columns, `turn_no`, `speaker_code`, `folded` (the line, folded), `text` (and squeezed) and `line_no`,
        ascending.
    """
    # In one piece: each chunk would build the search of its own.
    texts = transcripts.with_columns(pl.col("transcript").cast(pl.String)).rechunk()
    lines = (
        texts.filter(terms.may_match(pl.col("transcript")))
        .with_columns(line=pl.col("transcript").str.replace_all(_LINE_END, "\n").str.split("\n"))
        .drop("transcript")
        .with_columns(turn_no=pl.int_ranges(1, pl.col("line").list.len() + 1, dtype=pl.Int64))
        .explode("line", "turn_no")
        .with_columns(speaker_code=_speaker(terms))
        .with_columns(pl.col("speaker_code").forward_fill())
        .filter(pl.col("speaker_code").is_in(["collector", "unknown"]))
        .filter(terms.may_match(pl.col("line")))
        .with_columns(folded=terms.fold(pl.col("line")))
        .with_columns(text=terms.squeeze(pl.col("folded")))
        .filter(pl.col("text").str.contains_any(terms.keys))
        .drop("line")
    )
    return lines.rechunk().with_row_index("line_no")


def _speaker(terms: Terms) -> pl.Expr:
    """Whose turn begins with the line; the first line of a transcript without a label is nobody's."""
    colons = re.escape(terms.forms_of(":"))
    head = terms.fold(pl.col("line").str.extract(f"^([^{colons}]*)[{colons}]", 1)).str.strip_chars(" ")
    begins = head.replace_strict(terms.labels, default=None, return_dtype=pl.String)
    return pl.coalesce(begins, pl.when(pl.col("turn_no") == 1).then(pl.lit("unknown")))
