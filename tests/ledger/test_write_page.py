from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

import pytest

from ledger.ledger import Ledger
from ledger.merkle import EMPTY_ROOT, root_of
from ledger.page import Event
from ledger.states import CaseState, EventKind
from schemas.errors import ArrearsError, ErrorKind
from schemas.errors.ledger import (
    ILLEGAL_TRANSITION,
    LEDGER_NOT_INTACT,
    NOT_JSON,
    PAGE_CONFLICT,
    PAGE_INVALID,
    UNKNOWN_EVENT,
)

A, B = "roster-L0000001-20251103", "roster-L0000002-20251103"
AT = datetime(2026, 9, 7, 9, 0, 0, tzinfo=timezone(timedelta(hours=8)))
PAGE: dict[str, Any] = {
    "key": "assess/2026-09-07",
    "kind": "assess",
    "actor": "task:assess.book",
    "content": {"found": 2, "root": "ab" * 32},
    "events": [Event(A, "found", {"rules": ["six_months"]}), Event(B, "found")],
    "written_at": AT,
}


def refusal(ledger: Ledger, **changes: Any) -> ArrearsError:
    with pytest.raises(ArrearsError) as caught:
        ledger.write_page(**{**PAGE, **changes})
    return caught.value


def test_a_page_comes_back_as_it_was_written(ledger: Ledger) -> None:
    page = ledger.write_page(**PAGE)
    assert page == ledger.page("assess/2026-09-07")
    assert (page.page_no, page.key, page.kind, page.actor) == (1, PAGE["key"], "assess", "task:assess.book")
    assert page.content == PAGE["content"]
    assert page.written_at == AT
    assert page.written_at.tzinfo == UTC


def test_pages_are_the_leaves_of_the_log_in_order(ledger: Ledger, store: Any, page_oracle: Any) -> None:
    leaves = []
    for number in range(1, 12):
        page = ledger.write_page(key=f"k{number}", kind="x", actor="a", content={"n": number}, written_at=AT)
        ((salt,),) = store.run("SELECT salt FROM pages WHERE page_no = :number", number=number)
        facts = {"page_no": number, "key": f"k{number}", "kind": "x", "actor": "a", "content": {"n": number}}
        written_at = "2026-09-07T01:00:00.000000Z"
        leaves.append(page_oracle.page_leaf({**facts, "written_at": written_at, "format": 2, "salt": salt}, []))
        assert page.page_no == number
        assert page.leaf_hash == leaves[-1].hex()
        assert page.root_hash == ledger.root().root_hash == root_of(leaves).hex()
        assert ledger.root().size == number


def test_an_empty_ledger_has_the_root_of_nothing(ledger: Ledger) -> None:
    assert (ledger.root().size, ledger.root().root_hash) == (0, EMPTY_ROOT.hex())
    assert ledger.verify().is_intact


def test_the_same_work_is_written_once_whatever_the_time(ledger: Ledger, store: Any) -> None:
    first = ledger.write_page(**PAGE)
    before = store.dump()
    again = ledger.write_page(**{**PAGE, "written_at": AT + timedelta(days=3)})
    assert again == first
    assert again.written_at == AT
    assert store.dump() == before


def test_a_retry_is_recognised_after_the_cases_moved_on(ledger: Ledger) -> None:
    first = ledger.write_page(**PAGE)
    ledger.write_page(**{**PAGE, "key": "next", "events": [Event(A, "cured")]})
    assert ledger.write_page(**PAGE) == first
    assert ledger.case_state(A) is CaseState.CURED


def test_order_of_keys_and_enums_for_text_make_no_other_work(ledger: Ledger) -> None:
    class Name(StrEnum):
        ASSESS = "assess"

    first = ledger.write_page(**PAGE)
    again = {
        **PAGE,
        "kind": Name.ASSESS,
        "content": {"root": "ab" * 32, "found": 2},
        "events": [Event(A, EventKind.FOUND, {"rules": ["six_months"]}), Event(B, EventKind.FOUND, {})],
    }
    assert ledger.write_page(**again) == first


@pytest.mark.parametrize(
    ("changes", "differs"),
    [
        ({"kind": "freeze"}, "kind"),
        ({"actor": "user:risk1"}, "actor"),
        ({"content": {}}, "content"),
        ({"events": []}, "events"),
        ({"events": PAGE["events"][::-1]}, "events"),
        ({"events": [PAGE["events"][0], Event(B, "found", {"x": 1})]}, "events"),
        ({"actor": "user:risk1", "content": {"found": 2}}, "actor and content"),
    ],
)
def test_other_work_under_the_same_key_is_refused(
    ledger: Ledger, store: Any, changes: dict[str, Any], differs: str
) -> None:
    ledger.write_page(**PAGE)
    before = store.dump()
    error = refusal(ledger, **changes)
    assert error.kind is PAGE_CONFLICT
    assert error.facts == {"key": PAGE["key"], "page_no": 1, "differs": differs}
    assert store.dump() == before


