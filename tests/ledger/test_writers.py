"""Several processes at one ledger, and processes that die in the middle of it."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ledger.ledger import Ledger
from ledger.merkle import root_of
from ledger.page import Event

ROOT = Path(__file__).parents[2]
AT = datetime(2026, 9, 7, tzinfo=UTC)

WRITER = """
import sys
from datetime import UTC, datetime
from ledger.ledger import Ledger
from ledger.page import Event

url, me, pages = sys.argv[1], sys.argv[2], int(sys.argv[3])
at = datetime(2026, 9, 7, tzinfo=UTC)
with Ledger.open(url) as ledger:
    for n in range(pages):
        events = [Event(f"roster-{me}x{n}x{i}-20251103", "found", {"n": i}) for i in range(600 if n == 10 else 5)]
        ledger.write_page(key=f"own/{me}/{n}", kind="own", actor=f"task:{me}", content={}, events=events, written_at=at)
        events = [Event(f"roster-shared{n}-20251103", "found")]
        ledger.write_page(key=f"shared/{n}", kind="shared", actor="task:any", content={}, events=events, written_at=at)
        print(n, flush=True)
"""

# Every statement of a write, its commit included, is a place to die; each child dies one place later than the last.
DYING_WRITER = """
import os, signal, sys
from datetime import UTC, datetime
from sqlalchemy import Engine, event
from ledger.ledger import Ledger
from ledger.page import Event

def die_after(steps):
    left = [steps]
    def step(*args):
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)
    event.listen(Engine, "before_cursor_execute", step)
    event.listen(Engine, "commit", step)

for steps in range(100):
    child = os.fork()
    if child == 0:
        ledger = Ledger.open(sys.argv[1])
        die_after(steps)
        events = [Event("roster-L1-20251103", "notice_delivered"), Event("roster-L2-20251103", "found")]
        at = datetime(2026, 9, 8, tzinfo=UTC)
        ledger.write_page(key="page", kind="x", actor="task:x", content={}, events=events, written_at=at)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    print(-os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status), flush=True)
    if status == 0:
        break
"""


def start(script: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> list[str]:
    """The rest of what it prints, including what a `readline` before has buffered already."""
    assert process.stdout is not None
    lines = process.stdout.read().splitlines()
    process.wait(timeout=60)
    return lines


def test_writers_at_once_never_fork_the_log(store: Any) -> None:
    url = store.url
    writers = [start(WRITER, url, f"w{number}", "25") for number in range(4)]
    for writer in writers:
        assert finish(writer) == [str(n) for n in range(25)]
        assert writer.returncode == 0
    with Ledger.open(url) as ledger:
        report = ledger.verify()
        pages = ledger.pages()
        assert (report.is_intact, report.reason, report.pages, report.events) == (True, None, 125, 2905)
        assert [page.page_no for page in pages] == list(range(1, 126))
        assert ledger.root().root_hash == root_of([bytes.fromhex(page.leaf_hash) for page in pages]).hex()
        assert {page.key for page in pages} == {f"own/w{w}/{n}" for w in range(4) for n in range(25)} | {
            f"shared/{n}" for n in range(25)
        }
        assert ledger.case_states("roster").num_rows == 2905


def test_a_writer_killed_at_any_step_leaves_all_of_its_page_or_nothing(store: Any) -> None:
    url = store.url
    with Ledger.open(url) as ledger:
        ledger.write_page(
            key="first", kind="x", actor="a", content={}, events=[Event("roster-L1-20251103", "found")], written_at=AT
        )
        dying = start(DYING_WRITER, url)
        assert dying.stdout is not None
        ends = []
        for line in dying.stdout:
            ends.append(int(line))
            report = ledger.verify()
            is_written = ledger.page("page") is not None
            assert report.is_intact
            assert (report.pages, report.events) == ((2, 3) if is_written else (1, 1))
        assert dying.wait(timeout=60) == 0
        # The last child found no step left to die at: it wrote the page, or found it written.
        assert ends[-1] == 0
        assert set(ends[:-1]) == {-signal.SIGKILL}
        assert len(ends) >= 9
        assert ledger.case_state("roster-L1-20251103") == "noticed"


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_a_killed_writer_was_told_is_written_stays_written(store: Any, seed: int) -> None:
    url = store.url
    writer = start(WRITER, url, "w0", "100000")
    assert writer.stdout is not None
    first = writer.stdout.readline()
    time.sleep(random.Random(seed).uniform(0.01, 0.3))
    writer.kill()
    told = [int(line) for line in [first, *finish(writer)]]
    with Ledger.open(url) as ledger:
        assert ledger.verify().is_intact
        written = {page.key for page in ledger.pages()}
        assert {f"own/w0/{n}" for n in told} | {f"shared/{n}" for n in told} <= written
        assert len(written) - 2 * len(told) in (0, 1, 2)
        again = start(WRITER, url, "w0", str(len(told) + 1))
        finish(again)
        assert again.returncode == 0
        assert ledger.verify().is_intact
        assert ledger.root().size == 2 * len(told) + 2
