"""Records of Baihang for tests: those of the golden files, and any that fit a layout."""

import io
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
from hypothesis import strategies as st

from delivery.bureaus import baihang
from schemas.bureaus.baihang import LAYOUTS
from schemas.bureaus.json_lines import JsonKind

GOLDEN = Path(__file__).parents[1] / "golden" / "baihang"
TYPES = {
    JsonKind.TEXT: pl.String,
    JsonKind.CODE: pl.String,
    JsonKind.INTEGER: pl.Int64,
    JsonKind.MONEY: pl.Decimal(18, 2),
    JsonKind.DATE: pl.Date,
    JsonKind.TIME: pl.Datetime("us"),
    JsonKind.DATES: pl.String,
}


def clock(text):
    return datetime.fromisoformat(text)


ACCOUNT = {
    "reqID": "LENDER20260615D200000001",
    "opCode": "A",
    "uploadTs": clock("2026-06-16T08:00:00"),
    "name": "王小明",
    "pid": "11010519491231002X",
    "mobile": "13800138000",
    "loanId": "L1",
    "originalLoanId": None,
    "guaranteeType": "1",
    "loanPurpose": "13",
    "applyDate": clock("2026-01-02T10:00:00"),
    "accountOpenDate": clock("2026-01-02T11:00:00"),
    "issueDate": clock("2026-01-03T09:00:00"),
    "dueDate": date(2026, 3, 10),
    "loanAmount": Decimal("3000.00"),
    "totalTerm": 2,
    "targetRepayDateType": "2",
    "termPeriod": -1,
    "targetRepayDateList": "2026-02-10,2026-03-10",
    "firstRepaymentDate": date(2026, 2, 10),
    "gracePeriod": 0,
    "device_deviceType": None,
    "device_imei": None,
    "device_mac": None,
    "device_ipAddress": None,
    "device_osName": None,
}
REFINANCED = ACCOUNT | {
    "reqID": "LENDER20260615D200000002",
    "opCode": "M",
    "name": "阿卜杜拉·买买提",
    "pid": "110101199003071233",
    "mobile": "13900139000",
    "loanId": 'L"2\\',
    "originalLoanId": "L1",
    "guaranteeType": "6",
    "loanPurpose": "99",
    "dueDate": date(2026, 3, 4),
    "loanAmount": Decimal("9999999999999.99"),
    "targetRepayDateType": "1",
    "termPeriod": 30,
    "targetRepayDateList": None,
    "firstRepaymentDate": date(2026, 2, 2),
    "gracePeriod": 3,
    "device_deviceType": "1",
    "device_ipAddress": "192.0.2.1",
    "device_osName": "99",
}
OVERDUE = {name: ACCOUNT[name] for name in ("opCode", "uploadTs", "loanId", "name", "pid", "mobile")} | {
    "reqID": "LENDER20260615D300000001",
    "termNo": 2,
    "termStatus": "overdue",
    "targetRepaymentDate": date(2026, 3, 10),
    "realRepaymentDate": None,
    "plannedPayment": Decimal("1500.00"),
    "targetRepayment": Decimal("1512.05"),
    "realRepayment": Decimal("0.00"),
    "overdueStatus": "D97",
    "statusConfirmAt": clock("2026-06-15T23:59:59"),
    "overdueAmount": Decimal("1512.05"),
    "remainingAmount": Decimal("1512.05"),
    "loanStatus": "2",
}
PAID = OVERDUE | {
    "reqID": "LENDER20260615D300000002",
    "termStatus": "normal",
    "realRepaymentDate": clock("2026-06-15T12:00:00"),
    "targetRepayment": Decimal("0.00"),
    "realRepayment": Decimal("1512.05"),
    "overdueStatus": None,
    "overdueAmount": Decimal("0.00"),
    "remainingAmount": Decimal("0.00"),
    "loanStatus": "3",
}
ROWS = {"D2": [ACCOUNT, REFINANCED], "D3": [OVERDUE, PAID], "D4": [ACCOUNT]}


def frame(kind, rows):
    return pl.DataFrame(rows, {column: TYPES[field.kind] for column, field in LAYOUTS[kind]})


def written(kind, *parts):
    file = io.BytesIO()
    baihang.write(file, kind, parts)
    return file.getvalue()


def golden(kind):
    return (GOLDEN / f"{kind.lower()}.txt").read_bytes()


def one_line(kind):
    """The first record of the golden file as text."""
    return golden(kind).decode().split("\r\n")[1]


_LETTERS = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\u2028\u2029\ufeff\ufffd")
_DAYS = st.dates(date(1000, 1, 1), date(9999, 12, 31))


def _values(field):
    match field.kind:
        case JsonKind.INTEGER:
            values = st.integers(-(10**9) + 1, 10**9 - 1)
        case JsonKind.MONEY:
            values = st.decimals("-9999999999999.99", "9999999999999.99", places=2)
        case JsonKind.DATE:
            values = _DAYS
        case JsonKind.TIME:
            values = st.datetimes(clock("1000-01-01T00:00:00"), clock("9999-12-31T23:59:59")).map(
                lambda at: at.replace(microsecond=0)
            )
        case JsonKind.DATES:
            values = st.lists(_DAYS, min_size=1, max_size=5).map(lambda days: ",".join(map(str, days)))
        case _ if field.codes:
            values = st.sampled_from(list(field.codes))
        case _:
            values = st.text(_LETTERS, min_size=1, max_size=field.max_length)
    return values if field.is_required else st.none() | values


def any_rows(kind):
    """Rows that fit the layout of a kind, whether or not they make sense."""
    return st.lists(st.fixed_dictionaries({column: _values(field) for column, field in LAYOUTS[kind]}), max_size=4)
