"""Facts whose absence would look like an answer."""

import pyarrow as pa

from schemas.bureaus.metro2_facts import METRO2_ACCOUNTS, METRO2_CONSUMERS
from tests.transforms.arrears_cases import due, loan
from tests.transforms.metro2_loans import borrower, rows_of
from transforms.bureaus.metro2_unanswered import unanswered_facts

LOAN = loan(due("2026-07-01"))
TOLD = {"account_number": "A", "portfolio_type": "I", "account_type": "01"}


def told(engine, dataset, rows):
    filled = [{name: row.get(name) for name in dataset.field_names} for row in rows]
    return engine.frame(pa.Table.from_pylist(filled, schema=dataset.arrow_schema()))


def test_what_must_be_told_is_named_by_case(engine, kit):
    names = ("complete", "untold", "deleted", "explained", "bankrupt", "indicated", "party")
    rows = rows_of(
        dict.fromkeys(names, LOAN),
        liabilities=[
            {"loan_id": "party", "borrower_id": "ann", "liability_code": "guarantor", "liable_amount": None},
            {"loan_id": "complete", "borrower_id": "ben", "liability_code": "guarantor", "liable_amount": None},
        ],
        borrowers=[
            borrower("ann", protection_code="bankrupt"),
            borrower("ben", protection_code="bankrupt"),
            borrower("borrower of bankrupt", protection_code="bankrupt"),
            borrower("borrower of indicated", protection_code="bankrupt"),
        ],
    )
    accounts = {name: {"loan_id": name, **TOLD} for name in names if name != "untold"}
    accounts["deleted"] |= {"deletion_status": "DA", "deletion_reason": ""}
    accounts["explained"] |= {"deletion_status": "DA", "deletion_reason": "reported in error"}
    indicated = [
        {"borrower_id": name, "surname": "SMITH", "first_name": "ANNA", "consumer_information": "Z"}
        for name in ("borrower of indicated", "ben")
    ]
    cases = [{"case_id": f"case of {name}", "loan_id": name} for name in names]
    found = unanswered_facts(
        engine.books(rows),
        engine.rows(cases, case_id=pa.string(), loan_id=pa.string()),
        told(engine, METRO2_ACCOUNTS, accounts.values()),
        told(engine, METRO2_CONSUMERS, indicated),
    )
    assert sorted((row["case_id"], row["dataset_name"], row["field_name"]) for row in kit.rows(found)) == [
        ("case of bankrupt", "metro2_consumers", "consumer_information"),
        ("case of deleted", "metro2_accounts", "deletion_reason"),
        ("case of party", "metro2_consumers", "consumer_information"),
        ("case of untold", "metro2_accounts", "account_number"),
    ]
