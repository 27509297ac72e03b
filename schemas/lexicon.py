"""What a lexicon is: phrases and patterns that collectors may not use, with what takes a finding back."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from schemas import codes
from schemas.errors import ArrearsError
from schemas.errors.policy import LEXICON_INVALID
from schemas.folding import FOLDS, folded
from schemas.lexicon_sets import SET_NAME, expanded_groups
from schemas.pattern_syntax import needed_texts
from schemas.policy_values import Mark, PositiveCount, Strict, is_distinct
from schemas.toml_lines import line_of

_REPEATED = "repeated_entry"
_ESCAPED = re.compile(r"\\.")


def _is_filled(text: str) -> str:
    if not text.strip() or text != text.strip():
        raise ValueError("is empty, or begins or ends with a blank")
    return text


def _is_language(code: str) -> str:
    if code not in codes.LANGUAGE:
        raise ValueError(f"{code} is no kind of language, known are {sorted(codes.LANGUAGE)}")
    return code


def _is_regex(regex: str) -> str:
    try:
        compiled = re.compile(regex)
    except re.error as error:
        raise ValueError(f"is no regular expression: {error}") from error
    if compiled.match(""):
        raise ValueError("matches nothing at all")
    needed_texts(regex, lambda texts: (-min(map(len, texts)),))
    if unknown := SET_NAME.findall(regex):
        raise ValueError(f"names sets that the lexicon doesn't have: {unknown}")
    bare = _ESCAPED.sub("", regex)
    if folded(bare, FOLDS) != bare:
        raise ValueError("has a capital, full-width or curly character, which text that is searched never has")
    return regex


Phrase = Annotated[str, AfterValidator(_is_filled)]
Phrases = Annotated[tuple[Phrase, ...], AfterValidator(is_distinct)]
Labels = Annotated[Phrases, Field(min_length=1)]
Character = Annotated[str, Field(min_length=1, max_length=1)]


class Speakers(Strict):
    """Labels with which the turns of a speaker begin, without the colon."""

    collector: Labels
    borrower: Labels
    other: Labels

    @model_validator(mode="after")
    def _is_told_apart(self) -> Speakers:
        labels = [folded(label, FOLDS) for label in chain(self.collector, self.borrower, self.other)]
        if repeated := sorted({label for label in labels if labels.count(label) > 1}):
            raise ValueError(f"labels stand twice: {repeated}")
        return self

    def by_label(self) -> dict[str, str]:
        """Speaker code by folded label."""
        return {
            folded(label, FOLDS): speaker
            for speaker, labels in (
                ("collector", self.collector),
                ("borrower", self.borrower),
                ("other", self.other),
            )
            for label in labels
        }


class Negation(Strict):
    """What takes an entry back when it stands before it.

    Attributes:
        words: negations.
        ends: marks and words beyond which a negation doesn't reach: they end the clause, or negate something else.
        reach_characters: characters before the entry in which a negation counts, at least its last one.
    """

    words: Phrases
    ends: Annotated[tuple[Annotated[str, Field(min_length=1)], ...], AfterValidator(is_distinct)]
    reach_characters: PositiveCount


class Pattern(Strict):
    """An entry that is a regular expression, in the syntax that Python and RE2 share, on folded text.

    Attributes:
        name: stands in findings as the phrase.
        regex: matches inside one line.
        not_after: a match right after one of these characters does not count.
        example: that it finds, for people and tests.
    """

    name: Phrase
    regex: Annotated[str, AfterValidator(_is_regex)]
    not_after: str = ""
    example: Phrase

    @model_validator(mode="after")
    def _finds_its_example(self) -> Pattern:
        if re.search(self.regex, folded(self.example, FOLDS)) is None:
            raise ValueError("does not find its example")
        return self


class Group(Strict):
    """Entries of one kind with one source.

    Attributes:
        language_code: kind of language.
        source: law, standard or practice that forbids it.
        mark: A primary text read, B secondary source read, C not verified or a choice of this project.
        phrases: found as they are written, apart from width, case, blanks and variants.
        patterns: found by regular expression.
    """

    language_code: Annotated[str, AfterValidator(_is_language)]
    source: str = Field(min_length=5)
    mark: Mark
    phrases: Phrases = ()
    patterns: tuple[Pattern, ...] = ()

    @model_validator(mode="after")
    def _has_entries(self) -> Group:
        if not self.phrases and not self.patterns:
            raise ValueError("the group has neither phrases nor patterns")
        return self


class Lexicon(Strict):
    """One version of one lexicon.

    Attributes:
        name: also the name of its file.
        version: from 1, grows with each change.
        language: ISO 639-1 code of the language it is for.
        speakers: labels of the turns.
        variants: characters that are searched as another one, such as a polite form.
        negation: what takes an entry back.
        quotation_cues: that make quotation marks right after them a quotation of the borrower.
        everyday: what lawful transcripts are full of; makes the search faster and finds nothing.
        sets: words by name; `<name>` in a pattern stands for any of them.
        groups: by name.
    """

    name: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    version: PositiveCount
    language: Literal["zh", "en"]
    speakers: Speakers
    variants: Mapping[Character, Character] = Field(default_factory=dict)
    negation: Negation
    quotation_cues: Phrases
    everyday: Phrases = ()
    sets: Mapping[str, Labels] = Field(default_factory=dict)
    groups: dict[str, Group] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _with_words_of_sets(cls, data: dict[str, Any]) -> dict[str, Any]:
        return data | {"groups": expanded_groups(data)} if isinstance(data.get("groups"), dict) else data

    @model_validator(mode="after")
    def _has_each_entry_once(self) -> Lexicon:
        folds = FOLDS | dict(self.variants)
        if chained := sorted(set(self.variants.values()) & folds.keys()):
            raise ValueError(f"variants stand for characters that are variants themselves: {chained}")
        first: dict[str, tuple[str, str]] = {}
        for group, entry in self._entries():
            key = folded(entry, folds)
            if key in first:
                known_group, known = first[key]
                told = {"entry": entry, "group": group, "known": known, "known_group": known_group}
                raise PydanticCustomError(_REPEATED, "{entry} is {known} in {known_group} already", told)
            first[key] = (group, entry)
        return self

    def _entries(self) -> Iterator[tuple[str, str]]:
        for name, group in self.groups.items():
            yield from ((name, phrase) for phrase in group.phrases)
            yield from ((name, pattern.name) for pattern in group.patterns)


def parse_lexicon(text: str, *, file: str) -> Lexicon:
    """Read one lexicon from TOML text.

    Raises:
        ArrearsError: `LEXICON_INVALID`, naming the file and, for each problem, line, key and reason.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ArrearsError(LEXICON_INVALID, file=file, problems=str(error)) from error
    try:
        return Lexicon.model_validate(data)
    except ValidationError as error:
        problems = sorted(_located(text, data, problem) for problem in error.errors())
        listed = "; ".join(f"line {line}: {key}: {reason}" for line, key, reason in problems)
        raise ArrearsError(LEXICON_INVALID, file=file, problems=listed) from error


