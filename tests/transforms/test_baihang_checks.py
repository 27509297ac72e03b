"""Rules on Baihang's records: one broken value breaks one rule, on both engines."""

from collections import Counter
from datetime import date, datetime
from decimal import Decimal

import duckdb
import narwhals as nw
import polars as pl
import pyarrow as pa
import pytest

from schemas.bureaus.baihang import D2, D3, D4
from transforms.bureaus.baihang_checks import judge_records, judge_sense, layout_rules, record_rules, sense_rules
from transforms.quality import Severity

NOW = datetime.fromisoformat("2026-06-16T09:00:00")
HEAD = {
    "reqID": "B20260615D200000001",
    "opCode": "A",
    "uploadTs": datetime.fromisoformat("2026-06-16T08:00:00"),
    "name": "王小明",
    "pid": "11010519491231002X",
    "mobile": "13800138000",
    "loanId": "L1",
}
ACCOUNT = HEAD | {
    "originalLoanId": None,
    "guaranteeType": "1",
    "loanPurpose": "13",
    "applyDate": datetime.fromisoformat("2026-01-02T10:00:00"),
    "accountOpenDate": datetime.fromisoformat("2026-01-02T11:00:00"),
    "issueDate": datetime.fromisoformat("2026-01-03T09:00:00"),
    "dueDate": date(2026, 3, 10),
    "loanAmount": Decimal("3000.00"),
    "totalTerm": 2,
    "targetRepayDateType": "2",
    "termPeriod": -1,
    "targetRepayDateList": "2026-02-10,2026-03-10",
    "firstRepaymentDate": date(2026, 2, 10),
    "gracePeriod": 0,
    "device_deviceType": "1",
    "device_imei": None,
    "device_mac": None,
    "device_ipAddress": "192.0.2.1",
    "device_osName": "99",
}
CYCLE = {"targetRepayDateType": "1", "termPeriod": 30, "targetRepayDateList": None}
REPAYMENT = HEAD | {
    "termNo": 2,
    "termStatus": "overdue",
    "targetRepaymentDate": date(2026, 3, 10),
    "realRepaymentDate": None,
    "plannedPayment": Decimal("1500.00"),
    "targetRepayment": Decimal("1512.00"),
    "realRepayment": Decimal("0.00"),
    "overdueStatus": "D97",
    "statusConfirmAt": datetime.fromisoformat("2026-06-15T23:59:59"),
    "overdueAmount": Decimal("1512.00"),
    "remainingAmount": Decimal("1512.00"),
    "loanStatus": "2",
}
PAID = {
    "termStatus": "normal",
    "realRepaymentDate": datetime.fromisoformat("2026-06-15T12:00:00"),
    "targetRepayment": Decimal("0.00"),
    "realRepayment": Decimal("1512.00"),
    "overdueStatus": None,
    "overdueAmount": Decimal("0.00"),
    "remainingAmount": Decimal("0.00"),
    "loanStatus": "3",
}
VALID = {D2: ACCOUNT, D4: ACCOUNT, D3: REPAYMENT}

