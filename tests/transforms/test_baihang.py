"""Records of Baihang: what stands in each column, and which instalments are told as overdue."""

from datetime import date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from schemas.bureaus.baihang import D2, D3, D4
from schemas.bureaus.baihang_facts import BAIHANG_ACCOUNTS, FACT_OF_COLUMN
from tests.transforms.arrears_cases import books_of, due, loan, monthly, paid, version
from transforms.arrears import arrears_as_of
from transforms.bureaus.baihang import Upload, account_records, extension_records, overdue_records
from transforms.bureaus.baihang_checks import judge_records, record_rules

AS_OF = date(2026, 6, 15)
UPLOADED_AT = datetime.fromisoformat("2026-06-16T08:00:00")
CONFIRMED_AT = datetime.fromisoformat("2026-06-16T07:00:00")
UPLOAD = Upload("LENDER20260615", "A", UPLOADED_AT)
FACTS = {
    "refinanced_loan_id": "L0",
    "guarantee_code": "1",
    "purpose_code": "13",
    "applied_at": datetime.fromisoformat("2025-09-29T06:00:00+00:00"),
    "account_opened_at": datetime.fromisoformat("2025-09-30T01:00:00+00:00"),
    "paid_out_at": datetime.fromisoformat("2025-09-30T17:30:00+00:00"),
    "grace_days": 3,
}
PRINTED_FACTS = {
    "originalLoanId": "L0",
    "guaranteeType": "1",
    "loanPurpose": "13",
    "applyDate": datetime.fromisoformat("2025-09-29T14:00:00"),
    "accountOpenDate": datetime.fromisoformat("2025-09-30T09:00:00"),
    "issueDate": datetime.fromisoformat("2025-10-01T01:30:00"),
    "gracePeriod": 3,
}
NO_DEVICE = dict.fromkeys(name for name in D2.names if name.startswith("device_"))
SHANGHAI = "Asia/Shanghai"


def cases_of(engine, *loans):
    rows = [{"case_id": f"baihang-{name}", "loan_id": name} for name in loans]
    return engine.rows(rows, case_id=pa.string(), loan_id=pa.string())


def facts_of(engine, **by_loan):
    rows = [{"loan_id": name, **(FACTS | changes)} for name, changes in by_loan.items()]
    return engine.frame(pa.Table.from_pylist(rows, BAIHANG_ACCOUNTS.arrow_schema()))


def accounts(engine, kit, rows, *loans):
    facts = facts_of(engine, **{name: {} for name in loans})
    return kit.table(account_records(engine.books(rows), cases_of(engine, *loans), facts, SHANGHAI, UPLOAD))


def extensions(engine, kit, rows, *loans, as_of=AS_OF):
    facts = facts_of(engine, **{name: {} for name in loans})
    return kit.table(extension_records(engine.books(rows), cases_of(engine, *loans), facts, as_of, SHANGHAI, UPLOAD))


def overdue(engine, policy, kit, rows, *loans, as_of=AS_OF):
    books = engine.books(rows)
    arrears = arrears_as_of(books, as_of, policy, engine.settled)
    records = overdue_records(books, cases_of(engine, *loans), arrears, as_of, CONFIRMED_AT, UPLOAD, engine.settled)
    return kit.table(records)


def with_borrowers(rows):
    """Rows of loans by hand with the borrowers that they name."""
    borrowers = [
        {
            "borrower_id": row["borrower_id"],
            "borrower_kind": "person",
            "name": "测试甲",
            "id_type": "resident_id",
            "id_number": "11010519491231002X",
            "mobile": "13800000000",
            "email": None,
            "protection_code": "none",
        }
        for row in rows["loans"]
    ]
    return rows | {"borrowers": borrowers}


