"""Between freeze and release a newer book arrives: who paid, contested, died or agreed is taken out, nobody else."""

import pytest
from road import (
    SECOND_ON,
    THIRD_ON,
    agrees,
    answer,
    borrower_of,
    borrowers_with,
    disputes,
    newer_book,
    pays,
    people,
)


def book_of(road, **loans):
    """Changes of the newer book: which loans pay, are disputed, agreed, and whose borrowers die."""
    died = borrower_of(road, loans.get("died", []))
    return {
        "payments": pays(loans.get("paid", []), THIRD_ON),
        "disputes": disputes(loans.get("disputed", []), THIRD_ON),
        "agreements": agrees(loans.get("agreed", []), THIRD_ON),
        "borrowers": borrowers_with(dict.fromkeys(died.values(), "deceased"), "protection_code"),
    }


def test_exactly_these_are_removed_and_serials_keep_their_gaps(frozen) -> None:
    rows = frozen.frozen_list()
    by_serial = dict(zip(rows["serial_no"], rows["loan_id"], strict=True))
    case_of = dict(zip(rows["loan_id"], rows["case_id"], strict=True))
    gone = {"paid": [1, 9], "disputed": [4], "died": [15], "agreed": [7]}
    loans = {cause: [by_serial[serial] for serial in serials] for cause, serials in gone.items()}
    newer_book(frozen, THIRD_ON, book_of(frozen, **loans))
    frozen.decide(answer("Release"))

    assert frozen.recheck() == {"batch_id": frozen.batch["batch_id"], "removed": 5, "left": 10}

    removed = {case_of[loan] for some in loans.values() for loan in some}
    (page,) = frozen.ledger.pages(kind="recheck")
    assert set(page.content["removed"]) == removed
    assert page.content["causes"] == {"E0601": 1, "E0602": 1, "E0603": 1, "paid": 2}
    assert (page.content["as_of"], page.content["left"]) == (str(THIRD_ON), 10)
    told = {event.case_id: event.detail for event in frozen.ledger.events(page_no=page.page_no, kinds=["removed"])}
    rules = {
        "paid": ("paid", []),
        "disputed": ("rules", ["E0601"]),
        "died": ("rules", ["E0603"]),
        "agreed": ("rules", ["E0602"]),
    }
    assert {case_id: (detail["cause"], list(detail["rules"])) for case_id, detail in told.items()} == {
        case_of[loan]: rules[cause] for cause, some in loans.items() for loan in some
    }
    states = frozen.states()
    assert {states[case_id] for case_id in removed} == {"noticed"}
    assert {states[case_id] for case_id in set(case_of.values()) - removed} == {"released"}

    frozen.close(frozen.send(frozen.seal()))
    records = frozen.content_at_bureau()
    left = sorted(set(range(1, 16)) - {1, 4, 7, 9, 15})
    assert [int(record["序号"]) for record in records] == left
    borrowers = borrower_of(frozen, [by_serial[serial] for serial in left])
    expected = {person["证件号码"] for person in people(frozen.folders.lender, set(borrowers.values()))}
    assert {record["证件号码"] for record in records} == expected
    assert {record["报送日期"] for record in records} == {str(SECOND_ON)}
    states = frozen.states()
    assert {states[case_of[by_serial[serial]]] for serial in left} == {"sent"}
    assert {states[case_id] for case_id in removed} == {"noticed"}
    sent = frozen.ledger.events(kinds=["sent"])
    assert {event.case_id: event.detail["serial"] for event in sent} == {
        case_of[by_serial[serial]]: serial for serial in left
    }


def test_who_was_removed_and_has_paid_is_cured_by_the_next_run(frozen) -> None:
    loan = frozen.frozen_list()["loan_id"][0]
    case_id = frozen.frozen_list()["case_id"][0]
    newer_book(frozen, THIRD_ON, book_of(frozen, paid=[loan]))
    frozen.decide(answer("Release"))
    frozen.recheck()
    frozen.notify(THIRD_ON)
    assert frozen.states()[case_id] == "cured"


def test_with_nobody_left_the_run_ends_and_nothing_is_sent(frozen) -> None:
    newer_book(frozen, THIRD_ON, book_of(frozen, paid=frozen.frozen_list()["loan_id"].to_list()))
    frozen.decide(answer("Release"))
    assert frozen.recheck() is None
    states = frozen.states()
    assert {states[case_id] for case_id in frozen.frozen_list()["case_id"]} == {"noticed"}
    assert list(frozen.inbox.iterdir()) == []
    assert not (frozen.folders.root / "outbox").exists()


def test_nothing_new_removes_nobody_and_nobody_is_added(released) -> None:
    newer_book(released, THIRD_ON, {})
    frozen_cases = set(released.frozen_list()["case_id"])
    assert released.recheck() == {"batch_id": released.batch["batch_id"], "removed": 0, "left": 15}
    assert {event.case_id for event in released.ledger.events(kinds=["released"])} == frozen_cases
    assert released.ledger.events(kinds=["removed"]) == []


def test_a_second_newer_book_removes_more_and_gives_nobody_back(released) -> None:
    rows = released.frozen_list()
    first, second = rows["loan_id"][0], rows["loan_id"][1]
    newer_book(released, THIRD_ON, book_of(released, disputed=[first]))
    assert released.recheck()["removed"] == 1
    # The dispute is gone in the next book, but who is out stays out of this batch.
    newer_book(released, THIRD_ON.replace(day=15), book_of(released, paid=[second]))
    assert released.recheck() == {"batch_id": released.batch["batch_id"], "removed": 2, "left": 13}
    assert len(released.ledger.pages(kind="recheck")) == 2
    released.send(released.seal())
    assert [int(record["序号"]) for record in released.content_at_bureau()] == list(range(3, 16))


def test_a_sealed_batch_is_left_as_it_is(released) -> None:
    released.recheck()
    parts = released.seal()
    newer_book(released, THIRD_ON, book_of(released, paid=[released.frozen_list()["loan_id"][0]]))
    assert released.recheck() == {"batch_id": released.batch["batch_id"], "removed": 0, "left": 15}
    assert released.send(parts)[0]["records"] == 15


@pytest.mark.parametrize("dataset", ["loans"])
def test_a_loan_that_the_newer_book_lost_is_taken_out_and_not_called_paid(released, dataset) -> None:
    loan = released.frozen_list()["loan_id"][2]
    import polars as pl

    without = {name: (lambda rows: rows.filter(pl.col("loan_id") != loan)) for name in ("loans", "instalments")}
    newer_book(released, THIRD_ON, without)
    assert released.recheck()["removed"] == 1
    (event,) = released.ledger.events(kinds=["removed"])
    assert (event.detail["cause"], list(event.detail["rules"])) == ("rules", ["E0701"])