HEAD_MUTATIONS = {
    "reqID.shape": ({"reqID": "B2026-1"}, ()),
    "reqID.missing": ({"reqID": None}, ()),
    "reqID.too_long": ({"reqID": "a" * 41}, ("reqID.shape",)),
    "reqID.unprintable": ({"reqID": "a\tb"}, ("reqID.shape",)),
    "uploadTs.too_early": ({"uploadTs": datetime.fromisoformat("1979-12-31T23:59:59")}, None),
    "uploadTs.in_future": ({"uploadTs": datetime.fromisoformat("2026-06-16T09:00:01")}, ()),
    "uploadTs.missing": ({"uploadTs": None}, ()),
    "opCode.missing": ({"opCode": None}, ()),
    "opCode.code": ({"opCode": "a"}, ()),
    "name.not_chinese": ({"name": "John Smith"}, ()),
    "name.missing": ({"name": " "}, ("name.not_chinese",)),
    "name.too_long": ({"name": "王" * 101}, ()),
    "name.unprintable": ({"name": "王\x7f明"}, ("name.not_chinese",)),
    "pid.check_digit": ({"pid": "110105194912310021"}, ()),
    "pid.missing": ({"pid": None}, ()),
    "pid.too_long": ({"pid": "11010519491231002X0"}, ("pid.check_digit",)),
    "pid.unprintable": ({"pid": "11010519491231002\n"}, ("pid.check_digit",)),
    "mobile.digits": ({"mobile": "1380013800"}, ()),
    "mobile.implausible": ({"mobile": "12800138000"}, ()),
    "mobile.missing": ({"mobile": None}, ()),
    "mobile.too_long": ({"mobile": "138001380000"}, ("mobile.digits",)),
    "mobile.unprintable": ({"mobile": "138\n"}, ("mobile.digits",)),
    "loanId.missing": ({"loanId": None}, ()),
    "loanId.too_long": ({"loanId": "L" * 61}, ()),
    "loanId.unprintable": ({"loanId": "L\x1f"}, ()),
}
ACCOUNT_MUTATIONS = HEAD_MUTATIONS | {
    "uploadTs.too_early": (
        {"uploadTs": datetime.fromisoformat("1979-12-31T23:59:59")},
        ("uploadTs.before_issue",),
    ),
    "uploadTs.before_issue": ({"uploadTs": datetime.fromisoformat("2026-01-03T08:59:59")}, ()),
    "originalLoanId.too_long": ({"originalLoanId": "L" * 61}, ()),
    "originalLoanId.unprintable": ({"originalLoanId": "\x00"}, ()),
    "guaranteeType.missing": ({"guaranteeType": None}, ()),
    "guaranteeType.code": ({"guaranteeType": "7"}, ()),
    "loanPurpose.missing": ({"loanPurpose": None}, ()),
    "loanPurpose.code": ({"loanPurpose": "14"}, ()),
    "applyDate.missing": ({"applyDate": None}, ()),
    "accountOpenDate.missing": ({"accountOpenDate": None}, ()),
    "accountOpenDate.before_application": ({"accountOpenDate": datetime.fromisoformat("2026-01-02T09:59:59")}, ()),
    "issueDate.missing": ({"issueDate": None}, ()),
    "issueDate.before_opening": ({"issueDate": datetime.fromisoformat("2026-01-02T10:59:59")}, ()),
    "dueDate.missing": ({"dueDate": None}, ()),
    "dueDate.before_first_repayment": ({"dueDate": date(2026, 2, 9)}, ()),
    "loanAmount.missing": ({"loanAmount": None}, ()),
    "loanAmount.not_positive": ({"loanAmount": Decimal("0.00")}, ()),
    "totalTerm.missing": ({"totalTerm": None}, ()),
    "totalTerm.range": ({"totalTerm": 0}, ("targetRepayDateList.differs_from_terms",)),
    "targetRepayDateType.missing": ({"targetRepayDateType": None}, ()),
    "targetRepayDateType.code": ({"targetRepayDateType": "3"}, ()),
    "termPeriod.missing": ({"termPeriod": None}, ()),
    "termPeriod.not_days": (CYCLE | {"termPeriod": 0}, ()),
    "termPeriod.not_minus_one": ({"termPeriod": 30}, ()),
    "targetRepayDateList.missing": ({"targetRepayDateList": ""}, ()),
    "targetRepayDateList.superfluous": (CYCLE | {"targetRepayDateList": "2026-02-10,2026-03-10"}, ()),
    "targetRepayDateList.not_ascending": ({"targetRepayDateList": "2026-02-10,2026-02-10"}, ()),
    "targetRepayDateList.differs_from_terms": ({"targetRepayDateList": "2026-02-10"}, ()),
    "targetRepayDateList.differs_from_first": ({"targetRepayDateList": "2026-02-11,2026-03-10"}, ()),
    "targetRepayDateList.too_long": (
        {"targetRepayDateList": "2026-02-10,2026-03-10" + " " * 396_000},
        (),
    ),
    "firstRepaymentDate.missing": ({"firstRepaymentDate": None}, ()),
    "firstRepaymentDate.before_issue": (
        {"firstRepaymentDate": date(2026, 1, 2), "targetRepayDateList": "2026-01-02,2026-03-10"},
        (),
    ),
    "gracePeriod.missing": ({"gracePeriod": None}, ()),
    "gracePeriod.negative": ({"gracePeriod": -1}, ()),
    "device_deviceType.code": ({"device_deviceType": "4"}, ()),
    "device_imei.too_long": ({"device_imei": "1" * 201}, ()),
    "device_imei.unprintable": ({"device_imei": "\n"}, ()),
    "device_mac.too_long": ({"device_mac": "1" * 201}, ()),
    "device_mac.unprintable": ({"device_mac": "\n"}, ()),
    "device_ipAddress.too_long": ({"device_ipAddress": "1" * 201}, ()),
    "device_ipAddress.unprintable": ({"device_ipAddress": "\n"}, ()),
    "device_osName.code": ({"device_osName": "8"}, ()),
}
REPAYMENT_MUTATIONS = HEAD_MUTATIONS | {
    "uploadTs.too_early": (
        {"uploadTs": datetime.fromisoformat("1979-12-31T23:59:59")},
        ("uploadTs.before_status",),
    ),
    "uploadTs.before_status": ({"uploadTs": datetime.fromisoformat("2026-06-15T23:59:58")}, ()),
    "uploadTs.before_repayment": (PAID | {"realRepaymentDate": datetime.fromisoformat("2026-06-16T08:00:01")}, ()),
    "termNo.missing": ({"termNo": None}, ()),
    "termNo.range": ({"termNo": 36_001}, ()),
    "termStatus.missing": ({"termStatus": None}, ()),
    "termStatus.code": ({"termStatus": "late"}, ()),
    "targetRepaymentDate.missing": ({"targetRepaymentDate": None}, ()),
    "targetRepaymentDate.not_due": ({"targetRepaymentDate": date(2026, 6, 15)}, ()),
    "realRepaymentDate.missing": (PAID | {"realRepaymentDate": None}, ()),
    "realRepaymentDate.superfluous": ({"realRepaymentDate": datetime.fromisoformat("2026-06-15T00:00:00")}, ()),
    "plannedPayment.missing": ({"plannedPayment": None}, ()),
    "plannedPayment.negative": ({"plannedPayment": Decimal("-0.01")}, ()),
    "targetRepayment.missing": ({"targetRepayment": None}, ()),
    "targetRepayment.negative": ({"targetRepayment": Decimal("-0.01")}, ()),
    "targetRepayment.nothing_left": ({"targetRepayment": Decimal("0.00")}, ()),
    "realRepayment.missing": ({"realRepayment": None}, ()),
    "realRepayment.negative": ({"realRepayment": Decimal("-0.01")}, ()),
    "overdueStatus.too_long": ({"overdueStatus": "D123456"}, ("overdueStatus.shape",)),
    "overdueStatus.unprintable": ({"overdueStatus": "D1\n"}, ("overdueStatus.shape",)),
    "overdueStatus.shape": ({"overdueStatus": "M3"}, ()),
    "overdueStatus.missing": ({"overdueStatus": None}, ()),
    "overdueStatus.superfluous": (PAID | {"overdueStatus": "D1"}, ()),
    "statusConfirmAt.missing": ({"statusConfirmAt": None}, ()),
    "overdueAmount.missing": ({"overdueAmount": None}, ()),
    "overdueAmount.negative": ({"overdueAmount": Decimal("-0.01")}, ()),
    "overdueAmount.nothing_overdue": ({"overdueAmount": Decimal("0.00")}, ()),
    "overdueAmount.superfluous": (
        PAID | {"overdueAmount": Decimal("0.01"), "remainingAmount": Decimal("0.01"), "loanStatus": "1"},
        (),
    ),
    "overdueAmount.above_remaining": ({"overdueAmount": Decimal("1512.01")}, ()),
    "remainingAmount.missing": ({"remainingAmount": None}, ()),
    "remainingAmount.negative": ({"remainingAmount": Decimal("-0.01")}, ("overdueAmount.above_remaining",)),
    "remainingAmount.left_over": (PAID | {"remainingAmount": Decimal("0.01")}, ()),
    "loanStatus.missing": ({"loanStatus": None}, ()),
    "loanStatus.code": ({"loanStatus": "5", "termStatus": "normal", "overdueStatus": None}, ()),
    "loanStatus.not_overdue": ({"loanStatus": "4"}, ()),
}
MUTATIONS = {D2: ACCOUNT_MUTATIONS, D4: ACCOUNT_MUTATIONS, D3: REPAYMENT_MUTATIONS}
DUPLICATE = "reqID.duplicate"

