"""Records of accounts in arrears: the cases of a batch in the order of the policy, with all that stands beside them.

That is who else answers for them, what secures them, and their special transactions.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import narwhals as nw

from schemas.policy import Policy
from transforms.books import Books, Frame
from transforms.bureaus.pboc import Institution, PbocFacts, PbocRecords
from transforms.bureaus.pboc_account import AccountKind, account_records, accounts_of, with_line
from transforms.bureaus.pboc_collateral import collateral_of
from transforms.bureaus.pboc_opening import opening_segments
from transforms.bureaus.pboc_parties import parties_of
from transforms.bureaus.pboc_special import special_of
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
    known: PbocFacts,
    institution: Institution,
    as_of: date,
    segments: Mapping[str, nw.Expr],
    values: Mapping[str, nw.Expr],
    only_when: Mapping[str, nw.Expr] | None = None,
) -> PbocRecords:
    """The records of these accounts, with all that secures those that the bureau is told of for the first time.

    Later it is told of the collateral when that changed. Special transactions are told once, whenever that is.

    Args:
        kind: of the accounts.
        accounts: as `accounts_in_arrears`, with the report point in `point`.
        parties: as `transforms.bureaus.pboc_parties.liable_parties`.
        known: the facts; those of collateral and of special transactions count.
        institution: who reports.
        as_of: business date.
        segments: as `account_records` takes them, of the segments besides those of an opening.
        values: as `account_records` takes them.
        only_when: as `account_records` takes it.
    """
    is_first = nw.col("is_first")
    groups = (
        parties_of(accounts.filter(is_first), parties, kind.layout),
        collateral_of(accounts, kind.layout, known, institution, as_of),
        special_of(accounts, kind.layout, known, as_of),
    )
    told = {**segments, **opening_segments(is_first)}
    return account_records(kind, accounts, institution, as_of, told, values, only_when, groups)
