"""What Baihang asks of a loan and the thirteen source datasets don't say: the lender gives it beside them."""

from __future__ import annotations

from schemas.bureaus import baihang_codes as codes
from schemas.dataset import Dataset, Reference
from schemas.field import Field, FieldType, Sensitivity

_NOT_BEFORE = "1990-01-01"

BAIHANG_ACCOUNTS = Dataset(
    "baihang_accounts",
    1,
    "what Baihang asks of a loan beside the books, one row a loan",
    (
        "loan_id",
        "refinanced_loan_id",
        "guarantee_code",
        "purpose_code",
        "applied_at",
        "account_opened_at",
        "paid_out_at",
        "grace_days",
    ),
    ("loan_id",),
    optional=frozenset({"refinanced_loan_id"}),
    references=(Reference("loan_id", "loans"),),
    own_fields=(
        Field(
            "refinanced_loan_id",
            FieldType.TEXT,
            "the lender's key of the loan that this one refinances",
            Sensitivity.KEY,
            pattern=r"[A-Za-z0-9_-]{1,60}",
        ),
        Field("guarantee_code", FieldType.TEXT, "how the loan is secured, as Baihang codes it", codes=codes.GUARANTEE),
        Field("purpose_code", FieldType.TEXT, "what the loan is for, as Baihang codes it", codes=codes.PURPOSE),
        Field("applied_at", FieldType.INSTANT, "when the borrower applied", not_before=_NOT_BEFORE),
        Field("account_opened_at", FieldType.INSTANT, "when the account was opened", not_before=_NOT_BEFORE),
        Field("paid_out_at", FieldType.INSTANT, "when the loan was paid out", not_before=_NOT_BEFORE),
        Field("grace_days", FieldType.INTEGER, "days of grace before an instalment counts as overdue there", minimum=0),
    ),
)

FIRST_FACT_YEAR = int(_NOT_BEFORE[:4])
"""Instants of an earlier year break the contract."""

FACT_OF_COLUMN = {
    "originalLoanId": "refinanced_loan_id",
    "guaranteeType": "guarantee_code",
    "loanPurpose": "purpose_code",
    "applyDate": "applied_at",
    "accountOpenDate": "account_opened_at",
    "issueDate": "paid_out_at",
    "gracePeriod": "grace_days",
}
"""Column of Baihang's accounts (D2, D4) to the field of `BAIHANG_ACCOUNTS` that fills it."""
