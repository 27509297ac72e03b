"""Loans by hand with what Metro 2 asks of them, and their records on an engine."""

from datetime import date, datetime

import pyarrow as pa

from schemas.bureaus.metro2_facts import METRO2_ACCOUNTS, METRO2_ASSOCIATIONS, METRO2_CONSUMERS
from tests.transforms.arrears_cases import books_of
from transforms.bureaus.metro2 import Facts, Furnisher, Report, metro2_records

SEGMENT_KEYS = ("base", "j1", "j2", "k1", "k2", "k3", "k4", "l1", "n1")
AS_OF = date(2026, 8, 31)
MADE_AT = datetime.fromisoformat("2026-09-01T09:00:00")
LENDER = Furnisher(
    "LENDER001",
    "TEST LENDER",
    "1 MAIN STREET SPRINGFIELD IL 62701",
    telephone="2175550100",
    program_ids=(("equifax_program_id", "EFX0000001"),),
)
ACCOUNT = {"portfolio_type": "I", "account_type": "01", "terms_frequency": "M", "interest_type": "F"}
CONSUMER = {
    "surname": "SMITH",
    "first_name": "ANNA",
    "born_on": date(1975, 5, 31),
    "telephone": "2175550123",
    "country_code": "US",
    "address_line_1": "5 ELM STREET",
    "city": "SPRINGFIELD",
    "state": "IL",
    "zip": "62701",
}


def borrower(borrower_id, number="123456789", **changes):
    row = {
        "borrower_id": borrower_id,
        "borrower_kind": "person",
        "name": "ANNA SMITH",
        "id_type": "ssn",
        "id_number": number,
        "mobile": None,
        "email": None,
        "protection_code": "none",
    }
    return row | changes


def rows_of(loans, **others):
    """Rows of loans by hand with a borrower for each; `others` are rows of further datasets, borrowers are added."""
    rows = books_of(loans)
    known = {row["borrower_id"] for row in others.get("borrowers", [])}
    own = [borrower(row["borrower_id"]) for row in rows["loans"] if row["borrower_id"] not in known]
    return rows | others | {"borrowers": own + others.get("borrowers", [])}


def mapped(engine, policy, rows, accounts=None, consumers=None, associations=(), as_of=AS_OF, **report):
    """The records of every loan of the rows; facts by loan and by borrower are changes to complete ones."""
    accounts, consumers = accounts or {}, consumers or {}
    told = [
        {"loan_id": row["loan_id"], "account_number": f"A{row['loan_id'].upper()}"}
        | ACCOUNT
        | accounts.get(row["loan_id"], {})
        for row in rows["loans"]
    ]
    persons = [
        {"borrower_id": row["borrower_id"], **CONSUMER, **consumers.get(row["borrower_id"], {})}
        for row in rows["borrowers"]
    ]
    facts = Facts(
        _frame(engine, METRO2_ACCOUNTS, told),
        _frame(engine, METRO2_CONSUMERS, persons),
        _frame(engine, METRO2_ASSOCIATIONS, list(associations)),
    )
    cases = engine.rows(
        [{"case_id": f"metro2-{row['loan_id']}", "loan_id": row["loan_id"]} for row in rows["loans"]],
        case_id=pa.string(),
        loan_id=pa.string(),
    )
    report = Report(LENDER, as_of, MADE_AT, **report)
    return metro2_records(engine.books(rows), cases, facts, report, policy, engine.settled)


def tables(records):
    """Key of the segment to its table, `cases` among them."""
    frames = {"cases": records.cases, "base": records.records.base, **records.records.appended}
    return {key: frame.collect("pyarrow").to_native() for key, frame in frames.items()}


def base_by_loan(records):
    """The base segment of each loan's record."""
    held = tables(records)
    loans = {row["record_no"]: row["loan_id"] for row in held["cases"].to_pylist()}
    return {loans[row["record_no"]]: row for row in held["base"].to_pylist()}


def _frame(engine, dataset, rows):
    """Facts that are required may be missing here: what happens then is tested too."""
    schema = pa.schema([field.with_nullable(True) for field in dataset.arrow_schema()])
    filled = [{name: row.get(name) for name in dataset.field_names} for row in rows]
    assert all(set(row) <= set(dataset.field_names) for row in rows)
    return engine.frame(pa.Table.from_pylist(filled, schema=schema))
