"""`arrears ledger verify`: intact, broken, and rewritten as a whole."""

import re
import sqlite3
from pathlib import Path

import pytest


@pytest.fixture
def own_ledger(reported_site, tmp_path: Path) -> Path:
    file = tmp_path / "own" / "ledger.sqlite"
    file.parent.mkdir()
    with sqlite3.connect(reported_site.ledger_file) as source, sqlite3.connect(file) as target:
        source.backup(target)
    return file


def count(file: Path, table: str) -> int:
    with sqlite3.connect(file) as connection:
        return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def test_an_intact_ledger_prints_its_tree_head(on_site, reported_site):
    result = on_site("ledger", "verify")
    assert result.exit_code == 0
    first, *lines = result.stdout.splitlines()
    told = dict(line.split() for line in lines)
    assert first == "intact"
    assert int(told["pages"]) == count(reported_site.ledger_file, "pages") > 20
    assert int(told["events"]) == count(reported_site.ledger_file, "events") > 20
    assert re.fullmatch(r"[0-9a-f]{64}", told["root"])


def test_the_first_bad_page_is_named(arrears, own_ledger):
    with sqlite3.connect(own_ledger) as connection:
        connection.execute("UPDATE pages SET actor = 'user:somebody' WHERE page_no = 7")
    result = arrears("ledger", "verify", "--ledger", f"sqlite:///{own_ledger}")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "NOT INTACT\nfirst fault at page 7: " in result.stderr
    assert "pages   6\n" in result.stderr


def test_a_trusted_tree_head_is_compared(arrears, own_ledger):
    url = f"sqlite:///{own_ledger}"
    size = 5
    with sqlite3.connect(own_ledger) as connection:
        (root,) = connection.execute("SELECT root_hash FROM pages WHERE page_no = ?", [size]).fetchone()
    trusted = ("--trusted-size", size, "--trusted-root", root.upper())
    well = arrears("ledger", "verify", "--ledger", url, *trusted)
    assert well.exit_code == 0
    assert "the first 5 pages are those of the trusted tree head" in well.stdout
    other = arrears("ledger", "verify", "--ledger", url, "--trusted-size", size, "--trusted-root", "ab" * 32)
    assert other.exit_code == 1
    assert "NOT INTACT" in other.stderr


@pytest.mark.parametrize(
    "half", [["--trusted-size", 3], ["--trusted-root", "ab" * 32], ["--trusted-size", 3, "--trusted-root", "xyz"]]
)
def test_half_a_tree_head_is_refused(on_site, half):
    result = on_site("ledger", "verify", *half)
    assert result.exit_code == 2
    assert result.stderr.startswith("ARR-9109")
