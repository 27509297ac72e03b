"""A person's decision: who, on what, with which reason; and that all else is refused and can be found afterwards."""

from datetime import UTC, datetime

import pytest
from road import RISK1, SECOND_ON, answer, refused

from orchestration.batch_pages import batch_key
from schemas.errors.approval import (
    ALREADY_DECIDED,
    LATE_ANSWER,
    NO_HUMAN_ANSWER,
    NO_REASON,
    NOBODY_ANSWERED,
    NOTHING_FROZEN,
    OTHER_ROOT,
    OWN_WORK,
    UNKNOWN_OPTION,
    WRONG_PERSON,
)

REASON = "two amounts look doubtful"


def decision(road):
    return road.ledger.page(batch_key(road.batch["batch_id"], "decision"))


def refusals(road):
    pages = road.ledger.pages(kind="refusal", key_prefix=batch_key(road.batch["batch_id"], "refusal"))
    return [page.content["code"] for page in pages]


def states_of_batch(road):
    states = road.states()
    return {states[case_id] for case_id in cases_of_batch(road)}


def cases_of_batch(road):
    key = batch_key(road.batch["batch_id"], "freeze")
    page_no = road.ledger.page(key).page_no
    return [event.case_id for event in road.ledger.events(page_no=page_no, kinds=["frozen"])]


def state_of_task(state):
    return {"get_task_states": lambda **asked: {asked["run_ids"][0]: {asked["task_ids"][0]: state}}}


def test_a_release_by_the_right_person_is_written_with_who_when_what(frozen) -> None:
    assert frozen.decide(answer("Release")) is True
    page = decision(frozen)
    assert page.actor == "user:risk1"
    assert page.content == {
        "batch_id": frozen.batch["batch_id"],
        "option": "Release",
        "reason": "",
        "person_id": "3",
        "person_name": "risk1",
        "answered_at": "2026-09-07T03:00:00+00:00",
        "root": frozen.batch["root"],
        "prepared_by": "operator",
    }
    assert states_of_batch(frozen) == {"released"}
    assert len(cases_of_batch(frozen)) == frozen.batch["cases"] == 15
    assert refusals(frozen) == []


@pytest.mark.parametrize(
    ("output", "kind"),
    [
        (None, NO_HUMAN_ANSWER),
        ({}, NO_HUMAN_ANSWER),
        (answer("Release", person=None), NO_HUMAN_ANSWER),
        ({**answer("Release"), "responded_at": None}, NO_HUMAN_ANSWER),
        (answer("Release", person={"id": "1", "name": "operator"}), WRONG_PERSON),
        (answer("Release", person={"id": "3", "name": "operator"}), WRONG_PERSON),
        (answer("Release", person={"id": "1", "name": "risk1"}), WRONG_PERSON),
        (answer("Hold"), NO_REASON),
        (answer("Hold", "   \n"), NO_REASON),
        (answer("Perhaps", REASON), UNKNOWN_OPTION),
        ({**answer("Release"), "chosen_options": []}, UNKNOWN_OPTION),
        ({**answer("Release"), "chosen_options": ["Release", "Hold"]}, UNKNOWN_OPTION),
    ],
)
def test_what_is_no_approval_is_refused_and_written_down(frozen, output, kind) -> None:
    with refused(kind, batch=frozen.batch["batch_id"]):
        frozen.decide(output, **state_of_task("success"))
    assert decision(frozen) is None
    assert refusals(frozen) == [kind.code]
    assert states_of_batch(frozen) == {"frozen"}


def test_nobody_approves_own_work(frozen) -> None:
    with refused(OWN_WORK, person="risk1"):
        frozen.decide(answer("Release"), started_by="risk1")
    assert decision(frozen) is None
    assert refusals(frozen) == ["ARR-7013"]
    assert frozen.decide(answer("Release", person={"id": "4", "name": "risk2"}), started_by="risk1") is True


