"""Records 110, 220 and 410: what stands in each item, worked by hand."""

from datetime import date
from decimal import Decimal

import pytest

from schemas.bureaus.pboc import RECORDS
from tests.transforms.arrears_cases import due, loan, monthly, paid, version
from tests.transforms.pboc_mapped import (
    BRANCH,
    ENTERPRISE,
    INSTITUTION,
    SEGMENT_CODE,
    borrower,
    cases_of,
    decided,
    facts_of,
    parties_of,
    rows_of,
    segments,
    told,
)
from transforms.bureaus.pboc_agreement import agreement_records
from transforms.bureaus.pboc_enterprise import enterprise_records
from transforms.bureaus.pboc_person import person_records

AS_OF = date(2024, 2, 29)
LIABILITY = "ActLbltyInfSgmt"


def persons(engine, kit, rows, facts, *loans):
    records = person_records(engine.books(rows), cases_of(engine, *loans), facts, INSTITUTION, AS_OF)
    return kit.rows(records.records)


def test_every_item_of_a_person(engine, kit):
    rows = rows_of({"L1": loan(), "L2": loan(), "L3": loan()}, borrowers={"L3": ENTERPRISE})
    facts = facts_of(engine, persons={"borrower of L1": {}})
    (row,) = persons(engine, kit, rows, facts, "L1", "L3")
    assert [row[name] for name in ("borrower_id", "serial", "record_no")] == ["borrower of L1", 1, 2]
    assert segments(row) == [name for name in RECORDS["110"].segments if name not in ("IDSgmt", "IncInfSgmt")]
    assert told(row) == {
        "BsSgmt.InfRecType": "110",
        "BsSgmt.Name": "测试甲",
        "BsSgmt.IDType": "10",
        "BsSgmt.IDNum": "11010519491231002X",
        "BsSgmt.InfSurcCode": f"{SEGMENT_CODE}000001",
        "BsSgmt.RptDate": "2024-02-29",
        "BsSgmt.RptDateCode": "10",
        "BsSgmt.Cimoc": BRANCH,
        "BsSgmt.CustomerType": "11",
        "FcsInfSgmt.Sex": "1",
        "FcsInfSgmt.DOB": "1949-12-31",
        "FcsInfSgmt.Nation": "CHN",
        "FcsInfSgmt.HouseAdd": "",
        "FcsInfSgmt.HhDist": "110105",
        "FcsInfSgmt.CellPhone": "13800000000",
        "FcsInfSgmt.Email": "",
        "FcsInfSgmt.FcsInfoUpDate": "2024-01-01",
        "SpsInfSgmt.MariStatus": "20",
        "SpsInfSgmt.SpoName": "测试乙",
        "SpsInfSgmt.SpoIDType": "10",
        "SpsInfSgmt.SpoIDNum": "110101199003071233",
        "SpsInfSgmt.SpoTel": "",
        "SpsInfSgmt.SpsCmpyNm": "",
        "SpsInfSgmt.SpsInfoUpDate": "2024-01-02",
        "EduInfSgmt.EduLevel": "20",
        "EduInfSgmt.AcaDegree": "4",
        "EduInfSgmt.EduInfoUpDate": "2024-01-03",
        "OctpnInfSgmt.EmpStatus": "24",
        "OctpnInfSgmt.CpnName": "测试公司",
        "OctpnInfSgmt.CpnType": "20",
        "OctpnInfSgmt.Industry": "C",
        "OctpnInfSgmt.CpnAddr": "某路1号",
        "OctpnInfSgmt.CpnPc": "100020",
        "OctpnInfSgmt.CpnDist": "110105",
        "OctpnInfSgmt.CpnTEL": "01000000000",
        "OctpnInfSgmt.Occupation": "6",
        "OctpnInfSgmt.Title": "3",
        "OctpnInfSgmt.TechTitle": "0",
        "OctpnInfSgmt.WorkStartDate": "2019",
        "OctpnInfSgmt.OctpnInfoUpDate": "2024-01-04",
        "RedncInfSgmt.ResiStatus": "5",
        "RedncInfSgmt.ResiAddr": "某路2号",
        "RedncInfSgmt.ResiPc": "100021",
        "RedncInfSgmt.ResiDist": "110105",
        "RedncInfSgmt.HomeTel": "",
        "RedncInfSgmt.ResiInfoUpDate": "2024-01-05",
        "MlgInfSgmt.MailAddr": "某路3号",
        "MlgInfSgmt.MailPc": "100022",
        "MlgInfSgmt.MailDist": "110105",
        "MlgInfSgmt.MlgInfoUpDate": "2024-01-06",
    }


