"""Who stands in a Metro 2 record: the borrower in the base segment, the others in J1 and J2, the employer in N1.

The bond to the account follows from the liabilities: who owes it together is joint (2), a guarantor is a co-maker (5)
and the borrower then the maker (7); who owes it alone is an individual (1). What else there is (authorised users,
bonds that ended, consumers to be deleted) is said by associations, which come before the liabilities. Who has died has
code X and leaves the others' as they were, an enterprise is W. Others whom the policy protects are left out.

Source: Credit Reporting Resource Guide, field 37, as restated by public furnisher guides.
"""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw

from schemas.bureaus.metro2_facts import ADDRESS_FACTS, IDENTITY_FACTS
from schemas.bureaus.metro2_segments import N1
from schemas.policy import Policy
from transforms.books import Books, Frame
from transforms.bureaus.metro2_checks.code_sets import BANKRUPT, REAFFIRMED
from transforms.keep import Keep

_FINAL = ("T", "Z")
"""Codes that say that the bond is no more: a death does not change them."""


@dataclass(frozen=True)
class Consumers:
    """Who stands in the records of some loans.

    Attributes:
        borrowers: one row a loan: `loan_id`, IDENTITY_FACTS, `ecoa_code`, and `petitioned_on`, the earliest petition
            of bankruptcy of anyone of the account.
        j1: one row a consumer at the borrower's address: `loan_id`, `borrower_id`, columns of the segment.
        j2: the same of those at another address.
        n1: one row a loan whose borrower's employer is known: `loan_id`, columns of the segment.
    """

    borrowers: Frame
    j1: Frame
    j2: Frame
    n1: Frame


def consumers_of(books: Books, loans: Frame, told: Frame, associations: Frame, policy: Policy, keep: Keep) -> Consumers:
    """Who stands in the records.

    Args:
        books: of the business date.
        loans: `loan_id`, `borrower_id` of every record.
        told: contract `METRO2_CONSUMERS`.
        associations: contract `METRO2_ASSOCIATIONS`.
        policy: says who is protected.
        keep: what the engine offers to compute a frame once that is used several times.
    """
    persons = keep(_persons(books, told))
    parties = keep(_parties(books, loans, associations, persons, policy))
    own_code = associations.select("loan_id", "borrower_id", nw.col("ecoa_code").alias("own_code"))
    bonds = parties.group_by("loan_id").agg(
        nw.col("is_joint").any().alias("has_joint"), nw.col("is_guarantor").any().alias("has_guarantor")
    )
    petitions = nw.concat([_petitions(parties), _petitions(loans.join(persons, on="borrower_id", how="left"))])
    borrowers = keep(
        loans.join(persons, on="borrower_id", how="left")
        .join(own_code, on=["loan_id", "borrower_id"], how="left")
        .join(bonds, on="loan_id", how="left")
        .with_columns(_borrower_code().alias("ecoa_code"))
        .drop("petitioned_on")
        .join(petitions.group_by("loan_id").agg(nw.col("petitioned_on").min()), on="loan_id", how="left")
    )
    home = borrowers.select("loan_id", *(nw.col(name).alias(f"home_{name}") for name in ADDRESS_FACTS))
    placed = parties.join(home, on="loan_id", how="inner").with_columns(_lives_there().alias("lives_there"))
    employers = loans.join(told.select("borrower_id", *N1.names), on="borrower_id", how="inner")
    is_employed = nw.any_horizontal(*(~nw.col(name).is_null() for name in N1.names), ignore_nulls=True)
    return Consumers(
        borrowers.select("loan_id", *IDENTITY_FACTS, "ecoa_code", "petitioned_on"),
        placed.filter(nw.col("lives_there")),
        placed.filter(~nw.col("lives_there")),
        employers.filter(is_employed).select("loan_id", *N1.names),
    )


def _persons(books: Books, told: Frame) -> Frame:
    """One row a borrower: what is told of it, with the social security number of the books where they have one."""
    known = books.borrowers.select("borrower_id", "borrower_kind", "protection_code", "id_type", "id_number")
    number = nw.when(nw.col("id_type") == "ssn").then(nw.col("id_number")).otherwise(nw.col("ssn"))
    joined = known.join(told.select("borrower_id", *IDENTITY_FACTS, "petitioned_on"), on="borrower_id", how="left")
    return joined.with_columns(number.alias("ssn")).drop("id_type", "id_number")


def _parties(books: Books, loans: Frame, associations: Frame, persons: Frame, policy: Policy) -> Frame:
    """One row a loan and consumer besides the borrower: what is told, `ecoa_code`, `is_joint`, `is_guarantor`."""
    named = associations.select("loan_id", "borrower_id", "ecoa_code")
    liable = books.liabilities.select(
        "loan_id",
        "borrower_id",
        nw.when(nw.col("liability_code") == "co_borrower").then(nw.lit("2")).otherwise(nw.lit("5")).alias("ecoa_code"),
    ).join(named, on=["loan_id", "borrower_id"], how="anti")
    others = loans.select("loan_id", nw.col("borrower_id").alias("main_id"))
    is_protected = nw.col("protection_code").is_in(policy.exclusions.protections.value)
    code = nw.col("ecoa_code")
    has_died = (nw.col("protection_code") == "deceased") & ~code.is_in(_FINAL)
    return (
        nw.concat([liable, named])
        .join(others, on="loan_id", how="inner")
        .filter(nw.col("borrower_id") != nw.col("main_id"))
        .join(persons, on="borrower_id", how="left")
        .filter(~is_protected.fill_null(False))
        .with_columns((code == "2").alias("is_joint"), (code == "5").alias("is_guarantor"))
        .with_columns(nw.when(has_died.fill_null(False)).then(nw.lit("X")).otherwise(code).alias("ecoa_code"))
    )


def _borrower_code() -> nw.Expr:
    code: nw.Expr = nw.lit("1")
    code = nw.when(nw.col("has_guarantor").fill_null(False)).then(nw.lit("7")).otherwise(code)
    code = nw.when(nw.col("has_joint").fill_null(False)).then(nw.lit("2")).otherwise(code)
    code = nw.when(nw.col("borrower_kind") == "enterprise").then(nw.lit("W")).otherwise(code)
    code = nw.when(nw.col("protection_code") == "deceased").then(nw.lit("X")).otherwise(code)
    return nw.when(~nw.col("own_code").is_null()).then(nw.col("own_code")).otherwise(code)


def _petitions(consumers: Frame) -> Frame:
    is_bankrupt = nw.col("consumer_information").is_in((*BANKRUPT, REAFFIRMED))
    return consumers.filter(is_bankrupt & ~nw.col("petitioned_on").is_null()).select("loan_id", "petitioned_on")


def _lives_there() -> nw.Expr:
    return nw.all_horizontal(
        *(nw.col(name).fill_null("") == nw.col(f"home_{name}").fill_null("") for name in ADDRESS_FACTS),
        ignore_nulls=False,
    )
