from __future__ import annotations

import sqlite3
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ledger.ledger import Ledger
from ledger.page import Event
from schemas.errors import ArrearsError
from schemas.errors.ledger import (
    LEDGER_BUSY,
    LEDGER_FOLDER_MISSING,
    LEDGER_NEWER,
    LEDGER_UNAVAILABLE,
    LEDGER_UNREADABLE,
    LEDGER_URL_REFUSED,
)

AT = datetime(2026, 9, 7, tzinfo=UTC)


def refusal(url: str) -> ArrearsError:
    with pytest.raises(ArrearsError) as caught:
        Ledger.open(url)
    return caught.value


def pragma(ledger: Ledger, name: str) -> object:
    with ledger._database.reading() as connection:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar()


def test_a_new_ledger_is_private_with_its_side_files(path: Path, sqlite_ledger: Ledger) -> None:
    sqlite_ledger.write_page(key="k", kind="x", actor="a", content={}, written_at=AT)
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert modes == {"ledger.sqlite": 0o600, "ledger.sqlite-wal": 0o600, "ledger.sqlite-shm": 0o600}


def test_a_committed_page_is_on_disk_before_the_call_ends(sqlite_ledger: Ledger) -> None:
    assert pragma(sqlite_ledger, "journal_mode") == "wal"
    assert pragma(sqlite_ledger, "synchronous") == 2
    assert pragma(sqlite_ledger, "busy_timeout") == 60_000


def test_a_ledger_is_found_again(store: Any) -> None:
    with Ledger.open(store.url) as ledger:
        page = ledger.write_page(
            key="k", kind="x", actor="a", content={"n": 1}, events=[Event("roster-L1-20251103", "found")], written_at=AT
        )
    with Ledger.open(store.url) as ledger:
        assert ledger.page("k") == page
        assert ledger.verify().is_intact


def test_a_missing_folder_is_not_made(tmp_path: Path) -> None:
    error = refusal(f"sqlite:///{tmp_path}/typo/ledger.sqlite")
    assert error.kind is LEDGER_FOLDER_MISSING
    assert error.facts == {"folder": tmp_path / "typo"}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "url",
    ["", "no url", "sqlite://", "sqlite:///:memory:", "mysql://user:hidden@host/db", "oracle://x", "nonsense://x"],
)
def test_a_url_that_cannot_hold_a_ledger_is_refused(url: str) -> None:
    error = refusal(url)
    assert error.kind is LEDGER_URL_REFUSED
    assert "hidden" not in str(error)


def test_a_ledger_of_a_newer_version_is_refused_untouched(store: Any) -> None:
    Ledger.open(store.url).close()
    store.run("UPDATE ledger_version SET version_num = '9999'")
    before = store.dump()
    error = refusal(store.url)
    assert error.kind is LEDGER_NEWER
    assert error.facts["found"] == "9999"
    assert store.dump() == before


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM ledger_version",
        "DROP TABLE ledger_version",
        "INSERT INTO ledger_version VALUES ('0000')",
        "UPDATE ledger_version SET version_num = '0000'",
    ],
)
def test_a_ledger_without_its_version_is_refused(store: Any, damage: str) -> None:
    Ledger.open(store.url).close()
    store.run(damage)
    assert refusal(store.url).kind is LEDGER_UNREADABLE


def test_a_file_that_is_no_database_is_refused_untouched(path: Path) -> None:
    path.write_bytes(b"case_id,state\n" * 100)
    error = refusal(f"sqlite:///{path}")
    assert error.kind is LEDGER_UNREADABLE
    assert path.read_bytes() == b"case_id,state\n" * 100


def test_a_folder_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    assert refusal(f"sqlite:///{tmp_path}").kind is LEDGER_UNAVAILABLE


def test_a_lost_table_is_named(sqlite_ledger: Ledger, path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE events")
    with pytest.raises(ArrearsError) as caught:
        sqlite_ledger.verify()
    assert caught.value.kind is LEDGER_UNREADABLE
    assert "events" in str(caught.value.facts["reason"])


def test_a_writer_that_waits_too_long_may_try_again(
    path: Path, sqlite_ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.database.BUSY_SECONDS", 0.05)
    with Ledger.open(f"sqlite:///{path}") as impatient:
        holder = sqlite3.connect(path)
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(ArrearsError) as caught:
            impatient.write_page(key="k", kind="x", actor="a", content={}, written_at=AT)
        assert caught.value.kind is LEDGER_BUSY
        assert caught.value.kind.may_retry
        assert impatient.root().size == 0
        holder.close()
        assert impatient.write_page(key="k", kind="x", actor="a", content={}, written_at=AT).page_no == 1


def test_on_postgresql_a_writer_that_waits_too_long_may_try_again(
    postgresql: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.database.BUSY_SECONDS", 0.05)
    url = postgresql.new_database()
    with Ledger.open(url) as impatient, Ledger.open(url) as holder:
        with holder._database.writing() as connection:
            connection.exec_driver_sql("SELECT * FROM log_head FOR UPDATE")
            with pytest.raises(ArrearsError) as caught:
                impatient.write_page(key="k", kind="x", actor="a", content={}, written_at=AT)
        assert caught.value.kind is LEDGER_BUSY
        assert impatient.root().size == 0
        assert impatient.write_page(key="k", kind="x", actor="a", content={}, written_at=AT).page_no == 1


def test_on_postgresql_a_committed_page_is_on_disk_before_the_call_ends(postgresql: Any) -> None:
    with Ledger.open(postgresql.new_database()) as ledger, ledger._database.writing() as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"
        assert connection.exec_driver_sql("SHOW lock_timeout").scalar() == "1min"
        assert connection.exec_driver_sql("SHOW transaction_isolation").scalar() == "read committed"


def test_a_reader_of_postgresql_sees_one_state_and_cannot_write(postgresql: Any) -> None:
    with Ledger.open(postgresql.new_database()) as ledger, ledger._database.reading() as connection:
        assert connection.exec_driver_sql("SHOW transaction_isolation").scalar() == "repeatable read"
        assert connection.exec_driver_sql("SHOW transaction_read_only").scalar() == "on"


@pytest.mark.parametrize("database", ["missing", "ledger_0"])
def test_a_database_that_does_not_exist_is_named_without_a_password(postgresql: Any, database: str) -> None:
    url = postgresql.url(database).replace("arrears@", "arrears:hidden@")
    error = refusal(url)
    assert error.kind is LEDGER_UNAVAILABLE
    assert error.kind.may_retry
    assert database in str(error)
    assert "hidden" not in str(error)


def test_a_server_that_is_down_is_unavailable(tmp_path: Path) -> None:
    assert refusal(f"postgresql+psycopg://arrears@/arrears?host={tmp_path}").kind is LEDGER_UNAVAILABLE


def test_a_user_who_may_not_write_is_told(postgresql: Any) -> None:
    url = postgresql.new_database()
    with Ledger.open(url) as ledger, ledger._database.writing() as connection:
        connection.exec_driver_sql("CREATE ROLE reader LOGIN")
        connection.exec_driver_sql("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")
    with Ledger.open(url.replace("arrears@", "reader@")) as ledger:
        assert ledger.verify().is_intact
        with pytest.raises(ArrearsError) as caught:
            ledger.write_page(key="k", kind="x", actor="a", content={}, written_at=AT)
    assert caught.value.kind is LEDGER_UNAVAILABLE


def test_a_postgresql_that_is_too_old_is_refused(postgresql: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.database.LEAST_POSTGRESQL", (99,))
    assert refusal(postgresql.new_database()).kind is LEDGER_URL_REFUSED