def test_a_scheduled_run_has_nobody_who_prepared_it(frozen) -> None:
    assert frozen.decide(answer("Release"), started_by=None) is True
    assert decision(frozen).content["prepared_by"] is None


def test_another_root_than_the_frozen_one_is_refused(frozen) -> None:
    with refused(OTHER_ROOT):
        frozen.decide(answer("Release"), batch={**frozen.batch, "root": "0" * 64})
    assert decision(frozen) is None
    assert refusals(frozen) == ["ARR-7016"]


def test_a_second_and_different_decision_is_refused(frozen) -> None:
    frozen.decide(answer("Release"))
    with refused(ALREADY_DECIDED, decided="Release", answered="Hold"):
        frozen.decide(answer("Hold", REASON, {"id": "4", "name": "risk2"}))
    assert decision(frozen).content["option"] == "Release"
    assert refusals(frozen) == ["ARR-7018"]


def test_a_hold_gives_the_cases_back_with_its_reason_and_the_next_run_takes_them(frozen) -> None:
    cases = cases_of_batch(frozen)
    assert frozen.decide(answer("Hold", f" {REASON} ")) is False
    assert decision(frozen).content["option"] == "Hold"
    assert decision(frozen).content["reason"] == REASON
    assert states_of_batch(frozen) == {"noticed"}
    given_back = frozen.ledger.events(page_no=decision(frozen).page_no, kinds=["given_back"])
    assert [event.case_id for event in given_back] == cases

    held = frozen.batch
    again = frozen.freeze(SECOND_ON, "report-2")
    assert again["batch_id"] != held["batch_id"]
    assert cases_of_batch(frozen) == cases
    assert states_of_batch(frozen) == {"frozen"}
    assert f"| | {held['batch_id']} | this one |" in again["body"]
    assert "| decision | Hold | open |" in again["body"]


def test_silence_lapses_and_gives_the_cases_back(frozen) -> None:
    cases = cases_of_batch(frozen)
    for _ in range(2):
        with refused(NOBODY_ANSWERED, batch=frozen.batch["batch_id"]):
            frozen.decide(None, **state_of_task("failed"))
    assert decision(frozen).content["option"] == "Lapsed"
    assert decision(frozen).actor == "task:report.record_decision"
    assert states_of_batch(frozen) == {"noticed"}
    assert len(frozen.ledger.events(kinds=["given_back"])) == len(cases)
    with refused(LATE_ANSWER, person="risk1"):
        frozen.decide(answer("Release"))
    assert refusals(frozen) == ["ARR-7017"]
    frozen.freeze(SECOND_ON, "report-2")
    assert cases_of_batch(frozen) == cases


def test_without_a_frozen_batch_there_is_nothing_to_decide(second) -> None:
    from orchestration.decide import record_answer

    with refused(NOTHING_FROZEN, run="report-1"):
        record_answer(second.run(SECOND_ON, "report-1"), None, answer("Release"))


def test_the_same_answer_again_writes_nothing(frozen) -> None:
    frozen.decide(answer("Release"))
    pages = len(frozen.ledger.pages())
    assert frozen.decide(answer("Release")) is True
    # Airflow hands the instant over as text once it went through the database.
    as_text = {**answer("Release", person=RISK1), "responded_at": datetime(2026, 9, 7, 3, tzinfo=UTC).isoformat()}
    assert frozen.decide(as_text) is True
    assert len(frozen.ledger.pages()) == pages


def test_the_same_try_writes_its_refusal_once(frozen) -> None:
    for _ in range(2):
        with refused(NO_REASON):
            frozen.decide(answer("Hold"), id="this-very-try")
    assert refusals(frozen) == ["ARR-7014"]
    with refused(NO_REASON):
        frozen.decide(answer("Hold"), id="the-next-try")
    assert refusals(frozen) == ["ARR-7014", "ARR-7014"]
