"""Record 210 of an account that is not in arrears any more: what was overdue is recovered, or all is paid.

Both tell the bureau that the arrears it was told of are over, which is due to the borrower as soon as it is so.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from functools import partial

import narwhals as nw

from schemas.bureaus import pboc_codes as codes
from schemas.policy import Policy
from transforms.books import Books, Frame
from transforms.bureaus.pboc import Institution, PbocFacts, PbocRecords
from transforms.bureaus.pboc_account import PERSON_ACCOUNT, accounts_of, in_segment
from transforms.bureaus.pboc_monthly import BETWEEN, MONTHLY, class_values, last_repaid_amount, month_values
from transforms.bureaus.pboc_not_overdue import ended_records, recovered_of
from transforms.bureaus.pboc_opening import instalments
from transforms.bureaus.pboc_special import special_of
from transforms.bureaus.pboc_text import day, yuan
from transforms.keep import Keep, as_it_is

_NORMAL, _CLOSED, _PAID_AS_AGREED, _PAID_OFF = "1", "3", "N", "C"
_NONE = nw.lit("0")


class ClosedAt(StrEnum):
    """Report point of an account that was closed: on any day, or on a settlement day."""

    ANY_DAY = "20"
    SETTLEMENT_DAY = "32"


def recovered_records(
    books: Books,
    cases: Frame,
    known: PbocFacts,
    institution: Institution,
    as_of: date,
    policy: Policy,
    keep: Keep = as_it_is,
) -> PbocRecords:
    """Records 210 at point 40, B and J: nothing is overdue any more, and something is still to be paid later.

    The point allows neither collateral nor special transactions; the next record tells them.

    Cases that are still in arrears, are paid off, or are collection accounts give no record. The bureau wants the
    record dated on the day of the last repayment: `as_of` must be that day.

    Args:
        books: of the business date.
        cases: `case_id`, `loan_id` of cases whose arrears the bureau was told of.
        known: what the books don't say.
        institution: who reports.
        as_of: business date, the day on which the money came.
        policy: gives the order in which components are paid.
        keep: what the engine offers to compute a frame once that is used several times.
    """
    accounts = accounts_of(
        PERSON_ACCOUNT, books, cases.select("case_id", "loan_id"), known.accounts, as_of, policy, keep
    )
    recovered = recovered_of(accounts)
    values = {
        "AcctStatus": nw.lit(_NORMAL),
        "AcctBal": yuan(nw.col("principal_left")),
        "RemRepPrd": instalments("remaining_instalments"),
        "RpyStatus": nw.lit(_PAID_AS_AGREED),
        "OverdPrd": _NONE,
        "TotOverd": _NONE,
        "LatRpyAmt": last_repaid_amount(),
        "LatRpyDate": day(nw.col("repaid_on")),
    }
    values_of_between = {**class_values(), **in_segment(BETWEEN, values)}
    return ended_records(
        PERSON_ACCOUNT, recovered, institution, as_of, nw.lit("40"), {BETWEEN: nw.lit(True)}, values_of_between
    )


def closed_records(
    books: Books,
    cases: Frame,
    known: PbocFacts,
    institution: Institution,
    as_of: date,
    point: ClosedAt,
    policy: Policy,
    keep: Keep = as_it_is,
) -> PbocRecords:
    """Records 210 of cases whose loan is paid off: B and H at 20 or 32, collection accounts B and J at 20.

    They have K with the special transactions that are not told yet.

    The account closed on the day of the last repayment. Cases that are not paid off give no record; neither do
    collection accounts on a settlement day, which they don't have.

    Args:
        books: of the business date.
        cases: `case_id`, `loan_id` of cases that the bureau was told of.
        known: what the books don't say.
        institution: who reports.
        as_of: business date, less than 30 days after the last repayment.
        point: whether the record stands for the one of a settlement day.
        policy: gives the order in which components are paid.
        keep: what the engine offers to compute a frame once that is used several times.
    """
    accounts = accounts_of(
        PERSON_ACCOUNT, books, cases.select("case_id", "loan_id"), known.accounts, as_of, policy, keep
    )
    is_collection = nw.col("is_collection")
    closed = accounts.filter(nw.col("is_paid_off"))
    if point is ClosedAt.SETTLEMENT_DAY:
        closed = closed.filter(~is_collection)
    closed_on = day(nw.col("repaid_on"))
    of_loan = {
        "AcctStatus": nw.lit(_CLOSED),
        "AcctBal": _NONE,
        "RemRepPrd": _NONE,
        "RpyStatus": nw.lit(_PAID_OFF),
        "OverdPrd": _NONE,
        "TotOverd": _NONE,
        "OverdPrinc": _NONE,
        "Oved31_60Princ": _NONE,
        "Oved61_90Princ": _NONE,
        "Oved91_180Princ": _NONE,
        "OvedPrinc180": _NONE,
        "CloseDate": closed_on,
    }
    of_collection = {
        "AcctStatus": nw.lit(codes.COLLECTION_ENDED),
        "AcctBal": _NONE,
        "LatRpyAmt": last_repaid_amount(),
        "LatRpyDate": day(nw.col("repaid_on")),
        "CloseDate": closed_on,
    }
    segments = {MONTHLY: ~is_collection, BETWEEN: is_collection}
    # An account that is closed early has no due date after it.
    settled_on = nw.when(nw.col("settled_on") <= nw.col("repaid_on")).then(day(nw.col("settled_on")))
    of_loan["SettDate"] = settled_on
    values = {**month_values(as_of), **in_segment(MONTHLY, of_loan), **in_segment(BETWEEN, of_collection)}
    special = partial(special_of, layout=PERSON_ACCOUNT.layout, known=known, as_of=as_of)
    return ended_records(
        PERSON_ACCOUNT, closed, institution, as_of, nw.lit(point.value), segments, values, [special], keep
    )
