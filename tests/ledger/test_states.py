from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.states import TRANSITIONS, CaseState, EventKind, advance, next_state, state_of
from schemas.errors import ArrearsError
from schemas.errors.ledger import ILLEGAL_TRANSITION, UNKNOWN_EVENT

A = "roster-L0000001-20251103"

# The road of a case as it is agreed, one line a state: what may happen there, and where it leads.
ROAD = """
-          found:found
found      notice_delivered:noticed notice_failed:unnoticed cured:cured
unnoticed  notice_delivered:noticed notice_failed:unnoticed cured:cured
noticed    set_aside:noticed frozen:frozen cured:cured
frozen     removed:noticed given_back:noticed released:released
released   removed:noticed sent:sent
sent       accepted:accepted rejected:rework
accepted
rework     set_aside:rework frozen:frozen cured:cured
cured
"""
AGREED = {
    (None if state == "-" else state, step.split(":")[0]): step.split(":")[1]
    for state, *steps in (line.split() for line in ROAD.strip().splitlines())
    for step in steps
}
STATES = {line.split()[0] for line in ROAD.strip().splitlines()} - {"-"}


def walk(data: st.DataObject) -> list[str]:
    """A legal road of random length."""
    kinds: list[str] = []
    state: str | None = None
    for _ in range(data.draw(st.integers(0, 20))):
        steps = sorted(kind for before, kind in AGREED if before == state)
        if not steps:
            break
        kinds.append(data.draw(st.sampled_from(steps)))
        state = AGREED[state, kinds[-1]]
    return kinds


def test_the_table_is_the_agreed_one() -> None:
    assert dict(TRANSITIONS) == AGREED


def test_every_declared_state_and_event_is_in_the_table() -> None:
    assert set(CaseState) == STATES == set(AGREED.values())
    assert set(EventKind) == {kind for _, kind in AGREED}


@pytest.mark.parametrize(("state", "kind"), list(product([None, *CaseState], EventKind)))
def test_a_step_is_taken_if_and_only_if_it_is_in_the_table(state: CaseState | None, kind: EventKind) -> None:
    if (state, kind) in AGREED:
        assert next_state(A, state, kind.value) == AGREED[state, kind]
        return
    with pytest.raises(ArrearsError) as caught:
        next_state(A, state, kind.value)
    assert caught.value.kind is ILLEGAL_TRANSITION
    assert caught.value.facts == {"case_id": A, "state": state or "not in the ledger", "event": kind}


def test_an_unknown_event_is_named() -> None:
    with pytest.raises(ArrearsError) as caught:
        state_of(A, ["found", "vanished"])
    assert caught.value.kind is UNKNOWN_EVENT
    assert caught.value.facts == {"case_id": A, "event": "vanished"}


def test_a_case_without_events_has_no_state() -> None:
    assert state_of(A, []) is None


@given(st.data())
def test_the_state_follows_from_the_events_alone(data: st.DataObject) -> None:
    kinds = walk(data)
    expected: str | None = None
    for kind in kinds:
        expected = AGREED[expected, kind]
    assert state_of(A, kinds) == expected
    assert state_of("gxl-1-20250101", iter(kinds)) == expected


@given(st.data())
def test_since_is_the_page_of_the_last_change_of_state(data: st.DataObject) -> None:
    kinds = walk(data)
    standing = None
    for place, kind in enumerate(kinds):
        standing = advance(A, standing, kind, page_no=place + 1, event_no=place % 3)
    states = [state_of(A, kinds[: place + 1]) for place in range(len(kinds))]
    if standing is None:
        assert kinds == []
        return
    changes = [place for place in range(len(states)) if place == 0 or states[place] != states[place - 1]]
    assert standing == (states[-1], changes[-1] + 1, len(kinds), (len(kinds) - 1) % 3)
