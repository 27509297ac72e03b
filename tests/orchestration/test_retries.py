"""Every task can be retried and cleared: the same result, no second page, no second file."""

import threading

import pytest
from road import FIRST_ON, SECOND_ON, answer, refused, wait_for

from delivery.outbox import Outbox
from schemas.errors.approval import NOT_SENT


def pages(road) -> list[str]:
    return [page.key for page in road.ledger.pages()]


def test_ingest_and_assess_again(assessed) -> None:
    before, book = pages(assessed), assessed.run().ledger.pages(kind="ingest")[0].content["book_id"]
    snapshots = sorted(path.name for path in assessed.folders.lake.glob("snapshots/*/*/*"))
    assert assessed.ingest(FIRST_ON)["book_id"] == book
    first = assessed.assess(FIRST_ON)
    assert first == assessed.assess(FIRST_ON)
    assert first["book_id"] == book
    assert pages(assessed) == before
    assert sorted(path.name for path in assessed.folders.lake.glob("snapshots/*/*/*")) == snapshots
    assert list((assessed.folders.lake / "staging").iterdir()) == []


def test_notify_again_tells_nobody_twice(noticed) -> None:
    before, told = pages(noticed), len(noticed.mail())
    assert noticed.notify(FIRST_ON) == {"as_of": str(FIRST_ON), "delivered": 0, "failed": 0}
    assert pages(noticed) == before
    assert len(noticed.mail()) == told


def test_freeze_again_gives_the_same_batch(frozen) -> None:
    before, batch = pages(frozen), dict(frozen.batch)
    assert frozen.freeze(SECOND_ON) == batch
    frozen.decide(answer("Release"))
    assert frozen.freeze(SECOND_ON) == batch
    assert pages(frozen) == [*before, f"report/{batch['batch_id']}/decision"]


def test_everything_behind_the_gate_again(released) -> None:
    checked = released.recheck()
    after_recheck = pages(released)
    assert released.recheck() == checked
    assert pages(released) == after_recheck

    parts = released.seal()
    sealed = {path.name: path.read_bytes() for path in (released.folders.root / "outbox").glob("*.p7m")}
    after_seal = pages(released)
    assert released.seal() == parts
    assert {path.name: path.read_bytes() for path in (released.folders.root / "outbox").glob("*.p7m")} == sealed
    assert pages(released) == after_seal

    receipts = released.send(parts)
    delivered = [(path.name, path.stat().st_mtime_ns) for path in released.inbox.iterdir()]
    after_send = pages(released)
    assert released.send(parts) == receipts
    assert [(path.name, path.stat().st_mtime_ns) for path in released.inbox.iterdir()] == delivered
    assert [name for name, _ in delivered] == list(sealed)
    assert pages(released) == after_send
    assert released.recheck() == checked

    closed = released.close(receipts)
    after_close = pages(released)
    assert released.close(receipts) == closed
    assert (closed["files"], closed["records"]) == (list(sealed), 15)
    assert pages(released) == after_close

    wait_for(lambda: list(released.answers.iterdir()), "the bureau has answered")
    booked = released.book_answers()
    assert booked["answers"] == 1
    assert booked["accepted"] + booked["rejected"] == 15
    after_answers = pages(released)
    assert released.book_answers() == {"answers": 0, "accepted": 0, "rejected": 0}
    assert pages(released) == after_answers
    assert released.ledger.verify().is_intact


def test_two_seals_at_once_leave_the_file_that_is_booked(released, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when a worker that was given up for dead goes on beside its successor."""
    released.recheck()
    store, stored = Outbox.store, threading.Event()
    second: list = []

    def storing(outbox: Outbox, *arguments: object) -> object:
        part = store(outbox, *arguments)
        if threading.current_thread() is threading.main_thread():
            runs.start()
            # Until the other has stored its own, if it does.
            stored.wait(5)
        else:
            stored.set()
        return part

    runs = threading.Thread(target=lambda: second.append(released.seal()))
    monkeypatch.setattr(Outbox, "store", storing)
    first = released.seal()
    runs.join()
    assert second == [first]
    released.close(released.send(first))
    assert len(released.ledger.pages(kind="receipt")) == 1
    assert released.ledger.verify().is_intact


def test_close_waits_for_every_receipt_and_the_parts_hold_all_records(in_parts) -> None:
    names = [part["name"] for part in in_parts.parts]
    assert [part["part_no"] for part in in_parts.parts] == [1, 2, 3]
    first = in_parts.send(in_parts.parts[:1])
    with refused(NOT_SENT, parts=names[1:]):
        in_parts.close(first)
    third = in_parts.send(in_parts.parts[2:])
    with refused(NOT_SENT, parts=[names[1]]):
        # What the task is handed does not count: receipts stand in the ledger.
        in_parts.close([*first, {**first[0], "part_no": 2}, *third])
    assert in_parts.ledger.pages(kind="sent") == []
    assert sorted(in_parts.states().values()).count("sent") == 9
    in_parts.send(in_parts.parts)
    assert in_parts.close(first) == {
        "batch_id": in_parts.batch["batch_id"],
        "as_of": str(SECOND_ON),
        "files": names,
        "records": 15,
    }
    assert [int(record["序号"]) for record in in_parts.content_at_bureau()] == list(range(1, 16))
    assert [page.content["file_name"] for page in in_parts.ledger.pages(kind="receipt")] == [
        names[0],
        names[2],
        names[1],
    ]
