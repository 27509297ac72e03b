"""One case is proved to a stranger who has neither ledger nor lake."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ledger import merkle
from ledger.ledger import Ledger


@pytest.fixture
def proved(reported_site, on_site: Callable, tmp_path: Path) -> tuple[Path, str]:
    """A proof of an accepted case, and the lender's verifier key."""
    key = on_site("ledger", "checkpoint-key", "lender.example/arrears", "--key-file", tmp_path / "key")
    assert key.exit_code == 0, key.output
    vkey = key.stdout.strip()
    place = tmp_path / "checkpoints"
    place.mkdir()
    signed = on_site("ledger", "checkpoint", place, "--key-file", tmp_path / "key")
    assert signed.exit_code == 0, signed.output
    checkpoint = place / "checkpoint"
    case = reported_site.case_in("accepted")
    proof = tmp_path / "proof.json"
    done = on_site("ledger", "prove", case, "--out", proof, "--checkpoint", checkpoint, "--vkey", vkey)
    assert done.exit_code == 0, done.output
    return proof, vkey


def stranger_checks(proof: Path, vkey: str) -> subprocess.CompletedProcess:
    """Another process in an empty folder, with nothing of the site in its environment."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("ARREARS", "AIRFLOW"))}
    command = [Path(sys.executable).with_name("arrears"), "ledger", "check-proof", proof, "--vkey", vkey]
    folder = proof.parent / "elsewhere"
    folder.mkdir(exist_ok=True)
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_a_stranger_checks_a_proof_and_sees_one_case_only(proved, reported_site) -> None:
    proof, vkey = proved
    case = reported_site.case_in("accepted")
    done = stranger_checks(proof, vkey)
    assert done.returncode == 0, done.stderr
    assert case in done.stdout
    assert "accepted" in done.stdout
    others = set(reported_site.states) - {case}
    content = proof.read_text()
    assert not [other for other in others if other in content]


def test_a_changed_proof_ends_with_one(proved) -> None:
    proof, vkey = proved
    content = json.loads(proof.read_text())
    text = json.dumps(content).replace("accepted", "rejected")
    proof.write_text(text)
    done = stranger_checks(proof, vkey)
    assert done.returncode == 1, done.stdout
    assert "ARR-304" in done.stderr


def test_another_key_proves_nothing(proved, on_site: Callable, tmp_path: Path) -> None:
    proof, _ = proved
    other = on_site("ledger", "checkpoint-key", "lender.example/arrears", "--key-file", tmp_path / "other").stdout
    done = stranger_checks(proof, other.strip())
    assert done.returncode == 1
    assert "ARR-30" in done.stderr


def test_checkpoints_kept_elsewhere_find_a_rewritten_log(reported_site, arrears: Callable, tmp_path: Path) -> None:
    """The owner of the database throws the last page away and makes the tree head fit: alone the log looks whole."""
    file = tmp_path / "own" / "ledger.sqlite"
    file.parent.mkdir()
    with sqlite3.connect(reported_site.ledger_file) as source, sqlite3.connect(file) as target:
        source.backup(target)
    url = f"sqlite:///{file}"
    vkey = arrears("ledger", "checkpoint-key", "lender.example/log", "--key-file", tmp_path / "key").stdout.strip()
    place = tmp_path / "kept"
    place.mkdir()
    assert arrears("ledger", "checkpoint", place, "--key-file", tmp_path / "key", "--ledger", url).exit_code == 0
    kept = ["--checkpoint", str(place), "--vkey", vkey]
    assert arrears("ledger", "verify", "--ledger", url, *kept).exit_code == 0
    with sqlite3.connect(file) as connection:
        last = connection.execute("SELECT max(page_no) FROM pages").fetchone()[0]
        leaves = connection.execute("SELECT leaf_hash FROM pages WHERE page_no < ? ORDER BY page_no", [last]).fetchall()
        before = connection.execute("SELECT root_hash FROM pages WHERE page_no = ?", [last - 1]).fetchone()[0]
        connection.execute("DELETE FROM events WHERE page_no = ?", [last])
        connection.execute("DELETE FROM pages WHERE page_no = ?", [last])
        frontier = merkle.Frontier()
        for (leaf,) in leaves:
            frontier = frontier.append(bytes.fromhex(leaf))
        nodes = b"".join(frontier.nodes).hex()
        assert frontier.root().hex() == before
        connection.execute("UPDATE log_head SET size = ?, root_hash = ?, frontier = ?", [last - 1, before, nodes])
    alone = arrears("ledger", "verify", "--ledger", url)
    broken = arrears("ledger", "verify", "--ledger", url, *kept)
    assert broken.exit_code == 1
    assert alone.output != broken.output


def test_migration_goes_down_only_where_nothing_is_lost(reported_site, arrears: Callable, tmp_path: Path) -> None:
    file = tmp_path / "own" / "ledger.sqlite"
    file.parent.mkdir()
    with sqlite3.connect(reported_site.ledger_file) as source, sqlite3.connect(file) as target:
        source.backup(target)
    refused = arrears("ledger", "migrate", "--to", "0001", "--ledger", f"sqlite:///{file}")
    assert refused.exit_code == 2
    assert "ARR-3009" in refused.output
    empty = tmp_path / "empty" / "ledger.sqlite"
    empty.parent.mkdir()
    url = f"sqlite:///{empty}"
    Ledger.open(url).close()
    assert arrears("ledger", "verify", "--ledger", url).exit_code == 0
    assert arrears("ledger", "migrate", "--to", "0001", "--ledger", url).exit_code == 0
    older = arrears("ledger", "verify", "--ledger", url)
    assert older.exit_code == 2
    assert "ARR-3008" in older.output
    assert arrears("ledger", "migrate", "--ledger", url).exit_code == 0
    assert arrears("ledger", "verify", "--ledger", url).exit_code == 0