def test_every_column_of_a_loan(engine, kit, rows):
    dues = (due("2025-10-31", "15000", interest="450"), due("2025-11-30", "15000", interest="225"))
    rows["instalments"] = [
        {"loan_id": "L1", "schedule_no": 1, "instalment_no": number} | one for number, one in enumerate(dues, start=1)
    ]
    table = accounts(engine, kit, rows, "L1")
    assert table.to_pylist() == [
        {
            "case_id": "baihang-L1",
            "reqID": "LENDER20260615D200000001",
            "opCode": "A",
            "uploadTs": UPLOADED_AT,
            "name": "测试甲",
            "pid": "11010519491231002X",
            "mobile": "13800000000",
            "loanId": "L1",
            **PRINTED_FACTS,
            "dueDate": date(2025, 11, 30),
            "loanAmount": Decimal("30000.00"),
            "totalTerm": 2,
            "targetRepayDateType": "2",
            "termPeriod": -1,
            "targetRepayDateList": "2025-10-31,2025-11-30",
            "firstRepaymentDate": date(2025, 10, 31),
            **NO_DEVICE,
        }
    ]
    assert table.column_names == ["case_id", *D2.names]


def test_every_column_of_an_overdue_term(engine, policy, kit):
    missed = due("2026-05-10", "100", interest="20", fee="10", penalty="5")
    to_come = due("2026-07-10", "100", interest="20", fee="10")
    rows = with_borrowers(books_of({"L1": loan(missed, to_come, money=[paid("12.34", "2026-05-11")])}))
    table = overdue(engine, policy, kit, rows, "L1")
    assert table.to_pylist() == [
        {
            "case_id": "baihang-L1",
            "reqID": "LENDER20260615D300000001",
            "opCode": "A",
            "uploadTs": UPLOADED_AT,
            "loanId": "L1",
            "name": "测试甲",
            "pid": "11010519491231002X",
            "mobile": "13800000000",
            "termNo": 1,
            "termStatus": "overdue",
            "targetRepaymentDate": date(2026, 5, 10),
            "realRepaymentDate": None,
            "plannedPayment": Decimal("130.00"),
            "targetRepayment": Decimal("122.66"),
            "realRepayment": Decimal("0.00"),
            "overdueStatus": "D36",
            "statusConfirmAt": CONFIRMED_AT,
            "overdueAmount": Decimal("122.66"),
            "remainingAmount": Decimal("252.66"),
            "loanStatus": "2",
        }
    ]
    assert table.column_names == ["case_id", *D3.names]


@pytest.mark.parametrize("of_layout", [D2, D3, D4], ids=lambda layout: layout.name)
def test_columns_have_the_types_of_the_layout(engine, policy, kit, of_layout):
    renewed = version(2, "2026-04-01", due("2026-05-10"), due("2027-01-10"))
    rows = with_borrowers(books_of({"L1": loan(*monthly(1, 6), versions=[renewed])}))
    if of_layout is D3:
        table = overdue(engine, policy, kit, rows, "L1")
    else:
        table = (accounts if of_layout is D2 else extensions)(engine, kit, rows, "L1")
    assert table.num_rows == 1
    expected = [str(kind) for kind in of_layout.arrow_schema().types]
    assert [str(kind).replace("large_", "").replace("_view", "") for kind in table.schema.types[1:]] == expected


def test_each_missed_term_of_the_schedule_in_force_is_told(engine, policy, kit):
    renewed = version(2, "2026-04-01", due("2026-04-20", "50"), due("2026-05-20", "60"), due("2026-06-15", "70"))
    loans = {
        "L1": loan(*monthly(1, 7), money=[paid("250", "2026-03-11")]),
        "L2": loan(*monthly(1, 7), versions=[renewed], money=[paid("30", "2026-04-02")]),
        "L3": loan(*monthly(1, 7), money=[paid("700", "2026-03-11")]),
        "L4": loan(*monthly(1, 7)),
    }
    table = overdue(engine, policy, kit, with_borrowers(books_of(loans)), "L3", "L2", "L1")
    told = [
        (row["loanId"], row["termNo"], str(row["targetRepayment"]), row["overdueStatus"], str(row["overdueAmount"]))
        for row in table.to_pylist()
    ]
    assert told == [
        ("L1", 3, "50.00", "D97", "350.00"),
        ("L1", 4, "100.00", "D97", "350.00"),
        ("L1", 5, "100.00", "D97", "350.00"),
        ("L1", 6, "100.00", "D97", "350.00"),
        ("L2", 1, "20.00", "D56", "80.00"),
        ("L2", 2, "60.00", "D56", "80.00"),
    ]
    assert table["reqID"].to_pylist() == [f"LENDER20260615D3{number:08}" for number in range(1, 7)]