def test_spouse_and_employer_are_told_in_their_states_only(engine, kit):
    alone = {"marital_code": "40", "employment_code": "70", "first_reported_on": date(2024, 2, 28)}
    income = {"annual_income_amount": Decimal("99999.99"), "income_updated_on": date(2024, 1, 1)}
    rows = rows_of({"L1": loan()})
    (row,) = persons(engine, kit, rows, facts_of(engine, persons={"borrower of L1": alone | income}), "L1")
    texts = told(row)
    assert row["BsSgmt.RptDateCode"] == "20"
    assert {name: text for name, text in texts.items() if name.startswith(("SpsInf", "OctpnInf", "IncInf"))} == {
        "SpsInfSgmt.MariStatus": "40",
        "SpsInfSgmt.SpsInfoUpDate": "2024-01-02",
        "OctpnInfSgmt.EmpStatus": "70",
        "OctpnInfSgmt.OctpnInfoUpDate": "2024-01-04",
        "IncInfSgmt.AnnlInc": "99999",
        "IncInfSgmt.TaxIncome": "",
        "IncInfSgmt.IncInfoUpDate": "2024-01-01",
    }


def test_a_borrower_of_two_loans_is_told_once(engine, kit):
    rows = rows_of({"L1": loan(), "L2": loan()})
    for row in rows["loans"]:
        row["borrower_id"] = "B"
    rows["borrowers"] = [borrower("B")]
    assert len(persons(engine, kit, rows, facts_of(engine), "L1", "L2")) == 1


@pytest.mark.parametrize(
    ("known", "status", "point"),
    [(None, "1", "10"), (date(2024, 2, 29), "2", "10"), (date(2024, 1, 1), "1", "30"), (date(2024, 1, 1), "2", "20")],
)
def test_every_item_of_an_agreement(engine, kit, known, status, point):
    rows = rows_of({"L1": loan(), "L2": loan(), "L3": loan()})
    facts = facts_of(
        engine,
        {"L1": {"agreement_number": "CR1"}, "L2": {"agreement_number": "CR1"}, "L3": {"agreement_number": "CR2"}},
        agreements={
            "CR1": {"borrower_id": "borrower of L1", "first_reported_on": known, "limit_status_code": status},
            "CR2": {"borrower_id": "borrower of L3"},
        },
    )
    records = agreement_records(engine.books(rows), cases_of(engine, "L1", "L2"), facts, INSTITUTION, AS_OF)
    (row,) = kit.rows(records.records)
    assert row["agreement_number"] == "CR1"
    assert told(row) == {
        "CtrctBsSgmt.InfRecType": "220",
        "CtrctBsSgmt.ContractCode": f"{SEGMENT_CODE}CR1",
        "CtrctBsSgmt.RptDate": "2024-02-29",
        "CtrctBsSgmt.RptDateCode": point,
        "CtrctBsSgmt.Name": "测试甲",
        "CtrctBsSgmt.IDType": "10",
        "CtrctBsSgmt.IDNum": "11010519491231002X",
        "CtrctBsSgmt.MngmtOrgCode": BRANCH,
        "CreditLimSgmt.CreditLimType": "10",
        "CreditLimSgmt.LimLoopFlg": "1",
        "CreditLimSgmt.CreditLim": "60000",
        "CreditLimSgmt.Cy": "CNY",
        "CreditLimSgmt.ConEffDate": "2023-01-01",
        "CreditLimSgmt.ConExpDate": "2026-01-01",
        "CreditLimSgmt.ConStatus": status,
        "CreditLimSgmt.CreditRest": "",
        "CreditLimSgmt.CreditRestCode": "",
    }


def enterprise(engine, policy, kit, one, account=None, as_of=AS_OF, parties=(), others=()):
    rows = rows_of({"L1": one}, borrowers={"L1": ENTERPRISE}, other_borrowers=list(others))
    books = engine.books(rows)
    return enterprise_records(
        books,
        cases_of(engine, "L1"),
        decided(engine, kit, books, as_of, policy),
        parties_of(engine, *parties),
        facts_of(engine, enterprise_accounts={"L1": account or {}}),
        INSTITUTION,
        as_of,
        policy,
        engine.settled,
    )


