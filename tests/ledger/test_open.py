from __future__ import annotations

import sqlite3
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ledger.ledger import Ledger
from ledger.page import Event
from schemas.errors import ArrearsError, ErrorKind
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


def test_a_new_ledger_is_private_with_its_side_files(path: Path, ledger: Ledger) -> None:
    ledger.write_page(key="k", kind="x", actor="a", content={}, written_at=AT)
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert modes == {"ledger.sqlite": 0o600, "ledger.sqlite-wal": 0o600, "ledger.sqlite-shm": 0o600}


def test_a_committed_page_is_on_disk_before_the_call_ends(ledger: Ledger) -> None:
    assert pragma(ledger, "journal_mode") == "wal"
    assert pragma(ledger, "synchronous") == 2
    assert pragma(ledger, "busy_timeout") == 60_000


def test_a_ledger_is_found_again(path: Path) -> None:
    with Ledger.open(f"sqlite:///{path}") as ledger:
        page = ledger.write_page(
            key="k", kind="x", actor="a", content={"n": 1}, events=[Event("roster-L1-20251103", "found")], written_at=AT
        )
    with Ledger.open(f"sqlite:///{path}") as ledger:
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


def test_a_ledger_of_a_newer_version_is_refused_untouched(path: Path) -> None:
    Ledger.open(f"sqlite:///{path}").close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE ledger_version SET version_num = '0002'")
    before = path.read_bytes()
    error = refusal(f"sqlite:///{path}")
    assert error.kind is LEDGER_NEWER
    assert error.facts == {"found": "0002", "known": "0001"}
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("damage", "kind"),
    [
        ("DELETE FROM ledger_version", LEDGER_UNREADABLE),
        ("DROP TABLE ledger_version", LEDGER_UNREADABLE),
        ("INSERT INTO ledger_version VALUES ('0000')", LEDGER_UNREADABLE),
    ],
)
def test_a_ledger_without_its_version_is_refused(path: Path, damage: str, kind: ErrorKind) -> None:
    Ledger.open(f"sqlite:///{path}").close()
    with sqlite3.connect(path) as connection:
        connection.execute(damage)
    assert refusal(f"sqlite:///{path}").kind is kind


def test_a_file_that_is_no_database_is_refused_untouched(path: Path) -> None:
    path.write_bytes(b"case_id,state\n" * 100)
    error = refusal(f"sqlite:///{path}")
    assert error.kind is LEDGER_UNREADABLE
    assert path.read_bytes() == b"case_id,state\n" * 100


def test_a_folder_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    assert refusal(f"sqlite:///{tmp_path}").kind is LEDGER_UNAVAILABLE


def test_a_lost_table_is_named(ledger: Ledger, path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE events")
    with pytest.raises(ArrearsError) as caught:
        ledger.verify()
    assert caught.value.kind is LEDGER_UNREADABLE
    assert "events" in str(caught.value.facts["reason"])


def test_a_writer_that_waits_too_long_may_try_again(
    path: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
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
