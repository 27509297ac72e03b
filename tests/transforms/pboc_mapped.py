"""Books, facts and decisions by hand for records of the PBoC's credit reference centre."""

from datetime import date
from decimal import Decimal

import pyarrow as pa

from schemas.bureaus.pboc_facts import (
    PBOC_ACCOUNTS,
    PBOC_COLLATERAL_CONTRACTS,
    PBOC_CREDIT_AGREEMENTS,
    PBOC_ENTERPRISE_ACCOUNTS,
    PBOC_GUARANTEES,
    PBOC_PERSONS,
    PBOC_SPECIAL_TRANSACTIONS,
)
from tests.transforms.arrears_cases import books_of
from transforms.arrears import arrears_as_of
from transforms.bureaus.pboc import Institution, PbocFacts
from transforms.parties import party_decisions_dataset

SEGMENT_CODE = "X6101010000246"
INSTITUTION = Institution(SEGMENT_CODE, f"{SEGMENT_CODE}000001")
BRANCH = "X6101010000247"
NUMBERS = ("11010519491231002X", "110101199003071233")

ACCOUNT = {
    "account_type_code": "D1",
    "management_code": BRANCH,
    "first_reported_on": date(2024, 1, 31),
    "business_code": "1",
    "business_detail_code": "91",
    "account_opened_on": None,
    "currency_code": "CNY",
    "credit_line_amount": None,
    "line_ends_on": None,
    "claim_amount": None,
    "payout_code": "0",
    "repayment_mode_code": "11",
    "repayment_frequency_code": "03",
    "application_area_code": "110105",
    "guarantee_code": "4",
    "other_guarantee_code": "0",
    "transfer_code": "0",
    "funding_code": "1",
    "loan_form_code": "1",
    "loan_contract_number": None,
    "first_home_code": None,
    "agreement_number": None,
    "original_creditor_name": None,
    "original_creditor_code": None,
    "original_debt_code": None,
    "original_status_code": None,
    "five_class_code": "2",
    "five_class_on": date(2024, 2, 1),
    "account_status_code": "1",
    "nothing_repaid_on": None,
}
COLLECTION = {
    "account_type_code": "C1",
    "business_code": "5",
    "business_detail_code": "A1",
    "account_opened_on": date(2024, 1, 5),
    "claim_amount": Decimal("5000.99"),
    "original_creditor_name": "测试银行",
    "original_debt_code": "1",
    "original_status_code": "7",
}
REVOLVING = {
    "account_type_code": "R1",
    "account_opened_on": date(2023, 1, 2),
    "credit_line_amount": Decimal("60000.00"),
    "line_ends_on": date(2026, 1, 1),
    "repayment_mode_code": "31",
    "agreement_number": "CR0001",
}
PERSON = {
    "customer_type_code": "11",
    "keeping_code": BRANCH,
    "first_reported_on": None,
    "sex_code": "1",
    "born_on": "1949-12-31",
    "nationality_code": "CHN",
    "household_address": None,
    "household_area_code": "110105",
    "basics_updated_on": date(2024, 1, 1),
    "marital_code": "20",
    "spouse_name": "测试乙",
    "spouse_id_type_code": "10",
    "spouse_id_number": "110101199003071233",
    "spouse_telephone": None,
    "spouse_employer_name": None,
    "marriage_updated_on": date(2024, 1, 2),
    "education_code": "20",
    "degree_code": "4",
    "education_updated_on": date(2024, 1, 3),
    "employment_code": "24",
    "employer_name": "测试公司",
    "employer_kind_code": "20",
    "industry_code": "C",
    "employer_address": "某路1号",
    "employer_postcode": "100020",
    "employer_area_code": "110105",
    "employer_telephone": "01000000000",
    "occupation_code": "6",
    "title_code": "3",
    "technical_title_code": "0",
    "employed_since_year": "2019",
    "employment_updated_on": date(2024, 1, 4),
    "residence_code": "5",
    "home_address": "某路2号",
    "home_postcode": "100021",
    "home_area_code": "110105",
    "home_telephone": None,
    "residence_updated_on": date(2024, 1, 5),
    "mail_address": "某路3号",
    "mail_postcode": "100022",
    "mail_area_code": "110105",
    "mail_updated_on": date(2024, 1, 6),
    "annual_income_amount": None,
    "taxed_income_amount": None,
    "income_updated_on": None,
}
ENTERPRISE_ACCOUNT = {
    "account_type_code": "D1",
    "management_code": BRANCH,
    "first_reported_on": date(2024, 1, 31),
    "business_code": "10",
    "business_detail_code": "11",
    "currency_code": "CNY",
    "payout_code": "0",
    "repayment_mode_code": "11",
    "repayment_frequency_code": "03",
    "application_area_code": "110105",
    "guarantee_code": "4",
    "other_guarantee_code": "0",
    "term_class_code": "20",
    "loan_form_code": "1",
    "invested_industry_code": "C13",
    "funding_code": "11",
    "transfer_code": "0",
    "five_class_code": "2",
    "five_class_on": date(2024, 2, 1),
    "account_status_code": "10",
    "repayment_form_code": "10",
}
CREDIT_AGREEMENT = {
    "management_code": BRANCH,
    "first_reported_on": None,
    "limit_type_code": "10",
    "limit_revolving_code": "1",
    "limit_amount": Decimal("60000.50"),
    "currency_code": "CNY",
    "limit_from_on": date(2023, 1, 1),
    "limit_until_on": date(2026, 1, 1),
    "limit_status_code": "1",
    "shared_limit_amount": None,
    "shared_limit_number": None,
}


