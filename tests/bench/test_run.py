"""The harness works on small inputs, and both sides of every suite give the same answer there too."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

RUN = Path(__file__).with_name("run.py")
CASES = {
    "ingest": [("arrears", "polars"), ("by_hand", "pandas")],
    "assess": [
        ("arrears", "arrears-polars"),
        ("arrears", "arrears-duckdb"),
        ("by_hand_polars", "hand-polars"),
        ("by_hand_duckdb", "hand-duckdb"),
        ("arrears", "arrears-polars"),
        ("arrears", "arrears-duckdb"),
        ("by_hand_pandas", "pandas"),
    ],
    "language": [("arrears", "polars"), ("by_hand", "re")],
    "metro2": [("arrears", "polars"), ("by_hand", "python")],
    "metro2_read": [("arrears", "polars"), ("by_hand", "python")],
    "pboc": [("arrears", "polars"), ("by_hand", "lxml")],
    "pboc_read": [("arrears", "polars"), ("by_hand", "lxml")],
    "metro2_checks": [("arrears", "polars"), ("arrears", "duckdb")],
    "pboc_checks": [("arrears", "polars"), ("arrears", "duckdb")],
    "baihang": [("arrears", "polars"), ("by_hand", "json")],
    "baihang_read": [("arrears", "polars"), ("by_hand", "json")],
    "roster": [("arrears", "polars"), ("by_hand", "csv")],
    "seal": [("arrears", "cryptography"), ("by_hand", "openssl")],
    "seal_open": [("arrears", "cryptography"), ("by_hand", "openssl")],
    "ledger": [
        ("arrears", "sqlite"),
        ("arrears_bulk", "sqlite-arrow"),
        ("by_hand", "sqlite"),
        ("arrears_bulk", "sqlite-arrow"),
        ("by_hand", "sqlite"),
    ],
    "upload": [("arrears", "arrears"), ("arrears", "arrears-four-at-once"), ("by_hand", "openssh-sftp")],
    "ledger_verify": [("arrears", "columns"), ("one_process", "columns-one-process"), ("by_rows", "rows")],
}
SCALES = {"assess": "0.0005", "ledger_verify": "0.001", "pboc": "0.001", "pboc_read": "0.001"}
SIZES = {"assess": 2, "ledger": 2}


def run(*arguments: str, script: Path = RUN) -> subprocess.CompletedProcess:
    command = [sys.executable, str(script), "--repeats", "1", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("suite", CASES)
def test_a_suite_appends_one_row_a_case(suite: str, tmp_path: Path) -> None:
    out = tmp_path / "bench.json"
    known = {"suite": "older", "case": "a", "engine": "b", "rows": 1, "seconds": 1.0, "peak_mb": 1.0}
    out.write_text(json.dumps([known]), encoding="utf-8")
    done = run("--suite", suite, "--scale", SCALES.get(suite, "0.01"), "--out", str(out))
    assert done.returncode == 0, done.stderr
    first, *rows = json.loads(out.read_text(encoding="utf-8"))
    assert first == known
    assert [(row["suite"], row["case"], row["engine"]) for row in rows] == [(suite, *case) for case in CASES[suite]]
    assert all(list(row) == list(known) for row in rows)
    assert len({row["rows"] for row in rows}) == SIZES.get(suite, 1)
    assert all(row["rows"] >= 1 and row["seconds"] > 0 and row["peak_mb"] > 5 for row in rows)
    assert [path.name for path in tmp_path.iterdir()] == ["bench.json"]


def test_an_unknown_suite_is_refused() -> None:
    done = run("--suite", "speed")
    assert done.returncode == 2
    assert "invalid choice" in done.stderr


def test_sides_that_differ_are_no_result(tmp_path: Path) -> None:
    """In a copy of the harness one side loses an event."""
    copied = tmp_path / "tests" / "bench"
    shutil.copytree(RUN.parent, copied, ignore=shutil.ignore_patterns("__pycache__"))
    for package in ("ledger", "schemas"):
        (tmp_path / package).symlink_to(RUN.parents[2] / package)
    by_hand = copied / "ledger" / "by_hand.py"
    text = by_hand.read_text(encoding="utf-8")
    assert "enumerate(cases)" in text
    by_hand.write_text(text.replace("enumerate(cases)", "enumerate(cases[1:])"), encoding="utf-8")
    done = run("--suite", "ledger", "--scale", "0.01", "--out", str(tmp_path / "out.json"), script=copied / "run.py")
    assert done.returncode == 1
    assert "the cases of ledger don't agree" in done.stderr
    assert not (tmp_path / "out.json").exists()
