"""Segment E: which contracts of pledge and mortgage the record of an account names, and when."""

from datetime import date

import pytest

from tests.transforms.arrears_cases import due, loan, monthly, paid
from tests.transforms.pboc_mapped import (
    COLLECTION,
    ENTERPRISE,
    INSTITUTION,
    REVOLVING,
    SEGMENT_CODE,
    cases_of,
    contract,
    facts_of,
    group_of,
    overdue_records_of,
    rows_of,
)
from transforms.bureaus.pboc_ended import ClosedAt, closed_records, recovered_records
from transforms.bureaus.pboc_enterprise import enterprise_records
from transforms.bureaus.pboc_enterprise_ended import enterprise_closed_records, enterprise_recovered_records
from transforms.bureaus.pboc_monthly import monthly_records

AS_OF = date(2024, 2, 29)
E = "MotgaCltalCtrctInfSgmt"
NEW = {"first_reported_on": None}
OVERDUE = loan(due("2024-01-25", "100"), due("2024-09-01", "10"))
RECOVERED = loan(*monthly(1, 4, year=2024, day=25), money=[paid("200", "2024-02-29")])
CLOSED = loan(due("2024-01-25", "100"), money=[paid("100", "2024-02-20")])


def named(kit, records):
    """Loan to what its record says: number of contracts, and the contracts."""
    return group_of(kit, records, f"{E}.CccInf", "CcNm", lambda row: row["Ccc"].removeprefix(SEGMENT_CODE))


def overdue(engine, policy, kit, make, facts, loans, borrowers=None):
    return overdue_records_of(engine, policy, kit, make, facts, dict.fromkeys(loans, OVERDUE), AS_OF, borrowers)


def test_a_first_report_names_every_contract_in_force(engine, policy, kit):
    contracts = [
        contract("L1", "DY2"),
        contract("L1", "DY1", told="2024-01-31"),
        contract("L1", "DY3", released="2024-02-29"),
        contract("L1", "DY4", released="2024-03-01"),
        contract("L2", "DY5"),
        contract("L9", "DY9"),
    ]
    known = facts_of(engine, {"L1": NEW, "L2": REVOLVING | NEW, "L3": NEW}, collateral=contracts)
    records = overdue(engine, policy, kit, monthly_records, known, ("L1", "L2", "L3"))
    assert named(kit, records) == {"L1": ("3", ["DY1", "DY2", "DY4"]), "L2": ("1", ["DY5"])}
    (first, *_) = kit.rows(records.groups[f"{E}.CccInf"])
    assert first["Ccc"] == f"{SEGMENT_CODE}DY1"


@pytest.mark.parametrize(
    ("second", "told"),
    [
        ([], {}),
        ([{"told": "2024-01-31"}], {}),
        ([{}], {"L1": ("2", ["DY1", "DY2"])}),
        ([{"told": "2024-02-29"}], {"L1": ("2", ["DY1", "DY2"])}),
        ([{"told": "2024-02-28"}], {}),
        ([{"told": "2024-01-31", "released": "2024-02-29"}], {"L1": ("1", ["DY1"])}),
        ([{"told": "2024-01-31", "released": "2024-03-01"}], {}),
        ([{"told": "2024-01-31", "released": "2024-02-10", "release_told": "2024-02-20"}], {}),
        ([{"told": "2024-01-31", "released": "2024-02-10", "release_told": "2024-02-29"}], {"L1": ("1", ["DY1"])}),
    ],
)
def test_later_the_contracts_are_named_when_they_changed(polars_engine, policy, kit, second, told):
    """DY1 was told and is in force; a contract that is new or gone has all that are in force named again."""
    contracts = [contract("L1", "DY1", told="2024-01-31"), *(contract("L1", "DY2", **one) for one in second)]
    known = facts_of(polars_engine, {"L1": {}}, collateral=contracts)
    assert named(kit, overdue(polars_engine, policy, kit, monthly_records, known, ("L1",))) == told


def test_where_no_contract_is_left_nothing_is_told(polars_engine, policy, kit):
    contracts = [contract("L1", "DY1", told="2024-01-31", released="2024-02-10")]
    known = facts_of(polars_engine, {"L1": {}}, collateral=contracts)
    assert named(kit, overdue(polars_engine, policy, kit, monthly_records, known, ("L1",))) == {}


def test_a_collection_account_names_none(polars_engine, policy, kit):
    known = facts_of(polars_engine, {"L1": COLLECTION | NEW}, collateral=[contract("L1", "DY1")])
    records = overdue(polars_engine, policy, kit, monthly_records, known, ("L1",))
    assert named(kit, records) == {}
    assert kit.rows(records.groups[f"{E}.CccInf"]) == []


@pytest.mark.parametrize(
    ("account", "told"),
    [
        (NEW, {"L1": ("1", ["DY1"])}),
        ({}, {"L1": ("1", ["DY1"])}),
        ({"account_type_code": "R4"}, {"L1": ("1", ["DY1"])}),
        ({"account_type_code": "C1"}, {}),
    ],
)
def test_accounts_of_enterprises_name_them_alike(polars_engine, policy, kit, account, told):
    known = facts_of(polars_engine, enterprise_accounts={"L1": account}, collateral=[contract("L1", "DY1")])
    records = overdue(polars_engine, policy, kit, enterprise_records, known, ("L1",), {"L1": ENTERPRISE})
    assert named(kit, records) == told


def test_of_accounts_that_are_not_overdue_only_an_enterprise_s_open_one_names_them(engine, policy, kit):
    loans = {"L1": RECOVERED, "L2": CLOSED, "E1": RECOVERED, "E2": CLOSED}
    books = engine.books(rows_of(loans, borrowers={"E1": ENTERPRISE, "E2": ENTERPRISE}))
    cases = cases_of(engine, *loans)
    known = facts_of(
        engine,
        {"L1": {}, "L2": {}},
        {"E1": {}, "E2": {}},
        collateral=[contract(name, f"DY{name}") for name in loans],
    )
    shared = (books, cases, known, INSTITUTION, AS_OF)
    made = (
        recovered_records(*shared, policy, engine.settled),
        closed_records(*shared, ClosedAt.SETTLEMENT_DAY, policy, engine.settled),
        enterprise_recovered_records(*shared, policy, engine.settled),
        enterprise_closed_records(*shared, policy, engine.settled),
    )
    assert [[row["loan_id"] for row in kit.rows(one.records)] for one in made] == [["L1"], ["L2"], ["E1"], ["E2"]]
    assert [named(kit, one) for one in made] == [{}, {}, {"E1": ("1", ["DYE1"])}, {}]
