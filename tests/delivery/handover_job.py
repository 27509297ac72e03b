"""One hand-over with a real ledger and a real server, in this process or in others that may be killed."""

import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from delivery.sftp_settings import SftpServer
from ledger.ledger import Ledger
from ledger.page import Event
from schemas.errors import ArrearsError
from tests.delivery import hand_over_child

CHILD = Path(__file__).with_name("hand_over_child.py")
ROOT = Path(__file__).parents[2]
CONTENT = random.Random(7).randbytes(1_500_000)
CASE_IDS = ("roster-L0000001-20251103", "roster-L0000002-20251104")
KEY = "report/roster/ROSTER-20260907-1a2b3c/001"
NAME = "LENDER1_20260907_ROSTER-20260907-1a2b3c_001.csv.p7m"
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


def make_released_ledger(path: Path) -> Path:
    """A ledger in a file in which the cases are released."""
    release_cases(f"sqlite:///{path}")
    return path


def release_cases(ledger_url: str) -> None:
    """Books in a new ledger all that comes before a hand-over."""
    with Ledger.open(ledger_url) as ledger:
        for kind in ("found", "notice_delivered", "frozen", "released"):
            ledger.write_page(
                key=f"test/{kind}",
                kind=kind,
                actor="task:test",
                content={},
                events=[Event(case_id, kind) for case_id in CASE_IDS],
                written_at=datetime(2026, 9, 7, tzinfo=UTC),
            )


def settings_of(server: object) -> SftpServer:
    """How to log in to one of the servers of the tests."""
    return SftpServer(
        server.host,
        server.port,
        server.user,
        (server.host_key,),
        private_key=getattr(server, "login_key", None),
        password=getattr(server, "password", None),
        answer_timeout_seconds=10,
    )


@dataclass
class Job:
    """One part, its ledger and the inbox of the server."""

    inbox: Path
    facts: dict
    more: dict = field(default_factory=dict)

    def run(self) -> object:
        """Once, in this process."""
        return hand_over_child.run({**self.facts, **self.more})

    def run_apart(self, **kill: int) -> subprocess.CompletedProcess:
        """In a process of its own, which may kill itself."""
        return subprocess.run(
            [sys.executable, str(CHILD), json.dumps({**self.facts, **self.more, **kill})],
            env=ENVIRONMENT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def finish(self, most_runs: int = 4) -> int:
        """Runs again as Airflow would until it is done; how many runs failed before."""
        for failed in range(most_runs):
            try:
                self.run()
            except ArrearsError as problem:
                if not problem.kind.may_retry:
                    raise
            else:
                return failed
        raise AssertionError(f"{most_runs} runs did not finish the hand-over")

    def ledger(self) -> Ledger:
        return Ledger.open(self.facts["ledger_url"])

    @property
    def ledger_file(self) -> Path:
        return Path(self.facts["ledger_url"].removeprefix("sqlite:///"))

    def assert_sent_once(self, content: bytes = CONTENT) -> None:
        """One intact copy and nothing beside it, one receipt, a ledger that holds."""
        found = [file.name for file in self.inbox.iterdir()]
        assert found == [NAME], found
        self.assert_delivered_once(content)

    def assert_delivered_once(self, content: bytes = CONTENT) -> None:
        """One intact copy, one receipt, a ledger that holds.

        A process that is killed after another one has booked the receipt may leave a file under its temporary name.
        """
        others = [file.name for file in self.inbox.iterdir() if file.name != NAME]
        assert all(name.startswith(f".{NAME}.") and name.endswith(".part") for name in others), others
        assert (self.inbox / NAME).read_bytes() == content
        self.assert_receipt(content)

    def assert_receipt(self, content: bytes = CONTENT) -> None:
        """One receipt of this content, a ledger that holds."""
        with self.ledger() as ledger:
            (receipt,) = ledger.pages(kind="receipt")
            assert receipt.key == f"{KEY}/receipt"
            assert receipt.content["size_bytes"] == len(content)
            assert receipt.content["sha256"] == hashlib.sha256(content).hexdigest()
            assert [page.key for page in ledger.pages(kind="intent")] == [f"{KEY}/intent"]
            assert [event.case_id for event in ledger.events(kinds=["sent"])] == list(CASE_IDS)
            assert ledger.verify().is_intact


def make_job(
    folder: Path, released_ledger: Path, server: object, inbox: Path, content: bytes = CONTENT, **more: object
) -> Job:
    """A job in an empty folder of its own, with an empty inbox."""
    folder.mkdir(parents=True)
    (folder / NAME).write_bytes(content)
    shutil.copy(released_ledger, folder / "ledger.sqlite")
    shutil.rmtree(inbox, ignore_errors=True)
    inbox.mkdir()
    facts = {
        "file": str(folder / NAME),
        "key": KEY,
        "size_bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "ledger_url": f"sqlite:///{folder / 'ledger.sqlite'}",
        "case_ids": CASE_IDS,
        "server": asdict(settings_of(server)),
    }
    return Job(inbox, facts, dict(more))


class Forks:
    """Runs jobs in processes that start in milliseconds and can be killed from outside."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(CHILD), "--fork"],
            env=ENVIRONMENT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            bufsize=1,
        )
        self._ended: dict[int, int] = {}

    def start(self, job: Job, **more: object) -> int:
        """Begin a job; gives its process."""
        self._send({**job.facts, **job.more, **more})
        while True:
            told = self._next()
            if "pid" in told:
                return told["pid"]

    def wait(self, pid: int) -> int:
        """The exit code of a job, negative for a signal."""
        while pid not in self._ended:
            self._next()
        return self._ended.pop(pid)

    def kill(self, pid: int, after_seconds: float) -> int:
        """SIGKILL after some time, unless it has ended by then; its exit code."""
        time.sleep(after_seconds)
        self._send({"kill": pid})
        return self.wait(pid)

    def _send(self, told: dict) -> None:
        self._process.stdin.write(json.dumps(told) + "\n")
        self._process.stdin.flush()

    def _next(self) -> dict:
        told = json.loads(self._process.stdout.readline())
        if "ended" in told:
            self._ended[told["ended"]] = told["code"]
        return told

    def stop(self) -> None:
        self._process.stdin.close()
        self._process.wait(20)
        self._process.stdout.close()


@contextmanager
def forks() -> Iterator[Forks]:
    started = Forks()
    try:
        yield started
    finally:
        started.stop()
