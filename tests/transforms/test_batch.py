"""Which cases are noticed, batched, set aside, cured, kept waiting, dropped."""

from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest

from transforms.batch import re_check, select_cases, select_for_notice

CASE = "roster-L1-20251031"
PAST, TODAY = date(2026, 6, 14), date(2026, 6, 15)
QUARANTINED = {
    "dataset_name": "instalments",
    "source_file": "i.csv",
    "source_row": 7,
    "row_key": "L1/1",
    "loan_id": "L1",
    "rule_id": "instalments.due_on.parse",
    "field_name": "due_on",
    "masked_value": "2025-13-31",
}


def heads(engine, *cases):
    rows = [
        {"case_id": case_id, "loan_id": case_id.split("-")[1], "state": state, "grace_ends_on": ends_on}
        for case_id, state, ends_on in cases
    ]
    return engine.rows(rows, case_id=pa.string(), loan_id=pa.string(), state=pa.string(), grace_ends_on=pa.date32())


@pytest.fixture
def selected(polars_engine, policy, kit):
    def of(rows, *cases):
        books, _, _, decisions = kit.decided(polars_engine, rows, policy)
        selection = select_cases(books, decisions, heads(polars_engine, *cases), kit.AS_OF, "roster", policy)
        return {
            "chosen": [row["case_id"] for row in kit.rows(selection.chosen)],
            "set_aside": [(row["case_id"], row["failing_rules"]) for row in kit.rows(selection.set_aside)],
            "cured": [row["case_id"] for row in kit.rows(selection.cured)],
            "waiting": [row["case_id"] for row in kit.rows(selection.waiting)],
        }

    return of


def only(**found):
    return {"chosen": [], "set_aside": [], "cured": [], "waiting": []} | found


def paid(rows):
    rows["payments"][0]["payment_amount"] = Decimal("20651.00")


@pytest.mark.parametrize("state", ["noticed", "rework"])
def test_a_case_whose_grace_ended_is_chosen(selected, rows, state):
    assert selected(rows, (CASE, state, PAST)) == only(chosen=[CASE])


def test_a_case_waits_until_its_last_day_of_grace_is_past(selected, rows):
    assert selected(rows, (CASE, "noticed", TODAY)) == only(waiting=[CASE])


@pytest.mark.parametrize("state", ["found", "unnoticed", "frozen", "released", "sent", "accepted", "cured"])
def test_other_states_are_not_chosen(selected, rows, state):
    assert selected(rows, (CASE, state, PAST)) == only()


def test_a_case_that_is_not_reportable_now_is_set_aside_with_its_rules(selected, rows):
    rows["loans"][0] |= {"product_code": "student", "annual_rate": Decimal("0.40")}
    assert selected(rows, (CASE, "noticed", PAST)) == only(set_aside=[(CASE, "E0501,E0502")])


@pytest.mark.parametrize("state", ["found", "unnoticed", "noticed", "rework"])
def test_a_paid_case_is_cured(selected, rows, state):
    paid(rows)
    assert selected(rows, (CASE, state, None)) == only(cured=[CASE])


def test_a_case_on_its_way_is_not_cured_here(selected, rows):
    paid(rows)
    assert selected(rows, (CASE, "frozen", PAST), (CASE, "sent", PAST)) == only()


def test_another_first_missed_date_is_another_case(selected, rows):
    rows["payments"][0]["payment_amount"] = Decimal("10325.50")
    assert selected(rows, (CASE, "noticed", PAST)) == only(cured=[CASE])


def test_a_lost_instalment_does_not_pass_for_a_payment(selected, rows):
    rows["instalments"] = []
    rows["quarantine"] = [QUARANTINED]
    assert selected(rows, (CASE, "noticed", PAST)) == only(set_aside=[(CASE, "E0701")])
    rows["quarantine"], rows["loans"] = [], []
    assert selected(rows, (CASE, "noticed", PAST)) == only(set_aside=[(CASE, "E0701")])


def test_new_and_failed_cases_are_noticed(polars_engine, policy, kit, rows):
    decisions = kit.decided(polars_engine, rows, policy)[3]

    def noticed(*cases):
        frame = select_for_notice(decisions, heads(polars_engine, *cases), "roster", policy)
        return [(row["case_id"], row["first_missed_on"]) for row in kit.rows(frame)]

    expected = [(CASE, date(2025, 10, 31))]
    assert noticed() == expected
    assert noticed((CASE, "found", None)) == expected
    assert noticed((CASE, "unnoticed", None)) == expected
    assert noticed(("roster-L1-20240101", "cured", None)) == expected
    assert noticed((CASE, "noticed", TODAY)) == []
    assert noticed((CASE, "accepted", PAST)) == []


