"""The ledger's PostgreSQL is killed before, in the middle of and after the pages of a hand-over, and comes back."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ledger.ledger import Ledger
from schemas.errors import ArrearsError
from schemas.errors.ledger import LEDGER_UNAVAILABLE
from tests.delivery.handover_job import Forks, Job, forks, make_job, release_cases
from tests.ledger.postgresql_server import MISSING, PostgresqlServer, programs

PAGES = ("intent", "upload", "rename", "receipt")


@pytest.fixture(scope="module")
def database() -> Iterator[PostgresqlServer]:
    found = programs()
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    server = PostgresqlServer(found)
    try:
        yield server.start()
    finally:
        server.stop()


@pytest.fixture(scope="module")
def started() -> Iterator[Forks]:
    with forks() as processes:
        yield processes


@pytest.fixture
def job(openssh: object, database: PostgresqlServer, released_ledger: Path, tmp_path: Path) -> Job:
    made = make_job(tmp_path / "job", released_ledger, openssh, openssh.root / "inbox")
    made.ledger_file.unlink()
    made.facts["ledger_url"] = database.new_database()
    release_cases(made.facts["ledger_url"])
    return made


def at_page(monkeypatch: pytest.MonkeyPatch, kind: str, before: Callable, after: Callable) -> None:
    """Has something done before and after the first page of a kind is written."""
    write_page, seen = Ledger.write_page, []

    def written(ledger: Ledger, **page: object) -> object:
        if page["kind"] != kind or seen:
            return write_page(ledger, **page)
        seen.append(kind)
        before()
        result = write_page(ledger, **page)
        after()
        return result

    monkeypatch.setattr(Ledger, "write_page", written)


def nothing() -> None:
    """Is done."""


@pytest.mark.parametrize("kind", PAGES)
def test_it_is_gone_before_a_page_and_comes_back(
    job: Job, database: PostgresqlServer, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    at_page(monkeypatch, kind, database.kill, nothing)
    with pytest.raises(ArrearsError) as caught:
        job.run()
    database.start_again()
    assert (caught.value.kind, caught.value.kind.may_retry) == (LEDGER_UNAVAILABLE, True)
    job.finish()
    job.assert_sent_once()


@pytest.mark.parametrize("kind", PAGES)
def test_it_is_gone_after_a_page_and_what_was_booked_stays(
    job: Job, database: PostgresqlServer, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    at_page(monkeypatch, kind, nothing, database.kill)
    try:
        job.run()
    except ArrearsError as problem:
        # After the last page nothing is left to be refused.
        assert (problem.kind, kind != "receipt") == (LEDGER_UNAVAILABLE, True)  # noqa: PT017 the test goes on after it
    finally:
        database.start_again()
    with job.ledger() as ledger:
        assert len(ledger.pages(kind=kind)) == 1
    job.finish()
    job.assert_sent_once()


@pytest.mark.parametrize("kind", PAGES)
def test_one_that_is_back_before_it_is_needed_is_not_even_missed(
    job: Job, database: PostgresqlServer, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    def restarted() -> None:
        database.kill()
        database.start_again()

    at_page(monkeypatch, kind, restarted, restarted)
    job.run()
    job.assert_sent_once()


@pytest.mark.parametrize("after_seconds", [0.03, 0.06, 0.1, 0.15, 0.2, 0.3])
def test_it_is_gone_at_any_moment(job: Job, database: PostgresqlServer, started: Forks, after_seconds: float) -> None:
    pid = started.start(job)
    time.sleep(after_seconds)
    database.kill()
    assert started.wait(pid) in (0, 1)
    database.start_again()
    job.finish()
    job.assert_sent_once()
