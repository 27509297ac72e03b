"""Where the entries of lexicons occur in transcripts."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import polars as pl

from lake.screening_terms import Terms, any_of, prepared
from lake.spans import characters_before, leftmost_longest, matched, window_before
from lake.spoken_lines import spoken_lines
from schemas.folding import folded
from schemas.lexicon import Lexicon

# Transcripts that a thread has in memory at once: some tens of megabytes of calls. Fewer cost more, as the search for
# thousands of texts is built anew for each batch.
SCREENED_TOGETHER = 100_000
_MOST_THREADS = 4
_FOUND = {
    "contact_id": pl.String(),
    "loan_id": pl.String(),
    "contacted_at": pl.Datetime("us", "UTC"),
    "turn_no": pl.Int64(),
    "offset_characters": pl.Int64(),
    "language_code": pl.String(),
    "phrase": pl.String(),
    "speaker_code": pl.String(),
    "is_negated": pl.Boolean(),
    "is_quoted": pl.Boolean(),
}
_LATIN = ((ord("a"), ord("z")), (ord("0"), ord("9")))


def find_phrases(transcripts: pl.DataFrame, lexicons: Sequence[Lexicon]) -> pl.DataFrame:
    """Every place at which an entry of the lexicons stands in a line of the collector, or of nobody known.

    Lines of the borrower and of others are not searched. All entries are looked for in one pass; where several of one
    kind begin at overlapping places, the leftmost and of these the longest is found. Width, case, quotation marks and
    the variants of the lexicons make no difference, nor do blanks between Chinese characters. A phrase that begins or
    ends with a Latin letter or digit is found as whole words only.

    Args:
        transcripts: `contact_id`, `loan_id`, `contacted_at`, `transcript`.
        lexicons: with which they are screened.

    Returns:
        `contact_id`, `loan_id`, `contacted_at`, `turn_no` (line from 1), `offset_characters` (of the line before the
        place), `language_code`, `phrase`, `speaker_code`, `is_negated`, `is_quoted`; in the order of the transcripts.
    """
    return find_phrases_in([transcripts], lexicons)


def find_phrases_in(batches: Iterable[pl.DataFrame], lexicons: Sequence[Lexicon]) -> pl.DataFrame:
    """The same of transcripts that come batch after batch, of which only what was found is kept; in the same order."""
    none = pl.DataFrame(schema=_FOUND)
    if not lexicons:
        return none
    terms = prepared(lexicons)
    threads = min(_MOST_THREADS, pl.thread_pool_size())
    found, searched = [none], deque[Future[pl.DataFrame]]()
    with ThreadPoolExecutor(threads) as pool:
        for batch in _together(batches):
            # The next batch waits for the oldest search, so that no more are in memory than threads.
            if len(searched) == threads:
                found.append(searched.popleft().result())
            searched.append(pool.submit(_found_in, batch, lexicons, terms))
        found += [each.result() for each in searched]
    return pl.concat(found)


def _together(batches: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Small batches put together."""
    waiting: list[pl.DataFrame] = []
    for batch in batches:
        waiting.append(batch)
        if sum(map(len, waiting)) >= SCREENED_TOGETHER:
            yield pl.concat(waiting)
            waiting = []
    if waiting:
        yield pl.concat(waiting)


def _found_in(transcripts: pl.DataFrame, lexicons: Sequence[Lexicon], terms: Terms) -> pl.DataFrame:
    lines = spoken_lines(transcripts.select("contact_id", "loan_id", "contacted_at", "transcript"), terms)
    found = _found(lines, terms)
    judged = _with_quoted(_with_negated(found, lexicons, terms), lines, terms)
    return _with_offset(judged).select(pl.col(name).cast(kind) for name, kind in _FOUND.items())


def _found(lines: pl.DataFrame, terms: Terms) -> pl.DataFrame:
    """Lines with the spans of the entries that count, and the columns of the entry."""
    text = pl.col("text").str
    hits = (
        lines.select(
            "line_no",
            start=text.find_many(terms.keys, overlapping=True),
            needle=text.extract_many(terms.keys, overlapping=True),
        )
        .explode("start", "needle")
        .join(terms.needles, on="needle")
        .join(terms.entries, on="entry_no")
    )
    phrases = hits.filter("is_phrase").select(
        "line_no",
        "entry_no",
        pl.col("start").cast(pl.Int64),
        end=pl.col("start").cast(pl.Int64) + pl.col("needle").str.len_bytes().cast(pl.Int64),
    )
    worth = hits.filter(~pl.col("is_phrase")).select("line_no", "entry_no").unique(maintain_order=True)
    by_pattern = worth.join(lines.select("line_no", "text"), on="line_no", maintain_order="left").partition_by(
        "entry_no", as_dict=True, maintain_order=True
    )
    patterns = [
        matched(some, terms.patterns[entry_no]).with_columns(entry_no=pl.lit(entry_no, dtype=pl.Int64))
        for (entry_no,), some in by_pattern.items()
    ]
    spans = pl.concat([phrases, *(each.select(phrases.columns) for each in patterns)])
    placed = spans.join(lines, on="line_no").join(terms.entries, on="entry_no")
    whole = placed.filter(~pl.col("is_phrase") | _is_whole()).sort("entry_no", maintain_order=True)
    return leftmost_longest(whole, "language_code")


