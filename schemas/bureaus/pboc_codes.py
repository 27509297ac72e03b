"""Code tables of the credit reference centre of the People's Bank of China (PBoC), second generation: code to meaning.

A table whose codes differ between account types has a second one, `..._BY_TYPE`, from the type to its part. The codes
are those that public programs of reporting institutions offer; meanings of the tables about a person (110) follow the
national standards that they come from, and are our words. Where 410 (enterprise) has codes of its own that no public
source tells, there is no table.
"""

from __future__ import annotations

from typing import Final

Table = dict[str, str]


def _part(table: Table, *codes: str) -> Table:
    return {code: table[code] for code in codes}


# Records of every type.

ID_TYPE: Final[Table] = {
    "1": "household register",
    "2": "passport",
    "5": "travel permit of residents of Hong Kong and Macau",
    "6": "travel permit of residents of Taiwan",
    "8": "residence permit of a foreigner",
    "9": "police certificate",
    "10": "resident identity card, and others numbered by the citizen's number",
    "20": "military certificate",
    "A": "identity card of Hong Kong",
    "B": "identity card of Macau",
    "C": "identity card of Taiwan",
    "X": "other certificate",
}
ORGANISATION_ID_TYPE: Final[Table] = {
    "10": "code of the credit reference centre (loan card code)",
    "20": "unified social credit code",
    "30": "organisation code",
}

PARTY_ID_TYPE: Final[Table] = {
    **ID_TYPE,
    "10": "resident identity card; of an organisation, code of the credit reference centre",
    "20": "military certificate; of an organisation, unified social credit code",
    "30": "organisation code",
}
"""Both together, for a party that may be a person or an organisation; which of them fits is a check of its own."""

PERSON, ORGANISATION = "1", "2"
PARTY: Final[Table] = {PERSON: "person", ORGANISATION: "organisation"}
"""Kind of who answers for a loan (`InfoIDType`; `ArlpIDType` in 410)."""

PERSON_POINT: Final[Table] = {"10": "new customer", "20": "update"}
REPORT_POINT: Final[Table] = {
    "10": "new account",
    "20": "account closed",
    "30": "monthly settlement",
    "31": "first report of an existing account, on a settlement day",
    "32": "account closed on a settlement day",
    "40": "what was overdue has been recovered",
}
AGREEMENT_POINT: Final[Table] = {"10": "agreement takes effect", "20": "agreement expired", "30": "limit changed"}
ENTERPRISE_POINT: Final[Table] = {
    "10": "new account",
    "20": "account closed",
    "31": "payout after opening",
    "32": "agreed repayment day",
    "33": "actual repayment",
    "41": "class changed",
    "42": "extension",
    "49": "other",
}
REPORT_POINT_BY_TYPE: Final[dict[str, Table]] = {
    "D1": REPORT_POINT,
    "R1": REPORT_POINT,
    "R2": REPORT_POINT,
    "R3": _part(REPORT_POINT, "10", "20", "30", "31", "32"),
    "R4": REPORT_POINT,
    "C1": _part(REPORT_POINT, "10", "20", "40"),
}

# Loan accounts: 210.

ACCOUNT_TYPE: Final[Table] = {
    "D1": "loan that does not revolve",
    "R1": "revolving loan",
    "R2": "credit card",
    "R3": "quasi-credit card",
    "R4": "loan under a revolving limit",
    "C1": "collection",
}
ENTERPRISE_ACCOUNT_TYPE: Final[Table] = {
    "D1": "loan that does not revolve",
    "D2": "discounted bill",
    "R1": "revolving loan",
    "R4": "loan under a revolving limit",
    "C1": "collection",
}

BUSINESS: Final[Table] = {
    "1": "loan",
    "2": "credit card",
    "3": "securities financing",
    "4": "finance lease",
    "5": "asset disposal",
    "6": "advance",
}
BUSINESS_PAIRS: Final[dict[str, Table]] = {
    "1": {
        "11": "housing, commercial loan",
        "12": "shop premises",
        "13": "housing, provident fund",
        "21": "car",
        "31": "student",
        "32": "student, sponsored by the state",
        "33": "student, commercial",
        "41": "business",
        "42": "business start-up, guaranteed",
        "51": "farmer",
        "52": "farmer, business",
        "53": "farmer, consumption",
        "91": "other consumption",
        "99": "other",
    },
    "2": {"71": "quasi-credit card", "81": "credit card", "82": "card for large instalment plans"},
    "3": {
        "61": "securities financing, kind 61",
        "62": "securities financing, kind 62",
        "63": "securities financing, kind 63",
        "64": "securities financing, kind 64",
    },
    "4": {"92": "finance lease"},
    "5": {"A1": "asset disposal"},
    "6": {"B1": "advance"},
}
"""The pairs that fit: line of business to its kinds."""
BUSINESS_DETAIL: Final[Table] = {code: text for kinds in BUSINESS_PAIRS.values() for code, text in kinds.items()}
BUSINESS_BY_TYPE: Final[dict[str, Table]] = {
    "R2": _part(BUSINESS, "2"),
    "R3": _part(BUSINESS, "2"),
    "C1": _part(BUSINESS, "5", "6"),
}
"""Lines of business of those types of account that have not all of them."""
HOUSING, LARGE_INSTALMENT = "11", "82"

