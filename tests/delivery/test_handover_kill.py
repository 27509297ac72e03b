"""The hand-over is killed with SIGKILL at every step, with a real ledger, a real process and a real OpenSSH server."""

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pytest

from delivery.sftp_settings import SftpServer
from ledger.ledger import Ledger
from ledger.page import Event
from schemas.errors import ArrearsError
from schemas.errors.transport import OUTCOME_UNKNOWN, UPLOAD_INCOMPLETE

CHILD = Path(__file__).with_name("hand_over_child.py")
ROOT = Path(__file__).parents[2]
CONTENT = random.Random(7).randbytes(1_500_000)
CASE_IDS = ("roster-L0000001-20251103", "roster-L0000002-20251104")
KEY = "report/roster/ROSTER-20260907-1a2b3c/001"
NAME = "LENDER1_20260907_ROSTER-20260907-1a2b3c_001.csv.p7m"


WORTH_KILLING = {"before write_page", "before write", "before sha256_of", "before rename"}


@dataclass(frozen=True)
class Job:
    child: ModuleType
    inbox: Path
    facts: dict

    def run_apart(self, **kill: int) -> subprocess.CompletedProcess:
        """In a process of its own, which may kill itself."""
        return subprocess.run(
            [sys.executable, str(CHILD), json.dumps({**self.facts, **kill})],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def finish(self) -> None:
        """Runs again as Airflow would until it is done."""
        for _ in range(4):
            try:
                self.child.run(self.facts)
            except ArrearsError as problem:
                if problem.kind is not UPLOAD_INCOMPLETE:
                    raise
            else:
                return
        pytest.fail("four runs did not finish the hand-over")

    def ledger(self) -> Ledger:
        return Ledger.open(self.facts["ledger_url"])


@pytest.fixture(scope="module")
def released_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger in which the cases are released."""
    path = tmp_path_factory.mktemp("released") / "ledger.sqlite"
    with Ledger.open(f"sqlite:///{path}") as ledger:
        for kind in ("found", "notice_delivered", "frozen", "released"):
            ledger.write_page(
                key=f"test/{kind}",
                kind=kind,
                actor="task:test",
                content={},
                events=[Event(case_id, kind) for case_id in CASE_IDS],
                written_at=datetime(2026, 9, 7, tzinfo=UTC),
            )
    return path


@pytest.fixture
def new_job(openssh: object, hand_over_child: ModuleType, released_ledger: Path, tmp_path: Path) -> Callable[[], Job]:
    def make() -> Job:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        (folder / NAME).write_bytes(CONTENT)
        shutil.copy(released_ledger, folder / "ledger.sqlite")
        inbox = openssh.root / "inbox"
        shutil.rmtree(inbox, ignore_errors=True)
        inbox.mkdir()
        server = SftpServer(
            openssh.host, openssh.port, openssh.user, (openssh.host_key,), private_key=openssh.login_key
        )
        facts = {
            "file": str(folder / NAME),
            "key": KEY,
            "size_bytes": len(CONTENT),
            "sha256": hashlib.sha256(CONTENT).hexdigest(),
            "ledger_url": f"sqlite:///{folder / 'ledger.sqlite'}",
            "case_ids": CASE_IDS,
            "server": asdict(server),
        }
        return Job(hand_over_child, inbox, facts)

    return make


def assert_sent_once(job: Job) -> None:
    assert [file.name for file in job.inbox.iterdir()] == [NAME]
    assert (job.inbox / NAME).read_bytes() == CONTENT
    with job.ledger() as ledger:
        keys = [page.key for page in ledger.pages(key_prefix=KEY)]
        assert sorted(keys) == [f"{KEY}/intent", f"{KEY}/receipt", f"{KEY}/rename"]
        receipt = ledger.page(f"{KEY}/receipt")
        assert receipt.content["size_bytes"] == len(CONTENT)
        assert receipt.content["sha256"] == hashlib.sha256(CONTENT).hexdigest()
        assert receipt.content["is_read_back"] is True
        assert [event.case_id for event in ledger.events(kinds=["sent"])] == list(CASE_IDS)
        assert ledger.verify().is_intact


def test_undisturbed_it_is_sent_once_and_again_does_nothing(new_job: Callable[[], Job]) -> None:
    job = new_job()
    assert moments_of(job).count("before rename") == 1
    assert_sent_once(job)
    assert moments_of(job) == ["before page", "after page"]
    assert_sent_once(job)


def test_killed_at_every_step_it_is_sent_once(new_job: Callable[[], Job]) -> None:
    moments = moments_of(new_job())
    # The moment after one call and the moment before the next are the same to the world outside.
    kill_points = [
        at for at, moment in enumerate(moments) if moment.startswith("after") and moments[at - 1] in WORTH_KILLING
    ]
    assert [moments[at] for at in kill_points] == [
        "after write_page",
        "after write",
        "after sha256_of",
        "after write_page",
        "after rename",
        "after sha256_of",
        "after write_page",
    ]
    for kill_at in [0, *kill_points]:
        job = new_job()
        killed = job.run_apart(kill_at=kill_at)
        assert killed.returncode == -signal.SIGKILL, (moments[kill_at], killed.stderr)
        job.finish()
        assert_sent_once(job)


@pytest.mark.parametrize("kill_after_bytes", [1, 700_001, 1_499_999])
def test_killed_within_the_upload_it_is_sent_once(new_job: Callable[[], Job], kill_after_bytes: int) -> None:
    job = new_job()
    assert job.run_apart(kill_after_bytes=kill_after_bytes).returncode == -signal.SIGKILL
    assert not (job.inbox / NAME).exists()
    job.finish()
    assert_sent_once(job)


def test_taken_away_after_the_kill_it_is_not_sent_again(new_job: Callable[[], Job]) -> None:
    kill_at = moments_of(new_job()).index("after rename")
    job = new_job()
    assert job.run_apart(kill_at=kill_at).returncode == -signal.SIGKILL
    (job.inbox / NAME).unlink()
    for _ in range(2):
        with pytest.raises(ArrearsError) as refused:
            job.child.run(job.facts)
        assert refused.value.kind is OUTCOME_UNKNOWN
        assert not refused.value.kind.may_retry
        assert list(job.inbox.iterdir()) == []
    with job.ledger() as ledger:
        assert ledger.page(f"{KEY}/receipt") is None
        assert ledger.page(f"{KEY}/unknown").content["file_name"] == NAME
        assert ledger.events(kinds=["sent"]) == []


def moments_of(job: Job) -> list[str]:
    """Runs undisturbed and tells the moments that were passed."""
    passed = job.child.Watched.moments
    passed.clear()
    job.child.run(job.facts)
    return list(passed)