def borrower(borrower_id, **changes):
    row = {
        "borrower_id": borrower_id,
        "borrower_kind": "person",
        "name": "测试甲",
        "id_type": "resident_id",
        "id_number": NUMBERS[0],
        "mobile": "13800000000",
        "email": None,
        "protection_code": "none",
    }
    return row | changes


ENTERPRISE = {"borrower_kind": "enterprise", "id_type": "uscc", "id_number": "91110000600037341L", "name": "测试公司"}


def rows_of(loans, principal="30000.00", borrowers=None, **more):
    """Rows of loans by hand (see `arrears_cases`), with their borrowers: changes to a person by loan id."""
    rows = books_of(loans)
    for row in rows["loans"]:
        row["principal_amount"] = Decimal(principal)
    changes = borrowers or {}
    rows["borrowers"] = [
        borrower(row["borrower_id"], **changes.get(row["loan_id"], {})) for row in rows["loans"]
    ] + more.pop("other_borrowers", [])
    return rows | more


def facts_of(
    engine,
    accounts=None,
    enterprise_accounts=None,
    persons=None,
    guarantees=(),
    agreements=None,
    collateral=(),
    special=(),
):
    """Facts by hand: changes to the facts above by key."""

    def frame(dataset, rows):
        return engine.frame(pa.Table.from_pylist(list(rows), dataset.arrow_schema()))

    return PbocFacts(
        accounts=frame(PBOC_ACCOUNTS, (_account(name, ACCOUNT, one) for name, one in (accounts or {}).items())),
        enterprise_accounts=frame(
            PBOC_ENTERPRISE_ACCOUNTS,
            (_account(name, ENTERPRISE_ACCOUNT, one) for name, one in (enterprise_accounts or {}).items()),
        ),
        persons=frame(PBOC_PERSONS, ({"borrower_id": name} | PERSON | one for name, one in (persons or {}).items())),
        guarantees=frame(PBOC_GUARANTEES, guarantees),
        credit_agreements=frame(
            PBOC_CREDIT_AGREEMENTS,
            ({"agreement_number": name} | CREDIT_AGREEMENT | one for name, one in (agreements or {}).items()),
        ),
        collateral_contracts=frame(PBOC_COLLATERAL_CONTRACTS, collateral),
        special_transactions=frame(PBOC_SPECIAL_TRANSACTIONS, special),
    )


def contract(loan_id, number, told=None, released=None, release_told=None):
    """A contract of pledge or mortgage: days on which the bureau was told, it was released, and that was told."""
    return {
        "loan_id": loan_id,
        "collateral_contract_number": number,
        "first_reported_on": _day(told),
        "released_on": _day(released),
        "release_reported_on": _day(release_told),
    }


def transaction(loan_id, code, day, amount="100.00", months=0, details=None, told=None):
    """A special transaction."""
    return {
        "loan_id": loan_id,
        "special_transaction_code": code,
        "transacted_on": _day(day),
        "transaction_amount": None if amount is None else Decimal(amount),
        "due_moved_months": months,
        "transaction_details": details,
        "first_reported_on": _day(told),
    }


def _day(text):
    return None if text is None else date.fromisoformat(text)


def _account(loan_id, account, changes):
    return {"loan_id": loan_id, "account_number": f"LN{loan_id}"} | account | changes


def cases_of(engine, *loans):
    rows = [{"case_id": f"pboc-{name}", "loan_id": name} for name in loans]
    return engine.rows(rows, case_id=pa.string(), loan_id=pa.string())


def decided(engine, kit, books, as_of, policy, judged=()):
    """What the records read of decisions: the arrears, and whether there is a judgment in effect."""
    table = kit.table(arrears_as_of(books, as_of, policy, engine.settled))
    has_judgment = [loan_id in judged for loan_id in table["loan_id"].to_pylist()]
    return engine.frame(table.append_column("has_judgment", pa.array(has_judgment, pa.bool_())))


def parties_of(engine, *rows):
    """Decisions on parties: loan, party, liability, most that it is liable for, whether it is reportable."""
    schema = party_decisions_dataset().arrow_schema()
    full = [
        {field.name: None for field in schema}
        | {
            "loan_id": loan_id,
            "borrower_id": borrower_id,
            "liability_code": liability,
            "liable_amount": None if amount is None else Decimal(amount),
            "is_reportable": is_reportable,
        }
        for loan_id, borrower_id, liability, amount, is_reportable in rows
    ]
    nullable = pa.schema([pa.field(field.name, field.type) for field in schema])
    return engine.frame(pa.Table.from_pylist(full, nullable))


def overdue_records_of(engine, policy, kit, make, facts, books, as_of, borrowers=None):
    """Records that `make` gives of these books without parties, by the name of the loan; every one is a case."""
    made = engine.books(rows_of(books, borrowers=borrowers))
    return make(
        made,
        cases_of(engine, *books),
        decided(engine, kit, made, as_of, policy),
        parties_of(engine),
        facts,
        INSTITUTION,
        as_of,
        policy,
        engine.settled,
    )


def group_of(kit, records, path, counting, said):
    """Loan to what its record says of a group: number of rows, and what is said of each row."""
    segment, _, _ = path.partition(".")
    rows = kit.rows(records.records)
    loans = {row["record_no"]: row["loan_id"] for row in rows}
    found = {row["loan_id"]: (row[f"{segment}.{counting}"], []) for row in rows if row[segment]}
    for row in kit.rows(records.groups[path]) if path in records.groups else []:
        found[loans[row["record_no"]]][1].append(said(row))
    return found


def told(row):
    """Items that stand in a record, column to text, without the lender's keys."""
    return {name: value for name, value in row.items() if "." in name and value is not None}


def segments(row):
    """Elements of the segments that stand in a record, in their order."""
    return [name for name, value in row.items() if value is True]
