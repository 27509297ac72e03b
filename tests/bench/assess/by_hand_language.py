"""Forbidden language for Polars and DuckDB by hand: the search is that of Arrears, what follows from it is by hand.

Nobody would write the search again who has it, and a plain regular expression would not find the same. The suite
`language` measures it beside what else there is.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from lake.lexicons import read_lexicons
from lake.phrases import SCREENED_TOGETHER, find_phrases_in
from schemas.lexicon import Lexicon

FOLDER = Path(__file__).resolve().parents[3] / "policies" / "lexicons"


def lexicons() -> tuple[Lexicon, ...]:
    return read_lexicons(FOLDER, ("zh", "en"))


def contacts_at_fault(transcripts: pl.DataFrame, known: tuple[Lexicon, ...]) -> pl.Series:
    """Ids of contacts in which the collector, or nobody known, used forbidden language in earnest.

    Args:
        transcripts: `contact_id`, `loan_id`, `contacted_at`, `transcript`.
        known: from `lexicons`.
    """
    found = find_phrases_in(transcripts.iter_slices(SCREENED_TOGETHER), known)
    is_meant = pl.col("speaker_code").is_in(["collector", "unknown"]) & ~pl.col("is_negated") & ~pl.col("is_quoted")
    return found.filter(is_meant)["contact_id"].unique()
