"""Events as a table: the same page as one by one, at once and under the same rules."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from ledger.event_columns import columns_of_table
from ledger.ledger import Ledger
from ledger.page import Event
from schemas.errors import ArrearsError
from schemas.errors.ledger import (
    ILLEGAL_TRANSITION,
    LEDGER_NOT_INTACT,
    NOT_JSON,
    PAGE_CONFLICT,
    PAGE_INVALID,
    UNKNOWN_EVENT,
)

AT = datetime(2026, 9, 7, 1, 2, 3, tzinfo=UTC)
CASES = [f"roster-L{number:05d}-20251103" for number in range(700)]
ODD = ['名"\\\n\t', "a,b", "\x7f", "", "'", "\\N", "{", "é\U0001f600", "\x01", " x "]
PAGE: dict[str, Any] = {"key": "k", "kind": "x", "actor": "a", "content": {"n": 1, "名": []}, "written_at": AT}


def table(kind: str, cases: list[str] = CASES, **columns: Any) -> pa.Table:
    return pa.table({"case_id": cases, "kind": [kind] * len(cases), **columns})


def refusal(ledger: Ledger, events: pa.Table, **changes: Any) -> ArrearsError:
    with pytest.raises(ArrearsError) as caught:
        ledger.write_events(**{**PAGE, **changes}, events=events)
    return caught.value


def test_details_are_the_canonical_text_of_their_members() -> None:
    columns = {
        "名": pa.array(ODD),
        "amount": pa.array([None, *range(1, 10)], pa.int64()),
        "is_new": pa.array([True, False, None] * 3 + [True]),
        "\ufb33": pa.array(["x"] * 10, pa.large_string()),
        "\U0001f600": pa.array(range(10), pa.uint8()),
        'q"': pa.array([None] * 10, pa.string()),
    }
    events = columns_of_table(table("found", CASES[:10], **columns))
    for number, (case_id, kind, detail) in enumerate(events.rows()):
        assert (case_id, kind) == (CASES[number], "found")
        expected = {name: values[number].as_py() for name, values in columns.items()}
        assert json.loads(detail) == {name: value for name, value in expected.items() if value is not None}
    assert events.rows()[0][2] == '{"is_new":true,"名":"名\\"\\\\\\n\\t","\U0001f600":0,"\ufb33":"x"}'
    assert columns_of_table(table("found", CASES[:2])).rows()[1] == (CASES[1], "found", "{}")


def test_a_table_of_events_is_the_page_that_rows_of_events_are(ledger: Ledger, store: Any, page_oracle: Any) -> None:
    texts = [ODD[number % len(ODD)] for number in range(len(CASES))]
    first = ledger.write_events(**PAGE, events=table("found", text=texts, n=list(range(len(CASES)))))
    events = [
        Event(case, "found", {"n": n, "text": text}) for n, (case, text) in enumerate(zip(CASES, texts, strict=True))
    ]
    later = {"written_at": AT + timedelta(days=1)}
    assert ledger.write_page(**{**PAGE, **later}, events=events) == first
    assert ledger.write_events(**{**PAGE, **later}, events=table("found", text=texts, n=list(range(700)))) == first
    with store.engine.connect() as connection:
        ((_, leaf),) = page_oracle.log_of(Plain(connection))
    assert first.leaf_hash == leaf.hex()
    assert [(event.case_id, event.detail) for event in ledger.events(page_no=1)] == [
        (event.case_id, event.detail) for event in events
    ]
    report = ledger.verify()
    assert (report.is_intact, report.pages, report.events) == (True, 1, 700)


class Plain:
    """What the oracle asks of a connection."""

    def __init__(self, connection: Any) -> None:
        self.execute = connection.exec_driver_sql


def test_rows_and_tables_leave_the_same_states(ledger: Ledger, tmp_path: Any) -> None:
    """The same roads on two ledgers: many events a page on one, few on the other."""
    roads = [
        [(case, "found") for case in CASES],
        [(case, "notice_delivered" if n % 3 else "notice_failed") for n, case in enumerate(CASES)],
        [(case, "notice_delivered") for n, case in enumerate(CASES) if n % 3 == 0]
        + [(case, "set_aside") for n, case in enumerate(CASES) if n % 3 == 1]
        + [(case, kind) for case in CASES for kind in ("frozen", "given_back", "frozen")]
        + [(f"baihang-L{n:05d}-20251103", "found") for n in range(100)],
        [
            (case, "cured" if n % 2 else "found")
            for n, case in enumerate([f"baihang-M{n}-20251103" for n in range(600)])
        ],
    ]
    roads[3] = [(case, kind) for case, kind in roads[3] if kind == "found"]
    with Ledger.open(f"sqlite:///{tmp_path}/rows.sqlite") as rows:
        for number, road in enumerate(roads):
            few = [road[start : start + 400] for start in range(0, len(road), 400)]
            for part, events in enumerate(few):
                rows.write_page(**{**PAGE, "key": f"{number}/{part}"}, events=[Event(*event) for event in events])
            columns = {"case_id": [case for case, _ in road], "kind": [kind for _, kind in road]}
            ledger.write_events(**{**PAGE, "key": f"{number}"}, events=pa.table(columns))
        for bureau in ("roster", "baihang"):
            wanted = ["case_id", "state", "last_event_kind"]
            assert ledger.case_states(bureau).select(wanted) == rows.case_states(bureau).select(wanted)
    assert ledger.verify().is_intact
    assert ledger.case_states("roster")["since_page_no"].unique().to_pylist() == [3]
    with ledger._database.auditing() as connection:
        from ledger.verify import verify

        assert verify(connection, []).is_intact


def test_an_illegal_event_is_named_and_nothing_is_written(ledger: Ledger, store: Any) -> None:
    ledger.write_events(**PAGE, events=table("found"))
    before = store.dump()
    kinds = ["notice_delivered"] * 700
    kinds[650] = "sent"
    kinds[651] = "found"
    events = pa.table({"case_id": CASES, "kind": kinds})
    error = refusal(ledger, events, key="next")
    assert error.kind is ILLEGAL_TRANSITION
    assert error.facts == {"case_id": CASES[650], "state": "found", "event": "sent"}
    rows = [Event(case, kind) for case, kind in zip(CASES, kinds, strict=True)]
    with pytest.raises(ArrearsError) as caught:
        ledger.write_page(**{**PAGE, "key": "next"}, events=rows)
    assert caught.value.facts == error.facts
    assert store.dump() == before


def test_an_unknown_event_is_named_in_rows_and_in_a_table(ledger: Ledger) -> None:
    kinds = ["found"] * 699 + ["vanished"]
    assert refusal(ledger, pa.table({"case_id": CASES, "kind": kinds})).kind is UNKNOWN_EVENT
    with pytest.raises(ArrearsError) as caught:
        ledger.write_page(**PAGE, events=[Event(case, kind) for case, kind in zip(CASES, kinds, strict=True)])
    assert caught.value.kind is UNKNOWN_EVENT
    assert caught.value.facts == {"case_id": CASES[699], "event": "vanished"}
    assert ledger.root().size == 0


def test_other_work_under_the_same_key_is_refused(ledger: Ledger, store: Any) -> None:
    ledger.write_events(**PAGE, events=table("found"))
    before = store.dump()
    assert refusal(ledger, table("found", n=[1] * 700)).kind is PAGE_CONFLICT
    assert refusal(ledger, table("found", CASES[:-1])).kind is PAGE_CONFLICT
    assert refusal(ledger, table("found"), actor="b").kind is PAGE_CONFLICT
    assert store.dump() == before


@pytest.mark.parametrize("damage", ["UPDATE case_heads SET state = 'lost'", "DELETE FROM log_head"])
def test_a_damaged_ledger_is_not_written_on(ledger: Ledger, store: Any, damage: str) -> None:
    ledger.write_events(**PAGE, events=table("found"))
    store.run(damage)
    before = store.dump()
    assert refusal(ledger, table("notice_delivered"), key="next").kind is LEDGER_NOT_INTACT
    assert store.dump() == before


def test_a_page_without_events_is_written(ledger: Ledger) -> None:
    empty = pa.table({"case_id": pa.array([], pa.string()), "kind": pa.array([], pa.string())})
    assert ledger.write_events(**PAGE, events=empty).page_no == 1
    assert ledger.verify().is_intact


@pytest.mark.parametrize(
    ("events", "kind", "field"),
    [
        (pa.table({"case_id": ["x"]}), PAGE_INVALID, "events.kind"),
        (pa.table({"case_id": ["x"], "kind": ["found"]}), PAGE_INVALID, "events[0].case_id"),
        (pa.table({"case_id": [CASES[0], CASES[1] + "\n"], "kind": ["found"] * 2}), PAGE_INVALID, "events[1].case_id"),
        (pa.table({"case_id": [CASES[0], 'r-"-20251103'], "kind": ["found"] * 2}), PAGE_INVALID, "events[1].case_id"),
        (pa.table({"case_id": ["r-" + "x" * 250 + "-20251103"], "kind": ["found"]}), PAGE_INVALID, "events[0].case_id"),
        (pa.table({"case_id": [CASES[0], None], "kind": ["found"] * 2}), PAGE_INVALID, "events[1].case_id"),
        (pa.table({"case_id": [1], "kind": ["found"]}), PAGE_INVALID, "events.case_id"),
        (table("found", CASES[:1], x=[1.5]), NOT_JSON, "events.x"),
        (table("found", CASES[:1], x=[Decimal("1.00")]), NOT_JSON, "events.x"),
        (table("found", CASES[:1], x=[AT]), NOT_JSON, "events.x"),
        (table("found", CASES[:1], x=[2**53]), NOT_JSON, "events.x"),
        (table("found", CASES[:1], x=[-(2**53)]), NOT_JSON, "events.x"),
        (table("found", CASES[:1], detail_json=["{}"], x=[1]), PAGE_INVALID, "events"),
        (table("found", CASES[:2], detail_json=["{}", '{"b":1,"a":2}']), NOT_JSON, "events[1].detail"),
        (table("found", CASES[:1], detail_json=["[]"]), NOT_JSON, "events[0].detail"),
        (table("found", CASES[:1], detail_json=['{"a":1.5}']), NOT_JSON, "events[0].detail"),
        (table("found", CASES[:1], detail_json=["{}{}"]), NOT_JSON, "events[0].detail"),
        (table("found", CASES[:1], detail_json=pa.array([None], pa.string())), PAGE_INVALID, "events[0].detail_json"),
    ],
)
def test_a_malformed_table_is_refused_by_field(
    sqlite_ledger: Ledger, events: pa.Table, kind: object, field: str
) -> None:
    error = refusal(sqlite_ledger, events)
    assert (error.kind, error.facts["field"]) == (kind, field)
    assert sqlite_ledger.root().size == 0


def test_details_given_as_text_are_taken_as_they_are(ledger: Ledger) -> None:
    details = ['{"a":"\\\\,\\""}', "{}"] * 350
    ledger.write_events(**PAGE, events=table("found", detail_json=details))
    assert [event.detail for event in ledger.events(page_no=1)] == [{"a": '\\,"'}, {}] * 350
    assert ledger.verify().is_intact


def test_all_events_come_out_as_arrow(road: Ledger) -> None:
    found = pa.Table.from_batches(road.event_batches())
    assert found.column_names == ["page_no", "event_no", "case_id", "kind", "detail_json"]
    rows = [tuple(row.values()) for row in found.to_pylist()]
    expected = [(event.page_no, event.event_no, event.case_id, event.kind, event.detail) for event in road.events()]
    assert [(*row[:4], json.loads(row[4])) for row in rows] == expected
