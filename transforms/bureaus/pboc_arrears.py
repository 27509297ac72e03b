"""Records of accounts in arrears: the cases of a batch in the order of the policy, and who else answers for them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import narwhals as nw

from schemas.bureaus.tagged import RECORD_NO
from schemas.policy import Policy
from transforms.books import Books, Frame
from transforms.bureaus.pboc import Institution, PbocRecords
from transforms.bureaus.pboc_account import AccountKind, account_records, accounts_of, with_line
from transforms.bureaus.pboc_opening import PARTIES, opening_segments
from transforms.bureaus.pboc_parties import parties_of
from transforms.decisions import numbered_by_priority
from transforms.keep import Keep

FIGURES = (
    "has_judgment",
    "overdue_days",
    "missed_instalments",
    "overdue_amount",
    "overdue_principal",
    "overdue_principal_31_60",
    "overdue_principal_61_90",
    "overdue_principal_91_180",
    "overdue_principal_over_180",
    "balance_amount",
    "repayment_status_code",
)
"""Figures of the decisions that the records tell."""


def accounts_in_arrears(
    kind: AccountKind,
    books: Books,
    frozen: Frame,
    decisions: Frame,
    known: Frame,
    as_of: date,
    policy: Policy,
    keep: Keep,
) -> Frame:
    """The frozen cases of this kind with their figures, as `accounts_of`, numbered by the policy's priority.

    Args:
        kind: of the accounts.
        books: the ones that were decided on.
        frozen: `case_id`, `loan_id` of every case of the batch as it was frozen.
        decisions: of the business date.
        known: facts of accounts of this kind.
        as_of: business date.
        policy: gives priority and the order in which components are paid.
        keep: what the engine offers to compute a frame once that is used several times.
    """
    cases = frozen.select("case_id", "loan_id").join(decisions.select("loan_id", *FIGURES), on="loan_id", how="inner")
    return with_line(
        numbered_by_priority(accounts_of(kind, books, cases, known, as_of, policy, keep), "serial", policy)
    )


def arrears_records(
    kind: AccountKind,
    accounts: Frame,
    parties: Frame,
    institution: Institution,
    as_of: date,
    segments: Mapping[str, nw.Expr],
    values: Mapping[str, nw.Expr],
    only_when: Mapping[str, nw.Expr] | None = None,
) -> PbocRecords:
    """The records of these accounts, with the parties of those that the bureau is told of for the first time.

    Args:
        kind: of the accounts.
        accounts: as `accounts_in_arrears`, with the report point in `point`.
        parties: as `transforms.bureaus.pboc_parties.liable_parties`.
        institution: who reports.
        as_of: business date.
        segments: as `account_records` takes them, of the segments besides those of an opening.
        values: as `account_records` takes them.
        only_when: as `account_records` takes it.
    """
    is_first = nw.col("is_first")
    counted, groups = parties_of(accounts.filter(is_first), parties, kind.layout, f"{PARTIES}.RltRepymtInf")
    told = accounts.join(counted, on=RECORD_NO, how="left")
    records = account_records(
        kind, told, institution, as_of, {**segments, **opening_segments(is_first)}, values, only_when
    )
    return PbocRecords(records, groups)
