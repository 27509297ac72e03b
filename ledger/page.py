"""What a page is, what stands on it, and the bytes of it that are hashed."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ledger.canonical import canonical_instant, canonical_object, canonical_string
from ledger.entries import PAGE_SALT_BYTES, page_head
from schemas.errors.kind import ArrearsError
from schemas.errors.ledger import PAGE_INVALID

MAX_TEXT_LENGTH = 255
_TEXT = re.compile(rf"[^\x00-\x1f\x7f\ud800-\udfff]{{1,{MAX_TEXT_LENGTH}}}")
_CASE_ID = re.compile(r'([a-z][a-z0-9_]*)-[^\s"\\\x00-\x1f\ud800-\udfff]+-\d{8}', re.ASCII)


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happens to one case.

    Attributes:
        case_id: `bureau-loan-YYYYMMDD`.
        kind: one of `states.EventKind`.
        detail: JSON values that say how; amounts, dates and instants as text; no personal data.
    """

    case_id: str
    kind: str
    detail: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BookedEvent:
    """An event with its place in the ledger.

    Attributes:
        page_no: the page it stands on, counted from 1.
        event_no: its place on the page, counted from 0.
        case_id: `bureau-loan-YYYYMMDD`.
        kind: one of `states.EventKind`.
        detail: JSON values that say how.
        page_key: key of the page.
        actor: who did it.
        written_at: when, UTC.
    """

    page_no: int
    event_no: int
    case_id: str
    kind: str
    detail: dict[str, Any]
    page_key: str
    actor: str
    written_at: datetime


@dataclass(frozen=True, slots=True)
class Page:
    """What one task did, as it stands in the ledger. Its events are read apart, by page number.

    Attributes:
        page_no: counted from 1 without gaps; the page is leaf `page_no - 1` of the log.
        key: identity of the piece of work, unique.
        kind: what sort of work.
        actor: who did it: `task:...` or `user:...`.
        written_at: when, UTC.
        content: JSON values.
        leaf_hash: SHA-256 of the leaf, hexadecimal.
        root_hash: root of the log up to and with this page, hexadecimal.
    """

    page_no: int
    key: str
    kind: str
    actor: str
    written_at: datetime
    content: dict[str, Any]
    leaf_hash: str
    root_hash: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A page that is checked and in canonical form, but has no number yet.

    Attributes:
        key: identity of the piece of work.
        kind: what sort of work.
        actor: who did it.
        written_at: canonical text of the instant.
        content_json: canonical text of the content.
        events: case, kind and canonical text of the detail of each event, in order.
        salt: fresh for each page, so that an entry that a proof does not show can't be guessed.
    """

    key: str
    kind: str
    actor: str
    written_at: str
    content_json: str
    events: tuple[tuple[str, str, str], ...]
    salt: bytes = field(repr=False)


def draft_of(
    key: str, kind: str, actor: str, content: Mapping[str, object], events: Iterable[Event], written_at: datetime
) -> Draft:
    """Check a page and bring it into canonical form.

    Raises:
        ArrearsError: PAGE_INVALID or NOT_JSON, naming the field.
    """
    return Draft(
        key=_text(key, "key"),
        kind=_text(kind, "kind"),
        actor=_text(actor, "actor"),
        written_at=canonical_instant(written_at, "written_at"),
        content_json=canonical_object(content, "content"),
        events=tuple(
            (
                _case_id(event.case_id, position),
                _text(event.kind, f"events[{position}].kind"),
                canonical_object(event.detail, f"events[{position}].detail"),
            )
            for position, event in enumerate(events)
        ),
        salt=secrets.token_bytes(PAGE_SALT_BYTES),
    )


def bureau_of(case_id: str) -> str:
    """The bureau that a case is on its way to."""
    return case_id.partition("-")[0]


def event_json(case_id: str, kind: str, detail_json: str) -> str:
    """Canonical text of an event; `detail_json` is canonical already."""
    return f'{{"case_id":{canonical_string(case_id)},"detail":{detail_json},"kind":{canonical_string(kind)}}}'


def page_bytes(
    page_no: int, key: str, kind: str, actor: str, written_at: str, content_json: str, event_jsons: Sequence[str]
) -> bytes:
    """The bytes of a page of format 1 that are hashed. No new page is of this format.

    They are RFC 8785 JSON of {actor, content, events, key, kind, page_no, written_at}, put together from parts that
    are canonical already, so that the ledger stores no part twice.
    """
    return (
        f'{{"actor":{canonical_string(actor)},"content":{content_json},"events":[{",".join(event_jsons)}],'
        f'"key":{canonical_string(key)},"kind":{canonical_string(kind)},"page_no":{page_no},'
        f'"written_at":{canonical_string(written_at)}}}'
    ).encode()


def draft_leaf(draft: Draft, page_no: int) -> bytes:
    """The leaf of the log when a draft becomes the page of this number."""
    event_jsons = [event_json(*event) for event in draft.events]
    return page_head(
        page_no, draft.key, draft.kind, draft.actor, draft.written_at, draft.content_json, event_jsons, draft.salt
    ).leaf()


def _text(value: object, name: str) -> str:
    if not isinstance(value, str) or not _TEXT.fullmatch(value):
        raise ArrearsError(
            PAGE_INVALID, field=name, rule=f"1 to {MAX_TEXT_LENGTH} characters, none of them a control character"
        )
    return str.__str__(value)


def _case_id(value: object, position: int) -> str:
    if not isinstance(value, str) or len(value) > MAX_TEXT_LENGTH or not _CASE_ID.fullmatch(value):
        raise ArrearsError(PAGE_INVALID, field=f"events[{position}].case_id", rule="bureau-loan-YYYYMMDD")
    return str.__str__(value)
