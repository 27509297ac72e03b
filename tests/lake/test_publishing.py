"""Processes that are killed while they publish, and processes that publish the same at once."""

import fcntl
import importlib.util
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lake.book import latest_book, read_book
from lake.files import staging_folder
from lake.snapshot import Lake

CHILD = Path(__file__).with_name("publish_child.py")
REPOSITORY = CHILD.parents[2]


def child(root: Path, step: str, rows: int = 5_000) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(CHILD), str(root), step, str(rows)],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "POLARS_MAX_THREADS": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )


spec = importlib.util.spec_from_file_location("publish_child", CHILD)
in_process = importlib.util.module_from_spec(spec)
spec.loader.exec_module(in_process)
AS_OF = in_process.AS_OF


def visible(root: Path) -> list[Path]:
    files = (path for place in ("snapshots", "books") for path in (root / place).rglob("*"))
    return sorted(path for path in files if path.suffix in {".parquet", ".json"})


@pytest.mark.parametrize(
    ("step", "seen"),
    [
        ("middle", []),
        ("lake.snapshot:write_file", []),
        ("lake.snapshot:publish_folder", []),
        ("lake.record:write_file", ["manifest.json", "part-00000.parquet"]),
        ("lake.record:publish_file", ["manifest.json", "part-00000.parquet"]),
    ],
)
def test_a_killed_writer_leaves_nothing_half_written_and_the_next_one_finishes(
    tmp_path: Path, step: str, seen: list[str]
) -> None:
    store = Lake(tmp_path / "lake")
    killed = child(store.root, step)
    assert killed.wait(60) == -signal.SIGKILL
    assert [path.name for path in visible(store.root)] == seen
    assert latest_book(store, AS_OF) is None
    assert list(store.staging.iterdir())
    ref, book = in_process.publish_all(store.root, 5_000)
    assert latest_book(store, AS_OF) == book
    assert read_book(store, book).snapshots == {"agreements": ref}
    assert store.verify(ref).rows == 5_000
    assert list(store.staging.iterdir()) == []


def test_writers_of_the_same_content_at_once_all_succeed_with_one_result(tmp_path: Path) -> None:
    store = Lake(tmp_path / "lake")
    writers = [child(store.root, "none", 20_000) for _ in range(3)]
    outputs = {writer.communicate(timeout=60)[0] for writer in writers}
    assert [writer.returncode for writer in writers] == [0] * 3
    assert len(outputs) == 1
    assert [path.name[:6] for path in visible(store.root)] == ["000001", "manife", "part-0"]
    assert list(store.staging.iterdir()) == []


def test_a_staging_folder_that_is_in_use_stays(tmp_path: Path) -> None:
    with staging_folder(tmp_path) as first:
        (first / "file").write_text("in use")
        with staging_folder(tmp_path) as second:
            assert (first / "file").read_text() == "in use"
            assert first != second
    assert list(tmp_path.iterdir()) == []


def test_a_staging_folder_that_nobody_holds_goes(tmp_path: Path) -> None:
    (tmp_path / "left").mkdir()
    (tmp_path / "left" / "file").write_text("personal data")
    lock = (tmp_path / "left.lock").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    with staging_folder(tmp_path):
        assert (tmp_path / "left" / "file").exists()
    lock.close()
    with staging_folder(tmp_path):
        assert not (tmp_path / "left").exists()
    assert list(tmp_path.iterdir()) == []
