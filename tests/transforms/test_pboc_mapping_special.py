"""Segment K, in 410 I: which special transactions the record of an account tells, and when."""

from datetime import date

import pytest

from tests.transforms.arrears_cases import due, loan, monthly, paid
from tests.transforms.pboc_mapped import (
    COLLECTION,
    ENTERPRISE,
    INSTITUTION,
    cases_of,
    facts_of,
    group_of,
    overdue_records_of,
    rows_of,
    transaction,
)
from transforms.bureaus.pboc_ended import ClosedAt, closed_records, recovered_records
from transforms.bureaus.pboc_enterprise import enterprise_records
from transforms.bureaus.pboc_enterprise_ended import enterprise_closed_records, enterprise_recovered_records
from transforms.bureaus.pboc_monthly import monthly_records

AS_OF = date(2024, 2, 25)
K = "AcctSpecTrstDspnSgmt"
OVERDUE = loan(*monthly(1, 3, year=2024, day=25))
RECOVERED = loan(*monthly(1, 4, year=2024, day=25), money=[paid("200", "2024-02-25")])
CLOSED = loan(due("2024-01-25", "100"), money=[paid("100", "2024-02-20")])


def told(kit, records):
    """Loan to what its record says: number of transactions, kind and day of each."""
    return group_of(kit, records, f"{K}.CagOfTrdInf", "CagOfTrdNm", lambda row: (row["ChanTranType"], row["TranDate"]))


def overdue(engine, policy, kit, make, facts, one=OVERDUE, loans=("L1",), borrowers=None):
    return overdue_records_of(engine, policy, kit, make, facts, dict.fromkeys(loans, one), AS_OF, borrowers)


def test_every_item_of_a_transaction(engine, policy, kit):
    special = [
        transaction("L1", "11", "2024-02-05", "300.99", details="减免罚息"),
        transaction("L1", "1", "2024-02-01", "0.60", 12),
        transaction("L9", "1", "2024-02-01"),
    ]
    known = facts_of(engine, {"L1": {}, "L2": {}}, special=special)
    records = overdue(engine, policy, kit, monthly_records, known, loans=("L1", "L2"))
    row, other = kit.rows(records.records)
    assert (row["loan_id"], row["AcctBsSgmt.RptDateCode"], row[f"{K}.CagOfTrdNm"]) == ("L1", "30", "2")
    assert (other[K], other[f"{K}.CagOfTrdNm"]) == (False, None)
    assert kit.rows(records.groups[f"{K}.CagOfTrdInf"]) == [
        {
            "record_no": row["record_no"],
            "ChanTranType": "1",
            "TranDate": "2024-02-01",
            "TranAmt": "0",
            "DueTranMon": "12",
            "DetInfo": "",
        },
        {
            "record_no": row["record_no"],
            "ChanTranType": "11",
            "TranDate": "2024-02-05",
            "TranAmt": "300",
            "DueTranMon": "0",
            "DetInfo": "减免罚息",
        },
    ]


@pytest.mark.parametrize(
    ("day", "reported", "is_told"),
    [
        ("2024-02-01", None, True),
        ("2024-02-25", None, True),
        ("2024-02-26", None, False),
        ("2023-11-30", None, True),
        ("2024-02-01", "2024-02-25", True),
        ("2024-02-01", "2024-02-24", False),
    ],
)
@pytest.mark.parametrize("account", [{}, {"first_reported_on": None}, COLLECTION])
def test_a_transaction_is_told_once(polars_engine, policy, kit, account, day, reported, is_told):
    """By the first record from its day on: what was told on the day of the record is told again in its correction."""
    known = facts_of(polars_engine, {"L1": account}, special=[transaction("L1", "2", day, told=reported)])
    records = overdue(polars_engine, policy, kit, monthly_records, known)
    assert told(kit, records) == ({"L1": ("1", [("2", day)])} if is_told else {})


def test_of_accounts_that_are_not_overdue_all_but_a_recovered_one_tell_them(engine, policy, kit):
    loans = {"L1": RECOVERED, "L2": CLOSED, "E1": RECOVERED, "E2": CLOSED}
    books = engine.books(rows_of(loans, borrowers={"E1": ENTERPRISE, "E2": ENTERPRISE}))
    known = facts_of(
        engine,
        {"L1": {}, "L2": {}},
        {"E1": {}, "E2": {}},
        special=[transaction(name, "4", "2024-02-20") for name in loans],
    )
    shared = (books, cases_of(engine, *loans), known, INSTITUTION, AS_OF)
    made = (
        recovered_records(*shared, policy, engine.settled),
        closed_records(*shared, ClosedAt.ANY_DAY, policy, engine.settled),
        enterprise_recovered_records(*shared, policy, engine.settled),
        enterprise_closed_records(*shared, policy, engine.settled),
    )
    assert [[row["loan_id"] for row in kit.rows(one.records)] for one in made] == [["L1"], ["L2"], ["E1"], ["E2"]]
    one = ("1", [("4", "2024-02-20")])
    assert [told(kit, each) for each in made] == [{}, {"L2": one}, {"E1": one}, {"E2": one}]


POINTS = [
    ({}, [transaction("L1", "1", "2024-02-10", months=3)], "42"),
    ({}, [transaction("L1", "1", "2024-02-10", months=3), transaction("L1", "4", "2024-02-11")], "42"),
    ({"account_type_code": "R4"}, [transaction("L1", "1", "2024-02-10", months=3)], "42"),
    ({}, [transaction("L1", "1", "2024-02-10", months=3, told="2024-02-24")], "33"),
    ({}, [transaction("L1", "1", "2024-02-26", months=3)], "33"),
    ({}, [transaction("L1", "16", "2024-02-10", months=3)], "33"),
    ({"account_type_code": "R1"}, [transaction("L1", "1", "2024-02-10", months=3)], "49"),
    ({"account_type_code": "C1"}, [transaction("L1", "1", "2024-02-10", months=3)], "33"),
    ({"first_reported_on": None}, [transaction("L1", "1", "2024-02-10", months=3)], "10"),
]


@pytest.mark.parametrize(("account", "special", "point"), POINTS)
def test_an_extension_has_a_report_point_of_its_own(polars_engine, policy, kit, account, special, point):
    """The same day has an agreed payment and a repayment."""
    known = facts_of(polars_engine, enterprise_accounts={"L1": account}, special=special)
    one = loan(*monthly(1, 3, year=2024, day=25), money=[paid("1", "2024-02-25")])
    records = overdue(polars_engine, policy, kit, enterprise_records, known, one, borrowers={"L1": ENTERPRISE})
    (row,) = kit.rows(records.records)
    assert row["AcctBsSgmt.RptDateCode"] == point


def test_an_extension_of_a_recovered_account_has_it_too(engine, policy, kit):
    books = engine.books(rows_of({"E1": RECOVERED}, borrowers={"E1": ENTERPRISE}))
    known = facts_of(engine, None, {"E1": {}}, special=[transaction("E1", "1", "2024-02-10", months=3)])
    records = enterprise_recovered_records(
        books, cases_of(engine, "E1"), known, INSTITUTION, AS_OF, policy, engine.settled
    )
    (row,) = kit.rows(records.records)
    assert (row["AcctBsSgmt.RptDateCode"], row[f"{K}.CagOfTrdNm"]) == ("42", "1")