def _is_whole() -> pl.Expr:
    """Whether neither end of a span parts a Latin word."""
    raw = pl.col("text").cast(pl.Binary)
    begins, ends = pl.col("start"), pl.col("end")
    # A negative place would count from the end of the text.
    is_parted_before = (
        (begins > 0) & _is_latin(raw.bin.get(pl.max_horizontal(begins - 1, 0))) & _is_latin(raw.bin.get(begins))
    )
    is_parted_after = _is_latin(raw.bin.get(ends - 1)) & _is_latin(raw.bin.get(ends, null_on_oob=True))
    return ~is_parted_before & ~is_parted_after.fill_null(False)


def _is_latin(byte: pl.Expr) -> pl.Expr:
    return pl.any_horizontal(byte.is_between(least, most) for least, most in _LATIN)


def _with_negated(found: pl.DataFrame, lexicons: Sequence[Lexicon], terms: Terms) -> pl.DataFrame:
    """Spans with whether a negation of the entry's lexicon reaches them."""
    parts = [
        found.filter(pl.col("lexicon_no") == lexicon_no).with_columns(is_negated=_is_negated(lexicon, terms))
        for lexicon_no, lexicon in enumerate(lexicons)
    ]
    return pl.concat(parts) if parts else found.with_columns(is_negated=pl.lit(value=False))


def _is_negated(lexicon: Lexicon, terms: Terms) -> pl.Expr:
    negation = lexicon.negation
    if not negation.words:
        return pl.lit(value=False)
    words = any_of(folded(word, terms.folds) for word in negation.words)
    ends = [folded(end, terms.folds) for end in negation.ends]
    reach = negation.reach_characters
    before = window_before(reach + max(map(len, ends), default=0))
    clause = before.str.replace(f"^.*(?:{any_of(ends)})", "") if ends else before
    return clause.str.tail(reach).str.contains(words)


def _with_quoted(found: pl.DataFrame, lines: pl.DataFrame, terms: Terms) -> pl.DataFrame:
    """Spans with whether they lie inside a quotation of the borrower."""
    if terms.quotation is None or found.is_empty():
        return found.with_columns(is_quoted=pl.lit(value=False))
    searched = lines.join(found.select("line_no"), on="line_no", how="semi")
    quotations = matched(searched, terms.quotation).rename({"start": "quoted_from", "end": "quoted_until"})
    placed = found.sort("line_no", "start", maintain_order=True).join_asof(
        quotations.sort("line_no", "quoted_from"),
        left_on="start",
        right_on="quoted_from",
        by="line_no",
        check_sortedness=False,
    )
    is_quoted = (pl.col("end") <= pl.col("quoted_until")).fill_null(value=False)
    return placed.with_columns(is_quoted=is_quoted)


def _with_offset(found: pl.DataFrame) -> pl.DataFrame:
    """Spans with the characters of the line before them, in the order of lines and places."""
    counted = characters_before(found).with_columns(offset_characters=pl.col("characters"))
    is_squeezed = pl.col("text") != pl.col("folded")
    squeezed = counted.filter(is_squeezed)
    if squeezed.is_empty():
        return counted
    moved = squeezed.drop("offset_characters").join(_letters(squeezed), on=["line_no", "letters"])
    return pl.concat([counted.filter(~is_squeezed), moved.select(counted.columns)]).sort(
        "line_no", "start", maintain_order=True
    )


def _letters(squeezed: pl.DataFrame) -> pl.DataFrame:
    """Place in its line of each character that is no blank, by the number of such characters before it."""
    characters = (
        squeezed.select("line_no", character="folded")
        .unique("line_no", maintain_order=True)
        .with_columns(pl.col("character").str.split(""))
        .with_columns(offset_characters=pl.int_ranges(0, pl.col("character").list.len(), dtype=pl.Int64))
        .explode("character", "offset_characters")
    )
    letters = characters.filter(pl.col("character") != " ")
    return letters.select(
        "line_no", "offset_characters", letters=pl.int_range(pl.len(), dtype=pl.Int64).over("line_no")
    )
