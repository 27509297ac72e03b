"""Record 210 of accounts in arrears: what stands in each item, worked by hand."""

from datetime import date
from decimal import Decimal

import pytest

from schemas.bureaus.pboc import RECORDS
from tests.transforms.arrears_cases import due, loan, monthly, paid, reversed_, version
from tests.transforms.pboc_mapped import (
    BRANCH,
    COLLECTION,
    ENTERPRISE,
    INSTITUTION,
    NUMBERS,
    REVOLVING,
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
from transforms.bureaus.pboc import Institution
from transforms.bureaus.pboc_monthly import monthly_records

AS_OF = date(2024, 2, 29)
H = "AcctMthlyBlgInfSgmt"


def mapped(engine, policy, kit, rows, facts, *, cases=None, judged=(), parties=(), as_of=AS_OF):
    books = engine.books(rows)
    return monthly_records(
        books,
        cases_of(engine, *(cases or [row["loan_id"] for row in rows["loans"]])),
        decided(engine, kit, books, as_of, policy, judged),
        parties_of(engine, *parties),
        facts_of(engine, **facts),
        INSTITUTION,
        as_of,
        policy,
        engine.settled,
    )


def mapped_rows(engine, policy, kit, rows, facts, **more):
    return kit.rows(mapped(engine, policy, kit, rows, facts, **more).records)


def one(engine, policy, kit, account=None, money=(), dues=None, **more):
    """The one record of a loan L1 with these facts; four instalments of which those of January and February are due."""
    dues = dues or monthly(1, 4, year=2024, day=25, principal="3900.55", interest="200.20")
    rows = rows_of({"L1": loan(*dues, money=money)})
    facts = {"accounts": {"L1": account or {}}}
    (row,) = mapped_rows(engine, policy, kit, rows, facts, **more)
    return row


def of_month(row):
    return {name.removeprefix(f"{H}."): text for name, text in told(row).items() if name.startswith(f"{H}.")}


def test_every_item_of_a_month(engine, policy, kit):
    """Instalments of 3,900.55 and 200.20; that of December was paid on its day, 50.10 came for January's.

    January's has a fee of 10.90 and a penalty of 1.05. Principal is paid last: 50.10 leaves all of it. Overdue is
    4,100.75 + 11.95 - 50.10 + 4,100.75 = 8,163.35, principal 7,801.10, of which January's is missed for 35 days; all
    twelve are 46,806.60.
    """
    dues = monthly(1, 12, year=2024, day=25, principal="3900.55", interest="200.20")
    dues[0] |= {"fee_due": Decimal("10.90"), "penalty_due": Decimal("1.05")}
    december = due("2023-12-25", "3900.55", interest="200.20")
    money = [paid("4100.75", "2023-12-25"), paid("50.10", "2024-02-03")]
    rows = rows_of({"L1": loan(december, *dues, money=money)})
    assert policy.arrears.allocation_order.value[-1] == "principal"
    (row,) = mapped_rows(engine, policy, kit, rows, {"accounts": {"L1": {}}})
    assert list(row)[:4] == ["case_id", "loan_id", "serial", "record_no"]
    assert [row[name] for name in ("case_id", "loan_id", "serial", "record_no")] == ["pboc-L1", "L1", 1, 2]
    assert segments(row) == ["AcctBsSgmt", H]
    assert told(row) == {
        "AcctBsSgmt.InfRecType": "210",
        "AcctBsSgmt.AcctType": "D1",
        "AcctBsSgmt.AcctCode": f"{SEGMENT_CODE}LNL1",
        "AcctBsSgmt.RptDate": "2024-02-29",
        "AcctBsSgmt.RptDateCode": "30",
        "AcctBsSgmt.Name": "测试甲",
        "AcctBsSgmt.IDType": "10",
        "AcctBsSgmt.IDNum": NUMBERS[0],
        "AcctBsSgmt.MngmtOrgCode": BRANCH,
        f"{H}.Month": "2024-02",
        f"{H}.SettDate": "2024-02-25",
        f"{H}.AcctStatus": "2",
        f"{H}.AcctBal": "46806",
        f"{H}.RemRepPrd": "10",
        f"{H}.FiveCate": "2",
        f"{H}.FiveCateAdjDate": "2024-02-01",
        f"{H}.RpyStatus": "2",
        f"{H}.OverdPrd": "2",
        f"{H}.TotOverd": "8163",
        f"{H}.OverdPrinc": "7801",
        f"{H}.Oved31_60Princ": "3900",
        f"{H}.Oved61_90Princ": "0",
        f"{H}.Oved91_180Princ": "0",
        f"{H}.OvedPrinc180": "0",
        f"{H}.CurRpyAmt": "4100",
        f"{H}.ActRpyAmt": "50",
        f"{H}.LatRpyDate": "2024-02-03",
        f"{H}.CloseDate": "",
    }
    assert list(row) == [
        "case_id",
        "loan_id",
        "serial",
        "record_no",
        *RECORDS["210"].segments,
        *RECORDS["210"].columns,
    ]


def test_a_first_report_tells_what_was_agreed(engine, policy, kit):
    row = one(engine, policy, kit, {"first_reported_on": None}, money=[paid("1", "2024-01-25")])
    assert segments(row) == ["AcctBsSgmt", "AcctBsInfSgmt", H]
    agreed = {name: text for name, text in told(row).items() if name.startswith("AcctBsInfSgmt.")}
    assert agreed == {
        f"AcctBsInfSgmt.{tag}": text
        for tag, text in {
            "BusiLines": "1",
            "BusiDtlLines": "91",
            "OpenDate": "2020-01-01",
            "Cy": "CNY",
            "LoanAmt": "30000",
            "Flag": "0",
            "DueDate": "2030-01-01",
            "RepayMode": "11",
            "RepayFreqcy": "03",
            "RepayPrd": "4",
            "ApplyBusiDist": "110105",
            "GuarMode": "4",
            "OthRepyGuarWay": "0",
            "AssetTrandFlag": "0",
            "FundSou": "1",
            "LoanForm": "1",
        }.items()
    }
    assert row["AcctBsSgmt.RptDateCode"] == "31"


@pytest.mark.parametrize(("reported_on", "point"), [("2024-02-28", "30"), ("2024-02-29", "31"), ("2024-03-01", "31")])
def test_an_account_is_known_when_the_bureau_was_told_before(policy, kit, polars_engine, reported_on, point):
    row = one(polars_engine, policy, kit, {"first_reported_on": date.fromisoformat(reported_on)})
    assert row["AcctBsSgmt.RptDateCode"] == point


def test_a_housing_loan_tells_contract_and_first_home(policy, kit, polars_engine):
    housing = {"first_reported_on": None, "business_detail_code": "11", "loan_contract_number": "HT-1"}
    row = one(polars_engine, policy, kit, housing)
    assert row["AcctBsInfSgmt.LoanConCode"] == "HT-1"
    assert row["AcctBsInfSgmt.FirstHouLoanFlag"] == ""


def test_a_loan_under_a_limit_names_its_agreement(engine, policy, kit):
    row = one(
        engine,
        policy,
        kit,
        {"account_type_code": "R4", "first_reported_on": None, "agreement_number": "CR0001", "payout_code": None},
    )
    assert segments(row) == ["AcctBsSgmt", "AcctBsInfSgmt", "AcctCredSgmt", H]
    assert row["AcctCredSgmt.Mcc"] == f"{SEGMENT_CODE}CR0001"
    assert row["AcctBsInfSgmt.Flag"] is None
    assert (row["AcctBsInfSgmt.LoanAmt"], row["AcctBsInfSgmt.AcctCredLine"]) == ("30000", None)


def test_a_revolving_account_tells_its_line_and_not_the_loan(engine, policy, kit):
    row = one(engine, policy, kit, REVOLVING | {"first_reported_on": None})
    texts = {
        tag: row[f"AcctBsInfSgmt.{tag}"]
        for tag in ("OpenDate", "AcctCredLine", "LoanAmt", "DueDate", "RepayMode", "RepayPrd")
    }
    assert texts == {
        "OpenDate": "2023-01-02",
        "AcctCredLine": "60000",
        "LoanAmt": None,
        "DueDate": "2026-01-01",
        "RepayMode": "31",
        "RepayPrd": None,
    }
    assert (of_month(row)["TotOverd"], of_month(row)["OverdPrinc"]) == ("8201", "7801")


def test_a_collection_account_is_told_between_months(engine, policy, kit):
    account = COLLECTION | {"first_reported_on": None}
    row = one(engine, policy, kit, account, money=[paid("100.99", "2024-02-10")])
    assert segments(row) == ["AcctBsSgmt", "AcctBsInfSgmt", "OrigCreditorInfSgmt", "AcctDbtInfSgmt"]
    texts = told(row)
    assert texts["AcctBsSgmt.RptDateCode"] == "10"
    assert {name: text for name, text in texts.items() if not name.startswith("AcctBsSgmt")} == {
        "AcctBsInfSgmt.BusiLines": "5",
        "AcctBsInfSgmt.BusiDtlLines": "A1",
        "AcctBsInfSgmt.OpenDate": "2024-01-05",
        "AcctBsInfSgmt.Cy": "CNY",
        "AcctBsInfSgmt.LoanAmt": "5000",
        "OrigCreditorInfSgmt.InitCredName": "测试银行",
        "OrigCreditorInfSgmt.InitCredOrgNm": "",
        "OrigCreditorInfSgmt.OrigDbtCate": "1",
        "OrigCreditorInfSgmt.InitRpySts": "7",
        "AcctDbtInfSgmt.AcctStatus": "1",
        "AcctDbtInfSgmt.AcctBal": "16302",
        "AcctDbtInfSgmt.LatRpyAmt": "100",
        "AcctDbtInfSgmt.LatRpyDate": "2024-02-10",
        "AcctDbtInfSgmt.CloseDate": "",
    }
    known = one(engine, policy, kit, COLLECTION)
    assert segments(known) == ["AcctBsSgmt", "AcctDbtInfSgmt"]
    assert known["AcctBsSgmt.RptDateCode"] == "40"
    assert (known["AcctDbtInfSgmt.LatRpyAmt"], known["AcctDbtInfSgmt.LatRpyDate"]) == ("0", "")


@pytest.mark.parametrize(
    ("decision", "is_judged", "status", "repaid"),
    [
        ("1", False, "2", "2"),
        ("1", True, "8", "2"),
        ("8", False, "8", "2"),
        ("6", False, "6", "2"),
        ("6", True, "8", "2"),
        ("41", False, "41", "B"),
        ("41", True, "41", "B"),
        ("42", True, "42", "B"),
    ],
)
def test_status_by_facts_and_judgment(policy, kit, polars_engine, decision, is_judged, status, repaid):
    judged = ["L1"] if is_judged else []
    row = one(polars_engine, policy, kit, {"account_status_code": decision}, judged=judged)
    assert (of_month(row)["AcctStatus"], of_month(row)["RpyStatus"]) == (status, repaid)


@pytest.mark.parametrize(
    ("money", "expected"),
    [
        ([], ("2024-01-01", "0")),
        ([paid("10.99", "2024-01-30"), paid("5", "2024-02-11")], ("2024-02-11", "5")),
        ([paid("10", "2024-02-01"), paid("5", "2024-02-11"), reversed_("5", "2024-02-20")], ("2024-02-01", "10")),
        ([paid("10", "2024-02-01"), paid("5", "2024-02-11"), reversed_("2", "2024-02-20")], ("2024-02-11", "13")),
        ([paid("10", "2024-02-01"), reversed_("10", "2024-02-01")], ("2024-01-01", "0")),
        ([paid("10", "2024-02-01"), reversed_("10", "2024-02-05"), paid("10", "2024-02-07")], ("2024-02-07", "10")),
        ([paid("10", "2024-01-15"), reversed_("10", "2024-02-05")], ("2024-01-01", "0")),
        ([paid("10", "2024-02-29"), paid("90", "2024-03-01")], ("2024-02-29", "10")),
        ([paid("10", "2024-02-01"), reversed_("10", "2024-02-01", booked="2024-03-01")], ("2024-02-01", "10")),
    ],
)
def test_the_last_repayment_is_the_last_that_was_not_taken_back(engine, policy, kit, money, expected):
    row = one(engine, policy, kit, {"nothing_repaid_on": date(2024, 1, 1)}, money=money)
    assert (of_month(row)["LatRpyDate"], of_month(row)["ActRpyAmt"]) == expected


def test_less_than_a_yuan_overdue_is_told_as_one(engine, policy, kit):
    row = one(engine, policy, kit, dues=[due("2024-02-01", "0.60"), due("2024-02-02", "0.39")])
    month = of_month(row)
    assert (month["TotOverd"], month["OverdPrinc"], month["AcctBal"]) == ("1", "0", "0")


def test_parts_never_add_up_to_more_than_their_whole(engine, policy, kit):
    """Rounded half up, 1 + 1 + 1 would be more than the whole of 2 (1.50)."""
    dues = [due("2024-01-20", "0.50"), due("2023-12-20", "0.50"), due("2023-10-20", "0.50")]
    month = of_month(one(engine, policy, kit, dues=dues))
    buckets = [month[f"{tag}"] for tag in ("Oved31_60Princ", "Oved61_90Princ", "Oved91_180Princ", "OvedPrinc180")]
    assert (month["TotOverd"], month["OverdPrinc"], buckets) == ("1", "1", ["0", "0", "0", "0"])


def test_a_loan_without_instalments_has_none_left(policy, kit, polars_engine):
    account = {"repayment_mode_code": "21", "first_reported_on": None}
    row = one(polars_engine, policy, kit, account)
    assert (row["AcctBsInfSgmt.RepayPrd"], row[f"{H}.RemRepPrd"]) == ("0", "0")


def test_the_schedule_in_force_counts(engine, policy, kit):
    renewed = version(2, "2024-01-15", due("2024-02-10", "50.40"), due("2024-03-10", "60.40"), due("2024-04-10", "70"))
    money = [paid("999", "2024-01-14"), paid("10", "2024-01-15")]
    rows = rows_of({"L1": loan(*monthly(1, 4, year=2024), money=money, versions=[renewed])})
    (row,) = mapped_rows(engine, policy, kit, rows, {"accounts": {"L1": {}}})
    month = of_month(row)
    assert (month["AcctBal"], month["RemRepPrd"], month["CurRpyAmt"]) == ("170", "2", "50")
    assert (month["SettDate"], month["TotOverd"]) == ("2024-02-10", "40")


def test_nothing_due_in_the_month_leaves_the_settlement_day_empty(policy, kit, polars_engine):
    month = of_month(one(polars_engine, policy, kit, dues=[due("2024-01-31", "100"), due("2024-03-01", "100")]))
    assert (month["SettDate"], month["CurRpyAmt"], month["RemRepPrd"]) == ("", "0", "1")


def test_what_nobody_said_is_left_empty(engine, policy, kit):
    rows = rows_of({"L1": loan(due("2024-01-25", "100"))})
    (row,) = mapped_rows(engine, policy, kit, rows, {})
    texts = told(row)
    assert segments(row) == ["AcctBsSgmt", "AcctBsInfSgmt", H]
    assert {name for name, text in texts.items() if text and "AcctBsInfSgmt" not in name} == {
        "AcctBsSgmt.InfRecType",
        "AcctBsSgmt.RptDate",
        "AcctBsSgmt.RptDateCode",
        "AcctBsSgmt.Name",
        "AcctBsSgmt.IDType",
        "AcctBsSgmt.IDNum",
        f"{H}.Month",
        f"{H}.AcctBal",
    }
    assert {text for name, text in texts.items() if "AcctBsInfSgmt" in name} == {""}


def test_an_identity_that_the_bureau_has_no_code_for_is_left_empty(policy, kit, polars_engine):
    rows = rows_of(
        {"L1": loan(due("2024-01-25", "100"))}, borrowers={"L1": {"id_type": "ssn", "id_number": "001010001"}}
    )
    (row,) = mapped_rows(polars_engine, policy, kit, rows, {"accounts": {"L1": {}}})
    assert row["AcctBsSgmt.IDType"] == ""


def test_records_stand_in_the_order_of_priority_and_serials_stay(engine, policy, kit):
    loans = {f"L{number}": loan(due("2024-01-25", f"{number}00")) for number in (1, 2, 3, 4)}
    rows = rows_of(loans, borrowers={"L4": ENTERPRISE})
    facts = {"accounts": {name: {} for name in loans}}
    table = mapped_rows(engine, policy, kit, rows, facts, judged=["L1"])
    assert [(row["loan_id"], row["serial"], row["record_no"]) for row in table] == [
        ("L1", 1, 2),
        ("L3", 2, 3),
        ("L2", 3, 4),
    ]


def test_a_frozen_case_that_is_not_in_arrears_gives_no_record(policy, kit, polars_engine):
    loans = {
        "L1": loan(due("2024-01-25", "100")),
        "L2": loan(due("2024-01-25", "100"), money=[paid("100", "2024-01-25")]),
    }
    rows = rows_of(loans)
    table = mapped_rows(polars_engine, policy, kit, rows, {"accounts": {"L1": {}, "L2": {}}})
    assert [row["loan_id"] for row in table] == ["L1"]


def test_parties_are_told_in_a_first_report(engine, policy, kit):
    loans = {"L1": loan(due("2024-01-25", "100")), "L2": loan(due("2024-01-25", "50"))}
    others = [
        borrower("G1", name="测试丙", id_number=NUMBERS[1]),
        borrower("G2", **ENTERPRISE),
        borrower("G3", name="测试丁", id_number=NUMBERS[1]),
        borrower("G4", name="测试戊"),
    ]
    parties = [
        ("L1", "G1", "guarantor", "700.90", True),
        ("L1", "G2", "guarantor", None, True),
        ("L1", "G3", "co_borrower", "100.00", True),
        ("L1", "G4", "guarantor", "100.00", False),
        ("L2", "G1", "guarantor", "5.00", True),
    ]
    guarantees = [
        {"loan_id": "L1", "borrower_id": "G1", "joint_guarantee_code": "0", "guarantee_number": "BZ1"},
        {"loan_id": "L1", "borrower_id": "G4", "joint_guarantee_code": "1", "guarantee_number": "BZ4"},
    ]
    facts = {"accounts": {"L1": {"first_reported_on": None}, "L2": {}}, "guarantees": guarantees}
    records = mapped(engine, policy, kit, rows_of(loans, other_borrowers=others), facts, parties=parties)
    first, second = kit.rows(records.records)
    assert (first["RltRepymtInfSgmt"], first["RltRepymtInfSgmt.RltRepymtNm"]) == (True, "3")
    assert (second["RltRepymtInfSgmt"], second["RltRepymtInfSgmt.RltRepymtNm"]) == (False, None)
    tags = ["InfoIDType", "ArlpName", "ArlpCertType", "ArlpCertNum", "ArlpType", "ArlpAmt", "WartySign", "MaxGuarMcc"]
    table = kit.table(records.groups["RltRepymtInfSgmt.RltRepymtInf"])
    assert table.column_names == ["record_no", *tags]
    assert [tuple(row.values()) for row in table.to_pylist()] == [
        (2, "1", "测试丁", "10", NUMBERS[1], "1", "", "", ""),
        (2, "1", "测试丙", "10", NUMBERS[1], "2", "700", "0", f"{SEGMENT_CODE}BZ1"),
        (2, "2", "测试公司", "20", "91110000600037341L", "2", "30000", "", ""),
    ]


@pytest.mark.parametrize(
    ("segment_code", "source_code", "said"),
    [
        ("X610101000024", "X610101000024000001", "segment_code"),
        ("X610101000024-", "X610101000024-000001", "segment_code"),
        (SEGMENT_CODE, "X6101010000247000001", "source_code"),
        (SEGMENT_CODE, f"{SEGMENT_CODE}00001", "source_code"),
    ],
)
def test_codes_of_an_institution_that_can_not_be_right(segment_code, source_code, said):
    with pytest.raises(ValueError, match=said):
        Institution(segment_code, source_code)
