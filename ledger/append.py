"""Appending one page to the log, inside one write transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, insert, select, update

from ledger.bulk import bulk_changes, bulk_leaf, insert_events, store_changes
from ledger.entries import FORMAT
from ledger.event_columns import EventColumnsDraft
from ledger.merkle import HASH_BYTES, Frontier
from ledger.page import Draft, Page, bureau_of, draft_leaf
from ledger.reading import page_with_key
from ledger.states import CaseState, Standing, advance
from ledger.tables import CASE_HEADS, EVENTS, LOG_HEAD, PAGES
from schemas.errors.kind import ArrearsError
from schemas.errors.ledger import LEDGER_NOT_INTACT, PAGE_CONFLICT

# Below the limits on bound parameters of SQLite (32,766) and of PostgreSQL's protocol (65,535).
_CASES_PER_QUERY = 5000


class _Change(NamedTuple):
    before: Standing | None
    after: Standing


def append_page(connection: Connection, draft: Draft) -> Page:
    """Write a page as the next leaf of the log, or give back the page that holds this work already.

    Raises:
        ArrearsError: PAGE_CONFLICT, ILLEGAL_TRANSITION, UNKNOWN_EVENT, or LEDGER_NOT_INTACT when the tree head is lost.
    """
    frontier = _locked_frontier(connection)
    written = page_with_key(connection, draft.key)
    if written is not None:
        _require_same_work(connection, written.page_no, draft)
        return written
    page_no = frontier.size + 1
    changes = _changes(draft, page_no, _standings(connection, sorted({event[0] for event in draft.events})))
    leaf = draft_leaf(draft, page_no)
    frontier = frontier.append(leaf)
    _insert_page(connection, draft, page_no, leaf.hex(), frontier.root().hex())
    _store_changes(connection, changes)
    return _finish(connection, draft, frontier)


def append_bulk(connection: Connection, draft: Draft, events: EventColumnsDraft) -> Page:
    """The same for a page of many events, which are given beside the draft as columns.

    Raises:
        ArrearsError: as `append_page`.
    """
    frontier = _locked_frontier(connection)
    written = page_with_key(connection, draft.key)
    if written is not None:
        _require_same_work(connection, written.page_no, replace(draft, events=tuple(events.rows())))
        return written
    page_no = frontier.size + 1
    leaf = bulk_leaf(draft, events, page_no)
    frontier = frontier.append(leaf)
    _insert_page(connection, draft, page_no, leaf.hex(), frontier.root().hex())
    if len(events):
        insert_events(connection, events, page_no)
        store_changes(connection, bulk_changes(connection, events, page_no), page_no)
    return _finish(connection, draft, frontier)


def _finish(connection: Connection, draft: Draft, frontier: Frontier) -> Page:
    connection.execute(
        update(LOG_HEAD).values(
            size=frontier.size, root_hash=frontier.root().hex(), frontier=b"".join(frontier.nodes).hex()
        )
    )
    page = page_with_key(connection, draft.key)
    if page is None:
        raise ArrearsError(LEDGER_NOT_INTACT, key=draft.key, rule="a page is readable once written")
    return page


def frontier_from(size: int, nodes_hex: str) -> Frontier:
    """The frontier from its stored form, all nodes in hexadecimal behind one another.

    Raises:
        ValueError: when the text is not hexadecimal or does not fit the size.
    """
    nodes = bytes.fromhex(nodes_hex)
    return Frontier(size, tuple(nodes[start : start + HASH_BYTES] for start in range(0, len(nodes), HASH_BYTES)))


def _locked_frontier(connection: Connection) -> Frontier:
    head = connection.execute(select(LOG_HEAD.c.size, LOG_HEAD.c.frontier).with_for_update()).one_or_none()
    if head is None:
        raise ArrearsError(LEDGER_NOT_INTACT, rule="the log has one tree head")
    try:
        return frontier_from(head.size, head.frontier)
    except (TypeError, ValueError):
        raise ArrearsError(LEDGER_NOT_INTACT, rule="the frontier fits the size of the log") from None


def _require_same_work(connection: Connection, page_no: int, draft: Draft) -> None:
    """A page is the same work whenever it was written: the time is left out, so that a retry finds its first try."""
    row = connection.execute(
        select(PAGES.c.kind, PAGES.c.actor, PAGES.c.content_json).where(PAGES.c.page_no == page_no)
    ).one()
    events = connection.execute(
        select(EVENTS.c.case_id, EVENTS.c.kind, EVENTS.c.detail_json)
        .where(EVENTS.c.page_no == page_no)
        .order_by(EVENTS.c.event_no)
    ).all()
    differs = [
        name
        for name, is_same in (
            ("kind", row.kind == draft.kind),
            ("actor", row.actor == draft.actor),
            ("content", row.content_json == draft.content_json),
            ("events", tuple(tuple(event) for event in events) == draft.events),
        )
        if not is_same
    ]
    if differs:
        raise ArrearsError(PAGE_CONFLICT, key=draft.key, page_no=page_no, differs=" and ".join(differs))


def _standings(connection: Connection, case_ids: Sequence[str]) -> dict[str, Standing]:
    standings = {}
    for start in range(0, len(case_ids), _CASES_PER_QUERY):
        some = case_ids[start : start + _CASES_PER_QUERY]
        for case_id, state, *places in connection.execute(
            select(
                CASE_HEADS.c.case_id,
                CASE_HEADS.c.state,
                CASE_HEADS.c.since_page_no,
                CASE_HEADS.c.last_page_no,
                CASE_HEADS.c.last_event_no,
            ).where(CASE_HEADS.c.case_id.in_(some))
        ):
            standings[case_id] = Standing(_stored_state(case_id, state), *places)
    return standings


def _stored_state(case_id: str, state: str) -> CaseState:
    try:
        return CaseState(state)
    except ValueError:
        raise ArrearsError(LEDGER_NOT_INTACT, case_id=case_id, rule="the stored state is one of the declared") from None


def _changes(draft: Draft, page_no: int, standings: dict[str, Standing]) -> dict[str, _Change]:
    changes: dict[str, _Change] = {}
    for event_no, (case_id, kind, _) in enumerate(draft.events):
        change = changes.get(case_id)
        before = standings.get(case_id)
        current = before if change is None else change.after
        changes[case_id] = _Change(before, advance(case_id, current, kind, page_no, event_no))
    return changes


def _insert_page(connection: Connection, draft: Draft, page_no: int, leaf: str, root_hash: str) -> None:
    connection.execute(
        insert(PAGES).values(
            page_no=page_no,
            key=draft.key,
            kind=draft.kind,
            actor=draft.actor,
            written_at=draft.written_at,
            content_json=draft.content_json,
            leaf_hash=leaf,
            root_hash=root_hash,
            format=FORMAT,
            salt=draft.salt.hex(),
        )
    )
    if draft.events:
        connection.execute(
            insert(EVENTS),
            [
                {"page_no": page_no, "event_no": event_no, "case_id": case_id, "kind": kind, "detail_json": detail_json}
                for event_no, (case_id, kind, detail_json) in enumerate(draft.events)
            ],
        )


def _store_changes(connection: Connection, changes: dict[str, _Change]) -> None:
    new = list(_new_heads(changes))
    if new:
        connection.execute(insert(CASE_HEADS), new)
    moved = list(_moved_heads(changes))
    if moved:
        connection.execute(
            update(CASE_HEADS)
            .where(CASE_HEADS.c.case_id == bindparam("of_case"))
            .values(
                state=bindparam("to_state"),
                since_page_no=bindparam("since"),
                last_page_no=bindparam("last_page"),
                last_event_no=bindparam("last_event"),
            ),
            moved,
        )


def _new_heads(changes: dict[str, _Change]) -> Iterator[dict[str, object]]:
    for case_id, (before, after) in changes.items():
        if before is None:
            yield {
                "case_id": case_id,
                "bureau": bureau_of(case_id),
                "state": after.state.value,
                "since_page_no": after.since_page_no,
                "last_page_no": after.last_page_no,
                "last_event_no": after.last_event_no,
            }


def _moved_heads(changes: dict[str, _Change]) -> Iterator[dict[str, object]]:
    for case_id, (before, after) in changes.items():
        if before is not None:
            yield {
                "of_case": case_id,
                "to_state": after.state.value,
                "since": after.since_page_no,
                "last_page": after.last_page_no,
                "last_event": after.last_event_no,
            }
