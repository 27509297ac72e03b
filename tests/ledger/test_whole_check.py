"""The fast reading of the whole ledger says yes exactly when the slow one, row by row, finds nothing."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from ledger import merkle
from ledger.case_replay import KIND_NAMES, EventColumns
from ledger.checkpoint import TreeHead
from ledger.entry_batches import TreeOfEntries, needs_no_escape, root_of_leaves
from ledger.ledger import Ledger
from ledger.merkle import leaf_hash, root_of
from ledger.page import Event
from ledger.page_check import CHECKED_EVENT, NotCertainError
from ledger.states import TRANSITIONS, CaseState, advance
from ledger.verify import verify
from ledger.whole_check import Whole, is_whole

AT = datetime(2026, 9, 7, tzinfo=UTC)
NEXT = {state: [kind for before, kind in TRANSITIONS if before is state] for state in [None, *CaseState]}


def whole(ledger: Ledger, *trusted: TreeHead) -> Whole:
    with ledger._database.arrow_reading() as reader:
        return is_whole(reader, ledger._database.url, trusted)


def write_random_pages(ledger: Ledger, pages: int, seed: int) -> None:
    """Pages of none to many events, of cases that go any way they may."""
    chance = random.Random(seed)
    states: dict[str, CaseState | None] = {f"roster-L{number:03d}é-20251103": None for number in range(900)}
    states |= {f"baihang-L{number:03d}-20251103": None for number in range(20)}
    for number in range(pages):
        events = []
        for _ in range(chance.choice([0, 1, 1, 2, 5, 40])):
            case_id = chance.choice([case for case, state in states.items() if NEXT[state]])
            kind = chance.choice(NEXT[states[case_id]])
            states[case_id] = TRANSITIONS[states[case_id], kind]
            events.append(Event(case_id, kind, {"n": chance.choice([1, "名\n", None]), "x": []}))
        content = {name: chance.choice([1, 'a"b', {"b": [1, 2]}]) for name in "abcd"[: chance.randrange(5)]}
        ledger.write_page(key=f"k{number}", kind="x", actor="a", content=content, events=events, written_at=AT)


def test_an_empty_ledger_is_whole(ledger: Ledger) -> None:
    assert whole(ledger) == Whole(0, 0, merkle.EMPTY_ROOT.hex())


def test_a_road_is_whole(road: Ledger) -> None:
    head = road.root()
    assert whole(road, head) == Whole(7, 15, head.root_hash)
    first = road.pages()[0]
    assert whole(road, TreeHead(1, first.root_hash), head).pages == 7


@pytest.mark.parametrize("trusted", [[TreeHead(3, "00" * 32)], [TreeHead(8, "00" * 32)], [TreeHead(0, "00" * 32)]])
def test_a_road_with_another_beginning_than_the_trusted_is_not_certain(road: Ledger, trusted: list[TreeHead]) -> None:
    with pytest.raises(NotCertainError):
        whole(road, *trusted)
    assert not road.verify(*trusted).is_intact


@pytest.mark.parametrize("seed", range(3))
def test_pages_of_any_size_are_whole_however_they_fall_into_batches(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    write_random_pages(ledger, 60, seed)
    with ledger._database.auditing() as connection:
        slow = verify(connection, [])
    assert slow.is_intact
    for rows, pages, subtree in ((65_536, 20_000, 65_536), (7, 4, 4), (1, 1, 1)):
        monkeypatch.setattr("ledger.arrow._ROWS_AT_ONCE", rows)
        monkeypatch.setattr("ledger.page_check._PAGES_AT_ONCE", pages)
        monkeypatch.setattr("ledger.entry_batches._SUBTREE_BYTES", subtree * 32)
        assert whole(ledger) == Whole(slow.pages, slow.events, slow.root_hash)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE pages SET salt = upper(salt) WHERE page_no = 2",
        "UPDATE pages SET salt = ' ' || substr(salt, 2) WHERE page_no = 2",
        "UPDATE pages SET format = 1 WHERE page_no = 3",
        "UPDATE pages SET format = 3 WHERE page_no = 3",
        "UPDATE pages SET leaf_hash = upper(leaf_hash) WHERE page_no = 3",
        "UPDATE pages SET content_json = ' ' || content_json WHERE page_no = 3",
        "UPDATE events SET event_no = event_no + 1 WHERE page_no = 7 AND event_no = 2",
        "UPDATE events SET page_no = 8 WHERE page_no = 7 AND event_no = 2",
        "UPDATE events SET page_no = -1 WHERE page_no = 7 AND event_no = 2",
        "UPDATE events SET case_id = case_id || '\"' WHERE page_no = 2 AND event_no = 1",
        "UPDATE case_heads SET bureau = 'baihang' WHERE bureau = 'roster'",
        "INSERT INTO case_heads VALUES ('roster-L9-20251103', 'roster', 'found', 1, 1, 0)",
        "DELETE FROM case_heads WHERE bureau = 'baihang'",
        "UPDATE case_heads SET state = 'lost' WHERE bureau = 'baihang'",
        "UPDATE case_heads SET last_event_no = 1 WHERE bureau = 'baihang'",
        "UPDATE case_heads SET since_page_no = 7 WHERE bureau = 'baihang'",
        "UPDATE log_head SET size = 6",
        "DELETE FROM log_head",
    ],
)
def test_neither_reading_takes_a_change_for_whole(road: Ledger, store: Any, damage: str) -> None:
    store.run(damage)
    with pytest.raises(ValueError, match=r"[a-z]"):
        whole(road)
    assert not road.verify().is_intact


def test_the_root_of_leaves_that_come_in_any_portions_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.entry_batches._SUBTREE_BYTES", 4 * 32)
    for count in range(40):
        leaves = [leaf_hash(bytes([number])) for number in range(count)]
        assert root_of_leaves(b"".join(leaves)) == root_of(leaves)
        for portion in (1, 3, 5):
            tree = TreeOfEntries()
            for start in range(0, count, portion):
                tree.add(b"".join(leaves[start : start + portion]))
            assert tree.root() == root_of(leaves)


@pytest.mark.parametrize(("texts", "expected"), [(["a", "名", ""], True), ([], True), (['a"'], False), (["\\"], False)])
def test_only_text_between_quotes_needs_no_escape(texts: list[str], expected: bool) -> None:
    assert needs_no_escape(pa.array(texts, pa.string())) is expected
    padded = pa.array(['"', *texts, "\n"], pa.string())
    assert needs_no_escape(padded.slice(1, len(texts))) is expected
    assert needs_no_escape(padded) is False


def test_all_roads_of_a_case_are_replayed_as_one_by_one() -> None:
    """Every way of up to five events, legal or not: the columns fit exactly the standing that `advance` comes to."""
    kinds = list(KIND_NAMES)
    chance = random.Random(5)
    for _ in range(300):
        way, standing = [], None
        for number in range(chance.randrange(1, 6)):
            kind = chance.choice(NEXT[standing.state if standing else None] or ["found"])
            way.append(kind)
            try:
                standing = advance("roster-L1-20251103", standing, kind, number // 2 + 1, number % 2)
            except Exception:
                standing = None
                break
        columns = EventColumns()
        case_ids = pa.array(["roster-L1-20251103"] * len(way))
        codes = pa.array([kinds.index(kind) for kind in way], pa.int8())
        columns.add(pa.RecordBatch.from_arrays([case_ids, codes], schema=CHECKED_EVENT))
        counts = np.array([2] * (len(way) // 2) + [1] * (len(way) % 2))
        row = {"case_id": "roster-L1-20251103", "bureau": "roster", "state": "found"}
        row |= {"since_page_no": 1, "last_page_no": 1, "last_event_no": 0}
        if standing is not None:
            row |= standing._asdict() | {"state": standing.state.value}
        assert columns.fit(pa.Table.from_pylist([row]), counts) is (standing is not None)
