"""Versions of the tables: up, down, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import rfc8785
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from ledger.ledger import Ledger
from ledger.migrate import Migration, migrate
from ledger.page import Event
from ledger.tables import METADATA, SCHEMA_VERSION
from schemas.errors import ArrearsError
from schemas.errors.ledger import (
    LEDGER_FOLDER_MISSING,
    LEDGER_OLDER,
    LEDGER_UNREADABLE,
    MIGRATION_REFUSED,
)

AT = datetime(2026, 9, 7, tzinfo=UTC)


def schema(store: Any) -> object:
    """All that the database itself knows of its tables."""
    if store.kind == "sqlite":
        rows = store.run("SELECT type, name, tbl_name, sql FROM sqlite_master")
        return {(kind, name, table): normal(sql) for kind, name, table, sql in rows}
    columns = store.run(
        "SELECT table_name, ordinal_position, column_name, data_type, character_maximum_length, is_nullable, "
        "column_default FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2"
    )
    indexes = store.run("SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1")
    rules = store.run(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace "
        "ORDER BY 1"
    )
    return columns, indexes, rules


def normal(sql: str | None) -> object:
    """SQLite keeps the words of CREATE; the order of constraints and white space do not matter."""
    if sql is None:
        return None
    head, _, rest = " ".join(sql.split()).partition("(")
    body, _, tail = rest.rpartition(")")
    return head, sorted(part.strip(" ,") for part in body.replace(", ", ",\n").split("\n")), tail


def refusal(*arguments: str) -> ArrearsError:
    with pytest.raises(ArrearsError) as caught:
        migrate(*arguments)
    return caught.value


def test_migrations_make_the_tables_that_a_new_ledger_has(store: Any) -> None:
    assert migrate(store.url) == Migration("base", SCHEMA_VERSION)
    migrated = schema(store)
    rows = store.dump()
    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    with Ledger.open(store.url) as ledger:
        assert ledger.verify().is_intact
    migrate(store.url, "base")
    store.run("DROP TABLE ledger_version")
    Ledger.open(store.url).close()
    assert schema(store) == migrated
    assert store.dump() == rows


def test_migrating_a_current_ledger_changes_nothing(store: Any, road: Ledger) -> None:
    before = store.dump()
    assert migrate(store.url) == Migration(SCHEMA_VERSION, SCHEMA_VERSION)
    assert store.dump() == before


def test_a_ledger_with_pages_is_never_dropped(store: Any, road: Ledger) -> None:
    before = store.dump()
    assert refusal(store.url, "base").kind is MIGRATION_REFUSED
    assert store.dump() == before
    assert road.verify().is_intact


@pytest.mark.parametrize("version", ["", "9999", "+1", "headx"])
def test_a_version_that_does_not_exist_is_refused(store: Any, version: str) -> None:
    error = refusal(store.url, version)
    assert error.kind is MIGRATION_REFUSED
    assert inspect(store.engine).get_table_names() == []


def test_a_ledger_of_an_unknown_version_is_not_migrated(store: Any, road: Ledger) -> None:
    store.run("UPDATE ledger_version SET version_num = '9999'")
    before = store.dump()
    error = refusal(store.url)
    assert error.kind is MIGRATION_REFUSED
    assert error.facts["found"] == "9999"
    assert store.dump() == before


def test_migrating_makes_no_folder(tmp_path: Any) -> None:
    assert refusal(f"sqlite:///{tmp_path}/typo/ledger.sqlite").kind is LEDGER_FOLDER_MISSING
    assert list(tmp_path.iterdir()) == []


OLD_EVENTS = [
    ("roster-L1-20251103", "found", {"rules": ["six_months"], "名": None}),
    ("roster-L2-20251103", "found", {}),
]


def write_old_page(store: Any, oracle: Any) -> None:
    """A page as version 0001 wrote it."""
    facts = {
        "page_no": 1,
        "key": "old/1",
        "kind": "cases",
        "actor": "task:t",
        "written_at": "2026-09-07T01:02:03.456789Z",
    }
    content = {"z": [1, "x"], "cases": 2}
    events = [{"case_id": case_id, "kind": kind, "detail": detail} for case_id, kind, detail in OLD_EVENTS]
    leaf = oracle.page_leaf({**facts, "content": content, "format": 1}, events).hex()
    store.run(
        "INSERT INTO pages VALUES (:page_no, :key, :kind, :actor, :written_at, :content, :leaf, :root)",
        **facts,
        content=rfc8785.dumps(content).decode(),
        leaf=leaf,
        root=leaf,
    )
    for number, (case_id, kind, detail) in enumerate(OLD_EVENTS):
        store.run(
            "INSERT INTO events VALUES (1, :number, :case_id, :kind, :detail)",
            number=number,
            case_id=case_id,
            kind=kind,
            detail=rfc8785.dumps(detail).decode(),
        )
        store.run("INSERT INTO case_heads VALUES (:case_id, 'roster', 'found', 1, 1, :n)", case_id=case_id, n=number)
    store.run("UPDATE log_head SET size = 1, root_hash = :root, frontier = :frontier", root=leaf, frontier=leaf)


def test_a_ledger_of_the_first_version_is_refused_until_it_is_migrated_and_then_goes_on(
    store: Any, page_oracle: Any
) -> None:
    migrate(store.url, "0001")
    write_old_page(store, page_oracle)
    before = store.dump()
    with pytest.raises(ArrearsError) as caught:
        Ledger.open(store.url)
    assert caught.value.kind is LEDGER_OLDER
    assert store.dump() == before
    assert migrate(store.url) == Migration("0001", SCHEMA_VERSION)
    with Ledger.open(store.url) as ledger:
        assert ledger.verify().is_intact
        old = ledger.page("old/1")
        events = [Event(case_id, kind, detail) for case_id, kind, detail in OLD_EVENTS]
        same = {"key": "old/1", "kind": "cases", "actor": "task:t", "content": {"z": [1, "x"], "cases": 2}}
        assert ledger.write_page(**same, events=events, written_at=AT) == old
        new = ledger.write_page(
            key="new",
            kind="x",
            actor="a",
            content={"n": 1},
            events=[Event("roster-L1-20251103", "cured")],
            written_at=AT,
        )
        report = ledger.verify()
        assert (report.is_intact, report.pages, report.events) == (True, 2, 3)
    error = refusal(store.url, "0001")
    assert error.kind is MIGRATION_REFUSED
    assert error.facts["page_no"] == new.page_no == 2


def test_a_ledger_with_old_pages_only_goes_back_to_where_it_was(store: Any, page_oracle: Any) -> None:
    migrate(store.url, "0001")
    write_old_page(store, page_oracle)
    tables, rows = schema(store), store.dump()
    migrate(store.url)
    assert migrate(store.url, "0001") == Migration(SCHEMA_VERSION, "0001")
    assert (schema(store), store.dump()) == (tables, rows)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE pages SET actor = 'task:x'",
        "UPDATE pages SET salt = '00'",
        "UPDATE pages SET format = 2",
        "UPDATE pages SET format = 2, salt = '" + "00" * 32 + "'",
        "UPDATE pages SET format = 3",
        'UPDATE events SET detail_json = \'{"x":"1"}\' WHERE event_no = 1',
        "DELETE FROM events WHERE event_no = 1",
    ],
)
def test_a_change_to_an_old_page_is_found(store: Any, page_oracle: Any, change: str) -> None:
    migrate(store.url, "0001")
    write_old_page(store, page_oracle)
    migrate(store.url)
    store.run(change)
    with Ledger.open(store.url) as ledger:
        report = ledger.verify()
    assert (report.is_intact, report.first_bad_page_no) == (False, 1)


def test_a_migration_that_fails_changes_nothing(store: Any) -> None:
    migrate(store.url, "0001")
    store.run("ALTER TABLE pages ADD COLUMN salt VARCHAR(64)")
    meddled = schema(store)
    error = refusal(store.url)
    assert error.kind is LEDGER_UNREADABLE
    assert schema(store) == meddled
    assert store.run("SELECT * FROM ledger_version") == [("0001",)]
