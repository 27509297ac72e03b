"""What the ledger is asked: pages, events, and where each case stands."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, Row, Select, and_, func, select

from ledger.page import BookedEvent, Page
from ledger.tables import CASE_HEADS, EVENTS, LOG_HEAD, PAGES
from schemas.errors.kind import ArrearsError
from schemas.errors.ledger import LEDGER_NOT_INTACT

_HASH = re.compile(r"[0-9a-f]{64}")

CASE_STATES = pa.schema(
    [
        pa.field("case_id", pa.string(), nullable=False),
        pa.field("state", pa.string(), nullable=False),
        pa.field("since_page_no", pa.int64(), nullable=False),
        pa.field("last_event_kind", pa.string(), nullable=False),
        pa.field("detail_json", pa.string(), nullable=False),
    ]
)
CASE_EVENTS = pa.schema(
    [
        pa.field("case_id", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("detail_json", pa.string(), nullable=False),
        pa.field("page_no", pa.int64(), nullable=False),
        pa.field("event_no", pa.int64(), nullable=False),
        pa.field("written_at", pa.timestamp("us", tz="UTC"), nullable=False),
    ]
)


def page_with_key(connection: Connection, key: str) -> Page | None:
    """The page with this key, if it is written."""
    row = connection.execute(select(PAGES).where(PAGES.c.key == key)).one_or_none()
    return None if row is None else _page(row)


def pages(connection: Connection, kind: str | None, key_prefix: str | None) -> list[Page]:
    """Pages of a kind, or whose key begins so, or both; oldest first."""
    query = select(PAGES).order_by(PAGES.c.page_no)
    if kind is not None:
        query = query.where(PAGES.c.kind == kind)
    if key_prefix is not None:
        # Not LIKE: SQLite's takes upper and lower case for the same.
        query = query.where(func.substr(PAGES.c.key, 1, len(key_prefix)) == key_prefix)
    return [_page(row) for row in connection.execute(query)]


def events(
    connection: Connection, case_id: str | None, kinds: Collection[str] | None, page_no: int | None
) -> list[BookedEvent]:
    """Events that meet all given conditions, oldest first."""
    query = select(EVENTS, PAGES.c.key.label("page_key"), PAGES.c.actor, PAGES.c.written_at).join(
        PAGES, PAGES.c.page_no == EVENTS.c.page_no
    )
    if case_id is not None:
        query = query.where(EVENTS.c.case_id == case_id)
    if kinds is not None:
        query = query.where(EVENTS.c.kind.in_(sorted(kinds)))
    if page_no is not None:
        query = query.where(EVENTS.c.page_no == page_no)
    return [_event(row) for row in connection.execute(query.order_by(EVENTS.c.page_no, EVENTS.c.event_no))]


def event_table(connection: Connection, bureau: str, kinds: Collection[str]) -> pa.Table:
    """All events of these kinds of a bureau's cases, oldest first, as `CASE_EVENTS`."""
    query = (
        select(
            EVENTS.c.case_id,
            EVENTS.c.kind,
            EVENTS.c.detail_json,
            EVENTS.c.page_no,
            EVENTS.c.event_no,
            PAGES.c.written_at,
        )
        .join(PAGES, PAGES.c.page_no == EVENTS.c.page_no)
        .join(CASE_HEADS, CASE_HEADS.c.case_id == EVENTS.c.case_id)
        .where(CASE_HEADS.c.bureau == bureau, EVENTS.c.kind.in_(sorted(kinds)))
        .order_by(EVENTS.c.page_no, EVENTS.c.event_no)
    )
    *columns, written_at = _columns(connection, query, CASE_EVENTS)
    instants = pa.array(written_at, pa.string())
    return pa.table([*columns, instants.cast(CASE_EVENTS.field("written_at").type)], schema=CASE_EVENTS)


def case_states(connection: Connection, bureau: str) -> pa.Table:
    """Where each case of a bureau stands, as `CASE_STATES`, in order of `case_id`."""
    query = (
        select(
            CASE_HEADS.c.case_id, CASE_HEADS.c.state, CASE_HEADS.c.since_page_no, EVENTS.c.kind, EVENTS.c.detail_json
        )
        .join(
            EVENTS,
            and_(EVENTS.c.page_no == CASE_HEADS.c.last_page_no, EVENTS.c.event_no == CASE_HEADS.c.last_event_no),
        )
        .where(CASE_HEADS.c.bureau == bureau)
    )
    # Sorted here, since databases sort text by their own collations.
    return pa.table(_columns(connection, query, CASE_STATES), schema=CASE_STATES).sort_by("case_id")


def case_state(connection: Connection, case_id: str) -> str | None:
    """The state of one case; None when the ledger does not have it."""
    return connection.scalar(select(CASE_HEADS.c.state).where(CASE_HEADS.c.case_id == case_id))


def head(connection: Connection) -> tuple[int, str] | None:
    """Size and root hash of the log as stored; None when the row is lost."""
    row = connection.execute(select(LOG_HEAD.c.size, LOG_HEAD.c.root_hash)).one_or_none()
    return None if row is None else (row.size, row.root_hash)


def leaf_hashes(connection: Connection) -> list[bytes]:
    """The leaf of every page, oldest first, as stored.

    Raises:
        ArrearsError: LEDGER_NOT_INTACT when one is not a hash, or a page is missing.
    """
    rows = connection.execute(select(PAGES.c.page_no, PAGES.c.leaf_hash).order_by(PAGES.c.page_no))
    leaves = []
    for number, (page_no, leaf) in enumerate(rows, start=1):
        if page_no != number or not _HASH.fullmatch(leaf):
            raise ArrearsError(LEDGER_NOT_INTACT, page_no=number, rule="pages are numbered without gaps, with hashes")
        leaves.append(bytes.fromhex(leaf))
    return leaves


def _columns(connection: Connection, query: Select[Any], schema: pa.Schema) -> Sequence[Sequence[Any]]:
    rows = connection.execute(query).all()
    return list(zip(*rows, strict=True)) if rows else [[] for _ in schema]


def _page(row: Row[Any]) -> Page:
    return Page(
        page_no=row.page_no,
        key=row.key,
        kind=row.kind,
        actor=row.actor,
        written_at=datetime.fromisoformat(row.written_at),
        content=json.loads(row.content_json),
        leaf_hash=row.leaf_hash,
        root_hash=row.root_hash,
    )


def _event(row: Row[Any]) -> BookedEvent:
    return BookedEvent(
        page_no=row.page_no,
        event_no=row.event_no,
        case_id=row.case_id,
        kind=row.kind,
        detail=json.loads(row.detail_json),
        page_key=row.page_key,
        actor=row.actor,
        written_at=datetime.fromisoformat(row.written_at),
    )