PAYOUT: Final[Table] = {
    "0": "paid out at once",
    "1": "several payouts, an account each",
    "2": "several payouts on one account",
}

AGGREGATED = "90"
REPAY_MODE: Final[Table] = {
    "11": "instalments, equal",
    "12": "instalments, equal principal",
    "13": "instalments of interest, principal at the end",
    "14": "instalments, geometric",
    "15": "instalments, arithmetic",
    "19": "other instalments",
    "21": "all at the end",
    "22": "interest up front, principal at the end",
    "23": "at any time",
    "29": "other, no instalments",
    "31": "revolving, kind 31",
    "32": "revolving, kind 32",
    "33": "revolving, kind 33",
    "39": "revolving, other",
    AGGREGATED: "aggregated by contract",
}
_LOAN_MODES = ("11", "12", "13", "14", "15", "19", "21", "22", "23", "29")
REPAY_MODE_BY_TYPE: Final[dict[str, Table]] = {
    "D1": _part(REPAY_MODE, *_LOAN_MODES, AGGREGATED),
    "R4": _part(REPAY_MODE, *_LOAN_MODES),
    "R1": _part(REPAY_MODE, "31", "32", "33", "39", AGGREGATED),
}
REPAY_FREQUENCY: Final[Table] = {
    "01": "a day",
    "02": "a week",
    "03": "a month",
    "04": "a quarter",
    "05": "half a year",
    "06": "a year",
    "07": "once",
    "08": "irregular",
    "12": "ten days",
    "13": "two weeks",
    "14": "two months",
    "99": "other",
}
GUARANTEE: Final[Table] = {
    "1": "pledge",
    "2": "mortgage",
    "3": "guarantee",
    "4": "credit, no security",
    "5": "mixed, with a guarantee",
    "6": "mixed, without a guarantee",
    "7": "joint guarantee of farmers",
}
GUARANTEED: Final = ("3", "5")
"""Modes of security (`GUARANTEE`) that ask for the guarantor's segment."""
OTHER_GUARANTEE: Final[Table] = {"0": "none", "1": "deposit", "9": "other"}
ASSET_TRANSFER: Final[Table] = {"0": "not transferred", "1": "transferred"}
FUND_SOURCE: Final[Table] = {
    "1": "own funds",
    "2": "entrusted",
    "21": "entrusted by the government",
    "22": "entrusted by a company",
    "23": "entrusted by a person",
    "24": "entrusted by the housing provident fund",
    "4": "trust",
    "8": "joint",
}
LOAN_FORM: Final[Table] = {"1": "new", "5": "transferred in", "9": "other"}
FIRST_HOUSE: Final[Table] = {"01": "yes", "02": "no", "03": "unknown", "04": "no differential policy"}

BORROWER, GUARANTOR = "1", "2"
LIABILITY: Final[Table] = {BORROWER: "co-borrower", GUARANTOR: "guarantor", "9": "other"}
JOINT_GUARANTEE: Final[Table] = {"0": "single or several guarantees", "1": "joint guarantee"}
ORIGINAL_DEBT: Final[Table] = {
    "1": "loan",
    "2": "credit card",
    "3": "securities financing",
    "4": "finance lease",
    "9": "other",
}

FIVE_CLASS: Final[Table] = {
    "1": "pass",
    "2": "special mention",
    "3": "substandard",
    "4": "doubtful",
    "5": "loss",
    "9": "not classified",
}
ACCOUNT_STATUS: Final[Table] = {
    "1": "normal",
    "2": "overdue",
    "3": "closed",
    "31": "payment stopped",
    "4": "account cancelled",
    "41": "bad debt, write-off being examined",
    "42": "bad debt, written off",
    "5": "payment stopped by the bank",
    "51": "bad debt of a card, write-off being examined",
    "52": "bad debt of a card, written off",
    "6": "collateral short of the loan, or a card that is not activated",
    "8": "recovery by law",
}
_LOAN_STATUS: Table = {
    **_part(ACCOUNT_STATUS, "1", "2", "3", "41", "42", "8"),
    "6": "collateral short of the loan",
}
_CARD_STATUS: Table = {
    **_part(ACCOUNT_STATUS, "1", "31", "4", "51", "52", "8"),
    "6": "not activated",
}
ACCOUNT_STATUS_BY_TYPE: Final[dict[str, Table]] = {
    "D1": _LOAN_STATUS,
    "R4": _LOAN_STATUS,
    "R1": {**_LOAN_STATUS, "5": ACCOUNT_STATUS["5"]},
    "R2": _CARD_STATUS,
    "R3": _CARD_STATUS,
    "C1": {"1": "collecting", "2": "ended"},
}
CLOSED: Final = ("3", "4")
"""Statuses of a closed account; a collection account (C1) has ended at `COLLECTION_ENDED`."""
COLLECTION_ENDED: Final = "2"
BAD_DEBT: Final = ("41", "42", "51", "52")
NOT_ACTIVATED: Final = "6"
"""Status of a card that is not activated (R2, R3); for a loan the code means something else."""

