"""Record 210 of accounts that are not in arrears any more."""

from datetime import date

import pytest

from tests.transforms.arrears_cases import due, loan, monthly, paid, reversed_
from tests.transforms.pboc_mapped import (
    BRANCH,
    COLLECTION,
    ENTERPRISE,
    INSTITUTION,
    SEGMENT_CODE,
    cases_of,
    facts_of,
    rows_of,
    segments,
    told,
)
from transforms.bureaus.pboc_ended import ClosedAt, closed_records, recovered_records
from transforms.bureaus.pboc_enterprise_ended import enterprise_closed_records, enterprise_recovered_records

AS_OF = date(2024, 2, 20)
H, J = "AcctMthlyBlgInfSgmt", "AcctDbtInfSgmt"


def recovered(engine, policy, kit, loans, accounts=None, as_of=AS_OF):
    facts = facts_of(engine, accounts or {name: {} for name in loans})
    books = engine.books(rows_of(loans))
    records = recovered_records(books, cases_of(engine, *loans), facts, INSTITUTION, as_of, policy, engine.settled)
    return kit.rows(records.records)


def closed(engine, policy, kit, loans, accounts=None, point=ClosedAt.ANY_DAY, as_of=AS_OF):
    facts = facts_of(engine, accounts or {name: {} for name in loans})
    books = engine.books(rows_of(loans))
    records = closed_records(books, cases_of(engine, *loans), facts, INSTITUTION, as_of, point, policy, engine.settled)
    return kit.rows(records.records)


def test_every_item_of_what_was_recovered(engine, policy, kit):
    """Two instalments of 500.75 are due and paid in full on the day of the report, three are to come."""
    dues = monthly(1, 5, year=2024, principal="500.75", interest="20.50")
    money = [paid("1000", "2024-02-12"), paid("42.50", "2024-02-20")]
    (row,) = recovered(engine, policy, kit, {"L1": loan(*dues, money=money)})
    assert segments(row) == ["AcctBsSgmt", J]
    assert told(row) == {
        "AcctBsSgmt.InfRecType": "210",
        "AcctBsSgmt.AcctType": "D1",
        "AcctBsSgmt.AcctCode": f"{SEGMENT_CODE}LNL1",
        "AcctBsSgmt.RptDate": "2024-02-20",
        "AcctBsSgmt.RptDateCode": "40",
        "AcctBsSgmt.Name": "测试甲",
        "AcctBsSgmt.IDType": "10",
        "AcctBsSgmt.IDNum": "11010519491231002X",
        "AcctBsSgmt.MngmtOrgCode": BRANCH,
        f"{J}.AcctStatus": "1",
        f"{J}.AcctBal": "1502",
        f"{J}.FiveCate": "2",
        f"{J}.FiveCateAdjDate": "2024-02-01",
        f"{J}.RemRepPrd": "3",
        f"{J}.RpyStatus": "N",
        f"{J}.OverdPrd": "0",
        f"{J}.TotOverd": "0",
        f"{J}.LatRpyAmt": "42",
        f"{J}.LatRpyDate": "2024-02-20",
        f"{J}.CloseDate": "",
    }


def test_only_loans_with_nothing_overdue_and_something_to_come_are_recovered(engine, policy, kit):
    later = due("2024-03-10", "100")
    loans = {
        "L1": loan(due("2024-02-10", "100"), later, money=[paid("99.99", "2024-02-20")]),
        "L2": loan(due("2024-02-10", "100"), later, money=[paid("100", "2024-02-20")]),
        "L3": loan(due("2024-02-10", "100"), later, money=[paid("200", "2024-02-20")]),
        "L4": loan(due("2024-02-10", "100"), later, money=[paid("100", "2024-02-20")]),
        "L5": loan(due("2024-02-10", "100"), later, money=[paid("100", "2024-02-19"), reversed_("1", "2024-02-20")]),
        "L6": loan(due("2024-02-20", "100"), later),
    }
    accounts = {name: {} for name in loans} | {"L4": COLLECTION}
    rows = recovered(engine, policy, kit, loans, accounts)
    assert [(row["loan_id"], row["serial"], row["record_no"]) for row in rows] == [("L2", 1, 2), ("L6", 2, 3)]


@pytest.mark.parametrize(("point", "code"), [(ClosedAt.ANY_DAY, "20"), (ClosedAt.SETTLEMENT_DAY, "32")])
def test_every_item_of_a_closed_account(engine, policy, kit, point, code):
    dues = monthly(1, 2, year=2024, principal="500.75", interest="20.50")
    money = [paid("1000", "2024-02-01"), paid("42.50", "2024-02-19")]
    (row,) = closed(engine, policy, kit, {"L1": loan(*dues, money=money)}, point=point)
    assert segments(row) == ["AcctBsSgmt", H]
    assert row["AcctBsSgmt.RptDateCode"] == code
    assert {name: text for name, text in told(row).items() if name.startswith(H)} == {
        f"{H}.Month": "2024-02",
        f"{H}.SettDate": "2024-02-10",
        f"{H}.AcctStatus": "3",
        f"{H}.AcctBal": "0",
        f"{H}.RemRepPrd": "0",
        f"{H}.FiveCate": "2",
        f"{H}.FiveCateAdjDate": "2024-02-01",
        f"{H}.RpyStatus": "C",
        f"{H}.OverdPrd": "0",
        f"{H}.TotOverd": "0",
        f"{H}.OverdPrinc": "0",
        f"{H}.Oved31_60Princ": "0",
        f"{H}.Oved61_90Princ": "0",
        f"{H}.Oved91_180Princ": "0",
        f"{H}.OvedPrinc180": "0",
        f"{H}.CurRpyAmt": "521",
        f"{H}.ActRpyAmt": "1042",
        f"{H}.LatRpyDate": "2024-02-19",
        f"{H}.CloseDate": "2024-02-19",
    }


