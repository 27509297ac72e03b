"""What breaks around a hand-over, with real processes: servers, lines, disks, clocks, the database, another run."""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path

import pytest

from delivery.outbox import Outbox
from delivery.sftp import SftpSession
from ledger.ledger import Ledger
from schemas.errors import ArrearsError
from schemas.errors.kind import ErrorKind
from schemas.errors.ledger import LEDGER_BUSY, LEDGER_UNAVAILABLE
from schemas.errors.seal import OUTBOX_NOT_WRITTEN
from schemas.errors.transport import CONNECTION_LOST, REMOTE_FAILED, REMOTE_PERMISSION, SERVER_UNREACHABLE
from tests.chaos.rounds import kill_server
from tests.delivery.cutting_proxy import CuttingProxy
from tests.delivery.handover_job import CONTENT, NAME, Forks, Job, forks, make_job


@pytest.fixture(scope="module")
def server(start_openssh: Callable) -> object:
    return start_openssh()


@pytest.fixture(scope="module")
def started() -> Iterator[Forks]:
    with forks() as processes:
        yield processes


@pytest.fixture
def job(server: object, released_ledger: Path, tmp_path: Path) -> Job:
    return make_job(tmp_path / "job", released_ledger, server, server.root / "inbox")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("needs the right to mount")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(path: Path) -> None:
    """Until the disk has no room."""
    with path.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(512))


def refused(job: Job, *kinds: ErrorKind) -> ArrearsError:
    with pytest.raises(ArrearsError) as caught:
        job.run()
    assert caught.value.kind in kinds
    return caught.value


def test_the_server_is_away_before(server: object, job: Job) -> None:
    kill_server(server)
    assert refused(job, SERVER_UNREACHABLE).kind.may_retry
    server.start()
    job.finish()
    job.assert_sent_once()


@pytest.mark.parametrize("after_seconds", [0.05, 0.1, 0.15, 0.2, 0.3])
def test_the_server_dies_in_the_middle(server: object, job: Job, started: Forks, after_seconds: float) -> None:
    pid = started.start(job)
    time.sleep(after_seconds)
    kill_server(server)
    assert started.wait(pid) in (0, 1)
    server.start()
    job.finish()
    job.assert_sent_once()


def test_the_server_dies_after_the_upload(server: object, job: Job) -> None:
    job.run()
    kill_server(server)
    # The receipt is booked: nothing is asked of anybody, but a session is opened first.
    refused(job, SERVER_UNREACHABLE)
    server.start()
    job.finish()
    job.assert_sent_once()