def test_a_case_that_is_not_reportable_is_not_noticed(engine, policy, kit, rows):
    rows["loans"][0]["product_code"] = "student"
    decisions = kit.decided(engine, rows, policy)[3]
    assert kit.rows(select_for_notice(decisions, heads(engine), "roster", policy)) == []


@pytest.fixture
def dropped(polars_engine, policy, kit):
    def of(rows):
        books, _, _, decisions = kit.decided(polars_engine, rows, policy)
        frozen = polars_engine.rows([{"case_id": CASE, "loan_id": "L1"}], case_id=pa.string(), loan_id=pa.string())
        return kit.rows(re_check(books, decisions, frozen, "roster", policy))

    return of


def test_a_case_that_is_reportable_still_stays(dropped, rows):
    assert dropped(rows) == []


def test_a_disputed_case_is_dropped_with_its_rules(dropped, rows):
    rows["disputes"] = [
        {
            "dispute_id": "D1",
            "loan_id": "L1",
            "opened_on": TODAY,
            "answered_on": None,
            "dispute_outcome_code": "open",
        }
    ]
    rows["borrowers"][0]["protection_code"] = "deceased"
    assert dropped(rows) == [{"case_id": CASE, "loan_id": "L1", "cause": "rules", "failing_rules": "E0601,E0603"}]


def test_a_paid_case_is_dropped(dropped, rows):
    paid(rows)
    assert dropped(rows) == [{"case_id": CASE, "loan_id": "L1", "cause": "paid", "failing_rules": ""}]


def test_a_case_whose_rows_were_lost_is_dropped_and_not_called_paid(dropped, rows):
    rows["instalments"] = []
    rows["quarantine"] = [QUARANTINED]
    assert dropped(rows) == [{"case_id": CASE, "loan_id": "L1", "cause": "rules", "failing_rules": "E0701"}]


def a_student_loan(rows):
    rows["loans"][0]["product_code"] = "student"


def a_lost_instalment(rows):
    rows["instalments"] = []
    rows["quarantine"] = [QUARANTINED]


def a_larger_loan(rows):
    rows["instalments"][0]["principal_due"] += 1


def test_a_portfolio_is_parted_alike_on_every_engine(engine, policy, kit):
    changes = {
        "L1": lambda _rows: None,
        "L2": a_student_loan,
        "L3": paid,
        "L4": a_lost_instalment,
        "L5": a_larger_loan,
        "L6": lambda _rows: None,
        "L7": lambda _rows: None,
    }
    books, _, _, decisions = kit.decided(engine, kit.several(changes), policy)
    ids = {loan_id: f"roster-{loan_id}-20251031" for loan_id in changes}
    ended = [(ids[loan_id], "noticed", PAST) for loan_id in ("L1", "L2", "L3", "L4", "L5")]
    ledger = heads(engine, *ended, (ids["L6"], "noticed", TODAY))
    selection = select_cases(books, decisions, ledger, kit.AS_OF, "roster", policy)
    assert [row["case_id"] for row in kit.rows(selection.chosen)] == [ids["L5"], ids["L1"]]
    assert [(row["loan_id"], row["failing_rules"]) for row in kit.rows(selection.set_aside)] == [
        ("L2", "E0501"),
        ("L4", "E0701"),
    ]
    assert [row["loan_id"] for row in kit.rows(selection.cured)] == ["L3"]
    assert [row["loan_id"] for row in kit.rows(selection.waiting)] == ["L6"]
    to_notice = kit.rows(select_for_notice(decisions, ledger, "roster", policy))
    assert [row["case_id"] for row in to_notice] == [ids["L7"]]
    frozen = engine.rows(
        [{"case_id": ids[loan_id], "loan_id": loan_id} for loan_id in ("L4", "L3", "L2", "L1")],
        case_id=pa.string(),
        loan_id=pa.string(),
    )
    drops = kit.rows(re_check(books, decisions, frozen, "roster", policy))
    assert [(row["loan_id"], row["cause"], row["failing_rules"]) for row in drops] == [
        ("L2", "rules", "E0501"),
        ("L3", "paid", ""),
        ("L4", "rules", "E0701"),
    ]
