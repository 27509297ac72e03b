"""Appending a page of many events: hashed, checked and stored as columns, under the same lock and transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv
from sqlalchemy import Connection

from ledger import sqlite_bulk
from ledger.case_replay import KIND_NAMES, NOT_IN_LEDGER, STATE_NAMES, Standings, bureaus_of, replayed
from ledger.entries import ENTRY_SALT_BYTES, PageHead, entry_leaves, entry_salts, members_of
from ledger.entry_batches import TreeOfEntries, codes_of, event_entries, leaves_of_entries
from ledger.event_columns import EventColumnsDraft
from ledger.page import Draft
from ledger.states import CaseState, Standing, advance
from schemas.errors.kind import ArrearsError
from schemas.errors.ledger import LEDGER_NOT_INTACT

_EVENTS_AT_ONCE = 65_536
_COPIED_BYTES = 1 << 20
_STANDING = pa.schema(
    [
        ("case_id", pa.string()),
        ("state", pa.string()),
        ("since_page_no", pa.int64()),
        ("last_page_no", pa.int64()),
        ("last_event_no", pa.int64()),
    ]
)


def bulk_leaf(draft: Draft, events: EventColumnsDraft, page_no: int) -> bytes:
    """The leaf of the log when a draft with these events becomes the page of this number."""
    members = members_of(draft.content_json)
    salts = memoryview(entry_salts(draft.salt, len(members) + len(events)))[len(members) * ENTRY_SALT_BYTES :]
    tree = TreeOfEntries()
    tree.add(b"".join(entry_leaves(draft.salt, members)))
    for start in range(0, len(events), _EVENTS_AT_ONCE):
        columns = (events.case_ids, events.kinds, events.detail_jsons)
        entries = event_entries(*(column.slice(start, _EVENTS_AT_ONCE) for column in columns))
        own = salts[start * ENTRY_SALT_BYTES : (start + len(entries)) * ENTRY_SALT_BYTES]
        tree.add(leaves_of_entries(bytes(own), entries))
    facts = (page_no, draft.key, draft.kind, draft.actor, draft.written_at)
    return PageHead.of(*facts, len(members), len(events), tree.root(), draft.salt).leaf()


@dataclass(frozen=True)
class BulkChanges:
    """What the events of a page make of their cases, one value a case.

    Attributes:
        case_ids: in no order.
        before: where each stood.
        after: where each stands now.
    """

    case_ids: pa.Array
    before: Standings
    after: Standings


def bulk_changes(connection: Connection, events: EventColumnsDraft, page_no: int) -> BulkChanges:
    """The standings that follow from the events of a page, which are stored already.

    Raises:
        ArrearsError: ILLEGAL_TRANSITION, naming the first case; LEDGER_NOT_INTACT.
    """
    encoded = events.case_ids.dictionary_encode()
    case_ids, cases = encoded.dictionary, encoded.indices.to_numpy()
    try:
        before = _before(connection, case_ids, cases, page_no)
    except ValueError:
        raise ArrearsError(LEDGER_NOT_INTACT, rule="the stored states are among the declared") from None
    try:
        kinds = codes_of(events.kinds, KIND_NAMES)
    except ValueError:
        raise _first_fault(events, dict(_standings_of(case_ids, before)), page_no) from None
    page_nos, event_nos = np.full(len(events), page_no, dtype=np.int64), np.arange(len(events), dtype=np.int32)
    after = replayed(cases, kinds, page_nos, event_nos, before)
    if after is None:
        raise _first_fault(events, dict(_standings_of(case_ids, before)), page_no)
    return BulkChanges(case_ids, before, after)


def _before(connection: Connection, case_ids: pa.Array, cases: Any, page_no: int) -> Standings:
    if connection.dialect.name == "sqlite":
        stored = sqlite_bulk.standings_before(connection.connection.driver_connection, page_no)
        places = cases[stored["event_no"].to_numpy()]
    else:
        stored = _stored(connection, case_ids)
        places = pc.index_in(stored["case_id"], value_set=case_ids).to_numpy()
    standings = Standings.nowhere(len(case_ids))
    standings.states[places] = codes_of(stored["state"], STATE_NAMES)
    standings.since[places] = stored["since_page_no"].to_numpy()
    standings.last_pages[places] = stored["last_page_no"].to_numpy()
    standings.last_events[places] = stored["last_event_no"].to_numpy()
    return standings


def _standings_of(case_ids: pa.Array, standings: Standings) -> Iterable[tuple[str, Standing]]:
    columns = (standings.states, standings.since, standings.last_pages, standings.last_events)
    for case_id, state, *places in zip(case_ids.to_pylist(), *(column.tolist() for column in columns), strict=True):
        if state != NOT_IN_LEDGER:
            yield case_id, Standing(CaseState(STATE_NAMES[state]), *places)


def _first_fault(events: EventColumnsDraft, standings: dict[str, Standing], page_no: int) -> ArrearsError:
    """The error of the first event that its case can't take."""
    try:
        for event_no, (case_id, kind, _) in enumerate(events.rows()):
            standings[case_id] = advance(case_id, standings.get(case_id), kind, page_no, event_no)
    except ArrearsError as error:
        return error
    raise AssertionError("columns and rows differ on what a case can take")