each_layout = pytest.mark.parametrize("layout", [D2, D3, D4], ids=lambda layout: layout.name)
engines = pytest.mark.parametrize("engine", ["polars", "duckdb"])


def frame_of(rows, layout, engine):
    schema = pa.schema([*layout.arrow_schema(), pa.field("place", pa.int64())])
    table = pa.Table.from_pylist([{**row, "place": place} for place, row in enumerate(rows)], schema=schema)
    return nw.from_native(pl.from_arrow(table).lazy() if engine == "polars" else duckdb.connect().from_arrow(table))


def broken(rows, layout, engine="polars"):
    judged = judge_records(frame_of(rows, layout, engine), layout, now=NOW)
    found = judged.collect("pyarrow").sort("place").to_native()
    ids = [rule.rule_id for rule in record_rules(layout)]
    assert found.column_names == [*layout.names, "place", *ids]
    assert [found[rule].null_count for rule in ids] == [0] * len(ids)
    return [{rule.partition(".")[2] for rule in ids if row[rule] is False} for row in found.to_pylist()]


@engines
@each_layout
def test_one_broken_value_breaks_its_rule_only(layout, engine):
    mutations = MUTATIONS[layout]
    rows = [
        VALID[layout],
        *({**VALID[layout], "reqID": f"R{n}", **change} for n, (change, _) in enumerate(mutations.values())),
    ]
    found = broken(rows, layout, engine)
    assert found[0] == set()
    assert dict(zip(mutations, found[1:], strict=True)) == {
        rule: {rule, *also} for rule, (_, also) in mutations.items()
    }


