"""The hand-over is killed with SIGKILL at every step, with a real ledger, a real process and a real OpenSSH server."""

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from schemas.errors import ArrearsError
from schemas.errors.transport import OUTCOME_UNKNOWN
from tests.delivery.hand_over_child import Watched
from tests.delivery.handover_job import CONTENT, KEY, NAME, Job, make_job

WORTH_KILLING = {"before write_page", "before create", "before sha256_of", "before rename"}


@pytest.fixture
def new_job(openssh: object, released_ledger: Path, tmp_path: Path) -> Callable[[], Job]:
    def make() -> Job:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        return make_job(folder, released_ledger, openssh, openssh.root / "inbox")

    return make


def moments_of(job: Job) -> list[str]:
    """Runs undisturbed and tells the moments that were passed."""
    Watched.moments.clear()
    job.run()
    return list(Watched.moments)


def test_undisturbed_it_is_sent_once_and_again_does_nothing(new_job: Callable[[], Job]) -> None:
    job = new_job()
    assert moments_of(job).count("before rename") == 1
    job.assert_sent_once()
    # Only the book is asked: which round it is, and whether there is a receipt.
    assert set(moments_of(job)) == {"before page", "after page"}
    job.assert_sent_once()


def test_killed_at_every_step_it_is_sent_once(new_job: Callable[[], Job]) -> None:
    moments = moments_of(new_job())
    # The moment after one call and the moment before the next are the same to the world outside.
    kill_points = [
        at for at, moment in enumerate(moments) if moment.startswith("after") and moments[at - 1] in WORTH_KILLING
    ]
    assert [moments[at] for at in kill_points] == [
        "after write_page",
        "after write_page",
        "after create",
        "after sha256_of",
        "after write_page",
        "after rename",
        "after write_page",
    ]
    for kill_at in [0, *kill_points]:
        job = new_job()
        killed = job.run_apart(kill_at=kill_at)
        assert killed.returncode == -signal.SIGKILL, (moments[kill_at], killed.stderr)
        job.finish()
        job.assert_sent_once()


@pytest.mark.parametrize("kill_after_bytes", [1, 700_001, 1_499_999])
def test_killed_within_the_upload_it_is_sent_once(new_job: Callable[[], Job], kill_after_bytes: int) -> None:
    job = new_job()
    assert job.run_apart(kill_after_bytes=kill_after_bytes).returncode == -signal.SIGKILL
    assert not (job.inbox / NAME).exists()
    job.finish()
    job.assert_sent_once()


def test_taken_away_after_the_kill_it_is_not_sent_again(new_job: Callable[[], Job]) -> None:
    kill_at = moments_of(new_job()).index("after rename")
    job = new_job()
    assert job.run_apart(kill_at=kill_at).returncode == -signal.SIGKILL
    (job.inbox / NAME).unlink()
    for _ in range(2):
        with pytest.raises(ArrearsError) as refused:
            job.run()
        assert refused.value.kind is OUTCOME_UNKNOWN
        assert not refused.value.kind.may_retry
        assert list(job.inbox.iterdir()) == []
    with job.ledger() as ledger:
        assert ledger.page(f"{KEY}/receipt") is None
        unknown = ledger.page(f"{KEY}/unknown").content
        assert (unknown["file_name"], unknown["size_bytes"]) == (NAME, len(CONTENT))
        assert unknown["verified_by"] == "read back"
        assert ledger.events(kinds=["sent"]) == []
