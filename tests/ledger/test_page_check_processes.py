"""Processes that check a range of pages each: the same answer as one, and the same page named when one fails."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from ledger.ledger import Ledger
from ledger.page_check import NotCertainError
from ledger.page_check_processes import checking, ranges_for
from ledger.whole_check import is_whole

AT = datetime(2026, 9, 7, tzinfo=UTC)
CASES = [f"roster-L{number:03d}é-20251103" for number in range(30)]


@pytest.fixture
def three_processes(monkeypatch: pytest.MonkeyPatch) -> list[list[range]]:
    """Three processes, however small the ledger and the machine; the ranges that they were given."""
    given: list[list[range]] = []

    def noted(url: str, ranges: list[range]) -> Any:
        given.append(list(ranges))
        return checking(url, ranges)

    monkeypatch.setattr("ledger.page_check_processes._LEAST_EVENTS", 1)
    monkeypatch.setattr("ledger.page_check_processes._processors", lambda: 3)
    monkeypatch.setattr("ledger.whole_check.checking", noted)
    return given


@pytest.fixture
def nine_pages(ledger: Ledger) -> Ledger:
    """Pages 1, 4 and 7 of new cases, 2, 5 and 8 of notices, 3, 6 and 9 without events."""
    for number in range(9):
        cases = CASES[number // 3 * 10 :][:10] if number % 3 < 2 else []
        kind = ("found", "notice_delivered", "found")[number % 3]
        details = [f'{{"n":{place}}}' for place in range(len(cases))]
        ledger.write_events(
            key=f"k{number}",
            kind="x",
            actor="a",
            content={"as_of": "2026-09-07"},
            events=pa.table(
                {"case_id": cases, "kind": [kind] * len(cases), "detail_json": details},
                schema=pa.schema([(name, pa.string()) for name in ("case_id", "kind", "detail_json")]),
            ),
            written_at=AT,
        )
    return ledger


def test_several_processes_give_the_answer_of_one(
    nine_pages: Ledger, three_processes: list[list[range]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with nine_pages._database.arrow_reading() as reader:
        by_three = is_whole(reader, nine_pages._database.url, [nine_pages.root()])
    assert three_processes == [[range(1, 3), range(3, 6), range(6, 10)]]
    monkeypatch.setattr("ledger.page_check_processes._processors", lambda: 1)
    with nine_pages._database.arrow_reading() as reader:
        by_one = is_whole(reader, nine_pages._database.url, [nine_pages.root()])
    assert len(three_processes) == 1
    assert by_three == by_one
    assert (by_three.pages, by_three.events) == (9, 60)


@pytest.mark.parametrize("page_no", [2, 3, 8])
def test_the_first_of_several_changed_pages_is_named(
    nine_pages: Ledger, store: Any, three_processes: list[list[range]], page_no: int
) -> None:
    change = 'UPDATE events SET detail_json = \'{"n":"x"}\' WHERE page_no >= :first AND event_no = 3'
    if page_no % 3 == 0:
        change = 'UPDATE pages SET content_json = \'{"as_of":"2026-09-08"}\' WHERE page_no >= :first'
    store.run(change, first=page_no)
    report = nine_pages.verify()
    assert len(three_processes) == 1
    assert (report.is_intact, report.first_bad_page_no, report.pages) == (False, page_no, page_no - 1)


@pytest.mark.parametrize(
    ("damage", "page_no"),
    [
        ("INSERT INTO events VALUES (6, 0, 'roster-L001é-20251103', 'cured', '{}')", 6),
        ("UPDATE events SET page_no = 9 WHERE page_no = 8 AND event_no = 9", 8),
        ("UPDATE pages SET root_hash = (SELECT root_hash FROM pages WHERE page_no = 3) WHERE page_no = 4", 4),
        ("UPDATE case_heads SET state = 'found' WHERE since_page_no = 5 AND last_event_no = 2", 5),
    ],
)
def test_other_damage_is_found_with_its_page(
    nine_pages: Ledger, store: Any, three_processes: list[list[range]], damage: str, page_no: int
) -> None:
    store.run(damage)
    report = nine_pages.verify()
    assert len(three_processes) == 1
    assert (report.is_intact, report.first_bad_page_no) == (False, page_no)


def test_pages_that_are_swapped_between_two_ranges_are_found(
    nine_pages: Ledger, store: Any, three_processes: list[list[range]]
) -> None:
    for old, new in ((2, 20), (8, 2), (20, 8)):
        for table in ("pages", "events"):
            store.run(f"UPDATE {table} SET page_no = {new} WHERE page_no = {old}")
    report = nine_pages.verify()
    assert three_processes == [[range(1, 3), range(3, 6), range(6, 10)]]
    assert (report.is_intact, report.first_bad_page_no) == (False, 2)


def test_a_ledger_that_is_not_there_gives_no_answer(three_processes: list[list[range]], tmp_path: Any) -> None:
    assert three_processes == []
    ranges = [range(1, 2), range(2, 3)]
    with checking(f"sqlite:///{tmp_path}/none/ledger.sqlite", ranges) as answers, pytest.raises(NotCertainError):
        answers()


def test_processes_that_nobody_waits_for_are_ended(nine_pages: Ledger) -> None:
    class StoppedError(Exception):
        pass

    with pytest.raises(StoppedError), checking(nine_pages._database.url, [range(1, 5), range(5, 10)]):
        raise StoppedError


@pytest.mark.parametrize(
    ("sizes", "processors", "expected"),
    [
        ([], 4, []),
        ([10], 4, [range(1, 2)]),
        ([1, 1, 1, 1], 2, [range(1, 3), range(3, 5)]),
        ([9, 1, 1, 1], 2, [range(1, 2), range(2, 5)]),
        ([1, 1, 1, 9], 2, [range(1, 5)]),
        ([0, 0, 5, 5, 0], 9, [range(1, 4), range(4, 6)]),
    ],
)
def test_ranges_hold_all_pages_once(
    monkeypatch: pytest.MonkeyPatch, sizes: list[int], processors: int, expected: list[range]
) -> None:
    monkeypatch.setattr("ledger.page_check_processes._LEAST_EVENTS", 5 if processors == 9 else 1)
    monkeypatch.setattr("ledger.page_check_processes._processors", lambda: processors)
    assert ranges_for(sizes) == expected
