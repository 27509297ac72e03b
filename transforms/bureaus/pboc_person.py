"""Record 110: a person as the lender knows him. All but identity, telephone and mail address are facts."""

from __future__ import annotations

from datetime import date

import narwhals as nw

from schemas.bureaus import pboc_person_codes as codes
from schemas.bureaus.pboc import RECORDS
from schemas.bureaus.pboc_facts import PBOC_PERSONS
from transforms.books import Books, Frame
from transforms.bureaus.pboc import Institution, PbocFacts, PbocRecords
from transforms.bureaus.pboc_account import PERSON_ID_TYPE, in_segment, numbered
from transforms.bureaus.pboc_text import facts, translated
from transforms.bureaus.pboc_written import written

_BASE, _SPOUSE, _WORK, _INCOME = "BsSgmt", "SpsInfSgmt", "OctpnInfSgmt", "IncInfSgmt"
_FACTS = {
    "FcsInfSgmt": {
        "Sex": "sex_code",
        "DOB": "born_on",
        "Nation": "nationality_code",
        "HouseAdd": "household_address",
        "HhDist": "household_area_code",
        "FcsInfoUpDate": "basics_updated_on",
    },
    _SPOUSE: {
        "MariStatus": "marital_code",
        "SpoName": "spouse_name",
        "SpoIDType": "spouse_id_type_code",
        "SpoIDNum": "spouse_id_number",
        "SpoTel": "spouse_telephone",
        "SpsCmpyNm": "spouse_employer_name",
        "SpsInfoUpDate": "marriage_updated_on",
    },
    "EduInfSgmt": {
        "EduLevel": "education_code",
        "AcaDegree": "degree_code",
        "EduInfoUpDate": "education_updated_on",
    },
    _WORK: {
        "EmpStatus": "employment_code",
        "CpnName": "employer_name",
        "CpnType": "employer_kind_code",
        "Industry": "industry_code",
        "CpnAddr": "employer_address",
        "CpnPc": "employer_postcode",
        "CpnDist": "employer_area_code",
        "CpnTEL": "employer_telephone",
        "Occupation": "occupation_code",
        "Title": "title_code",
        "TechTitle": "technical_title_code",
        "WorkStartDate": "employed_since_year",
        "OctpnInfoUpDate": "employment_updated_on",
    },
    "RedncInfSgmt": {
        "ResiStatus": "residence_code",
        "ResiAddr": "home_address",
        "ResiPc": "home_postcode",
        "ResiDist": "home_area_code",
        "HomeTel": "home_telephone",
        "ResiInfoUpDate": "residence_updated_on",
    },
    "MlgInfSgmt": {
        "MailAddr": "mail_address",
        "MailPc": "mail_postcode",
        "MailDist": "mail_area_code",
        "MlgInfoUpDate": "mail_updated_on",
    },
    _INCOME: {
        "AnnlInc": "annual_income_amount",
        "TaxIncome": "taxed_income_amount",
        "IncInfoUpDate": "income_updated_on",
    },
}
"""Segment to its items that are facts: tag to fact."""

_ALWAYS_TOLD = {"MariStatus", "SpsInfoUpDate", "EmpStatus", "OctpnInfoUpDate"}


def person_records(books: Books, frozen: Frame, known: PbocFacts, institution: Institution, as_of: date) -> PbocRecords:
    """Records 110 of the persons who borrowed in the frozen cases, numbered by `borrower_id`, which is their key.

    All segments are told but other identities, and income only when the facts have one. The report point is 10 for who
    was not told before `as_of`, else 20. Spouse and employer are told in the states that the bureau tells them for.

    Args:
        books: of the business date.
        frozen: `loan_id` of every case of the batch.
        known: what the books don't say.
        institution: who reports.
        as_of: business date.
    """
    borrowing = books.loans.join(frozen.select("loan_id"), on="loan_id", how="semi").select("borrower_id")
    persons = (
        books.borrowers.filter(nw.col("borrower_kind") == "person")
        .join(borrowing, on="borrower_id", how="semi")
        .select("borrower_id", "name", "id_type", "id_number", "mobile", "email")
        .join(known.persons.select(*PBOC_PERSONS.field_names), on="borrower_id", how="left")
    )
    has_income = ~nw.col("annual_income_amount").is_null() | ~nw.col("taxed_income_amount").is_null()
    records = written(
        numbered(persons, "borrower_id"),
        RECORDS["110"],
        ("borrower_id", "serial"),
        {_BASE: nw.lit(True), **dict.fromkeys(_FACTS, nw.lit(True)), _INCOME: has_income},
        {
            **_base_values(institution, as_of),
            **{
                column: text
                for segment, tags in _FACTS.items()
                for column, text in facts(PBOC_PERSONS, segment, tags).items()
            },
            "FcsInfSgmt.CellPhone": nw.col("mobile"),
            "FcsInfSgmt.Email": nw.col("email"),
        },
        only_when={
            **_told(_SPOUSE, nw.col("marital_code").is_in(codes.MARRIED)),
            **_told(_WORK, nw.col("employment_code").is_in(codes.EMPLOYED)),
        },
    )
    return PbocRecords(records)


def _base_values(institution: Institution, as_of: date) -> dict[str, nw.Expr]:
    first_reported_on = nw.col("first_reported_on")
    is_known = ~first_reported_on.is_null() & (first_reported_on < as_of)
    values = {
        "InfRecType": nw.lit("110"),
        "Name": nw.col("name"),
        "IDType": translated("id_type", PERSON_ID_TYPE),
        "IDNum": nw.col("id_number"),
        "InfSurcCode": nw.lit(institution.source_code),
        "RptDate": nw.lit(as_of.isoformat()),
        "RptDateCode": nw.when(is_known).then(nw.lit("20")).otherwise(nw.lit("10")),
        "Cimoc": nw.col("keeping_code"),
        "CustomerType": nw.col("customer_type_code"),
    }
    return in_segment(_BASE, values)


def _told(segment: str, condition: nw.Expr) -> dict[str, nw.Expr]:
    return in_segment(segment, {tag: condition for tag in _FACTS[segment] if tag not in _ALWAYS_TOLD})