LATE: Final = ("1", "2", "3", "4", "5", "6", "7")
"""Repayment states (`REPAY_STATUS`) of an account that is overdue."""
REPAY_STATUS: Final[Table] = {
    "*": "nothing due and nothing owed from before",
    "N": "paid as agreed",
    "M": "paid after the day due, within the month",
    "D": "paid by a guarantor",
    "Z": "assets taken in lieu",
    "1": "1 to 30 days overdue",
    "2": "31 to 60 days overdue",
    "3": "61 to 90 days overdue",
    "4": "91 to 120 days overdue",
    "5": "121 to 150 days overdue",
    "6": "151 to 180 days overdue",
    "7": "more than 180 days overdue",
    "B": "bad debt",
    "C": "paid off, or cancelled as agreed",
    "G": "ended other than as agreed",
    "#": "unknown",
}
_CARD_REPAY_STATUS = _part(REPAY_STATUS, "*", "N", *LATE, "B", "C", "G", "#")
REPAY_STATUS_BY_TYPE: Final[dict[str, Table]] = {
    "D1": REPAY_STATUS,
    "R1": REPAY_STATUS,
    "R4": REPAY_STATUS,
    "R2": _CARD_REPAY_STATUS,
    "R3": _CARD_REPAY_STATUS,
}
TRANSFER_STATUS: Final[Table] = {"0": "advance, made when the debtor failed", **_part(REPAY_STATUS, *LATE)}

EXTENSION: Final = "1"
SPECIAL_TRANSACTION: Final[Table] = {
    EXTENSION: "extension",
    "2": "paid by a guarantor or another party",
    "3": "assets in lieu",
    "4": "part paid early",
    "5": "all paid early",
    "8": "recovery by law",
    "11": "debt relief",
    "12": "assets split off",
    "13": "asset transfer",
    "14": "card, personal instalment plan",
    "15": "write-off",
    "16": "extension by the bank",
    "17": "forced sale",
}
SPECIAL_TRANSACTION_BY_TYPE: Final[dict[str, Table]] = {
    **dict.fromkeys(("D1", "R2", "R3", "R4", "C1"), SPECIAL_TRANSACTION),
    "R1": {code: text for code, text in SPECIAL_TRANSACTION.items() if code not in {"1", "4"}},
}

# Requests: 212, 213, 215. Segment marks: which letter names which segment of an account.

SEGMENT_MARK: Final[Table] = {
    "B": "AcctBsSgmt",
    "C": "AcctBsInfSgmt",
    "D": "RltRepymtInfSgmt",
    "E": "MotgaCltalCtrctInfSgmt",
    "F": "AcctCredSgmt",
    "G": "OrigCreditorInfSgmt",
    "H": "AcctMthlyBlgInfSgmt",
    "I": "SpecPrdSgmt",
    "J": "AcctDbtInfSgmt",
    "K": "AcctSpecTrstDspnSgmt",
}
DELETABLE_MARK: Final[Table] = _part(SEGMENT_MARK, "C", "H", "I", "J", "K")
ENTERPRISE_SEGMENT_MARK: Final[Table] = {
    "B": "AcctBsSgmt",
    "C": "AcctBsInfSgmt",
    "D": "RltRepymtInfSgmt",
    "E": "MotgaCltalCtrctInfSgmt",
    "F": "AcctCredSgmt",
    "G": "OrigCreditorInfSgmt",
    "H": "ActLbltyInfSgmt",
    "I": "AcctSpecTrstDspnSgmt",
}

BILL_SKIPPED, CARD_REOPENED, TRANSFERRED_OUT = "11", "12", "21"
SPECIAL_EVENT: Final[Table] = {
    BILL_SKIPPED: "card bill skipped, its day was moved",
    CARD_REOPENED: "cancelled card opened again",
    TRANSFERRED_OUT: "loan transferred out",
}
EVENT_FLAG: Final[Table] = {"0": "void", "1": "valid"}

# Credit agreements: 220.

LIMIT_TYPE: Final[Table] = {
    "10": "revolving limit",
    "20": "limit that does not revolve",
    "30": "shared card limit",
    "31": "limit of a single card",
}
LIMIT_REVOLVING: Final[Table] = {"0": "does not revolve", "1": "revolves"}
AGREEMENT_STATUS: Final[Table] = {"1": "valid", "2": "expired"}

# Enterprise accounts: 410.

ENTERPRISE_STATUS: Final[Table] = {
    "10": "active",
    "21": "closed",
    "31": "bad debt, written off",
    "32": "bad debt, write-off being examined",
}
ENTERPRISE_CLOSED: Final = "21"
