"""Whoever can write to the database changes something with plain SQL; `verify` must find it."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ledger.ledger import Ledger, TreeHead, VerifyReport
from ledger.merkle import Frontier
from ledger.page import event_json

KEYS = {
    "pages": ["page_no"],
    "events": ["page_no", "event_no"],
    "case_heads": ["case_id"],
    "log_head": ["head_no"],
}
PAGE_OF = {"pages": "page_no", "events": "page_no", "case_heads": "last_page_no"}
MOVES_THE_ROW = {("pages", "page_no"), ("events", "page_no"), ("case_heads", "case_id")}
C = "roster-L0000003-20251103"
Tamper = Callable[[sqlite3.Connection], object]
Statement = tuple[str, Sequence[Any]]


@pytest.fixture
def trusted(sqlite_road: Ledger) -> TreeHead:
    return sqlite_road.root()


@pytest.fixture
def verify_after(sqlite_road: Ledger, trusted: TreeHead, path: Path, tmp_path: Path) -> Callable[..., VerifyReport]:
    """Tamper with a copy of the ledger that has lost its constraints, and verify that."""
    assert sqlite_road.verify().is_intact
    sqlite_road.close()

    def run(*tampers: Tamper | Statement | str, trust: TreeHead | None = None) -> VerifyReport:
        copy = tmp_path / "copy.sqlite"
        shutil.copy(path, copy)
        with sqlite3.connect(copy) as connection:
            drop_constraints(connection)
            for tamper in tampers:
                if callable(tamper):
                    tamper(connection)
                elif isinstance(tamper, str):
                    connection.execute(tamper)
                else:
                    connection.execute(*tamper)
        connection.close()
        with Ledger.open(f"sqlite:///{copy}") as ledger:
            report = ledger.verify(*([] if trust is None else [trust]))
        assert report.is_intact == (report.reason is None)
        return report

    return run


def drop_constraints(connection: sqlite3.Connection) -> None:
    for table in KEYS:
        connection.execute(f"CREATE TABLE plain AS SELECT * FROM {table}")
        connection.execute(f"DROP TABLE {table}")
        connection.execute(f"ALTER TABLE plain RENAME TO {table}")


def rows(path: Path, table: str) -> list[dict[str, Any]]:
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    try:
        return [dict(row) for row in connection.execute(f"SELECT * FROM {table}")]
    finally:
        connection.close()


def where(table: str, row: dict[str, Any]) -> tuple[str, list[Any]]:
    return " AND ".join(f"{key} = ?" for key in KEYS[table]), [row[key] for key in KEYS[table]]


def test_without_tampering_the_copy_is_intact(verify_after: Callable[..., VerifyReport], trusted: TreeHead) -> None:
    report = verify_after(trust=trusted)
    assert (report.is_intact, report.pages, report.events) == (True, 7, 15)
    assert report.first_bad_page_no is None
    assert report.root_hash == trusted.root_hash


@pytest.mark.parametrize("table", KEYS)
def test_every_cell_that_is_changed_is_found(verify_after: Callable[..., VerifyReport], path: Path, table: str) -> None:
    for row in rows(path, table):
        condition, values = where(table, row)
        for column, value in row.items():
            other = value + 100 if isinstance(value, int) else value + "x"
            report = verify_after((f"UPDATE {table} SET {column} = ? WHERE {condition}", [other, *values]))
            assert not report.is_intact, (table, row, column)
            if table in PAGE_OF and (table, column) not in MOVES_THE_ROW:
                assert report.first_bad_page_no == row[PAGE_OF[table]], (table, row, column)


@pytest.mark.parametrize("other", [None, 1, 1.5, b"{}", "[1]", ""])
@pytest.mark.parametrize("table", KEYS)
def test_every_column_that_changes_its_type_is_found(
    verify_after: Callable[..., VerifyReport], path: Path, table: str, other: object
) -> None:
    row = rows(path, table)[-1]
    condition, values = where(table, row)
    for column, value in row.items():
        if value != other:
            report = verify_after((f"UPDATE {table} SET {column} = ? WHERE {condition}", [other, *values]))
            assert not report.is_intact, column


@pytest.mark.parametrize("table", KEYS)
def test_every_row_that_is_removed_is_found(verify_after: Callable[..., VerifyReport], path: Path, table: str) -> None:
    for row in rows(path, table):
        condition, values = where(table, row)
        report = verify_after((f"DELETE FROM {table} WHERE {condition}", values))
        assert not report.is_intact, (table, row)
        if table in PAGE_OF:
            assert report.first_bad_page_no == row[PAGE_OF[table]], (table, row)


@pytest.mark.parametrize("table", KEYS)
def test_every_row_that_is_doubled_is_found(verify_after: Callable[..., VerifyReport], path: Path, table: str) -> None:
    for row in rows(path, table):
        condition, values = where(table, row)
        report = verify_after((f"INSERT INTO {table} SELECT * FROM {table} WHERE {condition}", values))
        assert not report.is_intact, (table, row)


@pytest.mark.parametrize(("first", "second"), [(page, page + 1) for page in range(1, 7)])
def test_pages_that_change_places_are_found(verify_after: Callable[..., VerifyReport], first: int, second: int) -> None:
    swap = f"CASE page_no WHEN {first} THEN {second} WHEN {second} THEN {first} ELSE page_no END"
    report = verify_after(f"UPDATE pages SET page_no = {swap}", f"UPDATE events SET page_no = {swap}")
    assert (report.is_intact, report.first_bad_page_no) == (False, first)


@pytest.mark.parametrize("page_no", [1, 2, 4, 5, 6, 7])
def test_events_that_change_places_are_found(verify_after: Callable[..., VerifyReport], page_no: int) -> None:
    report = verify_after(
        f"UPDATE events SET event_no = CASE event_no WHEN 0 THEN 1 WHEN 1 THEN 0 ELSE event_no END"
        f" WHERE page_no = {page_no}"
    )
    assert (report.is_intact, report.first_bad_page_no) == (False, page_no)


@pytest.mark.parametrize(
    ("tamper", "page_no"),
    [
        ("INSERT INTO events VALUES (3, 0, 'roster-L9-20251103', 'found', '{}')", 3),
        ("INSERT INTO events VALUES (7, 3, 'roster-L9-20251103', 'found', '{}')", 7),
        ("INSERT INTO events VALUES (0, 0, 'roster-L9-20251103', 'found', '{}')", 0),
        ("INSERT INTO events VALUES (8, 0, 'roster-L9-20251103', 'found', '{}')", 8),
        ("INSERT INTO events VALUES ('x', 0, 'roster-L9-20251103', 'found', '{}')", None),
        ("INSERT INTO events VALUES (2.5, 0, 'roster-L9-20251103', 'found', '{}')", None),
        (
            "INSERT INTO pages SELECT 8, 'new', kind, actor, written_at, '{}', leaf_hash, root_hash, format, salt "
            "FROM pages LIMIT 1",
            8,
        ),
        (
            "INSERT INTO pages SELECT 0, 'new', kind, actor, written_at, '{}', leaf_hash, root_hash, format, salt "
            "FROM pages LIMIT 1",
            1,
        ),
        (
            "INSERT INTO pages SELECT 3.5, 'x', kind, actor, written_at, '{}', leaf_hash, root_hash, format, salt "
            "FROM pages LIMIT 1",
            4,
        ),
        ("INSERT INTO case_heads VALUES ('roster-L9-20251103', 'roster', 'sent', 1, 1, 0)", None),
        ("INSERT INTO log_head SELECT 2, size, root_hash, frontier FROM log_head", 7),
    ],
)
def test_rows_that_are_inserted_are_found(
    verify_after: Callable[..., VerifyReport], tamper: str, page_no: int | None
) -> None:
    report = verify_after(tamper)
    assert (report.is_intact, report.first_bad_page_no) == (False, page_no)


def test_a_state_that_lies_is_found_by_case(verify_after: Callable[..., VerifyReport]) -> None:
    report = verify_after(f"UPDATE case_heads SET state = 'noticed' WHERE case_id = '{C}'")
    assert (report.is_intact, report.first_bad_page_no) == (False, 1)
    assert C in str(report.reason)


def test_of_several_faults_the_earliest_page_is_named(verify_after: Callable[..., VerifyReport]) -> None:
    report = verify_after(
        "UPDATE pages SET actor = 'user:x' WHERE page_no = 6",
        "UPDATE events SET detail_json = '{\"a\":1}' WHERE page_no = 4 AND event_no = 1",
        "UPDATE case_heads SET state = 'cured'",
    )
    assert (report.is_intact, report.first_bad_page_no) == (False, 4)
    assert (report.pages, report.events) == (3, 6)


def test_an_event_that_swallows_its_neighbour_is_found(verify_after: Callable[..., VerifyReport]) -> None:
    """The text of two rows in one gives the same bytes of the page, so the hash alone does not tell."""

    def swallow(connection: sqlite3.Connection) -> None:
        events = connection.execute(
            "SELECT case_id, kind, detail_json FROM events WHERE page_no = 5 ORDER BY event_no"
        ).fetchall()
        (first_case, first_kind, first_detail), (second_case, second_kind, second_detail) = events
        merged = f'{first_detail},"kind":"{first_kind}"}},{{"case_id":"{second_case}","detail":{second_detail}'
        assert event_json(first_case, second_kind, merged) == ",".join(event_json(*event) for event in events)
        connection.execute("DELETE FROM events WHERE page_no = 5 AND event_no = 1")
        connection.execute("UPDATE events SET kind = ?, detail_json = ? WHERE page_no = 5", (second_kind, merged))

    report = verify_after(swallow)
    assert (report.is_intact, report.first_bad_page_no) == (False, 5)


def test_content_that_swallows_the_events_is_found(verify_after: Callable[..., VerifyReport]) -> None:
    def swallow(connection: sqlite3.Connection) -> None:
        events = connection.execute(
            "SELECT case_id, kind, detail_json FROM events WHERE page_no = 2 ORDER BY 1"
        ).fetchall()
        merged = '{},"events":[' + ",".join(event_json(*event) for event in events) + "]"
        connection.execute("DELETE FROM events WHERE page_no = 2")
        connection.execute("UPDATE pages SET content_json = ? WHERE page_no = 2", (merged,))

    report = verify_after(swallow)
    assert (report.is_intact, report.first_bad_page_no) == (False, 2)


@pytest.mark.parametrize("column", ["content_json", "key", "actor", "leaf_hash"])
def test_text_in_a_broken_encoding_is_found(verify_after: Callable[..., VerifyReport], column: str) -> None:
    report = verify_after(f"UPDATE pages SET {column} = CAST(x'ff7b7d' AS TEXT) WHERE page_no = 3")
    assert (report.is_intact, report.first_bad_page_no) == (False, 3)


ANOTHER_ACTOR = "UPDATE pages SET actor = 'user:nobody' WHERE page_no = ?"


@pytest.fixture
def change_and_hash_again(page_oracle: Any) -> Callable[..., Tamper]:
    return partial(hash_again, page_oracle)


def hash_again(oracle: Any, page_no: int, levels: int, change: str = ANOTHER_ACTOR) -> Tamper:
    """Change a page as one who knows the format: 1 hashes its leaf again, 2 its root too, 3 the whole log after it."""

    def tamper(connection: sqlite3.Connection) -> None:
        connection.execute(change, (page_no,))
        frontier = Frontier()
        for number, leaf in oracle.log_of(connection):
            frontier = frontier.append(leaf)
            if number == page_no or (levels == 3 and number > page_no):
                connection.execute("UPDATE pages SET leaf_hash = ? WHERE page_no = ?", (leaf.hex(), number))
            if (levels >= 2 and number == page_no) or (levels == 3 and number > page_no):
                connection.execute("UPDATE pages SET root_hash = ? WHERE page_no = ?", (frontier.root().hex(), number))
        if levels == 3:
            nodes = b"".join(frontier.nodes).hex()
            head = (frontier.size, frontier.root().hex(), nodes)
            connection.execute("UPDATE log_head SET size = ?, root_hash = ?, frontier = ?", head)

    return tamper


@pytest.mark.parametrize("page_no", range(1, 8))
def test_a_page_whose_leaf_is_hashed_again_is_found(
    verify_after: Callable[..., VerifyReport], change_and_hash_again: Callable[..., Tamper], page_no: int
) -> None:
    report = verify_after(change_and_hash_again(page_no, levels=1))
    assert (report.is_intact, report.first_bad_page_no) == (False, page_no)


@pytest.mark.parametrize("page_no", range(1, 8))
def test_a_page_whose_root_is_hashed_again_is_found_where_the_log_goes_on(
    verify_after: Callable[..., VerifyReport], change_and_hash_again: Callable[..., Tamper], page_no: int
) -> None:
    report = verify_after(change_and_hash_again(page_no, levels=2))
    assert (report.is_intact, report.first_bad_page_no) == (False, min(page_no + 1, 7))


@pytest.mark.parametrize("page_no", range(1, 8))
def test_a_log_that_is_rewritten_as_a_whole_is_found_with_a_trusted_tree_head(
    verify_after: Callable[..., VerifyReport],
    change_and_hash_again: Callable[..., Tamper],
    trusted: TreeHead,
    page_no: int,
) -> None:
    rewrite = change_and_hash_again(page_no, levels=3)
    assert verify_after(rewrite).is_intact
    report = verify_after(rewrite, trust=trusted)
    assert (report.is_intact, report.first_bad_page_no) == (False, 7)


def test_a_history_that_no_case_can_have_is_found_in_a_log_that_is_rewritten_as_a_whole(
    verify_after: Callable[..., VerifyReport],
    change_and_hash_again: Callable[..., Tamper],
) -> None:
    change = "UPDATE events SET kind = 'accepted' WHERE page_no = ? AND event_no = 0"
    report = verify_after(change_and_hash_again(4, levels=3, change=change))
    assert (report.is_intact, report.first_bad_page_no) == (False, 4)
    assert "state=noticed, event=accepted" in str(report.reason)


def test_the_last_pages_removed_with_their_events_are_found(verify_after: Callable[..., VerifyReport]) -> None:
    report = verify_after("DELETE FROM pages WHERE page_no > 5", "DELETE FROM events WHERE page_no > 5")
    assert (report.is_intact, report.first_bad_page_no) == (False, 6)


def test_a_tree_head_set_back_is_found(verify_after: Callable[..., VerifyReport]) -> None:
    report = verify_after("UPDATE log_head SET size = 5, root_hash = (SELECT root_hash FROM pages WHERE page_no = 5)")
    assert (report.is_intact, report.first_bad_page_no) == (False, 6)


def test_a_log_that_is_cut_short_is_found_with_a_trusted_tree_head(sqlite_road: Ledger, tmp_path: Path) -> None:
    trusted = sqlite_road.root()
    with Ledger.open(f"sqlite:///{tmp_path}/short.sqlite") as short:
        first = sqlite_road.pages()[0]
        short.write_page(key="k", kind="x", actor="a", content={}, written_at=first.written_at)
        assert short.verify().is_intact
        assert short.verify(TreeHead(1, short.root().root_hash)).is_intact
        report = short.verify(trusted)
    assert (report.is_intact, report.first_bad_page_no) == (False, 2)


def test_a_trusted_tree_head_of_the_past_still_holds(sqlite_road: Ledger) -> None:
    for page in sqlite_road.pages():
        assert sqlite_road.verify(TreeHead(page.page_no, page.root_hash)).is_intact
    assert not sqlite_road.verify(TreeHead(3, "00" * 32)).is_intact
    sqlite_road.write_page(key="k", kind="x", actor="a", content={}, written_at=datetime(2026, 9, 8, tzinfo=UTC))
    assert sqlite_road.verify().pages == 8
