"""Metro 2 records of wild loans: what an oracle tells day by day, on every engine alike."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest

from tests.transforms.metro2_loans import base_by_loan, borrower, mapped, tables
from tests.transforms.metro2_oracle import Account
from tests.transforms.portfolio_money import wild_loan
from transforms.arrears import arrears_as_of

LOANS = 150
DAYS = (date(2026, 8, 31), date(2026, 2, 28), date(2026, 8, 14))


def wild_rows(seed, as_of):
    random = Random(seed)
    rows = {"borrowers": [], "loans": [], "schedules": [], "instalments": [], "payments": []}
    for number in range(LOANS):
        loan_id = f"W{number}"
        money = wild_loan(random, loan_id, as_of)
        rows["borrowers"].append(borrower(f"B{number}"))
        rows["loans"].append(
            {
                "loan_id": loan_id,
                "borrower_id": f"B{number}",
                "product_code": "consumer",
                "principal_amount": Decimal("5000.00"),
                "annual_rate": Decimal("0.1"),
                "disbursed_on": as_of - timedelta(days=random.randint(1, 1300)),
                "matures_on": date(2030, 1, 1),
            }
        )
        for name in ("schedules", "instalments", "payments"):
            rows[name] += getattr(money, name)
    return rows


@pytest.mark.parametrize("as_of", DAYS)
def test_every_record_says_what_the_oracle_says_on_every_engine(as_of, engines, us_policy):
    rows = wild_rows(str(as_of), as_of)
    order = us_policy.arrears.allocation_order.value
    expected = {row["loan_id"]: Account(rows, row["loan_id"], order).record(as_of) for row in rows["loans"]}
    statuses = {record["account_status"] for record in expected.values()}
    assert statuses >= {"11", "13", "71", "78", "84"}
    for engine in engines():
        got = base_by_loan(mapped(engine, us_policy, rows, as_of=as_of))
        assert {
            loan_id: {name: record[name] for name in expected[loan_id]} for loan_id, record in got.items()
        } == expected


def test_every_segment_is_the_same_on_every_engine(engines, us_policy):
    rows = wild_rows("segments", DAYS[0])
    held = [tables(mapped(engine, us_policy, rows)) for engine in engines()]
    first, second = ({key: table.to_pylist() for key, table in tables.items()} for tables in held)
    assert first == second


def test_lateness_begins_no_earlier_than_the_episode_of_arrears(polars_engine, us_policy, kit):
    rows = wild_rows("episodes", DAYS[0])
    arrears = kit.rows(arrears_as_of(polars_engine.books(rows), DAYS[0], us_policy, polars_engine.settled))
    got = base_by_loan(mapped(polars_engine, us_policy, rows))
    late = [row for row in arrears if row["overdue_days"] >= 30]
    assert len(late) > LOANS / 4
    for row in late:
        began_on = got[row["loan_id"]]["first_delinquency_on"]
        assert row["episode_began_on"] < began_on <= row["as_of"]
