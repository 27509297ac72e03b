"""Record 210 of an account in arrears: how it stands at the settlement of a month, and a collection account likewise.

How the figures of the arrears (`docs/definitions.md`) stand in the record:

- AcctStatus: 41 or 42 (bad debt) when the facts say so; else 8 (recovery by law) with an effective judgment or by the
  facts; else 5 or 6 by the facts; else 2 (overdue).
- AcctBal: principal that is unpaid, due or not; of a collection account everything that is unpaid.
- RpyStatus: B for bad debt, else `repayment_status_code`.
- OverdPrd, TotOverd, OverdPrinc: `missed_instalments`, `overdue_amount`, `overdue_principal`.
- Oved31_60Princ to OvedPrinc180: `overdue_principal_31_60` to `overdue_principal_over_180`.
- RemRepPrd: instalments to come that are unpaid; 0 for a loan that is repaid without instalments.
- SettDate: latest due date in the month up to the business date.
- CurRpyAmt, ActRpyAmt: what fell due (without penalties) and what came in in the month up to the business date.
- LatRpyDate: the last repayment that was not taken back; while nothing was repaid, what the facts say.

Month and RptDate are those of the business date. AcctBal as principal alone is how loans are commonly reported; no
public text of the bureau says it.
"""

from __future__ import annotations

from datetime import date

import narwhals as nw

from schemas.bureaus import pboc_codes as codes
from schemas.bureaus.pboc_facts import PBOC_ACCOUNTS
from schemas.policy import Policy
from transforms.books import Books, Frame
from transforms.bureaus.pboc import Institution, PbocFacts, PbocRecords
from transforms.bureaus.pboc_account import PERSON_ACCOUNT, in_segment
from transforms.bureaus.pboc_arrears import accounts_in_arrears, arrears_records
from transforms.bureaus.pboc_opening import instalments, opening_conditions, opening_values
from transforms.bureaus.pboc_parties import liable_parties
from transforms.bureaus.pboc_text import count, day, facts, yuan, yuan_at_least_one
from transforms.keep import Keep, as_it_is
from transforms.money import NOTHING

MONTHLY, BETWEEN = "AcctMthlyBlgInfSgmt", "AcctDbtInfSgmt"

_OVERDUE_PRINCIPAL = {
    "OverdPrinc": "overdue_principal",
    "Oved31_60Princ": "overdue_principal_31_60",
    "Oved61_90Princ": "overdue_principal_61_90",
    "Oved91_180Princ": "overdue_principal_91_180",
    "OvedPrinc180": "overdue_principal_over_180",
}
_CLASS = {"FiveCate": "five_class_code", "FiveCateAdjDate": "five_class_on"}
_OVERDUE, _BY_LAW, _NOTHING_DECIDED, _COLLECTING = "2", "8", "1", "1"
_BAD_DEBT_REPAID = "B"


def monthly_records(
    books: Books,
    frozen: Frame,
    decisions: Frame,
    parties: Frame,
    known: PbocFacts,
    institution: Institution,
    as_of: date,
    policy: Policy,
    keep: Keep = as_it_is,
) -> PbocRecords:
    """Records 210 of the frozen cases of persons, numbered in the order of the policy's priority.

    Loans are told with B and H at point 30, when the bureau does not know them yet with C, D, E and F as well at point
    31; of those that it knows E is told when the collateral changed. Collection accounts are told with B and J at point
    40, the first time with C, D and G as well at point 10. All have K with the special transactions that are not told
    yet.

    Args:
        books: the ones that were decided on.
        frozen: `case_id`, `loan_id` of every case of the batch as it was frozen.
        decisions: of the business date.
        parties: decisions on parties of that date, contract `transforms.parties.party_decisions_dataset()`.
        known: what the books don't say.
        institution: who reports.
        as_of: business date, a settlement day of these accounts.
        policy: gives priority and the order in which components are paid.
        keep: what the engine offers to compute a frame once that is used several times.
    """
    accounts = accounts_in_arrears(PERSON_ACCOUNT, books, frozen, decisions, known.accounts, as_of, policy, keep)
    is_first, is_collection = nw.col("is_first"), nw.col("is_collection")
    of_collection = nw.when(is_first).then(nw.lit("10")).otherwise(nw.lit("40"))
    of_loan = nw.when(is_first).then(nw.lit("31")).otherwise(nw.lit("30"))
    point = nw.when(is_collection).then(of_collection).otherwise(of_loan)
    return arrears_records(
        PERSON_ACCOUNT,
        keep(accounts.with_columns(point.alias("point"), account_status().alias("status"))),
        liable_parties(books, parties, known, institution),
        known,
        institution,
        as_of,
        {MONTHLY: ~is_collection, BETWEEN: is_collection},
        {**opening_values(institution), **month_values(as_of), **_overdue_values(), **_collecting_values()},
        opening_conditions(),
    )


def account_status() -> nw.Expr:
    """AcctStatus of a loan in arrears; nothing where the facts don't say what the lender has decided."""
    decided = nw.col("account_status_code")
    others = nw.when(decided == _NOTHING_DECIDED).then(nw.lit(_OVERDUE)).otherwise(decided)
    by_law = nw.when(nw.col("has_judgment")).then(nw.lit(_BY_LAW)).otherwise(others)
    status = nw.when(decided.is_in(codes.BAD_DEBT)).then(decided).otherwise(by_law)
    return nw.when(~decided.is_null()).then(status)


def month_values(as_of: date) -> dict[str, nw.Expr]:
    """Items of H that are made alike whatever became of the account."""
    values = {
        "Month": nw.lit(f"{as_of:%Y-%m}"),
        "SettDate": day(nw.col("settled_on")),
        "CurRpyAmt": yuan(nw.col("due_this_month")),
        "ActRpyAmt": yuan(nw.col("repaid_this_month")),
        "LatRpyDate": day(nw.col("repaid_on")),
    }
    return {**facts(PBOC_ACCOUNTS, MONTHLY, _CLASS), **in_segment(MONTHLY, values)}


def class_values() -> dict[str, nw.Expr]:
    """The class of risk in J."""
    return facts(PBOC_ACCOUNTS, BETWEEN, _CLASS)


def last_repaid_amount() -> nw.Expr:
    """LatRpyAmt, 0 while nothing was repaid."""
    return yuan(nw.col("last_repaid_amount").fill_null(NOTHING))


def _overdue_values() -> dict[str, nw.Expr]:
    is_bad_debt = nw.col("status").is_in(codes.BAD_DEBT)
    values = {
        "AcctStatus": nw.col("status"),
        "AcctBal": yuan(nw.col("principal_left")),
        "RemRepPrd": instalments("remaining_instalments"),
        "RpyStatus": nw.when(is_bad_debt).then(nw.lit(_BAD_DEBT_REPAID)).otherwise(nw.col("repayment_status_code")),
        "OverdPrd": count(nw.col("missed_instalments")),
        "TotOverd": yuan_at_least_one(nw.col("overdue_amount")),
        **{tag: yuan(nw.col(figure)) for tag, figure in _OVERDUE_PRINCIPAL.items()},
    }
    return in_segment(MONTHLY, values)


def _collecting_values() -> dict[str, nw.Expr]:
    values = {
        "AcctStatus": nw.lit(_COLLECTING),
        "AcctBal": yuan(nw.col("balance_amount")),
        "LatRpyAmt": last_repaid_amount(),
        "LatRpyDate": day(nw.col("repaid_on")),
    }
    return in_segment(BETWEEN, values)
