"""Who answers for a loan besides the borrower: co-borrowers and guarantors, a group each in the account's record.

A party is told when the rules about a borrower hold for it as they do for the loan: who is protected, or whose identity
can't be right, is not named to a bureau as somebody's guarantor either.
"""

from __future__ import annotations

import narwhals as nw

from schemas.bureaus import pboc_codes as codes
from schemas.bureaus.tagged import RECORD_NO, TaggedRecord
from transforms.books import Books, Frame
from transforms.bureaus.pboc import Institution, PbocFacts
from transforms.bureaus.pboc_groups import GroupRows, group_rows
from transforms.bureaus.pboc_text import own_code, translated, yuan

_GROUP = "RltRepymtInfSgmt.RltRepymtInf"
_KIND = {"person": codes.PERSON, "enterprise": codes.ORGANISATION}
_ID_TYPE = {"resident_id": "10", "uscc": "20"}
_LIABILITY = {"co_borrower": codes.BORROWER, "guarantor": codes.GUARANTOR}


def liable_parties(books: Books, decided: Frame, known: PbocFacts, institution: Institution) -> Frame:
    """One row a party that is told: `loan_id`, `liable_amount` (empty for all of the loan) and texts by tag.

    Args:
        books: of the business date.
        decided: decisions on parties, contract `transforms.parties.party_decisions_dataset()`.
        known: the facts; those of guarantees count.
        institution: who reports.
    """
    borrowers = books.borrowers.select("borrower_id", "borrower_kind", "name", "id_type", "id_number")
    told = decided.filter(nw.col("is_reportable")).select("loan_id", "borrower_id", "liability_code", "liable_amount")
    guarantees = known.guarantees.select("loan_id", "borrower_id", "joint_guarantee_code", "guarantee_number")
    kind = translated("borrower_kind", _KIND)
    is_guarantor = nw.col("liability_code") == "guarantor"
    return (
        told.join(borrowers, on="borrower_id", how="inner")
        .join(guarantees, on=["loan_id", "borrower_id"], how="left")
        .select(
            "loan_id",
            "liable_amount",
            kind.alias("InfoIDType"),
            kind.alias("ArlpIDType"),
            nw.col("name").alias("ArlpName"),
            translated("id_type", _ID_TYPE).alias("ArlpCertType"),
            nw.col("id_number").alias("ArlpCertNum"),
            translated("liability_code", _LIABILITY).alias("ArlpType"),
            is_guarantor.alias("is_guarantor"),
            nw.when(is_guarantor).then(nw.col("joint_guarantee_code")).alias("WartySign"),
            nw.when(is_guarantor).then(own_code(institution, "guarantee_number")).alias("MaxGuarMcc"),
        )
    )


def parties_of(accounts: Frame, parties: Frame, layout: TaggedRecord) -> GroupRows:
    """The parties of these accounts. A guarantor without a limit answers for all that was lent.

    Args:
        accounts: those whose parties are told: RECORD_NO, `loan_id`, `lent`.
        parties: from `liable_parties`.
        layout: of the record.
    """
    joined = accounts.select(RECORD_NO, "loan_id", "lent").join(parties, on="loan_id", how="inner")
    amount = yuan(nw.col("liable_amount").fill_null(nw.col("lent")))
    special = {"ArlpAmt": nw.when(nw.col("is_guarantor")).then(amount)}
    values = {item.tag: special.get(item.tag, nw.col(item.tag)) for item in layout.groups[_GROUP].items}
    return group_rows(joined, layout, _GROUP, values)
