"""Lexicons prepared for the search: all entries together, folded, with what lets most transcripts be skipped."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import chain, product
from math import prod

import polars as pl

from schemas.folding import BLANKS, CAPITALS, FOLDS, FULL_WIDTH, folded
from schemas.lexicon import Lexicon
from schemas.pattern_syntax import Texts, needed_texts

_LINE_ENDS = {"\n", "\r"}
_MOST_FORMS = 12
# So many texts to look for cost as much as one that everyday speech has.
_AS_BAD_AS = 400
# More texts than anybody wants to look for, whatever they are.
_MANY = 1_000
# Two Chinese characters, or half a word, are in more texts than a longer one: as bad as eight of those.
_SHORT_BYTES, _SHORT = 6, 8
_TOO_SHORT_BYTES = 3
_SPACED_HAN = r"\p{Han} +\p{Han}"
_HAN_BLANK_HAN = r"(\p{Han}) +(\p{Han})"


@dataclass(frozen=True)
class Expression:
    """A regular expression for folded text.

    Attributes:
        regex: that matches.
        not_after: a match right after one of these characters does not count.
    """

    regex: str
    not_after: tuple[str, ...] = ()


@dataclass(frozen=True)
class Terms:
    """What is looked for.

    Attributes:
        folds: characters that are searched as another one.
        labels: speaker code by folded label.
        needles: phrases and texts of which a match of a pattern has one, with `entry_no`.
        entries: `entry_no`, `language_code`, `phrase` as it is reported, `lexicon_no`, `is_phrase`.
        patterns: expression of each pattern by `entry_no`.
        keys: one of them is in every folded text in which something can be found.
        signs: one of them is in every text in which something can be found, or that must be folded to know.
        quotation: expression for the borrower's words in quotation marks, None when no cue is known.
    """

    folds: dict[str, str]
    labels: dict[str, str]
    needles: pl.DataFrame
    entries: pl.DataFrame
    patterns: dict[int, Expression]
    keys: list[str]
    signs: list[str]
    quotation: Expression | None

    def may_match(self, text: pl.Expr) -> pl.Expr:
        """Whether something can be found in text as it is; false means that nothing is."""
        # Most Chinese texts have no blank at all, which is known much sooner.
        spaced = pl.when(text.str.contains(" ", literal=True)).then(text).str.contains(_SPACED_HAN)
        return text.str.contains_any(self.signs, ascii_case_insensitive=True) | spaced.fill_null(value=False)

    def fold(self, text: pl.Expr) -> pl.Expr:
        """Text of as many characters, each the one that stands for it."""
        return text.str.replace_many(self.folds)

    def forms_of(self, character: str) -> str:
        """All characters that are searched as this one."""
        return "".join({character, *(form for form, standing in self.folds.items() if standing == character)})

    @staticmethod
    def squeeze(text: pl.Expr) -> pl.Expr:
        """Folded text without blanks between Chinese characters and with single blanks elsewhere."""
        # What one match ends with can't begin the next, so the second pass finds every other blank.
        closed = text.str.replace_all(_HAN_BLANK_HAN, "${1}${2}").str.replace_all(_HAN_BLANK_HAN, "${1}${2}")
        return closed.str.replace_all(" {2,}", " ")


def prepared(lexicons: Sequence[Lexicon]) -> Terms:
    """All entries of lexicons; where two have the same, the first of them is reported."""
    folds = FOLDS | {character: standing for each in lexicons for character, standing in each.variants.items()}
    lower = {character: standing for character, standing in folds.items() if character not in CAPITALS}
    labels = {
        folded(label, folds): speaker
        for lexicon in reversed(lexicons)
        for label, speaker in lexicon.speakers.by_label().items()
    }
    spoken = (label for label, speaker in labels.items() if speaker != "other")
    everyday = folded("\n".join(chain(spoken, *(each.everyday for each in lexicons))), folds)
    entries: list[tuple[int, str, str, int, bool]] = []
    needles: list[tuple[str, int]] = []
    patterns: dict[int, Expression] = {}
    for lexicon_no, lexicon in enumerate(lexicons):
        for group in lexicon.groups.values():
            for phrase in group.phrases:
                needles.append((folded(phrase, folds), len(entries)))
                entries.append((len(entries), group.language_code, phrase, lexicon_no, True))
            for pattern in group.patterns:
                regex = folded(pattern.regex, lower)
                patterns[len(entries)] = Expression(regex, tuple(folded(pattern.not_after, folds)))
                needles += [(text, len(entries)) for text in _needed(regex, everyday)]
                entries.append((len(entries), group.language_code, pattern.name, lexicon_no, False))
    keys, signs = _keys_and_signs({needle for needle, _ in needles}, folds)
    return Terms(
        folds,
        labels,
        pl.DataFrame(needles, schema={"needle": pl.String, "entry_no": pl.Int64}, orient="row"),
        pl.DataFrame(
            entries,
            schema={
                "entry_no": pl.Int64,
                "language_code": pl.String,
                "phrase": pl.String,
                "lexicon_no": pl.Int64,
                "is_phrase": pl.Boolean,
            },
            orient="row",
        ),
        patterns,
        keys,
        signs,
        _quotation({folded(cue, folds) for lexicon in lexicons for cue in lexicon.quotation_cues}),
    )


@lru_cache(maxsize=4_096)
def _needed(regex: str, everyday: str) -> Texts:
    return needed_texts(regex, _worth(everyday))


def _worth(everyday: str) -> Callable[[Texts], tuple[float, ...]]:
    """Sets of texts to look for: few texts, none short, none that everyday speech has; a text of it weighs many."""
    count = cache(everyday.count)

    def worth(texts: Texts) -> tuple[float, ...]:
        common = sum(map(count, texts)) if len(texts) <= _MANY else 0
        sizes = [len(text.encode()) for text in texts]
        short = sum(_SHORT if size <= _SHORT_BYTES else 1 for size in sizes)
        return (common * _AS_BAD_AS + (min(sizes) <= _TOO_SHORT_BYTES) * _AS_BAD_AS / 2 + short, -min(sizes))

    return worth


def any_of(words: Iterable[str]) -> str:
    """A regular expression for each of these words, the longest first, Latin ones as whole words."""
    return "|".join(_whole(word) for word in sorted(words, key=lambda word: (-len(word), word)))


def _whole(word: str) -> str:
    begins = r"\b" if re.match(r"[a-z0-9]", word) else ""
    ends = r"\b" if re.search(r"[a-z0-9]$", word) else ""
    return f"{begins}{re.escape(word)}{ends}"


def _keys_and_signs(needles: Iterable[str], folds: dict[str, str]) -> tuple[list[str], list[str]]:
    """Needles, and what shows in a text that is not folded yet that one of them may be in it."""
    # Full-width letters and odd blanks are rare, so they are signs themselves; for others each form is looked for.
    odd = {
        character
        for character in FULL_WIDTH.keys() | BLANKS.keys()
        if folds[character].isalnum() or (folds[character] == " " and character not in _LINE_ENDS | {" "})
    }
    forms: dict[str, str] = {}
    for character, standing in folds.items():
        if character not in odd | CAPITALS.keys() | _LINE_ENDS | {" "}:
            forms[standing] = forms.get(standing, standing) + character
    keys = set(needles)
    return sorted(keys), sorted(_without_longer(odd | {"  "}.union(*(_written(key, forms) for key in keys))))


def _without_longer(texts: set[str]) -> Iterable[str]:
    """The texts that have no other one inside, which are in a text whenever the longer ones are."""
    for text in texts:
        places = range(len(text))
        parts = (text[start : end + 1] for start in places for end in places[start:])
        if not any(part in texts for part in parts if len(part) < len(text)):
            yield text


def _written(key: str, forms: dict[str, str]) -> set[str]:
    """All that folds to a key, or to its longest part that can be written in few ways."""
    while prod(len(forms.get(character, character)) for character in key) > _MOST_FORMS:
        key = key[:-1] if key[0] not in forms else key[1:]
    return set(map("".join, product(*(forms.get(character, character) for character in key))))


def _quotation(cues: Iterable[str]) -> Expression | None:
    listed = any_of(cues)
    return Expression(rf"""(?:{listed})[ :,]*(?:"[^"]*"|'(?:[a-z]'[a-z]|[^'])*')""") if listed else None