def _located(text: str, data: dict[str, Any], problem: ErrorDetails) -> tuple[int, str, str]:
    """Line, key and reason of a problem."""
    if problem["type"] == _REPEATED:
        path: tuple[str | int, ...] = ("groups", problem["ctx"]["group"])
        written = problem["ctx"]["entry"]
    else:
        path, written = problem["loc"], _written(data, problem["loc"])
    begins = line_of(text, path)
    line = _line_with(text, written, begins) if written else None
    return line or begins, ".".join(map(str, path)) or "lexicon", problem["msg"]


def _written(data: dict[str, Any], path: tuple[str | int, ...]) -> str | None:
    """A text that stands on the line of a key inside a list: the name of its pattern, or the text itself."""
    node: Any = data
    written = None
    for part in path:
        try:
            node = node[part]
        except (KeyError, IndexError, TypeError):
            break
        if isinstance(node, dict) and isinstance(node.get("name"), str):
            return str(node["name"])
        written = node if isinstance(node, str) else None
    return written


def _line_with(text: str, written: str, begins: int) -> int | None:
    """The first line from one on that has a text in quotation marks; lists may have many lines."""
    forms = (json.dumps(written, ensure_ascii=False), f"'{written}'")
    for number, line in enumerate(text.splitlines()[begins - 1 :], start=begins):
        if any(form in line for form in forms):
            return number
    return None
