"""Record 410 of an enterprise's account that is not in arrears any more: nothing is overdue, or all is paid."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import narwhals as nw

from schemas.bureaus.pboc_codes import ENTERPRISE_CLOSED
from schemas.policy import Policy
from transforms.books import Books, Frame
from transforms.bureaus.pboc import Institution, PbocFacts, PbocRecords
from transforms.bureaus.pboc_account import ENTERPRISE_ACCOUNT, accounts_of, in_segment
from transforms.bureaus.pboc_enterprise import LIABILITY, liability_values, point_of_known
from transforms.bureaus.pboc_not_overdue import ended_records, recovered_of
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

    The report point is 33 on the day of the last repayment, 32 on an agreed day, else 49. Cases that are still in
    arrears, are paid off, or are collection accounts give no record.

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
    recovered = recovered_of(accounts)
    values = {"AcctStatus": nw.lit(_ACTIVE), **_NOTHING_OVERDUE}
    return _records(recovered, institution, as_of, point_of_known(as_of), values)


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

    Cases that are not paid off give no record.

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
    return _records(closed, institution, as_of, nw.lit(_CLOSED_POINT), values)


def _records(
    accounts: Frame, institution: Institution, as_of: date, point: nw.Expr, values: Mapping[str, nw.Expr]
) -> PbocRecords:
    told = {**liability_values(), **in_segment(LIABILITY, values)}
    return ended_records(ENTERPRISE_ACCOUNT, accounts, institution, as_of, point, {LIABILITY: nw.lit(True)}, told)
