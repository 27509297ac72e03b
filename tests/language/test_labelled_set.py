"""The labelled set is large, balanced and clean enough to measure the screening of language with."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from schemas.codes import LANGUAGE

FOLDER = Path(__file__).parent
ROWS = [json.loads(line) for line in (FOLDER / "utterances.jsonl").read_text(encoding="utf-8").splitlines()]
LAWFUL = "lawful"


def kinds_of(row: dict) -> list[str]:
    return row["findings"] or [LAWFUL]


def counts(language: str) -> Counter[str]:
    return Counter(kind for row in ROWS if row["language"] == language for kind in kinds_of(row))


def test_every_row_has_the_four_fields_and_a_text() -> None:
    assert all(set(row) == {"id", "language", "transcript", "findings"} for row in ROWS)
    assert [row["id"] for row in ROWS if not row["transcript"].strip()] == []


def test_ids_are_unique_and_begin_with_the_language() -> None:
    assert [name for name, times in Counter(row["id"] for row in ROWS).items() if times > 1] == []
    assert [row["id"] for row in ROWS if not re.fullmatch(rf"{row['language']}-\d{{3}}", row["id"])] == []


def test_the_set_is_large_enough_in_both_languages() -> None:
    languages = Counter(row["language"] for row in ROWS)
    assert set(languages) == {"zh", "en"}
    assert len(ROWS) >= 400
    assert languages["zh"] >= 260
    assert languages["en"] >= 160


def test_the_language_is_that_of_the_text() -> None:
    has_chinese = {row["id"]: bool(re.search(r"[\u4e00-\u9fff]", row["transcript"])) for row in ROWS}
    assert [row["id"] for row in ROWS if has_chinese[row["id"]] != (row["language"] == "zh")] == []


def test_findings_are_known_kinds_each_once() -> None:
    unknown = [row["id"] for row in ROWS if not set(row["findings"]) <= set(LANGUAGE)]
    repeated = [row["id"] for row in ROWS if len(set(row["findings"])) != len(row["findings"])]
    assert unknown == []
    assert repeated == []


@pytest.mark.parametrize("kind", sorted(LANGUAGE))
def test_every_kind_is_in_at_least_thirty_texts(kind: str) -> None:
    assert sum(kind in row["findings"] for row in ROWS) >= 30


@pytest.mark.parametrize("language", ["zh", "en"])
def test_lawful_texts_are_between_35_and_60_percent(language: str) -> None:
    rows = [row for row in ROWS if row["language"] == language]
    assert 0.35 <= sum(not row["findings"] for row in rows) / len(rows) <= 0.60


def test_no_text_is_there_twice() -> None:
    texts = Counter(re.sub(r"[\W_]+", "", row["transcript"]).casefold() for row in ROWS)
    assert [text for text, times in texts.items() if times > 1] == []


def test_no_text_holds_a_number_of_a_telephone_or_a_paper() -> None:
    # A blank or dash between digits doesn't make a telephone number another thing.
    digits = re.compile(r"\d(?:[ -]?\d){6,}")
    assert [row["id"] for row in ROWS if digits.search(row["transcript"])] == []


def test_the_readme_states_the_counts_of_the_set() -> None:
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    stated = {
        kind: tuple(map(int, cells)) for kind, *cells in re.findall(r"\| (\w+) \| (\d+) \| (\d+) \| (\d+) \|", readme)
    }
    chinese, english = counts("zh"), counts("en")
    assert stated == {
        kind: (chinese[kind], english[kind], chinese[kind] + english[kind]) for kind in (*LANGUAGE, LAWFUL)
    }
    assert f"{len(ROWS)} short transcripts" in readme