@pytest.mark.parametrize("step", ["create", "sha256_of", "rename"])
@pytest.mark.parametrize("is_done", [False, True])
def test_the_server_dies_around_a_step(
    server: object, job: Job, monkeypatch: pytest.MonkeyPatch, step: str, is_done: bool
) -> None:
    real = getattr(SftpSession, step)

    def dying(session: SftpSession, *arguments: object) -> object:
        result = real(session, *arguments) if is_done else None
        kill_server(server)
        return result if is_done else real(session, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(SftpSession, step, dying)
        assert refused(job, CONNECTION_LOST).kind.may_retry
    server.start()
    job.finish()
    job.assert_sent_once()


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("is_upward", [True, False])
def test_the_line_is_cut_at_random_bytes_again_and_again(server: object, job: Job, seed: int, is_upward: bool) -> None:
    chance = random.Random(seed)
    cuts = [chance.randrange(len(CONTENT)) for _ in range(3)]
    with CuttingProxy(server.port, cuts, is_upward=is_upward) as proxy:
        job.facts["server"]["port"] = proxy.port
        assert job.finish(most_runs=5) >= 1
    job.assert_sent_once()


def test_the_disk_of_the_bureau_is_full_and_has_room_again(
    start_openssh: Callable, released_ledger: Path, tmp_path: Path, small_disk: Path
) -> None:
    server = start_openssh()
    job = make_job(tmp_path / "job", released_ledger, server, server.root / "inbox")
    subprocess.run(["mount", "--bind", str(small_disk), str(job.inbox)], check=True)
    try:
        for _ in range(2):
            assert refused(job, REMOTE_FAILED).kind.may_retry
            assert not (job.inbox / NAME).exists()
        subprocess.run(["mount", "-o", "remount,size=4m", str(small_disk)], check=True)
        job.run()
        job.assert_sent_once()
    finally:
        subprocess.run(["umount", "-l", str(job.inbox)], check=True)


def test_our_disk_is_full_when_a_part_is_stored(small_disk: Path) -> None:
    outbox = Outbox(small_disk)
    sealed = [os.urandom(100_000) for _ in range(20)]
    with pytest.raises(ArrearsError) as caught:
        outbox.store("part.p7m", sealed, lambda _: True)
    assert (caught.value.kind, caught.value.facts["reason"]) == (OUTBOX_NOT_WRITTEN, "No space left on device")
    assert list(small_disk.iterdir()) == []
    subprocess.run(["mount", "-o", "remount,size=4m", str(small_disk)], check=True)
    assert outbox.store("part.p7m", sealed, lambda _: True).size_bytes == 2_000_000


def test_our_disk_is_full_when_a_page_is_booked(job: Job, small_disk: Path) -> None:
    shutil.copy(job.ledger_file, small_disk / "ledger.sqlite")
    job.facts["ledger_url"] = f"sqlite:///{small_disk / 'ledger.sqlite'}"
    filler = small_disk / "filler"
    fill(filler)
    assert refused(job, LEDGER_UNAVAILABLE, LEDGER_BUSY).kind.may_retry
    assert list(job.inbox.iterdir()) == []
    filler.unlink()
    job.run()
    job.assert_sent_once()


@pytest.mark.parametrize("kind", ["intent", "upload", "rename", "receipt"])
def test_our_disk_is_full_at_a_page_in_the_middle(
    job: Job, small_disk: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    shutil.copy(job.ledger_file, small_disk / "ledger.sqlite")
    job.facts["ledger_url"] = f"sqlite:///{small_disk / 'ledger.sqlite'}"
    filler = small_disk / "filler"
    write_page = Ledger.write_page

    def written(ledger: Ledger, **page: object) -> object:
        if page["kind"] == kind:
            fill(filler)
        return write_page(ledger, **page)

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "write_page", written)
        assert refused(job, LEDGER_UNAVAILABLE).kind.may_retry
    with job.ledger() as ledger:
        assert ledger.pages(kind=kind) == []
        assert ledger.verify().is_intact
    filler.unlink()
    job.finish()
    job.assert_sent_once()


@pytest.mark.parametrize("most_file_bytes", [0, 30_000, 40_000, 50_000, 60_000])
def test_our_disk_ends_anywhere_in_the_pages(job: Job, most_file_bytes: int) -> None:
    """By a limit on the size of files, for which nobody needs to be root."""
    ended = job.run_apart(most_file_bytes=most_file_bytes)
    assert "ARR-3005" in ended.stderr
    with job.ledger() as ledger:
        assert ledger.verify().is_intact
    job.finish()
    job.assert_sent_once()


def test_an_inbox_that_is_read_only_is_a_refusal_and_then_it_is_opened(
    start_openssh: Callable, released_ledger: Path, tmp_path: Path
) -> None:
    server = start_openssh(sftp_options="-R")
    job = make_job(tmp_path / "job", released_ledger, server, server.root / "inbox")
    assert not refused(job, REMOTE_PERMISSION).kind.may_retry
    server.stop()
    server.sftp_options = ""
    server.start()
    job.run()
    job.assert_sent_once()


@pytest.mark.parametrize("days", [-400, -1, 1, 400])
def test_the_clock_jumps_between_two_tries(job: Job, started: Forks, days: int) -> None:
    moments = 28
    assert started.wait(started.start(job, kill_at=moments)) == -signal.SIGKILL
    job.facts["clock_jump_seconds"] = days * 86_400
    job.finish()
    job.assert_sent_once()


@pytest.mark.parametrize("days", [-400, -1, 1, 400])
@pytest.mark.parametrize("kind", ["upload", "rename", "receipt"])
def test_the_clock_jumps_in_the_middle_of_a_try(
    job: Job, monkeypatch: pytest.MonkeyPatch, days: int, kind: str
) -> None:
    """The wall clock alone, as when it is set: that of deadlines goes on."""
    real, write_page = time.time, Ledger.write_page
    jumps = [0]

    def written(ledger: Ledger, **page: object) -> object:
        if page["kind"] == kind:
            jumps[0] = days * 86_400
            page["written_at"] += timedelta(days=days)
        return write_page(ledger, **page)

    monkeypatch.setattr(time, "time", lambda: real() + jumps[0])
    monkeypatch.setattr(Ledger, "write_page", written)
    assert job.finish() <= 1
    job.assert_sent_once()


def test_the_database_is_held_by_somebody_else(job: Job, started: Forks) -> None:
    with closing(sqlite3.connect(job.ledger_file, isolation_level=None)) as held:
        held.execute("BEGIN EXCLUSIVE")
        pid = started.start(job)
        time.sleep(0.5)
        assert list(job.inbox.iterdir()) == []
        held.execute("ROLLBACK")
    assert started.wait(pid) == 0
    job.assert_sent_once()


@pytest.mark.parametrize("at_call", range(1, 5))
def test_the_database_is_gone_at_any_page_and_comes_back(
    job: Job, monkeypatch: pytest.MonkeyPatch, at_call: int
) -> None:
    calls: list = []
    write_page = Ledger.write_page

    def written(ledger: Ledger, **page: object) -> object:
        calls.append(page)
        if len(calls) != at_call:
            return write_page(ledger, **page)
        away = job.ledger_file.with_suffix(".away")
        job.ledger_file.chmod(0o400)
        ledger.close()
        job.ledger_file.rename(away)
        job.ledger_file.mkdir()
        try:
            return write_page(ledger, **page)
        finally:
            job.ledger_file.rmdir()
            away.rename(job.ledger_file)
            job.ledger_file.chmod(0o600)

    monkeypatch.setattr(Ledger, "write_page", written)
    assert refused(job, LEDGER_UNAVAILABLE).kind.may_retry
    job.finish()
    job.assert_sent_once()


@pytest.mark.parametrize("delay_seconds", [0.0, 0.03, 0.06, 0.09, 0.12, 0.2])
def test_two_runs_at_once_give_one_copy_and_one_receipt(job: Job, started: Forks, delay_seconds: float) -> None:
    first = started.start(job)
    time.sleep(delay_seconds)
    second = started.start(job)
    codes = [started.wait(first), started.wait(second)]
    assert 0 in codes
    job.finish()
    job.assert_sent_once()


def test_six_runs_at_once_give_one_copy_and_one_receipt(job: Job, started: Forks) -> None:
    running = [started.start(job) for _ in range(6)]
    assert 0 in [started.wait(pid) for pid in running]
    job.finish()
    job.assert_sent_once()


@pytest.mark.parametrize("count", [2, 5])
def test_runs_at_once_on_a_bureau_that_takes_files_away(
    start_misbehaving: Callable, released_ledger: Path, tmp_path: Path, started: Forks, count: int
) -> None:
    server = start_misbehaving(takes_away=True)
    job = make_job(tmp_path / "job", released_ledger, server, server.inbox)
    running = [started.start(job) for _ in range(count)]
    codes = [started.wait(pid) for pid in running]
    assert 0 in codes
    job.run()
    assert len(server.arrivals()) == 1
    job.assert_receipt()


def test_a_line_that_hangs_is_given_up(server: object, job: Job) -> None:
    stopped = threading.Timer(0.15, lambda: os.kill(server.process.pid, signal.SIGSTOP))
    job.facts["server"] |= {"answer_timeout_seconds": 1.0, "connect_timeout_seconds": 1.0}
    stopped.start()
    stopped.join()
    try:
        assert refused(job, CONNECTION_LOST).kind.may_retry
    finally:
        os.kill(server.process.pid, signal.SIGCONT)
    job.finish()
    job.assert_sent_once()
