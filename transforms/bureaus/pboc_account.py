"""Accounts of loans as the credit reference centre of the PBoC sees them: books, facts and figures put together.

Types D1, R1, R4 and C1 are made. What the books say of a loan holds for D1 and R4: it was opened when it was paid out,
the amount lent and the last due date are those of the loan. For a revolving account (R1) and a collection account (C1)
these are facts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import narwhals as nw

from schemas.bureaus.pboc import RECORDS
from schemas.bureaus.pboc_facts import PBOC_ACCOUNTS, PBOC_ENTERPRISE_ACCOUNTS
from schemas.bureaus.tagged import RECORD_NO, TaggedRecord
from schemas.dataset import Dataset
from schemas.policy import Policy
from transforms.books import Books, Frame
from transforms.bureaus.pboc import Institution, PbocRecords
from transforms.bureaus.pboc_figures import account_figures
from transforms.bureaus.pboc_groups import GroupRows, with_numbers
from transforms.bureaus.pboc_text import is_untold, own_code, translated
from transforms.bureaus.pboc_written import written
from transforms.keep import Keep, as_it_is

PERSON_ID_TYPE = {"resident_id": "10"}
_ORGANISATION_ID_TYPE = {"uscc": "20"}
"""Kinds of identity documents of the books that the bureau has a code for."""

BASE = "AcctBsSgmt"
KEYS = ("case_id", "loan_id", "serial")
"""Columns of records about accounts that stay with the lender."""
_PAID_OUT, _COLLECTION = ("D1", "R4"), "C1"


@dataclass(frozen=True)
class AccountKind:
    """Accounts by whose they are.

    Attributes:
        record_type: of the record about such an account.
        borrower_kind: of the borrowers.
        facts: contract of what the books don't say of such an account.
        id_types: kind of identity document to the bureau's code.
    """

    record_type: str
    borrower_kind: str
    facts: Dataset
    id_types: Mapping[str, str]

    @property
    def layout(self) -> TaggedRecord:
        """Of the record."""
        return RECORDS[self.record_type]


PERSON_ACCOUNT = AccountKind("210", "person", PBOC_ACCOUNTS, PERSON_ID_TYPE)
ENTERPRISE_ACCOUNT = AccountKind("410", "enterprise", PBOC_ENTERPRISE_ACCOUNTS, _ORGANISATION_ID_TYPE)


def accounts_of(
    kind: AccountKind,
    books: Books,
    cases: Frame,
    known: Frame,
    as_of: date,
    policy: Policy,
    keep: Keep = as_it_is,
) -> Frame:
    """The cases of borrowers of this kind with all that their records are made of.

    Columns: those of the cases, of loan and borrower, of the facts and of `account_figures`, and by the account's type
    `opened_on`, `lent` and `ends_on`; `is_collection`; `is_first`, whether the bureau was not told before `as_of`;
    `repaid_on`, the last repayment or what the facts tell in its place while there was none.

    Args:
        kind: of the accounts.
        books: of the business date.
        cases: `case_id`, `loan_id`, each loan once, and figures of the arrears where the records tell them.
        known: facts of accounts of this kind, each loan once at most.
        as_of: business date.
        policy: gives the order in which components are paid.
        keep: what the engine offers to compute a frame once that is used several times.
    """
    borrowers = books.borrowers.filter(nw.col("borrower_kind") == kind.borrower_kind)
    loans = books.loans.select("loan_id", "borrower_id", "principal_amount", "disbursed_on", "matures_on")
    mine = keep(
        cases.join(loans, on="loan_id", how="inner").join(
            borrowers.select("borrower_id", "name", "id_type", "id_number"), on="borrower_id", how="inner"
        )
    )
    figures = account_figures(books, mine.select("loan_id"), as_of, policy, keep)
    account_type = nw.col("account_type_code")
    is_paid_out, is_collection = account_type.is_in(_PAID_OUT), account_type == _COLLECTION
    owed_by_facts = nw.when(is_collection).then(nw.col("claim_amount")).otherwise(nw.col("credit_line_amount"))
    return (
        mine.join(known.select(*kind.facts.field_names), on="loan_id", how="left")
        .join(figures, on="loan_id", how="left")
        .with_columns(
            nw.when(is_paid_out).then(nw.col("disbursed_on")).otherwise(nw.col("account_opened_on")).alias("opened_on"),
            nw.when(is_paid_out).then(nw.col("principal_amount")).otherwise(owed_by_facts).alias("lent"),
            nw.when(is_paid_out).then(nw.col("matures_on")).otherwise(nw.col("line_ends_on")).alias("ends_on"),
            is_collection.fill_null(False).alias("is_collection"),
            is_untold("first_reported_on", as_of).alias("is_first"),
            nw.when(nw.col("last_repaid_on").is_null())
            .then(nw.col("nothing_repaid_on"))
            .otherwise(nw.col("last_repaid_on"))
            .alias("repaid_on"),
        )
    )


def numbered(frame: Frame, *order: str) -> Frame:
    """With `serial`, from 1 in this order, and the number of the record's line."""
    return with_line(frame.with_row_index("serial", order_by=list(order)).with_columns(nw.col("serial") + 1))


def with_line(frame: Frame) -> Frame:
    """With the number that the record's line has in a file of all of them, behind the header."""
    serial = nw.col("serial").cast(nw.Int64())
    return frame.with_columns(serial.alias("serial"), (serial + 1).alias(RECORD_NO))


def account_records(
    kind: AccountKind,
    accounts: Frame,
    institution: Institution,
    as_of: date,
    segments: Mapping[str, nw.Expr],
    values: Mapping[str, nw.Expr],
    only_when: Mapping[str, nw.Expr] | None = None,
    groups: Sequence[GroupRows] = (),
) -> PbocRecords:
    """The records of these accounts: the base segment and what else is told.

    Args:
        kind: of the accounts.
        accounts: as `accounts_of`, numbered, with the report point in `point`.
        institution: who reports.
        as_of: business date.
        segments: as `written` takes them, of the segments besides the base and those of groups.
        values: as `written` takes them, of the items besides the base.
        only_when: as `written` takes it.
        groups: rows of groups, whose segments follow from them.
    """
    records = written(
        with_numbers(accounts, groups),
        kind.layout,
        KEYS,
        {BASE: nw.lit(True), **segments, **{each.segment: each.stands for each in groups}},
        {**_base_values(kind, institution, as_of), **values, **{each.count_column: each.number for each in groups}},
        "account_type_code",
        only_when,
    )
    return PbocRecords(records, {each.path: each.rows for each in groups})


def _base_values(kind: AccountKind, institution: Institution, as_of: date) -> dict[str, nw.Expr]:
    """Items of the base segment of an account; its report point is in the column `point`."""
    values = {
        "InfRecType": nw.lit(kind.record_type),
        "AcctType": nw.col("account_type_code"),
        "AcctCode": own_code(institution, "account_number"),
        "RptDate": nw.lit(as_of.isoformat()),
        "RptDateCode": nw.col("point"),
        "Name": nw.col("name"),
        "IDType": translated("id_type", kind.id_types),
        "IDNum": nw.col("id_number"),
        "MngmtOrgCode": nw.col("management_code"),
    }
    return in_segment(BASE, values)


def in_segment(element: str, values: Mapping[str, nw.Expr]) -> dict[str, nw.Expr]:
    """Values by tag as values by column of the layout."""
    return {f"{element}.{tag}": value for tag, value in values.items()}
