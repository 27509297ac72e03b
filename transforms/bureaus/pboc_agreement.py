"""Record 220: the credit agreements that the accounts of a batch belong to (AcctCredSgmt names them)."""

from __future__ import annotations

from datetime import date

import narwhals as nw

from schemas.bureaus.pboc import RECORDS
from schemas.bureaus.pboc_facts import PBOC_CREDIT_AGREEMENTS
from transforms.books import Books, Frame
from transforms.bureaus.pboc import Institution, PbocFacts, PbocRecords
from transforms.bureaus.pboc_account import PERSON_ID_TYPE, in_segment, numbered
from transforms.bureaus.pboc_text import facts, own_code, translated
from transforms.bureaus.pboc_written import written

_BASE, _LIMIT = "CtrctBsSgmt", "CreditLimSgmt"
_EXPIRED = "2"
_LIMIT_FACTS = {
    "CreditLimType": "limit_type_code",
    "LimLoopFlg": "limit_revolving_code",
    "CreditLim": "limit_amount",
    "Cy": "currency_code",
    "ConEffDate": "limit_from_on",
    "ConExpDate": "limit_until_on",
    "ConStatus": "limit_status_code",
    "CreditRest": "shared_limit_amount",
}


def agreement_records(
    books: Books, frozen: Frame, known: PbocFacts, institution: Institution, as_of: date
) -> PbocRecords:
    """Records 220 of persons, one an agreement, numbered by `agreement_number`, which is their key.

    The report point is 10 for an agreement of which the bureau was not told before `as_of`, 20 for one that has
    expired, else 30. Who shares an agreement is not told.

    Args:
        books: of the business date.
        frozen: `loan_id` of every case of the batch.
        known: what the books don't say: accounts name their agreement.
        institution: who reports.
        as_of: business date.
    """
    named = (
        known.accounts.join(frozen.select("loan_id"), on="loan_id", how="semi")
        .filter(~nw.col("agreement_number").is_null())
        .select("agreement_number")
    )
    persons = books.borrowers.filter(nw.col("borrower_kind") == "person")
    first_reported_on = nw.col("first_reported_on")
    is_known = ~first_reported_on.is_null() & (first_reported_on < as_of)
    of_known = nw.when(nw.col("limit_status_code") == _EXPIRED).then(nw.lit("20")).otherwise(nw.lit("30"))
    agreements = (
        known.credit_agreements.select(*PBOC_CREDIT_AGREEMENTS.field_names)
        .join(named, on="agreement_number", how="semi")
        .join(persons.select("borrower_id", "name", "id_type", "id_number"), on="borrower_id", how="inner")
        .with_columns(nw.when(is_known).then(of_known).otherwise(nw.lit("10")).alias("point"))
    )
    base = {
        "InfRecType": nw.lit("220"),
        "ContractCode": own_code(institution, "agreement_number"),
        "RptDate": nw.lit(as_of.isoformat()),
        "RptDateCode": nw.col("point"),
        "Name": nw.col("name"),
        "IDType": translated("id_type", PERSON_ID_TYPE),
        "IDNum": nw.col("id_number"),
        "MngmtOrgCode": nw.col("management_code"),
    }
    records = written(
        numbered(agreements, "agreement_number"),
        RECORDS["220"],
        ("agreement_number", "serial"),
        {_BASE: nw.lit(True), _LIMIT: nw.lit(True)},
        {
            **in_segment(_BASE, base),
            **facts(PBOC_CREDIT_AGREEMENTS, _LIMIT, _LIMIT_FACTS),
            f"{_LIMIT}.CreditRestCode": own_code(institution, "shared_limit_number"),
        },
    )
    return PbocRecords(records)
