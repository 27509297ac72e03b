"""Facts that a record needs and no check on the record can miss: where silence would look like an answer.

A blank consumer information indicator says that there is no bankruptcy, and a deletion looks alike with and without a
reason. So these are asked of the books and the facts, before records are made.
"""

from __future__ import annotations

import narwhals as nw

from schemas.bureaus.metro2_facts import METRO2_ACCOUNTS, METRO2_CONSUMERS
from transforms.books import Books, Frame


def unanswered_facts(books: Books, cases: Frame, accounts: Frame, consumers: Frame) -> Frame:
    """`case_id`, `dataset_name`, `field_name` of each fact that must be told before the case is reported.

    The account itself, where nothing is told of it; the indicator of a borrower, co-borrower or guarantor whom the
    books call bankrupt; the reason of a deletion.

    Args:
        books: of the business date.
        cases: `case_id`, `loan_id`.
        accounts: contract `METRO2_ACCOUNTS`.
        consumers: contract `METRO2_CONSUMERS`.
    """
    told = accounts.select("loan_id", "deletion_status", "deletion_reason")
    untold = cases.join(told, on="loan_id", how="anti")
    reason = nw.col("deletion_reason").fill_null("")
    unexplained = cases.join(told, on="loan_id", how="inner").filter(
        ~nw.col("deletion_status").is_null() & (reason == "")
    )
    bankrupt = books.borrowers.filter(nw.col("protection_code") == "bankrupt").select("borrower_id")
    indicated = consumers.filter(~nw.col("consumer_information").is_null()).select("borrower_id")
    silent = bankrupt.join(indicated, on="borrower_id", how="anti")
    bonds = nw.concat([frame.select("loan_id", "borrower_id") for frame in (books.loans, books.liabilities)])
    bound = bonds.join(silent, on="borrower_id", how="semi").select("loan_id").unique()
    return nw.concat(
        [
            _named(untold, METRO2_ACCOUNTS.name, "account_number"),
            _named(unexplained, METRO2_ACCOUNTS.name, "deletion_reason"),
            _named(cases.join(bound, on="loan_id", how="semi"), METRO2_CONSUMERS.name, "consumer_information"),
        ]
    )


def _named(cases: Frame, dataset_name: str, field_name: str) -> Frame:
    return cases.select("case_id", nw.lit(dataset_name).alias("dataset_name"), nw.lit(field_name).alias("field_name"))
