"""Arrears by hand: small cases of which the answer is plain."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from schemas.datasets import ARREARS
from tests.transforms.arrears_cases import COMPONENTS, arrears_by_name, books_of, due, loan, paid, reversed_
from transforms.arrears import arrears_as_of

AS_OF = date(2026, 6, 15)
MISSED = due("2026-05-10", "100", interest="20", fee="10", penalty="5")
NEXT = due("2026-06-10", "100", interest="20", fee="10", penalty="5")
TO_COME = due("2026-07-10", "100", interest="20", fee="10", penalty="5")
FIGURES = ("overdue_amount", *(f"overdue_{name}" for name in COMPONENTS), "missed_instalments", "balance_amount")

# Name of the case: the loan, then what FIGURES are. The policy pays fee, interest, penalty, principal.
CASES = {
    "nothing paid": (loan(MISSED, NEXT, TO_COME), "270 200 40 20 10 2 405"),
    "the fee and a part of the interest": (loan(MISSED, money=[paid("12", "2026-05-11")]), "123 100 18 0 5 1 123"),
    "half a unit more than the fee": (loan(MISSED, money=[paid("10.50", "2026-05-11")]), "124.5 100 19.5 0 5 1 124.5"),
    "the fee to the cent": (loan(MISSED, money=[paid("10", "2026-05-11")]), "125 100 20 0 5 1 125"),
    "all but the principal": (loan(MISSED, money=[paid("35", "2026-05-11")]), "100 100 0 0 0 1 100"),
    "a part of the principal": (loan(MISSED, money=[paid("37", "2026-05-11")]), "98 98 0 0 0 1 98"),
    "all but a cent": (loan(MISSED, money=[paid("134.99", "2026-05-11")]), "0.01 0.01 0 0 0 1 0.01"),
    "into the second": (
        loan(MISSED, NEXT, TO_COME, money=[paid("140", "2026-05-11")]),
        "130 100 20 5 5 1 265",
    ),
    "spent on the earlier due date, whatever its number": (
        loan(NEXT, MISSED, money=[paid("134", "2026-05-11")]),
        "136 101 20 10 5 2 136",
    ),
    "spent on the lower number of one due date": (
        loan(due("2026-05-10", "50"), due("2026-05-10", "0", fee="30"), money=[paid("60", "2026-05-10")]),
        "20 0 0 20 0 1 20",
    ),
    "several payments of one day": (
        loan(MISSED, money=[paid("10", "2026-05-11"), paid("20", "2026-05-11"), paid("5", "2026-05-11")]),
        "100 100 0 0 0 1 100",
    ),
    "paid long before it fell due": (loan(MISSED, money=[paid("130", "2026-01-01")]), "5 5 0 0 0 1 5"),
    "a payment of today": (loan(MISSED, money=[paid("35", "2026-06-15")]), "100 100 0 0 0 1 100"),
    "a payment of tomorrow does not count yet": (
        loan(MISSED, money=[paid("35", "2026-06-16")]),
        "135 100 20 10 5 1 135",
    ),
    "a payment that will be booked tomorrow": (
        loan(MISSED, money=[paid("35", "2026-06-15", booked="2026-06-16")]),
        "100 100 0 0 0 1 100",
    ),
    "a reversal that was booked today": (
        loan(MISSED, money=[paid("135", "2026-05-10"), reversed_("100", "2026-05-10", booked="2026-06-15")]),
        "100 100 0 0 0 1 100",
    ),
    "a reversal of a payment that never came adds no debt": (
        loan(MISSED, money=[reversed_("999.99", "2026-05-01")]),
        "135 100 20 10 5 1 135",
    ),
    "money that was owed from a reversal is settled first": (
        # 50.00 were taken back before 60.00 came in: 10.00 are there.
        loan(MISSED, money=[reversed_("50", "2026-05-01"), paid("60", "2026-05-10")]),
        "125 100 20 0 5 1 125",
    ),
    "an instalment of nothing is not missed": (loan(due("2026-05-01", "0"), MISSED), "135 100 20 10 5 1 135"),
    "only a fee is due": (loan(due("2026-05-10", "0", fee="0.01")), "0.01 0 0 0.01 0 1 0.01"),
}

# Loans that are not in arrears, and the day on which they would have been.
NOT_IN_ARREARS = {
    "due today": loan(due("2026-06-15")),
    "due tomorrow": loan(due("2026-06-16")),
    "only nothing was due": loan(due("2026-05-10", "0")),
    "paid today": loan(MISSED, money=[paid("135", "2026-06-15")]),
    "paid today, booked later": loan(MISSED, money=[paid("135", "2026-06-15", booked="2026-09-01")]),
    "bounced, but not booked before tomorrow": loan(
        MISSED, money=[paid("135", "2026-05-10"), reversed_("135", "2026-05-10", booked="2026-06-16")]
    ),
    "bounced of an overpayment": loan(MISSED, money=[paid("200", "2026-05-10"), reversed_("65", "2026-05-11")]),
    "no instalments": loan(),
    "paid without instalments": loan(money=[paid("1", "2026-05-10")]),
}

# Days overdue, with a principal that names them in the sums: each border of the ages from both sides.
AGED = {1: 1, 30: 2, 31: 4, 60: 8, 61: 16, 90: 32, 91: 64, 180: 128, 181: 256, 900: 512}
AGES = {"1_30": 1 + 2, "31_60": 4 + 8, "61_90": 16 + 32, "91_180": 64 + 128, "over_180": 256 + 512}


def on(days_before):
    return str(AS_OF - timedelta(days=days_before))


@pytest.fixture(scope="module")
def judged(engines, kit, policy):
    aged = [due(on(days), principal, interest="1000") for days, principal in AGED.items()]
    loans = {name: one for name, (one, _) in CASES.items()} | NOT_IN_ARREARS
    loans["aged"] = loan(due(on(0), 2048), *aged)
    loans["aged, paid in part"] = loan(*aged, money=[paid("1100", "2026-06-01")])
    loans["large"] = loan(due("2025-10-31", "9999999999999999.99"), money=[paid("9999999999999999.98", "2025-10-01")])
    return [arrears_by_name(engine, kit, loans, AS_OF, policy) for engine in engines()]


@pytest.fixture
def figures(polars_engine, policy, kit):
    return lambda rows, as_of=AS_OF: kit.rows(arrears_as_of(polars_engine.books(rows), as_of, policy))


@pytest.mark.parametrize("name", CASES)
def test_money_is_spent_on_the_oldest_first(judged, name):
    _, expected = CASES[name]
    for rows in judged:
        assert [rows[name][field] for field in FIGURES] == [Decimal(figure) for figure in expected.split()]


@pytest.mark.parametrize("name", NOT_IN_ARREARS)
def test_what_is_not_missed_is_not_in_arrears(judged, name):
    for rows in judged:
        assert name not in rows


def test_overdue_principal_is_told_by_the_age_of_its_instalment(judged):
    for rows in judged:
        row = rows["aged"]
        assert {age: row[f"overdue_principal_{age}"] for age in AGES} == AGES
        assert row["overdue_principal"] == 1023
        assert (row["overdue_days"], row["missed_instalments"], row["balance_amount"]) == (900, 10, 13071)


def test_paid_principal_is_not_overdue_at_its_age(judged):
    # Of 1100.00 the oldest gets its interest, and 100.00 of its principal of 512.00.
    for rows in judged:
        row = rows["aged, paid in part"]
        assert {age: row[f"overdue_principal_{age}"] for age in AGES} == AGES | {"over_180": 256 + 412}
        assert (row["overdue_principal"], row["overdue_interest"], row["overdue_amount"]) == (923, 9000, 9923)


def test_every_figure_of_a_loan_in_arrears(rows, figures):
    # 2 x 10325.50 fell due, 500.00 came in: fee 20.00, interest 300.00, penalty 5.50, 174.50 of principal.
    # 31 October 2025 to the month ends: 30, 61, 92, 120, 151, 181 and 212 days.
    assert figures(rows) == [
        {
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
    ]


def test_columns_and_types_are_the_contract(rows, engine, policy, kit):
    schema = kit.table(arrears_as_of(engine.books(rows), kit.AS_OF, policy, engine.settled)).schema
    expected = ARREARS.arrow_schema()
    assert schema.names == expected.names
    assert [str(kind).replace("large_", "") for kind in schema.types] == [str(kind) for kind in expected.types]


def test_an_instalment_is_missed_from_the_day_after_it_fell_due(rows, figures):
    assert figures(rows, date(2025, 10, 31)) == []
    (row,) = figures(rows, date(2025, 11, 1))
    assert (row["overdue_days"], row["missed_instalments"]) == (1, 1)
    assert (row["overdue_amount"], row["balance_amount"]) == (Decimal("9825.50"), Decimal("30476.50"))


@pytest.mark.parametrize(
    ("fell_due", "as_of", "days", "months"),
    [
        ("2027-08-31", date(2028, 2, 29), 182, 6),
        ("2027-08-31", date(2028, 2, 28), 181, 5),
        ("2028-02-28", date(2028, 3, 1), 2, 0),
        ("2028-02-29", date(2029, 2, 28), 365, 12),
        ("2028-02-29", date(2029, 2, 27), 364, 11),
    ],
)
def test_days_and_months_overdue_are_those_of_the_calendar(polars_engine, kit, policy, fell_due, as_of, days, months):
    row = arrears_by_name(polars_engine, kit, {"one": loan(due(fell_due))}, as_of, policy)["one"]
    assert (row["overdue_days"], row["overdue_months"]) == (days, months)


def test_the_order_inside_an_instalment_is_the_policys(engines, kit, policy, us_policy):
    # 52.00 and then 130.00: interest 20.00 and 32.00 of principal; all but 5.00, which the penalty is.
    loans = {
        "a little": loan(MISSED, money=[paid("52", "2026-05-11")]),
        "nearly all": loan(MISSED, money=[paid("130", "2026-05-11")]),
    }
    for engine in engines():
        rows = arrears_by_name(engine, kit, loans, AS_OF, us_policy)
        unpaid = {name: [row[f"overdue_{part}"] for part in COMPONENTS] for name, row in rows.items()}
        assert unpaid == {"a little": [68, 0, 10, 5], "nearly all": [0, 0, 0, 5]}
        assert rows["nearly all"]["overdue_principal_31_60"] == 0


def test_no_cent_is_lost_over_large_amounts(judged):
    for rows in judged:
        assert rows["large"]["overdue_amount"] == Decimal("0.01")


def test_frames_that_are_not_kept_give_the_same_rows(polars_engine, kit, policy):
    loans = {name: one for name, (one, _) in CASES.items()}
    rows = kit.rows(arrears_as_of(polars_engine.books(books_of(loans)), AS_OF, policy))
    assert {row["loan_id"]: row for row in rows} == arrears_by_name(polars_engine, kit, loans, AS_OF, policy)