def test_every_item_of_an_enterprise_in_arrears(engine, policy, kit):
    """Three instalments of 1,000.60 and 50.50: the money pays interest and 989.90 of the first, which is 35 days late.

    1,000 paid that first instalment's interest and 949.50 of its principal, the last 40.40 went to principal alone.
    """
    dues = monthly(1, 3, year=2024, day=25, principal="1000.60", interest="50.50")
    one = loan(*dues, money=[paid("1000", "2024-01-25"), paid("40.40", "2024-02-03")])
    (row,) = kit.rows(enterprise(engine, policy, kit, one).records)
    assert [row[name] for name in ("case_id", "loan_id", "serial", "record_no")] == ["pboc-L1", "L1", 1, 2]
    assert segments(row) == ["AcctBsSgmt", LIABILITY]
    assert told(row) == {
        "AcctBsSgmt.InfRecType": "410",
        "AcctBsSgmt.AcctType": "D1",
        "AcctBsSgmt.AcctCode": f"{SEGMENT_CODE}LNL1",
        "AcctBsSgmt.RptDate": "2024-02-29",
        "AcctBsSgmt.RptDateCode": "49",
        "AcctBsSgmt.Name": "测试公司",
        "AcctBsSgmt.IDType": "20",
        "AcctBsSgmt.IDNum": "91110000600037341L",
        "AcctBsSgmt.MngmtOrgCode": BRANCH,
        f"{LIABILITY}.AcctStatus": "10",
        f"{LIABILITY}.AcctBal": "2011",
        f"{LIABILITY}.BalChgDate": "2024-02-03",
        f"{LIABILITY}.FiveCate": "2",
        f"{LIABILITY}.FiveCateAdjDate": "2024-02-01",
        f"{LIABILITY}.TotOverd": "1061",
        f"{LIABILITY}.OverdPrinc": "1011",
        f"{LIABILITY}.OverdDy": "35",
        f"{LIABILITY}.LatRpyDate": "2024-02-03",
        f"{LIABILITY}.LatRpyAmt": "40",
        f"{LIABILITY}.LatRpyPrincAmt": "40",
        f"{LIABILITY}.RpmtType": "10",
        f"{LIABILITY}.LatAgrrRpyDate": "2024-02-25",
        f"{LIABILITY}.LatAgrrRpyAmt": "1051",
        f"{LIABILITY}.NxtAgrrRpyDate": "2024-03-25",
        f"{LIABILITY}.CloseDate": "",
    }


def test_a_first_report_of_an_enterprise_tells_what_was_agreed(engine, policy, kit):
    one = loan(due("2024-01-25", "1000.60"), due("2024-03-25", "1"))
    parties = [("L1", "G1", "guarantor", "70.90", True)]
    others = [borrower("G1", name="测试丙")]
    records = enterprise(engine, policy, kit, one, {"first_reported_on": None}, parties=parties, others=others)
    (row,) = kit.rows(records.records)
    assert segments(row) == ["AcctBsSgmt", "AcctBsInfSgmt", "RltRepymtInfSgmt", LIABILITY]
    assert {name: text for name, text in told(row).items() if name.startswith("AcctBsInfSgmt.")} == {
        f"AcctBsInfSgmt.{tag}": text
        for tag, text in {
            "BusiLines": "10",
            "BusiDtlLines": "11",
            "OpenDate": "2020-01-01",
            "Cy": "CNY",
            "LoanAmt": "30000",
            "Flag": "0",
            "DueDate": "2030-01-01",
            "RepayMode": "11",
            "RepayFreqcy": "03",
            "ApplyBusiDist": "110105",
            "GuarMode": "4",
            "OthRepyGuarWay": "0",
            "LoanTimeLimCat": "20",
            "LoaFrm": "1",
            "ActInvest": "C13",
            "FundSou": "11",
            "AssetTrandFlag": "0",
        }.items()
    }
    assert row["AcctBsSgmt.RptDateCode"] == "10"
    (party,) = kit.rows(records.groups["RltRepymtInfSgmt.RltRepymtInf"])
    assert list(party)[:3] == ["record_no", "ArlpIDType", "ArlpName"]
    assert (party["ArlpIDType"], party["ArlpAmt"], party["WartySign"]) == ("1", "70", "")


@pytest.mark.parametrize(
    ("account", "money", "day", "point"),
    [
        ({}, [], "2024-02-24", "49"),
        ({}, [], "2024-02-25", "32"),
        ({}, [paid("1", "2024-02-25")], "2024-02-25", "33"),
        ({"account_type_code": "R1"}, [paid("1", "2024-02-25")], "2024-02-25", "49"),
        ({"account_type_code": "C1"}, [], "2024-02-25", "49"),
        ({"account_type_code": "C1"}, [paid("1", "2024-02-25")], "2024-02-25", "33"),
    ],
)
def test_report_points_of_an_enterprise(polars_engine, policy, kit, account, money, day, point):
    one = loan(*monthly(1, 3, year=2024, day=25), money=money)
    (row,) = kit.rows(enterprise(polars_engine, policy, kit, one, account, date.fromisoformat(day)).records)
    assert row["AcctBsSgmt.RptDateCode"] == point


def test_principal_of_a_repayment_under_another_schedule_is_left_empty(polars_engine, policy, kit):
    one = loan(
        due("2024-01-25"), money=[paid("10", "2024-01-25")], versions=[version(2, "2024-02-01", due("2024-02-02"))]
    )
    (row,) = kit.rows(enterprise(polars_engine, policy, kit, one).records)
    assert (row[f"{LIABILITY}.LatRpyAmt"], row[f"{LIABILITY}.LatRpyPrincAmt"]) == ("10", "")