def test_a_collection_account_ends_without_a_settlement_day(engine, policy, kit):
    loans = {"L1": loan(due("2024-01-10", "5000.99"), money=[paid("5000.99", "2024-02-19")])}
    (row,) = closed(engine, policy, kit, loans, {"L1": COLLECTION})
    assert segments(row) == ["AcctBsSgmt", J]
    assert {name: text for name, text in told(row).items() if name.startswith(J)} == {
        f"{J}.AcctStatus": "2",
        f"{J}.AcctBal": "0",
        f"{J}.LatRpyAmt": "5000",
        f"{J}.LatRpyDate": "2024-02-19",
        f"{J}.CloseDate": "2024-02-19",
    }
    assert closed(engine, policy, kit, loans, {"L1": COLLECTION}, ClosedAt.SETTLEMENT_DAY) == []


def test_a_cent_that_is_unpaid_keeps_an_account_open(engine, policy, kit):
    loans = {"L1": loan(due("2024-01-10", "100"), money=[paid("99.99", "2024-02-19")])}
    assert closed(engine, policy, kit, loans) == []


def test_an_account_that_is_paid_off_early_has_no_due_date_after_it(polars_engine, policy, kit):
    loans = {"L1": loan(due("2024-01-10", "100"), due("2024-02-15", "50"), money=[paid("150", "2024-02-05")])}
    (row,) = closed(polars_engine, policy, kit, loans)
    assert (row[f"{H}.SettDate"], row[f"{H}.CloseDate"]) == ("", "2024-02-05")


def of_enterprise(make, engine, policy, kit, loans, **account):
    rows = rows_of(loans, borrowers=dict.fromkeys(loans, ENTERPRISE))
    facts = facts_of(engine, enterprise_accounts=dict.fromkeys(loans, account))
    records = make(engine.books(rows), cases_of(engine, *loans), facts, INSTITUTION, AS_OF, policy, engine.settled)
    return kit.rows(records.records)


def test_every_item_of_what_an_enterprise_recovered(engine, policy, kit):
    dues = monthly(1, 5, year=2024, principal="500.75", interest="20.50")
    money = [paid("1000", "2024-02-12"), paid("42.50", "2024-02-20")]
    loans = {"L1": loan(*dues, money=money), "L2": loan(*dues, money=money[:1])}
    (row,) = of_enterprise(enterprise_recovered_records, engine, policy, kit, loans, account_status_code="32")
    assert (row["loan_id"], row["AcctBsSgmt.RptDateCode"]) == ("L1", "33")
    assert {name.partition(".")[2]: text for name, text in told(row).items() if name.startswith("ActLblty")} == {
        "AcctStatus": "10",
        "AcctBal": "1502",
        "BalChgDate": "2024-02-20",
        "FiveCate": "2",
        "FiveCateAdjDate": "2024-02-01",
        "TotOverd": "0",
        "OverdPrinc": "0",
        "OverdDy": "0",
        "LatRpyDate": "2024-02-20",
        "LatRpyAmt": "42",
        "LatRpyPrincAmt": "42",
        "RpmtType": "10",
        "LatAgrrRpyDate": "2024-02-10",
        "LatAgrrRpyAmt": "521",
        "NxtAgrrRpyDate": "2024-03-10",
        "CloseDate": "",
    }


def test_every_item_of_a_closed_account_of_an_enterprise(engine, policy, kit):
    dues = monthly(1, 2, year=2024, principal="500.75", interest="20.50")
    loans = {
        "L1": loan(*dues, money=[paid("1042.50", "2024-02-19")]),
        "L2": loan(*dues, money=[paid("1042.49", "2024-02-19")]),
    }
    (row,) = of_enterprise(enterprise_closed_records, engine, policy, kit, loans)
    assert (row["loan_id"], row["AcctBsSgmt.RptDateCode"]) == ("L1", "20")
    assert {name.partition(".")[2]: text for name, text in told(row).items() if name.startswith("ActLblty")} == {
        "AcctStatus": "21",
        "AcctBal": "0",
        "BalChgDate": "2024-02-19",
        "FiveCate": "2",
        "FiveCateAdjDate": "2024-02-01",
        "TotOverd": "0",
        "OverdPrinc": "0",
        "OverdDy": "0",
        "LatRpyDate": "2024-02-19",
        "LatRpyAmt": "1042",
        "LatRpyPrincAmt": "1001",
        "RpmtType": "10",
        "LatAgrrRpyDate": "2024-02-10",
        "LatAgrrRpyAmt": "521",
        "NxtAgrrRpyDate": "",
        "CloseDate": "2024-02-19",
    }
