"""The oracle beside cases worked out by hand from the definitions, as it judges everything else."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests.transforms.oracle import Tables, judge
from tests.transforms.oracle_identity import is_identified
from tests.transforms.oracle_money import LoanMoney, add_months

ORDER = ("fee", "interest", "penalty", "principal")
LOAN = {"loan_id": "L1", "borrower_id": "B1", "disbursed_on": date(2025, 1, 1)}


def judged(kit, rows, policy, language=(), as_of=None):
    tables = Tables(rows, kit.intact_findings(rows), list(language))
    return judge(tables, rows["loans"][0], as_of or kit.AS_OF, policy)


def due(number, due_on, principal="100.00", version=1):
    zero = Decimal("0.00")
    row = {"schedule_no": version, "instalment_no": number, "due_on": due_on, "principal_due": Decimal(principal)}
    return row | {"interest_due": zero, "fee_due": zero, "penalty_due": zero}


def paid(amount, paid_on, booked_on=None, kind="payment"):
    return {
        "payment_kind": kind,
        "payment_amount": Decimal(amount),
        "paid_on": paid_on,
        "booked_on": booked_on or paid_on,
    }


def books(instalments, payments=(), schedules=()):
    versions = [{"schedule_no": number, "schedule_effective_on": day} for number, day in schedules]
    return LoanMoney(LOAN, versions, instalments, payments, ORDER)


def test_the_reportable_case_has_the_figures_that_were_worked_out_by_hand(kit, rows, policy):
    arrears = judged(kit, rows, policy).arrears
    assert arrears == {
        "loan_id": "L1",
        "borrower_id": "B1",
        "as_of": date(2026, 6, 15),
        "episode_began_on": date(2025, 10, 31),
        "first_missed_on": date(2025, 10, 31),
        "overdue_days": 227,
        "overdue_months": 7,
        "missed_instalments": 2,
        "consecutive_missed_periods": 7,
        "highest_missed_periods": 2,
        "overdue_amount": Decimal("20151.00"),
        "overdue_principal": Decimal("19825.50"),
        "overdue_interest": Decimal("300.00"),
        "overdue_fee": Decimal("20.00"),
        "overdue_penalty": Decimal("5.50"),
        "overdue_principal_1_30": Decimal("0.00"),
        "overdue_principal_31_60": Decimal("0.00"),
        "overdue_principal_61_90": Decimal("0.00"),
        "overdue_principal_91_180": Decimal("0.00"),
        "overdue_principal_over_180": Decimal("19825.50"),
        "balance_amount": Decimal("30476.50"),
        "repayment_status_code": "7",
        "repayment_history": "///////////////*N1344677",
    }


def test_the_reportable_case_has_the_effort_that_was_counted_by_hand(kit, rows, policy):
    found = judged(kit, rows, policy)
    counts = ("attempts", "attempt_days", "channels_used", "call_attempts", "right_party_contacts", "unreachable_signs")
    assert [found.effort[name] for name in counts] == [5, 4, 5, 1, 1, 0]
    assert found.conduct_findings == []
    assert found.effort["last_contacted_at"] == kit.at("2026-05-01T08:00:00")
    assert found.decision["is_reportable"] is True


def test_a_reversal_booked_later_begins_a_new_episode(kit, rows, policy):
    money = {"loan_id": "L1", "payment_amount": Decimal("20151.00"), "paid_on": date(2026, 1, 10)}
    rows["payments"] += [
        money | {"payment_id": "P2", "payment_kind": "payment", "booked_on": date(2026, 1, 12)},
        money | {"payment_id": "P3", "payment_kind": "reversal", "booked_on": date(2026, 2, 5)},
    ]
    arrears = judged(kit, rows, policy).arrears
    assert (arrears["episode_began_on"], arrears["first_missed_on"]) == (date(2026, 2, 4), date(2025, 10, 31))
    assert arrears["repayment_history"][-5:] == "N4677"
    assert judged(kit, rows, policy, as_of=date(2026, 2, 4)) is None


def test_only_the_money_since_a_version_took_effect_counts_for_it():
    first = [due(1, date(2025, 2, 28)), due(2, date(2025, 3, 31))]
    second = [due(1, date(2025, 4, 30), version=2), due(2, date(2025, 5, 31), version=2)]
    loan = books(
        first + second,
        [paid("100.00", date(2025, 2, 28)), paid("30.00", date(2025, 4, 15))],
        [(2, date(2025, 4, 15))],
    )
    assert [loan.version(date(2025, 4, 14)), loan.version(date(2025, 4, 15))] == [1, 2]
    assert loan.is_in_arrears(date(2025, 4, 14))
    assert not loan.is_in_arrears(date(2025, 4, 30))
    assert loan.balance(date(2025, 5, 1)) == Decimal("170.00")
    assert loan.episode_began_on(date(2025, 6, 30)) == date(2025, 4, 30)


def test_the_status_says_how_the_month_went():
    instalments = [due(1, date(2025, 2, 10)), due(2, date(2025, 3, 10)), due(3, date(2025, 5, 31))]
    payments = [
        paid("100.00", date(2025, 2, 12)),
        paid("100.00", date(2025, 3, 10)),
        paid("100.00", date(2025, 6, 30)),
    ]
    loan = books(instalments, payments)
    ends = {1: 31, 2: 28, 3: 31, 4: 30, 5: 31, 6: 30}
    assert "".join(loan.status(date(2025, month, day)) for month, day in ends.items()) == "*MN*NC"
    assert loan.status(date(2024, 12, 31)) == "/"
    assert [loan.status(date(2025, 2, day)) for day in (10, 11, 12)] == ["N", "1", "M"]
    assert loan.status(date(2025, 6, 29)) == "1"


def test_a_month_after_arrears_without_a_due_date_is_not_a_month_without_event():
    loan = books([due(1, date(2025, 2, 10)), due(2, date(2025, 9, 10))], [paid("100.00", date(2025, 3, 5))])
    assert [loan.status(date(2025, month, day)) for month, day in ((2, 28), (3, 31), (4, 30))] == ["1", "N", "*"]


def test_money_is_never_less_than_nothing():
    loan = books([due(1, date(2025, 2, 10))], [paid("50.00", date(2025, 2, 1), kind="reversal")])
    assert loan.balance(date(2025, 3, 1)) == Decimal("100.00")


def test_months_end_where_a_shorter_month_ends():
    assert add_months(date(2025, 8, 31), 6) == date(2026, 2, 28)
    assert add_months(date(2024, 2, 29), -12) == date(2023, 2, 28)


def test_the_fourth_call_of_a_day_is_at_fault(kit, rows, policy):
    rows["contacts"] = [
        kit.contact_row(number, f"2026-01-05T{10 + number}:00:00", channel_code=channel)
        for number, channel in enumerate(("call", "robot_call", "sms", "call", "call", "visit", "visit"))
    ]
    found = judged(kit, rows, policy).conduct_findings
    assert [(row["contact_id"], row["rule_id"]) for row in found] == [("C4", "E0302"), ("C6", "E0302")]


def test_no_call_may_follow_within_seven_days_of_a_conversation(kit, rows, us_policy):
    talk = kit.contact_row(0, "2026-01-05T23:00:00", counterparty_code="borrower", contact_outcome_code="talked")
    rows["contacts"] = [talk] + [
        kit.contact_row(number, f"2026-01-{day}T23:00:00") for number, day in enumerate((11, 12), start=1)
    ]
    found = judged(kit, rows, us_policy).conduct_findings
    assert [(row["contact_id"], row["rule_id"]) for row in found] == [("C1", "E0302")]


def test_a_stop_holds_from_its_second_until_it_is_lifted(kit, rows, policy):
    begins, ends = kit.at("2026-01-05T12:00:00"), kit.at("2026-01-07T12:00:00")
    rows["stops"] = [
        {"stop_id": "X", "borrower_id": "B1", "stop_kind_code": "lawyer", "stopped_at": begins, "lifted_at": ends}
    ]
    moments = [begins - timedelta(microseconds=1), begins, ends - timedelta(microseconds=1), ends]
    rows["contacts"] = [
        kit.contact_row(number, "2026-01-05T12:00:00") | {"contacted_at": moment}
        for number, moment in enumerate(moments)
    ]
    found = judged(kit, rows, policy).conduct_findings
    assert [(row["contact_id"], row["rule_id"]) for row in found] == [("C1", "E0305"), ("C2", "E0305")]


def test_a_rule_that_fails_alone_keeps_the_loan_back(kit, rows, policy):
    rows["loans"][0]["annual_rate"] = Decimal("0.360001")
    decision = judged(kit, rows, policy).decision
    failed = [rule_id for rule_id, is_met in decision.items() if rule_id[:2] in ("E0", "W0") and not is_met]
    assert failed == ["E0502"]
    assert decision["is_reportable"] is False


@pytest.mark.parametrize(
    ("kind", "id_type", "number", "is_right"),
    [
        ("person", "resident_id", "11010519491231002X", True),
        ("person", "resident_id", "110105194912310021", False),
        ("person", "uscc", "91350100M000100Y43", False),
        ("enterprise", "uscc", "91350100M000100Y43", True),
        ("person", "ssn", "666010001", False),
        ("person", "ssn", "665010001", True),
        ("enterprise", "ein", "12345678", False),
    ],
)
def test_identity_numbers_are_right_or_wrong(kind, id_type, number, is_right):
    assert is_identified({"borrower_kind": kind, "id_type": id_type, "id_number": number}) is is_right
