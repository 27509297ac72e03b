"""The same on PostgreSQL: whoever can write to the database changes something with plain SQL; `verify` must find it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from ledger.ledger import Ledger, TreeHead, VerifyReport

KEYS = {"pages": ["page_no"], "events": ["page_no", "event_no"], "case_heads": ["case_id"], "log_head": ["head_no"]}
PAGE_OF = {"pages": "page_no", "events": "page_no", "case_heads": "last_page_no"}
MOVES_THE_ROW = {("pages", "page_no"), ("events", "page_no"), ("case_heads", "case_id")}


@pytest.fixture
def url(postgresql: Any) -> str:
    return postgresql.new_database()


@pytest.fixture
def rows(url: str, write_road: Callable[[Ledger], Ledger]) -> dict[str, list[dict[str, Any]]]:
    """All rows of a road whose tables have lost their constraints, with a copy of each table beside it."""
    with Ledger.open(url) as ledger:
        write_road(ledger)
        assert ledger.verify().is_intact
    engine = create_engine(url)
    found = {}
    with engine.begin() as connection:
        for table in KEYS:
            connection.execute(text(f"CREATE TABLE copy_of_{table} AS SELECT * FROM {table}"))
            connection.execute(text(f"CREATE TABLE plain AS SELECT * FROM {table}"))
            connection.execute(text(f"DROP TABLE {table}"))
            connection.execute(text(f"ALTER TABLE plain RENAME TO {table}"))
            found[table] = [dict(row) for row in connection.execute(text(f"SELECT * FROM {table}")).mappings()]
    engine.dispose()
    return found


@pytest.fixture
def verify_after(url: str, rows: object) -> Any:
    """Tamper, verify, and put all rows back."""
    engine = create_engine(url)
    with Ledger.open(url) as ledger:

        def run(*statements: str, trust: TreeHead | None = None, **values: object) -> VerifyReport:
            with engine.begin() as connection:
                for statement in statements:
                    connection.execute(text(statement), values)
            report = ledger.verify(*([] if trust is None else [trust]))
            with engine.begin() as connection:
                for table in KEYS:
                    connection.execute(text(f"DELETE FROM {table}"))
                    connection.execute(text(f"INSERT INTO {table} SELECT * FROM copy_of_{table}"))
            return report

        yield run
    engine.dispose()


def where(table: str, row: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return " AND ".join(f"{key} = :key_{key}" for key in KEYS[table]), {f"key_{key}": row[key] for key in KEYS[table]}


def test_without_tampering_it_is_intact(verify_after: Any) -> None:
    report = verify_after("SELECT 1")
    assert (report.is_intact, report.pages, report.events, report.first_bad_page_no) == (True, 7, 15, None)


@pytest.mark.parametrize("table", KEYS)
def test_every_cell_that_is_changed_is_found(verify_after: Any, rows: Any, table: str) -> None:
    for row in rows[table]:
        condition, values = where(table, row)
        for column, value in row.items():
            changed = value + 100 if isinstance(value, int) else value[:-1] + ("y" if value.endswith("x") else "x")
            if value == "":
                changed = "x"
            report = verify_after(f"UPDATE {table} SET {column} = :new WHERE {condition}", new=changed, **values)
            assert not report.is_intact, (table, row, column)
            if table in PAGE_OF and (table, column) not in MOVES_THE_ROW:
                assert report.first_bad_page_no == row[PAGE_OF[table]], (table, row, column)


@pytest.mark.parametrize("table", KEYS)
def test_every_cell_that_is_emptied_is_found(verify_after: Any, rows: Any, table: str) -> None:
    row = rows[table][-1]
    condition, values = where(table, row)
    for column in row:
        assert not verify_after(f"UPDATE {table} SET {column} = NULL WHERE {condition}", **values).is_intact, column


@pytest.mark.parametrize("table", KEYS)
def test_every_row_that_is_removed_or_doubled_is_found(verify_after: Any, rows: Any, table: str) -> None:
    for row in rows[table]:
        condition, values = where(table, row)
        removed = verify_after(f"DELETE FROM {table} WHERE {condition}", **values)
        assert not removed.is_intact, (table, row)
        if table in PAGE_OF:
            assert removed.first_bad_page_no == row[PAGE_OF[table]], (table, row)
        doubled = verify_after(f"INSERT INTO {table} SELECT * FROM {table} WHERE {condition}", **values)
        assert not doubled.is_intact, (table, row)


@pytest.mark.parametrize(("first", "second"), [(page, page + 1) for page in range(1, 7)])
def test_pages_that_change_places_are_found(verify_after: Any, first: int, second: int) -> None:
    swap = f"CASE page_no WHEN {first} THEN {second} WHEN {second} THEN {first} ELSE page_no END"
    report = verify_after(f"UPDATE pages SET page_no = {swap}", f"UPDATE events SET page_no = {swap}")
    assert (report.is_intact, report.first_bad_page_no) == (False, first)


def test_the_last_pages_removed_with_all_that_speaks_of_them_are_found_with_a_trusted_tree_head(
    verify_after: Any, rows: Any
) -> None:
    head = rows["log_head"][0]
    root = rows["pages"][5]["root_hash"]
    trusted = TreeHead(head["size"], head["root_hash"])
    cut = ["DELETE FROM pages WHERE page_no > 6", "DELETE FROM events WHERE page_no > 6"]
    set_back = f"UPDATE log_head SET size = 6, root_hash = '{root}'"
    assert verify_after(*cut, set_back).first_bad_page_no is not None
    report = verify_after(*cut, set_back, trust=trusted)
    assert (report.is_intact, report.first_bad_page_no) == (False, 7)
