"""What a record for the credit reference centre of the PBoC needs and a lender's books don't say.

Each dataset is a contract like those of `schemas.datasets`. Nothing here is made up when it is missing: the item of the
record stays empty, and the record breaks a check. Codes are those of the bureau. Numbers of accounts, agreements and
guarantees are given without the segment code of the institution, which is written before them.
"""

from __future__ import annotations

from schemas.bureaus import pboc_codes as codes
from schemas.bureaus import pboc_person_codes as person_codes
from schemas.dataset import Dataset, Reference
from schemas.field import Field, FieldType, Sensitivity

_TEXT, _MONEY, _DATE, _INTEGER = FieldType.TEXT, FieldType.MONEY, FieldType.DATE, FieldType.INTEGER
_OWN_NUMBER = r"[A-Za-z0-9]{1,46}"
_ORGANISATION = r"[A-Za-z0-9]{14}"
_AREA = r"[0-9]{6}"


def _code(name: str, description: str, table: dict[str, str]) -> Field:
    return Field(name, _TEXT, description, codes=table)


def _number(name: str, description: str) -> Field:
    return Field(name, _TEXT, description, Sensitivity.KEY, pattern=_OWN_NUMBER)


def _text(name: str, description: str, pattern: str) -> Field:
    return Field(name, _TEXT, description, pattern=pattern)


def _identity(name: str, description: str, pattern: str) -> Field:
    return Field(name, _TEXT, description, Sensitivity.IDENTITY, pattern=pattern)


def _day(name: str, description: str) -> Field:
    return Field(name, _DATE, description, not_before="1901-01-01")


def _amount(name: str, description: str) -> Field:
    return Field(name, _MONEY, description, minimum=0)


def _part(table: dict[str, str], *picked: str) -> dict[str, str]:
    return {code: table[code] for code in picked}


_FIRST_REPORTED_ON = _day("first_reported_on", "day on which the bureau was first told, empty when it never was")
_MANAGEMENT = _text("management_code", "organisation code of the branch that keeps the account", _ORGANISATION)
_CURRENCY = _text("currency_code", "currency, ISO 4217", r"[A-Z]{3}")
_AGREEMENT_NUMBER = _number("agreement_number", "the lender's number of the credit agreement")

_ACCOUNT_FIELDS = (
    _code("account_type_code", "type of the account", _part(codes.ACCOUNT_TYPE, "D1", "R1", "R4", "C1")),
    _number("account_number", "the lender's number of the account at the bureau"),
    _MANAGEMENT,
    _FIRST_REPORTED_ON,
    _code("business_code", "line of business", codes.BUSINESS),
    _code("business_detail_code", "kind of business inside its line", codes.BUSINESS_DETAIL),
    _day("account_opened_on", "day on which a revolving or collection account was opened; of others the books know"),
    _CURRENCY,
    _amount("credit_line_amount", "credit line of a revolving account"),
    _day("line_ends_on", "last day of the credit line of a revolving account"),
    _amount("claim_amount", "what a collection account was opened for"),
    _code("payout_code", "how the loan is paid out", codes.PAYOUT),
    _code("repayment_mode_code", "how the loan is repaid", codes.REPAY_MODE),
    _code("repayment_frequency_code", "how often the loan is repaid", codes.REPAY_FREQUENCY),
    _text("application_area_code", "area in which the borrower applied, GB/T 2260", _AREA),
    _code("guarantee_code", "how the loan is secured", codes.GUARANTEE),
    _code("other_guarantee_code", "other security", codes.OTHER_GUARANTEE),
    _code("transfer_code", "whether the loan was transferred as an asset", codes.ASSET_TRANSFER),
    _code("funding_code", "whose funds were lent", codes.FUND_SOURCE),
    _code("loan_form_code", "how the loan came into the books", codes.LOAN_FORM),
    _text("loan_contract_number", "number of the contract of a housing loan", r".{1,200}"),
    _code("first_home_code", "whether a housing loan is for the first home", codes.FIRST_HOUSE),
    _AGREEMENT_NUMBER,
    _text("original_creditor_name", "who was the creditor before the debt was collected or bought", r".{1,80}"),
    _text("original_creditor_code", "organisation code of that creditor", r"[0-9A-Z]{1,18}"),
    _code("original_debt_code", "kind of the original debt", codes.ORIGINAL_DEBT),
    _code("original_status_code", "repayment state when the debt was taken over", codes.TRANSFER_STATUS),
    _code("five_class_code", "class of risk", codes.FIVE_CLASS),
    _day("five_class_on", "day on which the class of risk was decided"),
    _code(
        "account_status_code",
        "what the lender has decided about the account, whatever is overdue; 1 when nothing",
        _part(codes.ACCOUNT_STATUS, "1", "41", "42", "5", "6", "8"),
    ),
    _day("nothing_repaid_on", "day to tell as that of the last repayment while nothing was repaid, as the guide asks"),
)
_ALWAYS_KNOWN = {
    "account_type_code",
    "account_number",
    "management_code",
    "business_code",
    "business_detail_code",
    "currency_code",
    "account_status_code",
}
PBOC_ACCOUNTS = Dataset(
    "pboc_accounts",
    1,
    "accounts of persons as the bureau sees them, one row a loan",
    ("loan_id", *(field.name for field in _ACCOUNT_FIELDS)),
    ("loan_id",),
    optional=frozenset(field.name for field in _ACCOUNT_FIELDS) - _ALWAYS_KNOWN,
    references=(Reference("loan_id", "loans"),),
    own_fields=_ACCOUNT_FIELDS,
)

