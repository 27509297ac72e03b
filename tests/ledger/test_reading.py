from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from ledger.ledger import Ledger
from ledger.page import Event
from ledger.states import CaseState, state_of

A, B, C = (f"roster-L000000{n}-20251103" for n in (1, 2, 3))
OTHER = "baihang-L0000001-20251103"
START = datetime(2026, 9, 7, 1, 2, 3, 456789, tzinfo=UTC)


def test_pages_are_found_by_kind_and_by_the_beginning_of_their_key(road: Ledger) -> None:
    assert [page.key for page in road.pages(kind="freeze")] == ["freeze/4"]
    assert [page.key for page in road.pages(key_prefix="se")] == ["set_aside/3", "send/6"]
    assert [page.key for page in road.pages(kind="send", key_prefix="se")] == ["send/6"]
    assert [page.page_no for page in road.pages()] == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize("prefix", ["SE", "s_n", "%", "send/60"])
def test_the_beginning_of_a_key_is_taken_literally(road: Ledger, prefix: str) -> None:
    assert road.pages(key_prefix=prefix) == []


def test_a_page_that_is_not_written_is_none(road: Ledger) -> None:
    assert road.page("freeze") is None
    page = road.page("remark/2")
    assert page is not None
    assert page.content == {"text": 'quote " and \\ and \n', "list": [1, None, True, {"a": []}]}


def test_the_history_of_a_case_says_what_who_when_and_where(road: Ledger) -> None:
    history = road.events(case_id=B)
    assert [event.kind for event in history] == [
        "found",
        "notice_failed",
        "notice_delivered",
        "frozen",
        "released",
        "removed",
        "cured",
    ]
    assert [(event.page_no, event.event_no) for event in history] == [
        (1, 1),
        (2, 1),
        (4, 1),
        (5, 1),
        (6, 1),
        (7, 0),
        (7, 2),
    ]
    assert history[0].detail == {"名": "值"}
    assert history[-1].page_key == "send/6"
    assert history[-1].actor == "task:test"
    assert history[-1].written_at == START + timedelta(minutes=6)


def test_events_are_found_by_kind_and_by_page(road: Ledger) -> None:
    assert [(event.case_id, event.page_no) for event in road.events(kinds=["notice_delivered", "sent"])] == [
        (A, 2),
        (B, 4),
        (A, 7),
    ]
    assert [event.case_id for event in road.events(page_no=1)] == [A, B, OTHER, C]
    assert [event.kind for event in road.events(page_no=7, case_id=B)] == ["removed", "cured"]
    assert road.events(kinds=[]) == []
    assert len(road.events()) == 15


def test_case_states_of_one_bureau(road: Ledger) -> None:
    states = road.case_states("roster")
    assert states.schema.field("case_id").type == pa.string()
    assert states.schema.field("since_page_no").type == pa.int64()
    assert states.to_pylist() == [
        {"case_id": A, "state": "sent", "since_page_no": 7, "last_event_kind": "sent", "detail_json": "{}"},
        {"case_id": B, "state": "cured", "since_page_no": 7, "last_event_kind": "cured", "detail_json": "{}"},
        {"case_id": C, "state": "found", "since_page_no": 1, "last_event_kind": "found", "detail_json": "{}"},
    ]
    assert road.case_states("baihang").column("case_id").to_pylist() == [OTHER]


def test_a_bureau_without_cases_has_a_table_without_rows(road: Ledger) -> None:
    states = road.case_states("rost")
    assert states.num_rows == 0
    assert states.schema == road.case_states("roster").schema


def test_set_aside_keeps_the_state_and_its_beginning(ledger: Ledger) -> None:
    for number, kind in enumerate(["found", "notice_delivered", "set_aside"]):
        detail: dict[str, object] = {"rules": ["disputed"]} if kind == "set_aside" else {}
        ledger.write_page(key=kind, kind=kind, actor="a", content={}, events=[Event(A, kind, detail)], written_at=START)
        assert number + 1 == ledger.root().size
    (row,) = ledger.case_states("roster").to_pylist()
    assert (row["state"], row["since_page_no"], row["last_event_kind"]) == ("noticed", 2, "set_aside")
    assert json.loads(row["detail_json"]) == {"rules": ["disputed"]}


def test_stored_states_are_those_that_follow_from_the_events(road: Ledger) -> None:
    for case_id in (A, B, C, OTHER):
        assert road.case_state(case_id) == state_of(case_id, [event.kind for event in road.events(case_id=case_id)])
    assert road.case_state(A) is CaseState.SENT
    assert road.case_state("roster-L9-20251103") is None


def test_event_table_of_one_bureau(road: Ledger) -> None:
    table = road.event_table(bureau="roster", kinds=["found", "notice_delivered"])
    assert table.column_names == ["case_id", "kind", "detail_json", "page_no", "event_no", "written_at"]
    assert table.column("case_id").to_pylist() == [A, B, C, A, B]
    assert table.column("detail_json").to_pylist() == ["{}", '{"名":"值"}', "{}", '{"proof":"250 ok"}', "{}"]
    assert table.schema.field("written_at").type == pa.timestamp("us", tz="UTC")
    assert table.column("written_at").to_pylist()[-1] == START + timedelta(minutes=3)
    empty = road.event_table(bureau="roster", kinds=["accepted"])
    assert empty.num_rows == 0
    assert empty.schema == table.schema
