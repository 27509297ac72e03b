"""Entries many at a time are those of one at a time, and so are the states that follow."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.canonical import canonical_object
from ledger.entries import ENTRY_SALT_BYTES, entry_leaves, entry_salts
from ledger.entry_batches import event_entries, leaves_of_entries, root_of_leaves
from ledger.ledger import Ledger
from ledger.merkle import root_of
from ledger.page import event_json
from ledger.states import TRANSITIONS, CaseState
from ledger.verify import verify

AT = datetime(2026, 9, 7, tzinfo=UTC)
NEXT = {state: [kind for before, kind in TRANSITIONS if before is state] for state in [None, *CaseState]}
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
DETAIL = st.dictionaries(TEXT, TEXT | st.integers(-(2**53) + 1, 2**53 - 1) | st.none() | st.booleans(), max_size=4)
CASE_ID = st.from_regex(r"[a-z][a-z0-9_]{0,8}-[^\s\"\\\x00-\x1f\ud800-\udfff-]{1,8}-[0-9]{8}", fullmatch=True)


@given(st.lists(st.tuples(CASE_ID, st.sampled_from(["found", "frozen"]), DETAIL), max_size=20), st.binary(min_size=32))
def test_entries_leaves_and_root_are_those_of_one_at_a_time(
    events: list[tuple[str, str, dict[str, object]]], salt: bytes
) -> None:
    rows = [(case_id, kind, canonical_object(detail, "detail")) for case_id, kind, detail in events]
    columns = [pa.array([row[number] for row in rows], pa.string()) for number in range(3)]
    entries = event_entries(*columns)
    singly = [event_json(*row) for row in rows]
    assert entries.to_pylist() == singly
    assert [json.loads(entry)["detail"] for entry in singly] == [detail for _, _, detail in events]
    leaves = entry_leaves(salt, singly)
    assert leaves_of_entries(entry_salts(salt, len(rows)), entries) == b"".join(leaves)
    if leaves:
        assert root_of_leaves(b"".join(leaves)) == root_of(leaves)
    some = entries.slice(1)
    assert leaves_of_entries(entry_salts(salt, len(rows))[ENTRY_SALT_BYTES:], some) == b"".join(leaves[1:])


@pytest.mark.parametrize("seed", range(2))
def test_states_of_mixed_pages_are_those_of_one_event_at_a_time(ledger: Ledger, seed: int) -> None:
    """Cases that are new, that move, that stay in their state, several times on a page; in no order."""
    chance = random.Random(seed)
    states: dict[str, CaseState | None] = {f"roster-L{number:03d}é-20251103": None for number in range(200)}
    states |= {f"baihang-{number}-20251103": None for number in range(40)}
    for number in range(6):
        rows = []
        for _ in range(130):
            case_id = chance.choice([case for case, state in states.items() if NEXT[state]])
            kind = chance.choice(NEXT[states[case_id]])
            states[case_id] = TRANSITIONS[states[case_id], kind]
            rows.append({"case_id": case_id, "kind": kind.value, "n": chance.randrange(9)})
        ledger.write_events(
            key=f"k{number}", kind="x", actor="a", content={}, events=pa.Table.from_pylist(rows), written_at=AT
        )
    with ledger._database.auditing() as connection:
        assert verify(connection, []).is_intact
    assert {case: ledger.case_state(case) for case in states} == states
