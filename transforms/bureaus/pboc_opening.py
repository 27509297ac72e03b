"""What the first record of an account tells besides its state.

That is what was agreed (C), who answers for it (D, see `pboc_parties`), what secures it (E, see `pboc_collateral`), the
credit agreement that it belongs to (F), and of a collection account whose debt it was (G).
"""

from __future__ import annotations

from collections.abc import Mapping

import narwhals as nw

from schemas.bureaus import pboc_codes as codes
from schemas.bureaus.pboc_facts import PBOC_ACCOUNTS
from transforms.bureaus.pboc import Institution
from transforms.bureaus.pboc_account import in_segment
from transforms.bureaus.pboc_text import count, day, facts, own_code, yuan

AGREED, LIMIT, ORIGIN = "AcctBsInfSgmt", "AcctCredSgmt", "OrigCreditorInfSgmt"

AGREED_FACTS = {
    "BusiLines": "business_code",
    "BusiDtlLines": "business_detail_code",
    "Cy": "currency_code",
    "AcctCredLine": "credit_line_amount",
    "Flag": "payout_code",
    "RepayMode": "repayment_mode_code",
    "RepayFreqcy": "repayment_frequency_code",
    "ApplyBusiDist": "application_area_code",
    "GuarMode": "guarantee_code",
    "OthRepyGuarWay": "other_guarantee_code",
    "AssetTrandFlag": "transfer_code",
    "FundSou": "funding_code",
}
"""What was agreed on accounts of persons and of enterprises alike."""

_AGREED_FACTS = {
    **AGREED_FACTS,
    "LoanForm": "loan_form_code",
    "LoanConCode": "loan_contract_number",
    "FirstHouLoanFlag": "first_home_code",
}
_ORIGIN_FACTS = {
    "InitCredName": "original_creditor_name",
    "InitCredOrgNm": "original_creditor_code",
    "OrigDbtCate": "original_debt_code",
    "InitRpySts": "original_status_code",
}
_ONLY_HOUSING = ("LoanConCode", "FirstHouLoanFlag")
_NO_INSTALMENTS = "2"
"""First digit of the modes of repayment without instalments."""


def opening_segments(is_told: nw.Expr) -> dict[str, nw.Expr]:
    """Which of the segments stand in a record; that of who answers for it follows from its rows."""
    is_collection = nw.col("is_collection")
    has_agreement = ~nw.col("agreement_number").is_null()
    return {
        AGREED: is_told,
        LIMIT: is_told & ~is_collection & has_agreement,
        ORIGIN: is_told & is_collection,
    }


def opening_values(institution: Institution) -> dict[str, nw.Expr]:
    """Column of the layout to text."""
    agreed = {
        "OpenDate": day(nw.col("opened_on")),
        "LoanAmt": yuan(nw.col("lent")),
        "DueDate": day(nw.col("ends_on")),
        "RepayPrd": instalments("agreed_instalments"),
    }
    return {
        **facts(PBOC_ACCOUNTS, AGREED, _AGREED_FACTS),
        **in_segment(AGREED, agreed),
        f"{LIMIT}.Mcc": own_code(institution, "agreement_number"),
        **facts(PBOC_ACCOUNTS, ORIGIN, _ORIGIN_FACTS),
    }


def opening_conditions() -> Mapping[str, nw.Expr]:
    """Tags that stand only in the record of a housing loan."""
    return in_segment(AGREED, dict.fromkeys(_ONLY_HOUSING, nw.col("business_detail_code") == codes.HOUSING))


def instalments(number: str) -> nw.Expr:
    """A number of instalments; 0 when the loan is repaid without, nothing where no fact says how it is repaid."""
    mode = nw.col("repayment_mode_code")
    counted = nw.when(mode.str.starts_with(_NO_INSTALMENTS)).then(nw.lit("0")).otherwise(count(nw.col(number)))
    return nw.when(~mode.is_null()).then(counted)