@engines
def test_a_request_number_stands_once(engine):
    rows = [REPAYMENT, {**REPAYMENT, "reqID": "R2"}, REPAYMENT, {**REPAYMENT, "reqID": None}]
    assert broken(rows, D3, engine) == [{DUPLICATE}, set(), {DUPLICATE}, {"reqID.missing"}]


@engines
def test_records_that_are_right(engine):
    account = [
        CYCLE,
        {"name": "阿卜杜拉·买买提", "reqID": "R2", "device_deviceType": None},
        {
            "reqID": "R3",
            "applyDate": ACCOUNT["issueDate"],
            "accountOpenDate": ACCOUNT["issueDate"],
            "firstRepaymentDate": date(2026, 1, 3),
            "dueDate": date(2026, 1, 3),
            "totalTerm": 1,
            "targetRepayDateList": "2026-01-03",
        },
        {"reqID": "R4", "uploadTs": NOW},
    ]
    repayment = [
        PAID,
        {"reqID": "R2", "termStatus": "normal", "overdueStatus": "D5"},
        {"reqID": "R3", **PAID, "loanStatus": "1", "remainingAmount": Decimal("10.00")},
        {"reqID": "R4", **PAID, "termStatus": "thirdPartyPayIn30", "loanStatus": "4"},
        {"reqID": "R5", "targetRepaymentDate": date(2026, 6, 14), "overdueStatus": "D1"},
    ]
    assert broken([ACCOUNT | change for change in account], D2, engine) == [set()] * len(account)
    assert broken([REPAYMENT | change for change in repayment], D3, engine) == [set()] * len(repayment)


@each_layout
def test_every_rule_has_a_mutation_that_breaks_it(layout):
    dataset = layout.name.replace("-", "_")
    rules = record_rules(layout)
    assert Counter(f"{dataset}.{name}" for name in [*MUTATIONS[layout], DUPLICATE]) == Counter(
        rule.rule_id for rule in rules
    )
    assert all(rule.rule_id.split(".")[:2] == [dataset, rule.field_name] for rule in rules)
    assert rules == (*layout_rules(layout), *sense_rules(layout))


def test_what_only_warns():
    warnings = {
        rule.rule_id.partition(".")[2]
        for layout in (D2, D3)
        for rule in record_rules(layout)
        if rule.severity is Severity.WARNING
    }
    assert warnings == {
        "name.not_chinese",
        "mobile.implausible",
        "targetRepayDateList.differs_from_terms",
        "targetRepayDateList.differs_from_first",
        "overdueAmount.above_remaining",
    }


def test_sense_is_judged_without_the_layout():
    columns = judge_sense(frame_of([REPAYMENT], D3, "polars"), D3, now=NOW).collect_schema().names()
    assert columns == [*D3.names, "place", *(rule.rule_id for rule in sense_rules(D3))]
