"""The gate can't be walked around: whatever a task state says, without a release in the ledger nothing leaves."""

import pytest
from road import THIRD_ON, answer, newer_book, refused

from schemas.errors.approval import BATCH_UNKNOWN, NOT_RECHECKED, NOT_RELEASED


def steps(road):
    """Every step behind the gate, each as an operator would start it: with a made-up XCom where it needs one."""
    part = {"batch_id": road.batch["batch_id"], "part_no": 1, "name": "any"}
    return {
        "recheck": road.recheck,
        "seal": road.seal,
        "send": lambda: road.send([part]),
        "close": lambda: road.close([part]),
    }


def nothing_left(road) -> bool:
    return not list(road.inbox.iterdir()) and not list(road.folders.root.glob("outbox/*"))


@pytest.mark.parametrize("step", ["recheck", "seal", "send", "close"])
def test_refuses_without_a_release(frozen, step: str) -> None:
    pages = len(frozen.ledger.pages())
    with refused(NOT_RELEASED, batch=frozen.batch["batch_id"]):
        steps(frozen)[step]()
    assert len(frozen.ledger.pages()) == pages
    assert nothing_left(frozen)


@pytest.mark.parametrize("step", ["recheck", "seal", "send", "close"])
def test_refuses_after_a_hold(frozen, step: str) -> None:
    frozen.decide(answer("Hold", "not yet"))
    pages = len(frozen.ledger.pages())
    with refused(NOT_RELEASED, batch=frozen.batch["batch_id"]):
        steps(frozen)[step]()
    assert len(frozen.ledger.pages()) == pages
    assert nothing_left(frozen)


@pytest.mark.parametrize("step", ["recheck", "seal", "send", "close"])
def test_refuses_a_batch_that_was_never_frozen(second, step: str) -> None:
    second.batch = {"batch_id": "ROSTER-20260907-ffffff"}
    with refused(BATCH_UNKNOWN, batch="ROSTER-20260907-ffffff"):
        steps(second)[step]()
    assert nothing_left(second)


def test_a_release_of_another_batch_releases_nothing_here(released) -> None:
    released.batch = {"batch_id": released.batch["batch_id"]}
    other = released.freeze(released.today, "report-2")
    assert other is None  # all cases are on their way in the first batch
    released.batch = {"batch_id": released.ledger.pages(kind="freeze")[-1].content["batch_id"]}
    for step in steps(released).values():
        with refused(NOT_RELEASED):
            step()
    assert nothing_left(released)


def test_sealing_without_the_re_check_is_refused(released) -> None:
    with refused(NOT_RECHECKED, batch=released.batch["batch_id"]):
        released.seal()
    assert nothing_left(released)


def test_sealing_after_a_newer_book_needs_another_re_check(released) -> None:
    released.recheck()
    newer_book(released, THIRD_ON, {})
    with refused(NOT_RECHECKED, as_of=THIRD_ON):
        released.seal()
    assert nothing_left(released)
    released.recheck()
    assert len(released.seal()) == 1
