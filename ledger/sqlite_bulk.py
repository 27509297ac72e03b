"""Many rows into SQLite in few statements.

A statement of its own for each row costs more than the row, so one carries many rows; and what the database has, such
as the case of an event, is copied there and not given to it a second time. All run inside the transaction that is
rolled back as a whole when one fails, so they are `OR FAIL`: SQLite then need not note what would undo one statement.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa

from ledger.arrow import Rows, SqliteReader, table_of
from ledger.case_replay import NOT_IN_LEDGER, STATE_NAMES, Standings
from ledger.event_columns import EventColumnsDraft

_EVENTS_A_STATEMENT = 50
_EVENTS_AT_ONCE = _EVENTS_A_STATEMENT * 1000
_STANDINGS = {
    "event_no": "integer",
    "state": "text",
    "since_page_no": "integer",
    "last_page_no": "integer",
    "last_event_no": "integer",
}
_OF_EVENTS = (
    "INSERT OR FAIL INTO case_heads (case_id, bureau, state, since_page_no, last_page_no, last_event_no) "
    "SELECT e.case_id, substr(e.case_id, 1, instr(e.case_id, '-') - 1), :state, :page_no, :page_no, e.event_no "
)
_HEAD_OF_EVENT = (
    f"{_OF_EVENTS}FROM json_each(:event_nos) AS last "
    "CROSS JOIN events AS e ON e.page_no = :page_no AND e.event_no = last.value WHERE true"
)
_HEADS_OF_EVENTS = f"{_OF_EVENTS}FROM events AS e WHERE e.page_no = :page_no AND e.event_no BETWEEN :first AND :last"
_STAYED = (
    " ON CONFLICT (case_id) DO UPDATE SET last_page_no = excluded.last_page_no, last_event_no = excluded.last_event_no"
)
_MOVED = f"{_STAYED}, state = excluded.state, since_page_no = excluded.since_page_no"


def insert_events(connection: Any, events: EventColumnsDraft, page_no: int) -> None:
    """Store the events of a page.

    Args:
        connection: of SQLite's driver.
        events: all of them.
        page_no: of the page.
    """
    for start in range(0, len(events), _EVENTS_AT_ONCE):
        columns = (events.case_ids, events.kinds, events.detail_jsons)
        lists = [column.slice(start, _EVENTS_AT_ONCE).to_pylist() for column in columns]
        values = list(chain.from_iterable(zip(*lists, strict=True)))
        for offset in range(0, len(lists[0]), _EVENTS_A_STATEMENT):
            own = values[offset * len(lists) : (offset + _EVENTS_A_STATEMENT) * len(lists)]
            connection.execute(_insertion(len(own) // len(lists)), (page_no, start + offset, *own))


def _insertion(count: int) -> str:
    rows = ", ".join(f"(?1, ?2 + {number}, ?, ?, ?)" for number in range(count))
    return f"INSERT OR FAIL INTO events (page_no, event_no, case_id, kind, detail_json) VALUES {rows}"  # noqa: S608 - no values


def standings_before(connection: Any, page_no: int) -> pa.Table:
    """Where the cases stand that events of a page are about: the place of the event, and what stands of its case.

    Raises:
        ValueError: when a value is missing or not of its type.
    """
    source = "events CROSS JOIN case_heads USING (case_id)"
    return table_of(SqliteReader(connection), Rows(source, _STANDINGS, ("event_no",), f"page_no = {page_no:d}"))


def store_heads(connection: Any, before: Standings, after: Standings, page_no: int) -> None:
    """Store where each case of a page's events stands now; each has its latest event on the page."""
    for changes, state, event_nos in _groups(before, after, page_no):
        first, last = int(event_nos[0]), int(event_nos[-1])
        facts = {"state": STATE_NAMES[state], "page_no": page_no}
        if last - first + 1 == len(event_nos):
            connection.execute(_HEADS_OF_EVENTS + changes, {**facts, "first": first, "last": last})
        else:
            connection.execute(_HEAD_OF_EVENT + changes, {**facts, "event_nos": json.dumps(event_nos.tolist())})


def _groups(before: Standings, after: Standings, page_no: int) -> Iterator[tuple[str, int, Any]]:
    """Cases of which the same is written: what happens to a head that is there, the state, latest events in order."""
    is_new = before.states == NOT_IN_LEDGER
    # A case that came into its state on an earlier page stayed in it: only the place of its latest event is new.
    is_moved = ~is_new & (after.since == page_no)
    for changes, is_so in (("", is_new), (_MOVED, is_moved), (_STAYED, ~is_new & ~is_moved)):
        for state in np.unique(after.states[is_so]).tolist():
            yield changes, state, np.sort(after.last_events[is_so & (after.states == state)])