def test_an_illegal_event_refuses_the_whole_page(ledger: Ledger, store: Any) -> None:
    ledger.write_page(**PAGE)
    before = store.dump()
    error = refusal(ledger, key="send", events=[Event(A, "notice_delivered"), Event(B, "sent")])
    assert error.kind is ILLEGAL_TRANSITION
    assert error.facts == {"case_id": B, "state": "found", "event": "sent"}
    assert store.dump() == before


def test_the_events_of_one_page_follow_one_another(ledger: Ledger) -> None:
    kinds = ["found", "notice_failed", "notice_delivered", "frozen"]
    ledger.write_page(**{**PAGE, "events": [Event(A, kind) for kind in kinds]})
    assert ledger.case_state(A) is CaseState.FROZEN
    error = refusal(ledger, key="next", events=[Event(A, "released"), Event(A, "frozen")])
    assert error.facts == {"case_id": A, "state": "released", "event": "frozen"}
    assert ledger.case_state(A) is CaseState.FROZEN
    assert ledger.verify().is_intact


@pytest.mark.parametrize(
    ("changes", "kind", "field"),
    [
        ({"key": ""}, PAGE_INVALID, "key"),
        ({"key": "x" * 256}, PAGE_INVALID, "key"),
        ({"key": "a\nb"}, PAGE_INVALID, "key"),
        ({"key": None}, PAGE_INVALID, "key"),
        ({"kind": "\ud800"}, PAGE_INVALID, "kind"),
        ({"actor": ""}, PAGE_INVALID, "actor"),
        ({"written_at": AT.replace(tzinfo=None)}, PAGE_INVALID, "written_at"),
        ({"events": [Event(A, "found"), Event("L1", "found")]}, PAGE_INVALID, "events[1].case_id"),
        ({"events": [Event("roster-L1-2025110", "found")]}, PAGE_INVALID, "events[0].case_id"),
        ({"events": [Event('roster-L"1-20251103', "found")]}, PAGE_INVALID, "events[0].case_id"),
        ({"events": [Event("roster-L1-20251103\n", "found")]}, PAGE_INVALID, "events[0].case_id"),
        ({"events": [Event(A, "")]}, PAGE_INVALID, "events[0].kind"),
        ({"content": {"amount": 0.1}}, NOT_JSON, "content.amount"),
        ({"content": []}, NOT_JSON, "content"),
        ({"events": [Event(A, "found", {"x": 0.1})]}, NOT_JSON, "events[0].detail.x"),
    ],
)
def test_a_malformed_page_is_refused_by_field(
    ledger: Ledger, store: Any, changes: dict[str, Any], kind: ErrorKind, field: str
) -> None:
    before = store.dump()
    error = refusal(ledger, **changes)
    assert error.kind is kind
    assert error.facts["field"] == field
    assert store.dump() == before


def test_an_unknown_event_is_refused(ledger: Ledger) -> None:
    error = refusal(ledger, events=[Event(A, "vanished")])
    assert error.kind is UNKNOWN_EVENT
    assert ledger.root().size == 0


def test_a_page_of_more_cases_than_one_query_takes(ledger: Ledger) -> None:
    cases = [f"roster-L{number:07d}-20251103" for number in range(12_000)]
    for kind in ("found", "notice_delivered"):
        ledger.write_page(
            key=kind, kind=kind, actor="a", content={}, events=[Event(c, kind) for c in cases], written_at=AT
        )
    states = ledger.case_states("roster")
    assert states.column("case_id").to_pylist() == cases
    assert set(states.column("state").to_pylist()) == {"noticed"}
    report = ledger.verify()
    assert (report.is_intact, report.pages, report.events) == (True, 2, 24_000)


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM log_head",
        "UPDATE log_head SET frontier = 'zz'",
        "UPDATE log_head SET frontier = ''",
        "UPDATE log_head SET size = 0, frontier = ''",
        "UPDATE case_heads SET state = 'lost'",
    ],
)
def test_a_damaged_ledger_is_not_written_on(ledger: Ledger, store: Any, damage: str) -> None:
    ledger.write_page(**PAGE)
    store.run(damage)
    before = store.dump()
    error = refusal(ledger, key="next", events=[Event(A, "notice_delivered")])
    assert error.kind is LEDGER_NOT_INTACT
    assert store.dump() == before
