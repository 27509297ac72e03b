"""Accounts of which the bureau knows arrears that are over, and the records that say so."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

import narwhals as nw

from transforms.books import Frame
from transforms.bureaus.pboc import Institution, PbocRecords
from transforms.bureaus.pboc_account import AccountKind, account_records, numbered
from transforms.bureaus.pboc_groups import GroupRows
from transforms.keep import Keep, as_it_is

RowsOf = Callable[[Frame], GroupRows]
"""Rows of a group for accounts that are numbered."""


def recovered_of(accounts: Frame) -> Frame:
    """Those of which nothing is overdue and something is still to be paid; collection accounts never are."""
    return accounts.filter((nw.col("missed") == 0) & ~nw.col("is_paid_off") & ~nw.col("is_collection"))


def ended_records(
    kind: AccountKind,
    accounts: Frame,
    institution: Institution,
    as_of: date,
    point: nw.Expr,
    segments: Mapping[str, nw.Expr],
    values: Mapping[str, nw.Expr],
    groups: Sequence[RowsOf] = (),
    keep: Keep = as_it_is,
) -> PbocRecords:
    """The records of these accounts at that report point, numbered by `case_id`; segments as `account_records`."""
    told = keep(numbered(accounts.with_columns(point.alias("point")), "case_id"))
    rows = [rows_of(told) for rows_of in groups]
    return account_records(kind, told, institution, as_of, segments, values, groups=rows)