_OF_ENTERPRISES_TOO = (
    "account_type_code",
    "account_number",
    "management_code",
    "first_reported_on",
    "account_opened_on",
    "currency_code",
    "credit_line_amount",
    "line_ends_on",
    "claim_amount",
    "agreement_number",
    "original_creditor_name",
    "original_creditor_code",
    "original_debt_code",
    "original_status_code",
    "five_class_code",
    "five_class_on",
    "nothing_repaid_on",
)
_ENTERPRISE_CODES = {
    "business_code": "line of business",
    "business_detail_code": "kind of business inside its line",
    "payout_code": "how the loan is paid out",
    "repayment_mode_code": "how the loan is repaid",
    "repayment_frequency_code": "how often the loan is repaid",
    "guarantee_code": "how the loan is secured",
    "other_guarantee_code": "other security",
    "transfer_code": "whether the loan was transferred as an asset",
    "funding_code": "whose funds were lent",
    "term_class_code": "class of the term",
    "loan_form_code": "how the loan came into the books",
    "invested_industry_code": "industry into which the loan goes",
    "repayment_form_code": "form of the last repayment",
}
_ENTERPRISE_FIELDS = (
    *(field for field in _ACCOUNT_FIELDS if field.name in _OF_ENTERPRISES_TOO),
    *(_text(name, meaning, r"[0-9A-Z]{1,6}") for name, meaning in _ENTERPRISE_CODES.items()),
    _text("application_area_code", "area in which the borrower applied, GB/T 2260", _AREA),
    _code(
        "account_status_code",
        "what the lender has decided about the account, whatever is overdue; 10 when nothing",
        _part(codes.ENTERPRISE_STATUS, "10", "31", "32"),
    ),
    Field("remaining_months", _INTEGER, "months left of a revolving account", minimum=0),
)
PBOC_ENTERPRISE_ACCOUNTS = Dataset(
    "pboc_enterprise_accounts",
    1,
    "accounts of enterprises as the bureau sees them, one row a loan; most of its code tables are not public",
    ("loan_id", *(field.name for field in _ENTERPRISE_FIELDS)),
    ("loan_id",),
    optional=frozenset(field.name for field in _ENTERPRISE_FIELDS) - _ALWAYS_KNOWN,
    references=(Reference("loan_id", "loans"),),
    own_fields=_ENTERPRISE_FIELDS,
)