def _stored(connection: Connection, case_ids: pa.Array) -> pa.Table:
    query = f"SELECT {', '.join(_STANDING.names)} FROM case_heads WHERE case_id = ANY(%s)"  # noqa: S608 - names of this module
    rows = connection.exec_driver_sql(query, (case_ids.to_pylist(),)).all()
    columns = list(zip(*rows, strict=True)) or [()] * len(_STANDING)
    arrays = [pa.array(column, field.type) for column, field in zip(columns, _STANDING, strict=True)]
    return pa.Table.from_arrays(arrays, schema=_STANDING)


def insert_events(connection: Connection, events: EventColumnsDraft, page_no: int) -> None:
    """Store the events of a page."""
    if connection.dialect.name == "sqlite":
        sqlite_bulk.insert_events(connection.connection.driver_connection, events, page_no)
        return
    table = pa.table(
        {
            "page_no": pa.repeat(page_no, len(events)),
            "event_no": pa.array(np.arange(len(events))),
            "case_id": events.case_ids,
            "kind": events.kinds,
            "detail_json": events.detail_jsons,
        }
    )
    _copy(connection, "events", table)


def store_changes(connection: Connection, changes: BulkChanges, page_no: int) -> None:
    """Store where each case stands now."""
    if connection.dialect.name == "sqlite":
        sqlite_bulk.store_heads(connection.connection.driver_connection, changes.before, changes.after, page_no)
        return
    after = changes.after
    heads = pa.table(
        {
            "case_id": changes.case_ids,
            "bureau": bureaus_of(changes.case_ids),
            "state": pa.array(STATE_NAMES).take(pa.array(after.states)),
            "since_page_no": pa.array(after.since),
            "last_page_no": pa.array(after.last_pages),
            "last_event_no": pa.array(after.last_events),
        }
    )
    is_new = pa.array(changes.before.states == NOT_IN_LEDGER)
    _copy(connection, "case_heads", heads.filter(is_new))
    _move_heads(connection, heads.filter(pc.invert(is_new)))


def _move_heads(connection: Connection, heads: pa.Table) -> None:
    if not heads.num_rows:
        return
    moved = ("state", "since_page_no", "last_page_no", "last_event_no")
    connection.exec_driver_sql("CREATE TEMPORARY TABLE moved_heads (LIKE case_heads) ON COMMIT DROP")
    _copy(connection, "moved_heads", heads)
    settings = ", ".join(f"{name} = m.{name}" for name in moved)
    connection.exec_driver_sql(
        f"UPDATE case_heads AS h SET {settings} "  # noqa: S608 - names of this module
        "FROM moved_heads AS m WHERE h.case_id = m.case_id"
    )
    connection.exec_driver_sql("DROP TABLE moved_heads")


def _copy(connection: Connection, table: str, rows: pa.Table) -> None:
    """PostgreSQL's COPY on the connection of the transaction; the rows are written as CSV by Arrow."""
    if not rows.num_rows:
        return
    options = csv.WriteOptions(include_header=False, quoting_style="all_valid")
    written = BytesIO()
    csv.write_csv(rows, written, options)
    data = written.getbuffer()
    cursor = connection.connection.cursor()
    names = ", ".join(rows.column_names)
    # The cursor is psycopg's; SQLAlchemy types it as any driver's.
    with cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN (FORMAT csv)") as copy:  # type: ignore[attr-defined]
        for start in range(0, len(data), _COPIED_BYTES):
            copy.write(data[start : start + _COPIED_BYTES])
