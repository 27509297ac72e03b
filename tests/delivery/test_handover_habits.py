"""What bureaus' servers do, by a server that does it: one intact copy and one receipt, or a question to a person."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from delivery.handover_terms import SeenUnder, VerifiedBy
from delivery.sftp import connected
from schemas.errors import ArrearsError
from schemas.errors.kind import ErrorKind
from schemas.errors.transport import (
    CONNECTION_LOST,
    OTHER_CONTENT,
    OUTCOME_UNKNOWN,
    REMOTE_FAILED,
    REMOTE_PERMISSION,
    RENAME_NOT_DONE,
    SERVER_TOO_SLOW,
    UPLOAD_INCOMPLETE,
)
from tests.delivery.handover_job import KEY, NAME, Job, make_job, settings_of
from tests.misbehaving_server import MisbehavingServer

CONTENT = hashlib.shake_256(b"sealed").digest(300_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def bureau(
    start_misbehaving: Callable, released_ledger: Path, tmp_path: Path
) -> Callable[..., tuple[MisbehavingServer, Job]]:
    """A server with habits, and a job whose settings know of them as far as `place` says."""

    def make(place: dict | None = None, **habits: object) -> tuple[MisbehavingServer, Job]:
        server = start_misbehaving(**habits)
        more = {} if place is None else {"place": place}
        return server, make_job(tmp_path / "job", released_ledger, server, server.inbox, CONTENT, **more)

    return make


def refused(job: Job, *kinds: ErrorKind) -> ArrearsError:
    with pytest.raises(ArrearsError) as caught:
        job.run()
    assert caught.value.kind in kinds
    return caught.value


def assert_arrived_once(server: MisbehavingServer) -> None:
    assert [(each["name"], each["sha256"]) for each in server.arrivals()] == [(NAME, SHA256)]


def becomes_plain(server: MisbehavingServer, job: Job) -> None:
    """The bureau was asked, and its server is put right."""
    server.stop()
    server.habits = {}
    server.start()
    job.facts["server"] |= {"port": server.port, "host_keys": [server.host_key]}


def test_a_server_without_habits_gets_it_once(bureau: Callable) -> None:
    server, job = bureau()
    job.run()
    job.assert_sent_once(CONTENT)
    assert_arrived_once(server)


def test_it_is_taken_away_the_instant_it_is_renamed(bureau: Callable) -> None:
    server, job = bureau(takes_away=True)
    assert job.run().seen_under is SeenUnder.TEMPORARY
    job.run()
    job.assert_receipt(CONTENT)
    assert_arrived_once(server)


def test_it_is_taken_away_and_the_answer_to_the_rename_is_lost(bureau: Callable) -> None:
    server, job = bureau(takes_away=True, loses_rename_answers=1)
    refused(job, CONNECTION_LOST)
    for _ in range(2):
        told = refused(job, OUTCOME_UNKNOWN)
    assert (told.facts["sha256"], told.facts["size_bytes"]) == (SHA256, len(CONTENT))
    assert told.facts["verified_before_by"] == "read back"
    assert_arrived_once(server)
    with job.ledger() as ledger:
        assert [page.key for page in ledger.pages(kind="unknown")] == [f"{KEY}/unknown"]
        assert ledger.pages(kind="receipt") == []


def test_the_answer_to_the_rename_is_lost(bureau: Callable) -> None:
    server, job = bureau(loses_rename_answers=1)
    refused(job, CONNECTION_LOST)
    job.run()
    job.assert_sent_once(CONTENT)
    assert_arrived_once(server)


def test_the_rename_is_done_and_denied(bureau: Callable) -> None:
    server, job = bureau(denies_renames=1)
    assert job.run().seen_under is SeenUnder.FINAL
    job.assert_sent_once(CONTENT)
    assert_arrived_once(server)


def test_the_rename_is_confirmed_and_not_done(bureau: Callable) -> None:
    server, job = bureau(ignores_renames=1)
    refused(job, RENAME_NOT_DONE)
    job.run()
    job.assert_sent_once(CONTENT)
    assert_arrived_once(server)


def test_the_rename_is_never_answered(bureau: Callable) -> None:
    server, job = bureau(hangs_on_rename=True)
    job.facts["server"]["answer_timeout_seconds"] = 0.5
    refused(job, SERVER_TOO_SLOW)
    assert server.arrivals() == []


@pytest.mark.parametrize("habit", [{"stores_nothing": True}, {"loses_tail": 200_000}, {"loses_tail": 0}])
def test_it_says_yes_and_does_not_keep_the_file(bureau: Callable, habit: dict) -> None:
    server, job = bureau(**habit)
    for _ in range(2):
        refused(job, UPLOAD_INCOMPLETE)
    assert server.arrivals() == []
    assert len(list(server.inbox.iterdir())) <= 1


@pytest.mark.parametrize("is_read_back", [True, False])
def test_it_forbids_renaming(bureau: Callable, is_read_back: bool) -> None:
    place = {"may_rename": False, "is_read_back": is_read_back}
    server, job = bureau(place, forbids_rename=True, forbids_reading=not is_read_back, whole_bytes=len(CONTENT))
    assert job.run().is_read_back is is_read_back
    job.run()
    job.assert_sent_once(CONTENT)
    assert_arrived_once(server)


def test_it_forbids_renaming_and_nobody_said_so(bureau: Callable) -> None:
    server, job = bureau(forbids_rename=True)
    assert not refused(job, REMOTE_PERMISSION).kind.may_retry
    assert server.arrivals() == []


def test_it_forbids_renaming_and_somebody_finds_out(bureau: Callable) -> None:
    server, job = bureau(forbids_rename=True, whole_bytes=len(CONTENT))
    refused(job, REMOTE_PERMISSION)
    job.more["place"] = {"may_rename": False}
    assert job.run().seen_under is SeenUnder.FINAL
    job.run()
    job.assert_sent_once(CONTENT)
    assert_arrived_once(server)


def test_it_forbids_renaming_and_allows_it_when_asked(bureau: Callable) -> None:
    server, job = bureau(forbids_rename=True)
    refused(job, REMOTE_PERMISSION)
    becomes_plain(server, job)
    job.run()
    job.assert_sent_once(CONTENT)
    assert_arrived_once(server)


def test_it_forbids_renaming_and_the_line_is_cut(bureau: Callable) -> None:
    server, job = bureau({"may_rename": False}, whole_bytes=len(CONTENT), cuts_after_bytes=200_000)
    assert job.finish() == 1
    job.assert_sent_once(CONTENT)
    assert_arrived_once(server)


def test_it_forbids_renaming_and_takes_what_is_whole(bureau: Callable) -> None:
    server, job = bureau({"may_rename": False}, whole_bytes=len(CONTENT), takes_away=True)
    for _ in range(2):
        refused(job, OUTCOME_UNKNOWN)
    assert_arrived_once(server)


def test_it_forbids_to_write_to_what_is_there(bureau: Callable) -> None:
    server, job = bureau(forbids_overwrite=True, cuts_after_bytes=200_000)
    refused(job, CONNECTION_LOST)
    # The half that is there can't be gone on with: it is removed, and all is sent under a new name.
    refused(job, CONNECTION_LOST)
    with job.ledger() as ledger:
        assert len(ledger.pages(kind="upload")) == 2
    assert len(list(server.inbox.iterdir())) == 1


def test_another_file_has_the_name(bureau: Callable) -> None:
    server, job = bureau(forbids_overwrite=True)
    (server.inbox / NAME).write_bytes(b"another")
    refused(job, OTHER_CONTENT)
    assert (server.inbox / NAME).read_bytes() == b"another"


def test_it_allows_no_listing_and_no_removing(bureau: Callable) -> None:
    server, job = bureau(forbids_listing=True, forbids_removing=True)
    job.run()
    job.assert_sent_once(CONTENT)
    with connected(settings_of(server)) as session, pytest.raises(ArrearsError) as caught:
        session.files_in("/inbox")
    assert caught.value.kind is REMOTE_PERMISSION


def test_it_allows_no_reading(bureau: Callable) -> None:
    _, job = bureau({"is_read_back": False}, forbids_reading=True, cuts_after_bytes=400_000)
    receipt = job.run()
    assert (receipt.is_read_back, receipt.verified_by) == (False, VerifiedBy.SIZE)
    job.assert_sent_once(CONTENT)


@pytest.mark.parametrize("zone_hours", [-13, 14])
def test_its_clock_is_in_another_time_zone(bureau: Callable, zone_hours: int) -> None:
    server, job = bureau(zone_hours=zone_hours)
    job.run()
    job.assert_sent_once(CONTENT)
    with connected(settings_of(server)) as session:
        (listed,) = session.files_in("/inbox")
    assert round((listed.modified_at.timestamp() - (server.inbox / NAME).stat().st_mtime) / 3600) == zone_hours


def test_it_folds_names_to_upper_case(bureau: Callable) -> None:
    server, job = bureau({"folds_names": True}, folds_names=True)
    assert job.run().remote_path == f"inbox/{NAME.upper()}"
    job.run()
    assert [file.name for file in server.inbox.iterdir()] == [NAME.upper()]
    job.assert_receipt(CONTENT)
    assert [each["sha256"] for each in server.arrivals()] == [SHA256]


@pytest.mark.parametrize("most_handles", [1, 2])
def test_it_limits_open_files(bureau: Callable, most_handles: int) -> None:
    _, job = bureau(most_handles=most_handles, has_check_file=True)
    job.run()
    job.assert_sent_once(CONTENT)


def test_it_lets_only_read(bureau: Callable) -> None:
    server, job = bureau(read_only=True)
    assert not refused(job, REMOTE_PERMISSION).kind.may_retry
    assert list(server.inbox.iterdir()) == []


def test_its_quota_is_used_up_and_then_raised(bureau: Callable, start_misbehaving: Callable) -> None:
    server, job = bureau(quota_bytes=250_000)
    for _ in range(3):
        assert refused(job, REMOTE_FAILED).kind.may_retry
        assert len(list(server.inbox.iterdir())) == 1
    becomes_plain(server, job)
    job.run()
    job.assert_sent_once(CONTENT)
    assert_arrived_once(server)


def test_it_is_slow(bureau: Callable) -> None:
    _, job = bureau(bytes_per_second=400_000)
    job.facts["server"]["answer_timeout_seconds"] = 0.5
    job.run()
    job.assert_sent_once(CONTENT)


@pytest.mark.parametrize("has_check_file", [True, False])
def test_it_drops_the_line_again_and_again(bureau: Callable, has_check_file: bool) -> None:
    server, job = bureau(cuts_after_bytes=70_000, has_check_file=has_check_file)
    assert 3 <= job.finish(most_runs=8) <= 5
    job.assert_sent_once(CONTENT)
    assert_arrived_once(server)
    with job.ledger() as ledger:
        # Every run went on in the same file.
        assert len(ledger.pages(kind="upload")) == 1


def test_it_computes_digests(bureau: Callable) -> None:
    _, job = bureau(has_check_file=True, forbids_reading=False)
    receipt = job.run()
    assert (receipt.verified_by, receipt.is_read_back) == (VerifiedBy.CHECK_FILE, True)
    job.assert_sent_once(CONTENT)


def test_it_computes_wrong_digests(bureau: Callable) -> None:
    _, job = bureau(wrong_check_file=True)
    assert job.run().verified_by is VerifiedBy.READ_BACK
    job.assert_sent_once(CONTENT)


def test_a_start_that_is_not_ours_is_sent_anew(bureau: Callable) -> None:
    server, job = bureau(has_check_file=True, cuts_after_bytes=200_000)
    refused(job, CONNECTION_LOST)
    (half,) = server.inbox.iterdir()
    half.write_bytes(bytes(half.stat().st_size))
    job.finish(most_runs=5)
    job.assert_sent_once(CONTENT)
    assert_arrived_once(server)


@pytest.mark.parametrize("most_request_bytes", [1_000, 32_768, 261_120])
def test_requests_are_as_large_as_it_says(bureau: Callable, most_request_bytes: int) -> None:
    server, job = bureau(most_request_bytes=most_request_bytes)
    with connected(settings_of(server)) as session:
        assert session.request_bytes == (min(most_request_bytes, 64 * 1024), min(most_request_bytes, 255 * 1024))
    job.run()
    job.assert_sent_once(CONTENT)
