"""Arrears by hand: small cases of which the answer is plain."""

from datetime import date
from decimal import Decimal

import pytest

from schemas.datasets import ARREARS
from transforms.arrears import arrears_as_of


def payment(amount, paid_on, *, kind="payment", number="P9"):
    return {
        "payment_id": number,
        "loan_id": "L1",
        "payment_kind": kind,
        "payment_amount": Decimal(amount),
        "paid_on": paid_on,
        "booked_on": date(2026, 6, 1),
    }


@pytest.fixture
def figures(polars_engine, policy, kit):
    return lambda rows, as_of=kit.AS_OF: kit.rows(arrears_as_of(polars_engine.books(rows), as_of, policy))


def test_every_figure_of_a_loan_in_arrears(rows, figures):
    # 2 x 10325.50 fell due, 500.00 came in: fee 20.00, interest 300.00, penalty 5.50, 174.50 of principal.
    assert figures(rows) == [
        {
            "loan_id": "L1",
            "borrower_id": "B1",
            "as_of": date(2026, 6, 15),
            "first_missed_on": date(2025, 10, 31),
            "overdue_days": 227,
            "overdue_months": 7,
            "missed_instalments": 2,
            "overdue_amount": Decimal("20151.00"),
            "overdue_principal": Decimal("19825.50"),
            "balance_amount": Decimal("30476.50"),
        }
    ]


def test_columns_and_types_are_the_contract(rows, engine, policy, kit):
    schema = kit.table(arrears_as_of(engine.books(rows), kit.AS_OF, policy)).schema
    expected = ARREARS.arrow_schema()
    assert schema.names == expected.names
    assert [str(kind).replace("large_", "") for kind in schema.types] == [str(kind) for kind in expected.types]


def test_an_instalment_is_missed_from_the_day_after_it_fell_due(rows, figures):
    assert figures(rows, date(2025, 10, 31)) == []
    (row,) = figures(rows, date(2025, 11, 1))
    assert (row["overdue_days"], row["missed_instalments"]) == (1, 1)
    assert (row["overdue_amount"], row["balance_amount"]) == (Decimal("9825.50"), Decimal("30476.50"))


def test_money_counts_from_its_value_date(rows, figures):
    rows["payments"] = [payment("20651.00", date(2026, 6, 16))]
    assert figures(rows)[0]["overdue_amount"] == Decimal("20651.00")
    rows["payments"] = [payment("20651.00", date(2026, 6, 15))]
    assert figures(rows) == []


def test_a_reversal_takes_money_back_from_its_value_date(rows, figures):
    rows["payments"] = [
        payment("20651.00", date(2026, 1, 1)),
        payment("0.01", date(2026, 6, 15), kind="reversal", number="P8"),
    ]
    (row,) = figures(rows)
    assert (row["overdue_amount"], row["overdue_principal"]) == (Decimal("0.01"), Decimal("0.01"))
    assert row["first_missed_on"] == date(2025, 11, 30)
    assert figures(rows, date(2026, 6, 14)) == []


def test_reversals_beyond_what_came_in_add_no_debt(rows, figures):
    rows["payments"] = [payment("999.99", date(2026, 1, 1), kind="reversal")]
    assert figures(rows)[0]["overdue_amount"] == Decimal("20651.00")


def test_an_overpayment_goes_forward(rows, figures):
    rows["payments"] = [payment("10325.51", date(2025, 10, 1))]
    (row,) = figures(rows)
    assert (row["first_missed_on"], row["overdue_amount"]) == (date(2025, 11, 30), Decimal("10325.49"))


def test_the_order_inside_an_instalment_is_the_policys(rows, engine, policy, kit):
    order = policy.arrears.allocation_order.model_copy(update={"value": ("principal", "interest", "fee", "penalty")})
    changed = policy.model_copy(update={"arrears": policy.arrears.model_copy(update={"allocation_order": order})})
    (row,) = kit.rows(arrears_as_of(engine.books(rows), kit.AS_OF, changed))
    assert row["overdue_principal"] == Decimal("19500.00")


def test_no_cent_is_lost_over_large_amounts(rows, figures):
    for instalment in rows["instalments"]:
        instalment["principal_due"] = Decimal("9999999999999999.99")
        instalment["interest_due"] = instalment["fee_due"] = instalment["penalty_due"] = Decimal("0.00")
    rows["instalments"] = rows["instalments"][:1]
    rows["payments"] = [payment("9999999999999999.98", date(2025, 10, 1))]
    assert figures(rows)[0]["overdue_amount"] == Decimal("0.01")
