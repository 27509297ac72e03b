"""How well the shipped lexicons tell lawful from unlawful: precision and recall on labelled utterances.

`python tests/bench/language/labelled.py` prints them. Each line of `tests/language/utterances.jsonl` is one utterance,
`{"id", "language", "transcript", "findings"}`; `findings` are the kinds that a careful reader finds said unlawfully by
the collector, none when it is lawful. What counts is pairs of utterance and kind.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
if __name__ == "__main__":
    sys.path[0] = str(ROOT)

import narwhals as nw  # noqa: E402
import polars as pl  # noqa: E402
from rich.table import Table  # noqa: E402

from lake.lexicons import read_lexicons  # noqa: E402
from lake.phrases import find_phrases  # noqa: E402
from schemas.codes import LANGUAGE  # noqa: E402
from transforms.language import language_findings  # noqa: E402

UTTERANCES = ROOT / "tests" / "language" / "utterances.jsonl"
LEXICONS = ("zh", "en")

Pairs = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Figures:
    """Pairs of utterance and kind that were found, were to be found, and both."""

    name: str
    found: int
    labelled: int
    right: int

    @property
    def precision(self) -> float:
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.labelled if self.labelled else 1.0


def measured(utterances: Path = UTTERANCES) -> list[Figures]:
    """Figures by kind, by language and over all.

    Raises:
        FileNotFoundError: the labelled utterances are not there.
        ValueError: an utterance has a kind that is none, or an id that stands twice.
    """
    read = [json.loads(line) for line in utterances.read_text(encoding="utf-8").splitlines() if line.strip()]
    languages = {each["id"]: each["language"] for each in read}
    labelled = frozenset((each["id"], kind) for each in read for kind in each["findings"])
    if len(languages) != len(read) or not {kind for _, kind in labelled} <= set(LANGUAGE):
        raise ValueError(f"{utterances.name} has an id twice or an unknown kind")
    return list(_figures(_found(read), labelled, languages))


def _found(read: list[dict]) -> Pairs:
    transcripts = pl.DataFrame(
        {
            "contact_id": [each["id"] for each in read],
            "loan_id": ["L1"] * len(read),
            "contacted_at": pl.Series([datetime(2026, 6, 1, tzinfo=UTC)] * len(read), dtype=pl.Datetime("us", "UTC")),
            "transcript": [each["transcript"] for each in read],
        }
    )
    matches = find_phrases(transcripts, read_lexicons(ROOT / "policies" / "lexicons", LEXICONS))
    findings = language_findings(nw.from_native(matches.lazy())).to_native().collect()
    return frozenset(findings.select("contact_id", "language_code").iter_rows())


def _figures(found: Pairs, labelled: Pairs, languages: dict[str, str]) -> Iterator[Figures]:
    for kind in LANGUAGE:
        yield _compared(kind, found, labelled, lambda pair, kind=kind: pair[1] == kind)
    for language in sorted(set(languages.values())):
        yield _compared(language, found, labelled, lambda pair, language=language: languages[pair[0]] == language)
    yield _compared("all", found, labelled, lambda _: True)


def _compared(name: str, found: Pairs, labelled: Pairs, belongs) -> Figures:
    ours, theirs = frozenset(filter(belongs, found)), frozenset(filter(belongs, labelled))
    return Figures(name, len(ours), len(theirs), len(ours & theirs))


def table_of(figures: list[Figures]) -> Table:
    """The figures for people."""
    table = Table("kind or language", title="Language findings on labelled utterances, pairs of utterance and kind")
    for heading in ("labelled", "found", "right", "precision", "recall"):
        table.add_column(heading, justify="right")
    for each in figures:
        counts = (str(each.labelled), str(each.found), str(each.right))
        table.add_row(each.name, *counts, f"{each.precision:.3f}", f"{each.recall:.3f}")
    return table


if __name__ == "__main__":
    from rich.console import Console

    Console().print(table_of(measured()))
