"""The states of all cases at once, from columns of all events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ledger.states import TRANSITIONS, CaseState, EventKind

KIND_NAMES = tuple(kind.value for kind in EventKind)
STATE_NAMES = tuple(state.value for state in CaseState)
NOT_IN_LEDGER = len(STATE_NAMES)
_ILLEGAL = -1


def _table() -> Any:
    """TRANSITIONS as numbers: row of the state (the last one for no state), column of the event, next state."""
    table = np.full((len(STATE_NAMES) + 1, len(KIND_NAMES)), _ILLEGAL, dtype=np.int8)
    states = {state: number for number, state in enumerate(CaseState)}
    kinds = {kind: number for number, kind in enumerate(EventKind)}
    for (before, kind), after in TRANSITIONS.items():
        table[NOT_IN_LEDGER if before is None else states[before], kinds[kind]] = states[after]
    return table


_NEXT = _table()


class EventColumns:
    """All events in order, some at a time."""

    def __init__(self) -> None:
        self._case_ids: list[pa.Array] = []
        self._kinds: list[pa.Array] = []

    def add(self, events: pa.RecordBatch) -> None:
        """More events: `case_id`, and `kind` by its place in KIND_NAMES."""
        self._case_ids.append(events["case_id"])
        self._kinds.append(events["kind"])

    def fit(self, heads: pa.Table, counts: Any) -> bool:
        """Whether the heads are exactly what follows from the events.

        Args:
            heads: all columns of `case_heads`.
            counts: how many of the events are on each page.
        """
        if not self._kinds:
            return bool(heads.num_rows == 0)
        cases = pc.index_in(pa.chunked_array(self._case_ids, pa.string()), value_set=heads["case_id"])
        if cases.null_count:
            return False
        kinds = pa.chunked_array(self._kinds, pa.int8()).to_numpy()
        page_nos = np.repeat(np.arange(1, len(counts) + 1), counts)
        event_nos = np.arange(len(kinds)) - np.repeat(np.cumsum(counts) - counts, counts)
        found = replayed(cases.to_numpy(), kinds, page_nos, event_nos, Standings.nowhere(heads.num_rows))
        return found is not None and _are(heads, found)


@dataclass(frozen=True)
class Standings:
    """One value a case.

    Attributes:
        states: by their place in STATE_NAMES, NOT_IN_LEDGER for a case without events.
        since: page on which it came into that state.
        last_pages: page of its latest event.
        last_events: place of that event on the page.
    """

    states: Any
    since: Any
    last_pages: Any
    last_events: Any

    @classmethod
    def nowhere(cls, count: int) -> Standings:
        """That many cases without events."""
        zeros = (np.zeros(count, dtype=np.int64) for _ in range(3))
        return cls(np.full(count, NOT_IN_LEDGER, dtype=np.int8), *zeros)


def replayed(cases: Any, kinds: Any, page_nos: Any, event_nos: Any, before: Standings) -> Standings | None:
    """The standing of each case after its events; None when one has none, or one that its state does not allow.

    Args:
        cases: the case of each event, counted from 0, in the order in which they happened.
        kinds: of each event, by its place in KIND_NAMES.
        page_nos: the page of each event.
        event_nos: the place of each event on its page.
        before: where the cases stood.
    """
    count = len(before.states)
    per_case = np.bincount(cases, minlength=count)
    if not per_case.all():
        return None
    order = np.argsort(cases, kind="stable")
    starts = np.concatenate(([0], np.cumsum(per_case)[:-1]))
    states, since = before.states.copy(), before.since.copy()
    # The first event of every case, then the second of those that have one, and so on.
    going = np.arange(count)
    for number in range(int(per_case.max(initial=0))):
        going = going[per_case[going] > number]
        places = order[starts[going] + number]
        old, new = states[going], _NEXT[states[going], kinds[places]]
        if (new == _ILLEGAL).any():
            return None
        since[going] = np.where(old == new, since[going], page_nos[places])
        states[going] = new
    lasts = order[starts + per_case - 1]
    return Standings(states, since, page_nos[lasts], event_nos[lasts])


def bureaus_of(case_ids: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """The bureau of each case, as `page.bureau_of` says it."""
    return pc.struct_field(pc.extract_regex(case_ids, r"^(?P<bureau>[^-]*)"), "bureau")


def _are(heads: pa.Table, found: Standings) -> bool:
    states = pc.index_in(heads["state"], value_set=pa.array(STATE_NAMES, pa.string()))
    return (
        states.null_count == 0
        and bool((states.to_numpy() == found.states).all())
        and bool((heads["since_page_no"].to_numpy() == found.since).all())
        and bool((heads["last_page_no"].to_numpy() == found.last_pages).all())
        and bool((heads["last_event_no"].to_numpy() == found.last_events).all())
        and bool(pc.all(pc.equal(heads["bureau"], bureaus_of(heads["case_id"]))).as_py() or heads.num_rows == 0)
    )
