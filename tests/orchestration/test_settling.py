"""A file that the bureau took away at the wrong moment is put to a person, and what the bureau said is booked."""

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest
from road import refused
from typer.testing import CliRunner, Result

from cli import app
from delivery import handover
from delivery.sftp import SftpSession
from orchestration.settling import settle_part, unknown_parts
from schemas.errors import ArrearsError
from schemas.errors.approval import NOT_SEALED
from schemas.errors.transport import CONNECTION_LOST, NOTHING_TO_SETTLE, OUTCOME_UNKNOWN

NOW = datetime(2026, 9, 7, 3, 0, tzinfo=UTC)
REASON = "Ms Li of the bureau, by telephone, 11:00"


@pytest.fixture
def lost(in_parts, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The first part is renamed, its answer is lost, and the bureau takes it away."""

    def renamed(session: SftpSession, old_path: str, new_path: str) -> None:
        rename(session, old_path, new_path)
        (in_parts.inbox / new_path.rpartition("/")[2]).rename(in_parts.folders.root / "taken")
        raise ArrearsError(CONNECTION_LOST)

    rename = SftpSession.rename
    monkeypatch.setattr(SftpSession, "rename", renamed)
    monkeypatch.setattr(handover, "_OTHER_RUN_SECONDS", (0.0,))
    with refused(OUTCOME_UNKNOWN):
        in_parts.send(in_parts.parts[:1])
    monkeypatch.setattr(SftpSession, "rename", rename)
    return in_parts


def settle(road: Any, *, is_there: bool, part_no: int = 1) -> None:
    settle_part(
        road.ledger, road.batch["batch_id"], part_no, is_there=is_there, reason=REASON, user="3", settled_at=NOW
    )


def test_what_is_known_is_told(lost) -> None:
    (unknown,) = unknown_parts(lost.ledger)
    taken = lost.folders.root / "taken"
    assert (unknown.part_no, unknown.file_name) == (1, lost.parts[0]["name"])
    assert unknown.size_bytes == taken.stat().st_size
    assert unknown.verified_by == "read back"
    with refused(OUTCOME_UNKNOWN):
        lost.send(lost.parts[:1])
    assert len(unknown_parts(lost.ledger)) == 1
    assert not lost.inbox.joinpath(unknown.file_name).exists()


def test_the_bureau_has_it(lost) -> None:
    settle(lost, is_there=True)
    (page,) = lost.ledger.pages(kind="settled")
    assert (page.actor, page.content["reason"]) == ("user:3", REASON)
    assert unknown_parts(lost.ledger) == []
    receipts = lost.send(lost.parts)
    assert lost.close(receipts)["records"] == 15
    assert len(list(lost.inbox.glob("*.p7m"))) == 2
    assert lost.ledger.verify().is_intact


def test_the_bureau_has_nothing(lost) -> None:
    settle(lost, is_there=False)
    assert unknown_parts(lost.ledger) == []
    receipts = lost.send(lost.parts)
    assert lost.close(receipts)["records"] == 15
    assert (lost.inbox / lost.parts[0]["name"]).read_bytes() == (lost.folders.root / "taken").read_bytes()
    assert sorted(lost.states().values()).count("sent") == 15
    assert lost.ledger.verify().is_intact


def test_what_is_not_unknown_is_not_settled(lost) -> None:
    with refused(NOTHING_TO_SETTLE):
        settle(lost, is_there=True, part_no=2)
    with refused(NOT_SEALED):
        settle(lost, is_there=True, part_no=9)


def command(road: Any, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["sending", *arguments], env={"ARREARS_LEDGER": road.folders.ledger_url})


def test_the_command_tells_what_to_ask_and_books_the_answer(lost) -> None:
    asked = command(lost, "unknown")
    assert asked.exit_code == 2
    batch_id, part = lost.batch["batch_id"], lost.parts[0]
    head, file, digest, path, renamed = asked.stdout.splitlines()
    assert head == f"batch {batch_id} part 1"
    assert part["name"] in file
    taken = (lost.folders.root / "taken").read_bytes()
    assert f" {len(taken)} bytes" in file
    assert digest.split() == ["sha256", sha256(taken).hexdigest()]
    assert path.endswith(part["name"])
    assert renamed.endswith("after the bytes were verified: read back")
    told = command(lost, "settle", batch_id, "1", "--there", "--reason", REASON, "--by", "wang")
    assert (told.exit_code, told.stdout) == (0, "booked; now clear the task `send` of that run\n")
    (page,) = lost.ledger.pages(kind="settled")
    assert (page.actor, page.content["is_there"], page.content["reason"]) == ("user:wang", True, REASON)
    after = command(lost, "unknown")
    assert (after.exit_code, after.stdout) == (0, "nothing is unknown\n")


def test_an_answer_must_be_given_and_must_be_asked_for(lost) -> None:
    batch_id = lost.batch["batch_id"]
    rest = ("--reason", REASON, "--by", "wang")
    assert command(lost, "settle", batch_id, "1", *rest).exit_code == 2
    refusal = command(lost, "settle", batch_id, "2", "--there", *rest)
    assert refusal.exit_code == 2
    assert refusal.stderr.startswith("ARR-5206")
    assert list(lost.ledger.pages(kind="settled")) == []
