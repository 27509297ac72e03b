"""Templates of notices: versioned texts as data files, and the statements that each must hold, with their sources."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from string import Template
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from delivery.notices.facts import NoticeFacts
from schemas.errors import ArrearsError
from schemas.errors.notice import TEMPLATE_INVALID, TEMPLATE_UNKNOWN

TEMPLATE_FOLDER = Path(__file__).parent / "templates"

FACT_NAMES = frozenset(fact.name for fact in fields(NoticeFacts) if fact.name != "case_id")
"""Fields that a text is filled with. The case id is for errors and message ids only."""

PLACEHOLDERS = FACT_NAMES | {"template_name"}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Phrases = dict[str, tuple[Annotated[str, Field(min_length=1)], ...]]


class Statement(_Strict):
    """Something that every text of a template must say.

    Attributes:
        id: stable, never reused.
        title: what it says, for reviewers.
        fields: placeholders that must stand in the body.
        phrases: language to the words that must stand in the body of that language.
        source: law or practice that asks for it.
        mark: A primary text read, B secondary source read, C not verified or a choice of the lender.
    """

    id: str = Field(pattern=r"^N[0-9]{2}$")
    title: str = Field(min_length=1)
    fields: tuple[str, ...]
    phrases: Phrases = Field(default_factory=dict)
    source: str = Field(min_length=5)
    mark: Literal["A", "B", "C"]


class Banned(_Strict):
    """Words that no text may hold, letter case aside, with the rule that forbids them."""

    title: str = Field(min_length=1)
    phrases: Phrases
    source: str = Field(min_length=5)
    mark: Literal["A", "B", "C"]


class _Described(_Strict):
    name: str = Field(pattern=r"^[a-z0-9_]{1,40}$")
    title: str = Field(min_length=1)
    languages: tuple[str, ...] = Field(min_length=1)
    subject: dict[str, str]
    statement: tuple[Statement, ...] = Field(min_length=1)
    banned: tuple[Banned, ...] = ()


@dataclass(frozen=True)
class NoticeTemplate:
    """A template that passed its checks.

    Attributes:
        name: identity of the wording, with its version.
        title: what it is for.
        languages: the first is the notice, the others are translations.
        subjects: language to subject line.
        bodies: language to text.
        statements: what every body says, with sources.
        sha256: over names, subjects and bodies; tells two wordings apart that bear one name.
    """

    name: str
    title: str
    languages: tuple[str, ...]
    subjects: Mapping[str, str]
    bodies: Mapping[str, str]
    statements: tuple[Statement, ...]
    sha256: str


def template_names(folder: Path = TEMPLATE_FOLDER) -> tuple[str, ...]:
    """Names of the templates that there are."""
    return tuple(sorted(path.stem for path in folder.glob("*.toml")))


def load_template(name: str, folder: Path = TEMPLATE_FOLDER) -> NoticeTemplate:
    """Reads and checks a template.

    Args:
        name: such as `cn_2018_v1`.
        folder: where `<name>.toml` and a `<name>.<language>.txt` for each of its languages are.

    Raises:
        ArrearsError: TEMPLATE_UNKNOWN, TEMPLATE_INVALID.
    """
    if name not in template_names(folder):
        raise ArrearsError(TEMPLATE_UNKNOWN, template=name, known=template_names(folder))
    bodies = {
        path.name.removeprefix(f"{name}.").removesuffix(".txt"): path.read_text(encoding="utf-8")
        for path in folder.glob(f"{name}.*.txt")
    }
    template = parse_template((folder / f"{name}.toml").read_text(encoding="utf-8"), bodies, origin=f"{name}.toml")
    if template.name != name:
        raise ArrearsError(TEMPLATE_INVALID, file=f"{name}.toml", problem=f"it calls itself {template.name}")
    return template


def parse_template(description: str, bodies: Mapping[str, str], *, origin: str) -> NoticeTemplate:
    """Checks a template: every statement in every language, no banned phrase, all facts used and no other.

    Args:
        description: TOML text with name, languages, subjects, statements and banned phrases.
        bodies: language to text.
        origin: name of the file, for errors.

    Raises:
        ArrearsError: TEMPLATE_UNKNOWN when a text is missing; TEMPLATE_INVALID with file, language, statement and what
            is wrong.
    """
    try:
        described = _Described.model_validate(tomllib.loads(description))
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
        raise ArrearsError(TEMPLATE_INVALID, file=origin, problem=problems) from None
    except tomllib.TOMLDecodeError as error:
        raise ArrearsError(TEMPLATE_INVALID, file=origin, problem=str(error)) from None
    for language in described.languages:
        if language not in bodies or language not in described.subject:
            raise ArrearsError(TEMPLATE_UNKNOWN, file=origin, template=described.name, language=language)
        _require_placeholders(described.subject[language], bodies[language], origin, language)
        _require_statements(described, bodies[language], origin, language)
        _refuse_banned(described, f"{described.subject[language]}\n{bodies[language]}", origin, language)
    texts = [(language, described.subject[language], bodies[language]) for language in described.languages]
    return NoticeTemplate(
        name=described.name,
        title=described.title,
        languages=described.languages,
        subjects={language: subject for language, subject, _ in texts},
        bodies={language: body for language, _, body in texts},
        statements=described.statement,
        sha256=hashlib.sha256(repr((described.name, texts)).encode()).hexdigest(),
    )


def _require_placeholders(subject: str, body: str, origin: str, language: str) -> None:
    for text in (subject, body):
        if not Template(text).is_valid():
            raise ArrearsError(TEMPLATE_INVALID, file=origin, language=language, problem="a $ without a field's name")
    used = set(Template(body).get_identifiers())
    problems = {
        "fields not told": sorted(PLACEHOLDERS - used),
        "unknown fields": sorted((used | set(Template(subject).get_identifiers())) - PLACEHOLDERS),
    }
    for problem, names in problems.items():
        if names:
            raise ArrearsError(TEMPLATE_INVALID, file=origin, language=language, problem=f"{problem}: {names}")


def _require_statements(described: _Described, body: str, origin: str, language: str) -> None:
    used = set(Template(body).get_identifiers())
    flat = " ".join(body.split())
    for statement in described.statement:
        lacks = [name for name in statement.fields if name not in used]
        lacks += [phrase for phrase in statement.phrases.get(language, ()) if phrase not in flat]
        is_silent = not statement.fields and not statement.phrases.get(language)
        if lacks or is_silent:
            raise ArrearsError(
                TEMPLATE_INVALID,
                file=origin,
                language=language,
                statement=statement.id,
                problem=f"{statement.title}: lacks {lacks or 'words of this language'}",
                source=statement.source,
            )


def _refuse_banned(described: _Described, text: str, origin: str, language: str) -> None:
    folded = text.casefold()
    for banned in described.banned:
        found = [phrase for phrase in banned.phrases.get(language, ()) if phrase.casefold() in folded]
        if found:
            raise ArrearsError(
                TEMPLATE_INVALID, file=origin, language=language, problem=f"holds {found}", source=banned.source
            )