_PERSON_FIELDS = (
    _code("customer_type_code", "kind of customer", person_codes.CUSTOMER_TYPE),
    _text("keeping_code", "organisation code of the branch that keeps the customer's file", _ORGANISATION),
    _FIRST_REPORTED_ON,
    _code("sex_code", "sex", person_codes.SEX),
    _identity("born_on", "day of birth, yyyy-mm-dd", r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
    _text("nationality_code", "nationality, ISO 3166 alpha-3", r"[A-Z]{3}"),
    _identity("household_address", "registered address of the household", r".{1,100}"),
    _text("household_area_code", "area of that address, GB/T 2260", _AREA),
    _day("basics_updated_on", "day of the newest of these"),
    _code("marital_code", "marital state", person_codes.MARITAL),
    _identity("spouse_name", "name of the spouse", r".{1,30}"),
    _code("spouse_id_type_code", "kind of the spouse's identity document", codes.ID_TYPE),
    _identity("spouse_id_number", "number of the spouse's identity document", r".{1,20}"),
    _identity("spouse_telephone", "the spouse's telephone", r".{1,25}"),
    _identity("spouse_employer_name", "the spouse's employer", r".{1,80}"),
    _day("marriage_updated_on", "day of the newest of these"),
    _code("education_code", "level of education", person_codes.EDUCATION),
    _code("degree_code", "academic degree", person_codes.DEGREE),
    _day("education_updated_on", "day of the newest of these"),
    _code("employment_code", "state of employment", person_codes.EMPLOYMENT),
    _identity("employer_name", "the employer", r".{1,80}"),
    _code("employer_kind_code", "kind of employer", person_codes.EMPLOYER),
    _code("industry_code", "industry of the employer, GB/T 4754", person_codes.INDUSTRY),
    _identity("employer_address", "address of the employer", r".{1,100}"),
    _text("employer_postcode", "postcode of that address", r"[0-9]{6}"),
    _text("employer_area_code", "area of that address, GB/T 2260", _AREA),
    _identity("employer_telephone", "telephone of the employer", r".{1,25}"),
    _code("occupation_code", "occupation", person_codes.OCCUPATION),
    _code("title_code", "post", person_codes.TITLE),
    _code("technical_title_code", "technical title", person_codes.TECHNICAL_TITLE),
    _text("employed_since_year", "year in which the work for the employer began", r"[0-9]{4}"),
    _day("employment_updated_on", "day of the newest of these"),
    _code("residence_code", "state of residence", person_codes.RESIDENCE),
    _identity("home_address", "address of the home", r".{1,100}"),
    _text("home_postcode", "postcode of that address", r"[0-9]{6}"),
    _text("home_area_code", "area of that address, GB/T 2260", _AREA),
    _identity("home_telephone", "telephone at home", r".{1,25}"),
    _day("residence_updated_on", "day of the newest of these"),
    _identity("mail_address", "address for letters", r".{1,100}"),
    _text("mail_postcode", "postcode of that address", r"[0-9]{6}"),
    _text("mail_area_code", "area of that address, GB/T 2260", _AREA),
    _day("mail_updated_on", "day of the newest of these"),
    _amount("annual_income_amount", "income of a year that the borrower states"),
    _amount("taxed_income_amount", "income of a year on which tax was paid"),
    _day("income_updated_on", "day of the newest of these"),
)
PBOC_PERSONS = Dataset(
    "pboc_persons",
    1,
    "persons as the bureau sees them, one row a borrower",
    ("borrower_id", *(field.name for field in _PERSON_FIELDS)),
    ("borrower_id",),
    optional=frozenset(field.name for field in _PERSON_FIELDS) - {"customer_type_code", "keeping_code"},
    references=(Reference("borrower_id", "borrowers"),),
    own_fields=_PERSON_FIELDS,
)

_GUARANTEE_FIELDS = (
    _code("joint_guarantee_code", "whether the guarantor is one of a joint group", codes.JOINT_GUARANTEE),
    _number("guarantee_number", "the lender's number of the contract of guarantee"),
)
PBOC_GUARANTEES = Dataset(
    "pboc_guarantees",
    1,
    "guarantees, one row a guarantor and loan",
    ("loan_id", "borrower_id", *(field.name for field in _GUARANTEE_FIELDS)),
    ("loan_id", "borrower_id"),
    references=(Reference("loan_id", "loans"), Reference("borrower_id", "borrowers")),
    own_fields=_GUARANTEE_FIELDS,
)

_CREDIT_AGREEMENT_FIELDS = (
    _AGREEMENT_NUMBER,
    _MANAGEMENT,
    _FIRST_REPORTED_ON,
    _code("limit_type_code", "kind of limit", codes.LIMIT_TYPE),
    _code("limit_revolving_code", "whether the limit revolves", codes.LIMIT_REVOLVING),
    _amount("limit_amount", "the limit"),
    _CURRENCY,
    _day("limit_from_on", "first day of the agreement"),
    _day("limit_until_on", "last day of the agreement"),
    _code("limit_status_code", "whether the agreement is valid", codes.AGREEMENT_STATUS),
    _amount("shared_limit_amount", "limit that restricts several agreements together"),
    _number("shared_limit_number", "the lender's number of that limit"),
)
PBOC_CREDIT_AGREEMENTS = Dataset(
    "pboc_credit_agreements",
    1,
    "credit agreements as the bureau sees them",
    ("borrower_id", *(field.name for field in _CREDIT_AGREEMENT_FIELDS)),
    ("agreement_number",),
    optional=frozenset({"first_reported_on", "shared_limit_amount", "shared_limit_number"}),
    references=(Reference("borrower_id", "borrowers"),),
    own_fields=_CREDIT_AGREEMENT_FIELDS,
)

_COLLATERAL_FIELDS = (
    _number("collateral_contract_number", "the lender's number of the contract of pledge or mortgage (Ccc)"),
    _FIRST_REPORTED_ON,
    _day("released_on", "day from which the contract does not secure the loan any more, empty while it does"),
    _day("release_reported_on", "day on which the bureau was told of the release, empty when it never was"),
)
PBOC_COLLATERAL_CONTRACTS = Dataset(
    "pboc_collateral_contracts",
    1,
    "contracts of pledge and mortgage (MotgaCltalCtrctInfSgmt), one row a loan and contract; for lenders that have any",
    ("loan_id", *(field.name for field in _COLLATERAL_FIELDS)),
    ("loan_id", "collateral_contract_number"),
    optional=frozenset(field.name for field in _COLLATERAL_FIELDS) - {"collateral_contract_number"},
    references=(Reference("loan_id", "loans"),),
    own_fields=_COLLATERAL_FIELDS,
)

_SPECIAL_TRANSACTION_FIELDS = (
    _code("special_transaction_code", "kind of transaction (ChanTranType)", codes.SPECIAL_TRANSACTION),
    _day("transacted_on", "day of the transaction (TranDate)"),
    _amount("transaction_amount", "amount of the transaction (TranAmt)"),
    Field("due_moved_months", _INTEGER, "months by which the due day moved (DueTranMon), 0 for none", minimum=0),
    _identity("transaction_details", "what else is to be said of it (DetInfo)", r".{1,200}"),
    _FIRST_REPORTED_ON,
)
PBOC_SPECIAL_TRANSACTIONS = Dataset(
    "pboc_special_transactions",
    1,
    "special transactions (AcctSpecTrstDspnSgmt), one row a loan, kind and day; for lenders that have any",
    ("loan_id", *(field.name for field in _SPECIAL_TRANSACTION_FIELDS)),
    ("loan_id", "special_transaction_code", "transacted_on"),
    optional=frozenset({"transaction_amount", "due_moved_months", "transaction_details", "first_reported_on"}),
    references=(Reference("loan_id", "loans"),),
    own_fields=_SPECIAL_TRANSACTION_FIELDS,
)

PBOC_FACTS = (
    PBOC_ACCOUNTS,
    PBOC_ENTERPRISE_ACCOUNTS,
    PBOC_PERSONS,
    PBOC_GUARANTEES,
    PBOC_CREDIT_AGREEMENTS,
    PBOC_COLLATERAL_CONTRACTS,
    PBOC_SPECIAL_TRANSACTIONS,
)
