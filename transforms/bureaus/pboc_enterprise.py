"""Record 410: the account of an enterprise in arrears.

How the figures of the arrears (`docs/definitions.md`) stand in the record:

- AcctStatus: what the facts say (10 active, 31 and 32 bad debt). The record has no state of recovery by law.
- TotOverd, OverdPrinc, OverdDy: `overdue_amount`, `overdue_principal`, `overdue_days`.
- AcctBal: principal that is unpaid, due or not; of a collection account everything that is unpaid.
- BalChgDate: the day of the last repayment; without one, the day of opening.
- LatAgrrRpyDate, LatAgrrRpyAmt: latest due date up to the business date, and all that fell due on it but penalties.
"""

from __future__ import annotations

from datetime import date

import narwhals as nw

from schemas.bureaus.pboc_facts import PBOC_ENTERPRISE_ACCOUNTS
from schemas.policy import Policy
from transforms.books import Books, Frame
from transforms.bureaus.pboc import Institution, PbocFacts, PbocRecords
from transforms.bureaus.pboc_account import ENTERPRISE_ACCOUNT, in_segment
from transforms.bureaus.pboc_arrears import accounts_in_arrears, arrears_records
from transforms.bureaus.pboc_monthly import last_repaid_amount
from transforms.bureaus.pboc_opening import AGREED, AGREED_FACTS, LIMIT, ORIGIN
from transforms.bureaus.pboc_parties import liable_parties
from transforms.bureaus.pboc_special import IS_EXTENDED, with_extensions
from transforms.bureaus.pboc_text import count, day, facts, own_code, yuan, yuan_at_least_one
from transforms.keep import Keep, as_it_is

LIABILITY = "ActLbltyInfSgmt"
_AGREED_FACTS = {
    **AGREED_FACTS,
    "LoanTimeLimCat": "term_class_code",
    "LoaFrm": "loan_form_code",
    "ActInvest": "invested_industry_code",
}
_ORIGIN_FACTS = {
    "InitCredName": "original_creditor_name",
    "InitCedOrgCode": "original_creditor_code",
    "OrigDbtCate": "original_debt_code",
    "InitRpySts": "original_status_code",
}
_LIABILITY_FACTS = {
    "AcctStatus": "account_status_code",
    "FiveCate": "five_class_code",
    "FiveCateAdjDate": "five_class_on",
    "PymtPrd": "remaining_months",
    "RpmtType": "repayment_form_code",
}
_NEW, _AGREED_DAY, _REPAID, _EXTENDED, _OTHER = "10", "32", "33", "42", "49"
_REVOLVING = "R1"


def enterprise_records(
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
    """Records 410 of the frozen cases of enterprises, numbered in the order of the policy's priority.

    The report point is 10 with what was agreed when the bureau does not know the account yet; else 42 when it tells of
    an extension, 33 when the last repayment came on `as_of`, 32 when something fell due on it, 49 otherwise. Revolving
    accounts have no 32, 33 and 42, collection accounts no 32 and 42. Collateral and special transactions are told as in
    record 210.

    Args:
        books: the ones that were decided on.
        frozen: `case_id`, `loan_id` of every case of the batch as it was frozen.
        decisions: of the business date.
        parties: decisions on parties of that date, contract `transforms.parties.party_decisions_dataset()`.
        known: what the books don't say.
        institution: who reports.
        as_of: business date.
        policy: gives priority and the order in which components are paid.
        keep: what the engine offers to compute a frame once that is used several times.
    """
    accounts = accounts_in_arrears(
        ENTERPRISE_ACCOUNT, books, frozen, decisions, known.enterprise_accounts, as_of, policy, keep
    )
    point = nw.when(nw.col("is_first")).then(nw.lit(_NEW)).otherwise(point_of_known(as_of))
    return arrears_records(
        ENTERPRISE_ACCOUNT,
        keep(with_extensions(accounts, known, as_of).with_columns(point.alias("point"))),
        liable_parties(books, parties, known, institution),
        known,
        institution,
        as_of,
        {LIABILITY: nw.lit(True)},
        {**_opening_values(institution), **liability_values(), **_overdue_values()},
    )


def point_of_known(as_of: date) -> nw.Expr:
    """The report point of an open account that the bureau knows, from `with_extensions`.

    One day has one record: the extension goes first, as its point alone asks for the transaction.
    """
    is_agreed_day = (nw.col("last_due_on") == as_of) & ~nw.col("is_collection")
    is_repaid = nw.col("last_repaid_on") == as_of
    of_loan = nw.when(is_agreed_day).then(nw.lit(_AGREED_DAY)).otherwise(nw.lit(_OTHER))
    of_repaid = nw.when(is_repaid).then(nw.lit(_REPAID)).otherwise(of_loan)
    is_extended = IS_EXTENDED & ~nw.col("is_collection")
    of_known = nw.when(is_extended).then(nw.lit(_EXTENDED)).otherwise(of_repaid)
    return nw.when(nw.col("account_type_code") == _REVOLVING).then(nw.lit(_OTHER)).otherwise(of_known)


def _opening_values(institution: Institution) -> dict[str, nw.Expr]:
    agreed = {
        "OpenDate": day(nw.col("opened_on")),
        "LoanAmt": yuan(nw.col("lent")),
        "DueDate": day(nw.col("ends_on")),
    }
    return {
        **facts(PBOC_ENTERPRISE_ACCOUNTS, AGREED, _AGREED_FACTS),
        **in_segment(AGREED, agreed),
        f"{LIMIT}.Mcc": own_code(institution, "agreement_number"),
        **facts(PBOC_ENTERPRISE_ACCOUNTS, ORIGIN, _ORIGIN_FACTS),
    }


def liability_values() -> dict[str, nw.Expr]:
    """Items of the segment of repayment that are made alike whether something is overdue or not."""
    last_repaid_on = nw.col("last_repaid_on")
    changed_on = nw.when(last_repaid_on.is_null()).then(nw.col("opened_on")).otherwise(last_repaid_on)
    of_nothing = nw.when(last_repaid_on.is_null()).then(nw.lit("0"))
    values = {
        "AcctBal": yuan(nw.col("principal_left")),
        "BalChgDate": day(changed_on),
        "LatRpyDate": day(nw.col("repaid_on")),
        "LatRpyAmt": last_repaid_amount(),
        "LatRpyPrincAmt": of_nothing.otherwise(yuan(nw.col("principal_repaid_last"))),
        "LatAgrrRpyDate": day(nw.col("last_due_on")),
        "LatAgrrRpyAmt": yuan(nw.col("last_due_amount")),
        "NxtAgrrRpyDate": day(nw.col("next_due_on")),
    }
    return {**facts(PBOC_ENTERPRISE_ACCOUNTS, LIABILITY, _LIABILITY_FACTS), **in_segment(LIABILITY, values)}


def _overdue_values() -> dict[str, nw.Expr]:
    is_collection = nw.col("is_collection")
    balance = nw.when(is_collection).then(nw.col("balance_amount")).otherwise(nw.col("principal_left"))
    values = {
        "AcctBal": yuan(balance),
        "TotOverd": yuan_at_least_one(nw.col("overdue_amount")),
        "OverdPrinc": yuan(nw.col("overdue_principal")),
        "OverdDy": count(nw.col("overdue_days")),
    }
    return in_segment(LIABILITY, values)
