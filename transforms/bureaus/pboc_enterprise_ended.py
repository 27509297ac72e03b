"""Record 410 of an enterprise's account that is not in arrears any more: nothing is overdue, or all is paid."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import narwhals as nw

from schemas.bureaus.pboc import RECORDS
from schemas.bureaus.pboc_codes import ENTERPRISE_CLOSED
from schemas.bureaus.pboc_facts import PBOC_ENTERPRISE_ACCOUNTS
from schemas.policy import Policy
from transforms.books import Books, Frame
from transforms.bureaus.pboc import Institution, PbocFacts, PbocRecords
from transforms.bureaus.pboc_account import (
    BASE,
    KEYS,
    ORGANISATION_ID_TYPE,
    accounts_of,
    base_values,
    in_segment,
    numbered,
)
from transforms.bureaus.pboc_enterprise import LIABILITY, liability_values, point_of_known
from transforms.bureaus.pboc_text import day
from transforms.bureaus.pboc_written import written
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
    accounts = _accounts(books, cases, known, as_of, policy, keep)
    recovered = accounts.filter((nw.col("missed") == 0) & ~nw.col("is_paid_off") & ~nw.col("is_collection"))
    values = {"AcctStatus": nw.lit(_ACTIVE), **_NOTHING_OVERDUE}
    return _written(recovered, institution, as_of, point_of_known(as_of), values)


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
    closed = _accounts(books, cases, known, as_of, policy, keep).filter(nw.col("is_paid_off"))
    values = {
        "AcctStatus": nw.lit(ENTERPRISE_CLOSED),
        "AcctBal": _NONE,
        **_NOTHING_OVERDUE,
        "NxtAgrrRpyDate": nw.lit(""),
        "CloseDate": day(nw.col("repaid_on")),
    }
    return _written(closed, institution, as_of, nw.lit(_CLOSED_POINT), values)


def _accounts(books: Books, cases: Frame, known: PbocFacts, as_of: date, policy: Policy, keep: Keep) -> Frame:
    facts = known.enterprise_accounts.select(*PBOC_ENTERPRISE_ACCOUNTS.field_names)
    return accounts_of(books, cases.select("case_id", "loan_id"), "enterprise", facts, as_of, policy, keep)


def _written(
    accounts: Frame, institution: Institution, as_of: date, point: nw.Expr, values: Mapping[str, nw.Expr]
) -> PbocRecords:
    records = written(
        numbered(accounts.with_columns(point.alias("point")), "case_id"),
        RECORDS["410"],
        KEYS,
        {BASE: nw.lit(True), LIABILITY: nw.lit(True)},
        {
            **base_values(institution, as_of, "410", ORGANISATION_ID_TYPE),
            **liability_values(),
            **in_segment(LIABILITY, values),
        },
        "account_type_code",
    )
    return PbocRecords(records)
