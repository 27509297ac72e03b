"""Record 410 of an enterprise's account that is not in arrears any more: nothing is overdue, or all is paid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial

import narwhals as nw

from schemas.bureaus.pboc_codes import ENTERPRISE_CLOSED
from schemas.policy import Policy
from transforms.books import Books, Frame
from transforms.bureaus.pboc import Institution, PbocFacts, PbocRecords
from transforms.bureaus.pboc_account import ENTERPRISE_ACCOUNT, accounts_of, in_segment
from transforms.bureaus.pboc_collateral import collateral_of
from transforms.bureaus.pboc_enterprise import LIABILITY, liability_values, point_of_known
from transforms.bureaus.pboc_not_overdue import RowsOf, ended_records, recovered_of
from transforms.bureaus.pboc_special import special_of, with_extensions
from transforms.bureaus.pboc_text import day
from transforms.keep import Keep, as_it_is

_ACTIVE, _CLOSED_POINT = "10", "20"
_NONE = nw.lit("0")
_NOTHING_OVERDUE = {"TotOverd": _NONE, "OverdPrinc": _NONE, "OverdDy": _NONE}


def enterprise_recovered_records(
    books: Books,
    cases: Frame,
    known: PbocFacts,
    institution: Institution,
    as_of: date,
    policy: Policy,
    keep: Keep = as_it_is,
) -> PbocRecords:
    """Records 410 of cases of which nothing is overdue any more, and something is still to be paid later.

    The report point is 42 when an extension is told, 33 on the day of the last repayment, 32 on an agreed day, else 49.
    Collateral that changed and special transactions are told with it. Cases that are still in arrears, are paid off, or
    are collection accounts give no record.

    Args:
        books: of the business date.
        cases: `case_id`, `loan_id` of cases whose arrears the bureau was told of.
        known: what the books don't say.
        institution: who reports.
        as_of: business date.
        policy: gives the order in which components are paid.
        keep: what the engine offers to compute a frame once that is used several times.
    """
    accounts = accounts_of(
        ENTERPRISE_ACCOUNT, books, cases.select("case_id", "loan_id"), known.enterprise_accounts, as_of, policy, keep
    )
    recovered = with_extensions(recovered_of(accounts), known, as_of)
    values = {"AcctStatus": nw.lit(_ACTIVE), **_NOTHING_OVERDUE}
    layout = ENTERPRISE_ACCOUNT.layout
    collateral = partial(collateral_of, layout=layout, known=known, institution=institution, as_of=as_of)
    special = partial(special_of, layout=layout, known=known, as_of=as_of)
    return _records(recovered, institution, as_of, point_of_known(as_of), values, [collateral, special], keep)


def enterprise_closed_records(
    books: Books,
    cases: Frame,
    known: PbocFacts,
    institution: Institution,
    as_of: date,
    policy: Policy,
    keep: Keep = as_it_is,
) -> PbocRecords:
    """Records 410 at point 20 of cases whose loan is paid off: closed on the day of the last repayment.

    They tell the special transactions that are not told yet. Cases that are not paid off give no record.

    Args:
        books: of the business date.
        cases: `case_id`, `loan_id` of cases that the bureau was told of.
        known: what the books don't say.
        institution: who reports.
        as_of: business date.
        policy: gives the order in which components are paid.
        keep: what the engine offers to compute a frame once that is used several times.
    """
    accounts = accounts_of(
        ENTERPRISE_ACCOUNT, books, cases.select("case_id", "loan_id"), known.enterprise_accounts, as_of, policy, keep
    )
    closed = accounts.filter(nw.col("is_paid_off"))
    values = {
        "AcctStatus": nw.lit(ENTERPRISE_CLOSED),
        "AcctBal": _NONE,
        **_NOTHING_OVERDUE,
        "NxtAgrrRpyDate": nw.lit(""),
        "CloseDate": day(nw.col("repaid_on")),
    }
    special = partial(special_of, layout=ENTERPRISE_ACCOUNT.layout, known=known, as_of=as_of)
    return _records(closed, institution, as_of, nw.lit(_CLOSED_POINT), values, [special], keep)


def _records(
    accounts: Frame,
    institution: Institution,
    as_of: date,
    point: nw.Expr,
    values: Mapping[str, nw.Expr],
    groups: Sequence[RowsOf],
    keep: Keep,
) -> PbocRecords:
    told, segments = {**liability_values(), **in_segment(LIABILITY, values)}, {LIABILITY: nw.lit(True)}
    return ended_records(ENTERPRISE_ACCOUNT, accounts, institution, as_of, point, segments, told, groups, keep)