def test_the_terms_of_a_loan_add_up_to_what_is_overdue(engine, policy, kit, rows):
    table = overdue(engine, policy, kit, rows, "L1")
    assert sum(table["targetRepayment"].to_pylist()) == table["overdueAmount"][0].as_py()
    assert table.num_rows == 2


def test_a_loan_is_told_with_its_first_schedule(engine, kit):
    loans = {"L1": loan(*monthly(1, 12), versions=[version(2, "2026-04-01", due("2027-01-10"))])}
    rows = with_borrowers(books_of(loans))
    table = accounts(engine, kit, rows, "L1")
    (row,) = table.to_pylist()
    dates = ",".join(f"2026-{month:02}-10" for month in range(1, 13))
    assert (row["totalTerm"], row["targetRepayDateList"]) == (12, dates)
    assert (row["firstRepaymentDate"], row["dueDate"]) == (date(2026, 1, 10), date(2026, 12, 10))


def test_every_column_of_an_extension(engine, kit):
    renewed = version(2, "2026-04-01", due("2026-05-20", "60"), due("2026-06-20", "60"), due("2027-01-10", "1000"))
    rows = with_borrowers(books_of({"L1": loan(*monthly(1, 12), versions=[renewed])}))
    table = extensions(engine, kit, rows, "L1")
    assert table.to_pylist() == [
        {
            "case_id": "baihang-L1",
            "reqID": "LENDER20260615D400000001",
            "opCode": "A",
            "uploadTs": UPLOADED_AT,
            "name": "测试甲",
            "pid": "11010519491231002X",
            "mobile": "13800000000",
            "loanId": "L1",
            **PRINTED_FACTS,
            "dueDate": date(2027, 1, 10),
            "loanAmount": Decimal("1000.00"),
            "totalTerm": 3,
            "targetRepayDateType": "2",
            "termPeriod": -1,
            "targetRepayDateList": "2026-05-20,2026-06-20,2027-01-10",
            "firstRepaymentDate": date(2026, 5, 20),
            **NO_DEVICE,
        }
    ]
    assert table.column_names == ["case_id", *D4.names]


def test_only_a_schedule_in_force_that_ends_later_than_the_first_is_an_extension(engine, kit):
    shorter = version(2, "2026-04-01", due("2026-10-10"))
    as_long = version(2, "2026-04-01", due("2026-12-10"))
    longer = version(2, "2026-04-01", due("2027-01-10"))
    today, tomorrow = (version(2, day, due("2027-02-10")) for day in ("2026-06-15", "2026-06-16"))
    longest = version(3, "2026-05-01", due("2027-03-10"))
    taken_back = version(3, "2026-05-01", due("2026-12-10"))
    to_come = version(3, "2026-06-16", due("2027-04-10"))
    versions = {
        "L1": [],
        "L2": [shorter],
        "L3": [as_long],
        "L4": [longer],
        "L5": [today],
        "L6": [tomorrow],
        "L7": [longer, longest],
        "L8": [longer, taken_back],
        "L9": [longer, to_come],
    }
    rows = with_borrowers(books_of({name: loan(*monthly(1, 12), versions=each) for name, each in versions.items()}))
    told = {row["loanId"]: str(row["dueDate"]) for row in extensions(engine, kit, rows, *versions).to_pylist()}
    assert told == {"L4": "2027-01-10", "L5": "2027-02-10", "L7": "2027-03-10", "L9": "2027-01-10"}
    assert extensions(engine, kit, rows, "L1", "L6").num_rows == 0


