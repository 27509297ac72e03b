"""What the books say about a loan besides arrears and effort: one row a loan, each frame with its flags."""

from __future__ import annotations

from datetime import date

import narwhals as nw

from schemas.policy import Policy
from transforms.books import Books, Frame
from transforms.calendar import add_months


def loans_in_dispute(books: Books, as_of: date) -> Frame:
    """`loan_id`, `has_open_dispute`: opened by `as_of` and not answered by then. An answer without a date is none."""
    outcome, answered_on = nw.col("dispute_outcome_code"), nw.col("answered_on")
    is_answered = (~answered_on.is_null()) & (answered_on <= as_of) & (outcome != "open")
    is_open = (nw.col("opened_on") <= as_of) & ~is_answered.fill_null(False)
    return _flagged(books.disputes.filter(is_open), "has_open_dispute")


def loans_under_agreement(books: Books, as_of: date) -> Frame:
    """`loan_id`, `has_kept_agreement`: made by `as_of` and kept."""
    is_kept = (nw.col("agreed_on") <= as_of) & (nw.col("agreement_status_code") == "kept")
    return _flagged(books.agreements.filter(is_kept), "has_kept_agreement")


def loans_reported(books: Books, arrears: Frame) -> Frame:
    """`loan_id`, `is_reported`: a bureau was told of the very episode that lasts at `as_of`."""
    reported = books.reported.select("loan_id", "episode_began_on")
    return _flagged(arrears.join(reported, on=["loan_id", "episode_began_on"], how="semi"), "is_reported")


def loans_in_quarantine(books: Books) -> Frame:
    """`loan_id`, `has_quarantined_row`: some row that was kept out names the loan or its borrower."""
    kept_out = books.quarantine
    by_loan = kept_out.filter(~nw.col("loan_id").is_null()).select("loan_id")
    borrowers = kept_out.filter(~nw.col("borrower_id").is_null()).select("borrower_id")
    by_borrower = books.loans.join(borrowers.unique(), on="borrower_id", how="inner").select("loan_id")
    return _flagged(nw.concat([by_loan, by_borrower]), "has_quarantined_row")


def count_of_unattributed_rows(books: Books) -> Frame:
    """One row, `unattributed_rows`: rows that were kept out and name neither loan nor borrower."""
    is_unattributed = nw.col("loan_id").is_null() & nw.col("borrower_id").is_null()
    return books.quarantine.filter(is_unattributed).select(nw.len().alias("unattributed_rows"))


def evidence_looked_at(books: Books, findings: Frame, as_of: date) -> Frame:
    """Evidence obtained by `as_of` with `is_intact`; what nobody looked at is not intact."""
    found = findings.select("evidence_id", "finding_code")
    return (
        books.evidence.filter(nw.col("obtained_on") <= as_of)
        .join(found, on="evidence_id", how="left")
        .with_columns((nw.col("finding_code") == "intact").fill_null(False).alias("is_intact"))
    )


def loans_with_evidence(looked_at: Frame, arrears: Frame, as_of: date, policy: Policy) -> Frame:
    """`loan_id`, `is_ability_documented`, `is_refusal_documented`, `has_doubtful_evidence`.

    Only intact evidence documents anything. Proof of ability must not be older than the policy says, proof of refusal
    must be obtained since the first missed date.
    """
    oldest_on = add_months(as_of, -policy.evidence.max_ability_age_months.value)
    kind, obtained_on, is_intact = nw.col("evidence_kind"), nw.col("obtained_on"), nw.col("is_intact")
    is_ability = is_intact & (kind == "ability_to_pay") & (obtained_on >= oldest_on)
    is_refusal = is_intact & (kind == "refusal") & (obtained_on >= nw.col("first_missed_on"))
    return (
        looked_at.join(arrears.select("loan_id", "first_missed_on"), on="loan_id", how="inner")
        .with_columns(is_ability.alias("is_ability"), is_refusal.alias("is_refusal"), (~is_intact).alias("is_doubtful"))
        .group_by("loan_id")
        .agg(
            nw.col("is_ability").any().alias("is_ability_documented"),
            nw.col("is_refusal").any().alias("is_refusal_documented"),
            nw.col("is_doubtful").any().alias("has_doubtful_evidence"),
        )
    )


def loans_with_judgment(books: Books, looked_at: Frame, as_of: date) -> Frame:
    """`loan_id`, `has_judgment`: in effect by `as_of`; when it names a document, that is the loan's own and intact."""
    intact = looked_at.filter(nw.col("is_intact")).select("loan_id", "evidence_id", "is_intact")
    in_effect = books.judgments.filter(nw.col("effective_on") <= as_of).select("loan_id", "evidence_id")
    documented = in_effect.join(intact, on=["loan_id", "evidence_id"], how="left")
    return _flagged(documented.filter(nw.col("evidence_id").is_null() | nw.col("is_intact")), "has_judgment")


def _flagged(loans: Frame, flag: str) -> Frame:
    return loans.select("loan_id").unique().with_columns(nw.lit(True).alias(flag))
