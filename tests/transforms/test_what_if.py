"""What another policy would change, by hand."""

from decimal import Decimal

import pytest

from schemas.policy import Policy
from transforms.what_if import MOVES, MOVES_BY_CODE, MOVES_BY_RULE, moves, moves_by_code, moves_by_rule

FLOOR = Decimal("20152.00")


def with_floor(policy, floor):
    person_floor = policy.amounts.person_floor.model_copy(update={"value": floor})
    return policy.model_copy(update={"amounts": policy.amounts.model_copy(update={"person_floor": person_floor})})


def shown(policy, *rules):
    shown_rules = policy.exclusions.shown_rules.model_copy(update={"value": rules})
    exclusions = policy.exclusions.model_copy(update={"shown_rules": shown_rules})
    return Policy.model_validate(policy.model_dump() | {"exclusions": exclusions.model_dump()})


def larger(rows):
    rows["instalments"][0]["principal_due"] += 1


def of_a_student(rows):
    rows["loans"][0]["product_code"] = "student"


def of_a_student_and_undocumented(rows):
    of_a_student(rows)
    rows["evidence"].pop()


def disputed_and_of_a_student(rows):
    of_a_student(rows)
    rows["disputes"] = [
        {
            "dispute_id": "D1",
            "loan_id": "L1",
            "opened_on": rows["evidence"][0]["obtained_on"],
            "answered_on": None,
            "dispute_outcome_code": "open",
        }
    ]


@pytest.fixture
def portfolio(kit):
    return kit.several(
        {
            "L1": lambda rows: None,
            "L2": larger,
            "L3": of_a_student,
            "L4": of_a_student_and_undocumented,
            "L5": disputed_and_of_a_student,
        }
    )


def moved(engine, kit, portfolio, first, second):
    before, after = (kit.decided(engine, portfolio, policy)[3] for policy in (first, second))
    return engine.settled(moves(before, after, first, second))


def test_a_higher_floor_lets_loans_leave(engine, policy, kit, portfolio):
    frame = moved(engine, kit, portfolio, policy, with_floor(policy, FLOOR))
    found = {row["loan_id"]: (row["move_code"], row["moving_rules"]) for row in kit.rows(frame)}
    assert found == {"L1": ("leaves", "E0102"), "L2": ("stays", "")}
    assert kit.rows(moves_by_rule(frame)) == [
        {
            "rule_id": "E0102",
            "move_code": "leaves",
            "moved_borrowers": 1,
            "moved_loans": 1,
            "moved_amount": Decimal("20151.00"),
        }
    ]
    by_code = {row["move_code"]: (row["moved_loans"], row["moved_amount"]) for row in kit.rows(moves_by_code(frame))}
    assert by_code == {"leaves": (1, Decimal("20151.00")), "stays": (1, Decimal("20152.00"))}


def test_a_rule_that_is_only_shown_lets_loans_enter(engine, policy, kit, portfolio):
    frame = moved(engine, kit, portfolio, policy, shown(policy, "E0501"))
    found = {row["loan_id"]: (row["move_code"], row["moving_rules"]) for row in kit.rows(frame)}
    assert found == {"L1": ("stays", ""), "L2": ("stays", ""), "L3": ("enters", "E0501")}


def test_a_loan_that_several_rules_kept_out_is_counted_with_each(engine, policy, kit, portfolio):
    frame = moved(engine, kit, portfolio, policy, shown(policy, "E0501", "E0601"))
    counted = {row["rule_id"]: (row["move_code"], row["moved_loans"]) for row in kit.rows(moves_by_rule(frame))}
    assert counted == {"E0501": ("enters", 2), "E0601": ("enters", 1)}


def test_evidence_that_was_not_looked_at_moves_nothing(engine, policy, kit, portfolio):
    second = shown(policy, "E0501", "E0401", "E0402")
    frame = moved(engine, kit, portfolio, policy, second)
    found = {row["loan_id"]: row["moving_rules"] for row in kit.rows(frame) if row["move_code"] == "enters"}
    assert found == {"L3": "E0501", "L4": "E0501"}


def test_the_same_policy_moves_nothing(engine, policy, kit, portfolio):
    frame = moved(engine, kit, portfolio, policy, policy)
    assert {row["move_code"] for row in kit.rows(frame)} == {"stays"}
    assert kit.rows(moves_by_rule(frame)) == []


def test_columns_are_the_contracts(engine, policy, kit, portfolio):
    frame = moved(engine, kit, portfolio, policy, policy)
    for made, dataset in ((frame, MOVES), (moves_by_code(frame), MOVES_BY_CODE), (moves_by_rule(frame), MOVES_BY_RULE)):
        assert tuple(kit.table(made).schema.names) == dataset.field_names