def test_an_extension_of_right_books_breaks_no_rule(engine, kit):
    renewed = version(2, "2026-04-01", due("2026-05-20", "60"), due("2027-01-10", "1000"))
    books = engine.books(with_borrowers(books_of({"L1": loan(*monthly(1, 12), versions=[renewed])})))
    facts = facts_of(engine, L1={})
    records = extension_records(books, cases_of(engine, "L1"), facts, AS_OF, SHANGHAI, UPLOAD)
    (row,) = kit.rows(judge_records(records, D4, now=UPLOADED_AT))
    assert [rule.rule_id for rule in record_rules(D4) if not row[rule.rule_id]] == []


def test_clock_times_of_summers_in_which_china_moved_its_clocks(engine, kit, rows):
    summer = {"applied_at": datetime.fromisoformat("1991-07-01T00:00:00+00:00")}
    facts = facts_of(engine, L1=summer)
    (row,) = kit.rows(account_records(engine.books(rows), cases_of(engine, "L1"), facts, SHANGHAI, UPLOAD))
    assert row["applyDate"] == datetime.fromisoformat("1991-07-01T09:00:00")


def test_every_fact_fills_a_column_of_its_own():
    fields = {field.name: field for field in BAIHANG_ACCOUNTS.fields}
    assert sorted(["loan_id", *FACT_OF_COLUMN.values()]) == sorted(fields)
    for column, fact in FACT_OF_COLUMN.items():
        assert D2.field(column).codes == fields[fact].codes
        assert D2.field(column).is_required is (fact not in BAIHANG_ACCOUNTS.optional)


@pytest.mark.parametrize(("terms", "is_listed"), [(1, True), (7, True), (1024, True), (1025, False)])
def test_all_due_dates_are_listed_or_none(polars_engine, kit, terms, is_listed):
    days = [date.fromordinal(date(2026, 1, 1).toordinal() + number).isoformat() for number in range(terms)]
    rows = with_borrowers(books_of({"L1": loan(*map(due, days))}))
    table = accounts(polars_engine, kit, rows, "L1")
    assert table["targetRepayDateList"].to_pylist() == [",".join(days) if is_listed else None]
    assert table["totalTerm"].to_pylist() == [terms]


def test_what_nobody_said_is_left_empty_and_found(engine, kit, rows):
    rows["borrowers"][0] |= {"id_type": "uscc", "id_number": "91110000600037341L", "mobile": None}
    records = account_records(engine.books(rows), cases_of(engine, "L1"), facts_of(engine), SHANGHAI, UPLOAD)
    (row,) = kit.rows(judge_records(records, D2, now=UPLOADED_AT))
    assert {name for name in D2.names if row[name] is None and not name.startswith("device_")} == {
        "pid",
        "mobile",
        *FACT_OF_COLUMN,
    }
    assert {rule.rule_id for rule in record_rules(D2) if not row[rule.rule_id]} == {
        f"baihang_d2.{name}.missing"
        for name in ("pid", "mobile", *(name for name in FACT_OF_COLUMN if name != "originalLoanId"))
    }


def test_records_of_right_books_break_no_rule(engine, policy, kit, rows):
    books = engine.books(rows)
    arrears = arrears_as_of(books, AS_OF, policy, engine.settled)
    cases = cases_of(engine, "L1")
    made = account_records(books, cases, facts_of(engine, L1={}), SHANGHAI, UPLOAD)
    terms = overdue_records(books, cases, arrears, AS_OF, CONFIRMED_AT, UPLOAD, engine.settled)
    for records, layout in ((made, D2), (terms, D3)):
        for row in kit.rows(judge_records(records, layout, now=UPLOADED_AT)):
            assert [rule.rule_id for rule in record_rules(layout) if not row[rule.rule_id]] == []


@pytest.mark.parametrize("mark", ["", "a-b", "甲", "a" * 31])
def test_a_mark_that_can_not_be_part_of_a_request_number(mark):
    with pytest.raises(ValueError, match="mark"):
        Upload(mark, "A", UPLOADED_AT)


def test_an_operation_that_the_bureau_does_not_know():
    with pytest.raises(ValueError, match="operation"):
        Upload("a", "X", UPLOADED_AT)
