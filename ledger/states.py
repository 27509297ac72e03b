"""The road of a case: the declared table of transitions, and the state that follows from a case's events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from schemas.errors.kind import ArrearsError
from schemas.errors.ledger import ILLEGAL_TRANSITION, UNKNOWN_EVENT


class CaseState(StrEnum):
    """Where a case stands."""

    FOUND = "found"
    UNNOTICED = "unnoticed"
    NOTICED = "noticed"
    FROZEN = "frozen"
    RELEASED = "released"
    SENT = "sent"
    ACCEPTED = "accepted"
    REWORK = "rework"
    CURED = "cured"


class EventKind(StrEnum):
    """What can happen to a case."""

    FOUND = "found"
    NOTICE_DELIVERED = "notice_delivered"
    NOTICE_FAILED = "notice_failed"
    SET_ASIDE = "set_aside"
    FROZEN = "frozen"
    REMOVED = "removed"
    GIVEN_BACK = "given_back"
    RELEASED = "released"
    SENT = "sent"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    CURED = "cured"


TRANSITIONS: Mapping[tuple[CaseState | None, EventKind], CaseState] = MappingProxyType(
    {
        (None, EventKind.FOUND): CaseState.FOUND,
        (CaseState.FOUND, EventKind.NOTICE_DELIVERED): CaseState.NOTICED,
        (CaseState.FOUND, EventKind.NOTICE_FAILED): CaseState.UNNOTICED,
        (CaseState.FOUND, EventKind.CURED): CaseState.CURED,
        (CaseState.UNNOTICED, EventKind.NOTICE_DELIVERED): CaseState.NOTICED,
        (CaseState.UNNOTICED, EventKind.NOTICE_FAILED): CaseState.UNNOTICED,
        (CaseState.UNNOTICED, EventKind.CURED): CaseState.CURED,
        (CaseState.NOTICED, EventKind.SET_ASIDE): CaseState.NOTICED,
        (CaseState.NOTICED, EventKind.FROZEN): CaseState.FROZEN,
        (CaseState.NOTICED, EventKind.CURED): CaseState.CURED,
        (CaseState.FROZEN, EventKind.REMOVED): CaseState.NOTICED,
        (CaseState.FROZEN, EventKind.GIVEN_BACK): CaseState.NOTICED,
        (CaseState.FROZEN, EventKind.RELEASED): CaseState.RELEASED,
        (CaseState.RELEASED, EventKind.REMOVED): CaseState.NOTICED,
        (CaseState.RELEASED, EventKind.SENT): CaseState.SENT,
        (CaseState.SENT, EventKind.ACCEPTED): CaseState.ACCEPTED,
        (CaseState.SENT, EventKind.REJECTED): CaseState.REWORK,
        (CaseState.REWORK, EventKind.SET_ASIDE): CaseState.REWORK,
        (CaseState.REWORK, EventKind.FROZEN): CaseState.FROZEN,
        (CaseState.REWORK, EventKind.CURED): CaseState.CURED,
    }
)
"""All that may happen to a case: from a state (None: not in the ledger) and an event to the next state."""

_KINDS: Mapping[str, EventKind] = {kind.value: kind for kind in EventKind}


class Standing(NamedTuple):
    """What the events of a case add up to.

    Attributes:
        state: where it stands.
        since_page_no: the page on which it came into that state.
        last_page_no: the page of its latest event.
        last_event_no: the place of that event on the page, counted from 0.
    """

    state: CaseState
    since_page_no: int
    last_page_no: int
    last_event_no: int


def next_state(case_id: str, state: CaseState | None, kind: str) -> CaseState:
    """The state after one event.

    Raises:
        ArrearsError: UNKNOWN_EVENT or ILLEGAL_TRANSITION, naming the case, its state and the event.
    """
    event = _KINDS.get(kind)
    if event is None:
        raise ArrearsError(UNKNOWN_EVENT, case_id=case_id, event=kind)
    after = TRANSITIONS.get((state, event))
    if after is None:
        raise ArrearsError(ILLEGAL_TRANSITION, case_id=case_id, state=state or "not in the ledger", event=kind)
    return after


def state_of(case_id: str, kinds: Iterable[str]) -> CaseState | None:
    """The state of a case from the kinds of all its events, oldest first; None when there are none.

    Raises:
        ArrearsError: UNKNOWN_EVENT or ILLEGAL_TRANSITION, naming the case, its state and the event.
    """
    state: CaseState | None = None
    for kind in kinds:
        state = next_state(case_id, state, kind)
    return state


def advance(case_id: str, standing: Standing | None, kind: str, page_no: int, event_no: int) -> Standing:
    """The standing of a case after one more event, at its place in the ledger.

    Raises:
        ArrearsError: UNKNOWN_EVENT or ILLEGAL_TRANSITION, naming the case, its state and the event.
    """
    if standing is None:
        return Standing(next_state(case_id, None, kind), page_no, page_no, event_no)
    state = next_state(case_id, standing.state, kind)
    since_page_no = standing.since_page_no if state is standing.state else page_no
    return Standing(state, since_page_no, page_no, event_no)
