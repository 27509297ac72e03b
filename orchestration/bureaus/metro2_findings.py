"""What the conditions on Metro 2 find in the records of a batch, and which findings keep a record back.

A finding keeps the record back unless it stands in DOUBTS. There stand those that can be true of a record that is
right: a person looks at them before the release. All other conditions say that the record contradicts itself, the
guide, the books, or what was told last.
"""

from __future__ import annotations

from collections.abc import Iterator

import narwhals as nw

from orchestration.assessed import Assessed
from orchestration.bureaus.record_findings import CaseFinding
from schemas.bureaus.fixed_width import RECORD_NO
from schemas.bureaus.metro2_facts import METRO2_FACTS
from transforms.books import Frame
from transforms.bureaus.metro2_checks import (
    CONDITIONS,
    PreviousPeriod,
    RecordFrames,
    check_against_books,
    findings_of,
    judge_records,
    repeated_accounts,
)
from transforms.bureaus.metro2_unanswered import unanswered_facts
from transforms.facts import loans_in_dispute
from transforms.quality import Severity

DOUBTS: dict[str, str] = {
    "Status-PaymentAmount-1": "a current account may be one that nobody paid on this month",
    "PROG-Status-1": "a month of 31 days leads from 59 days late to 90",
    "PROG-DOFD-1": "an account may be brought current within the month and be late again at its end",
    "Furnisher-DOFD-4": "asked with some days of slack, so that it is a look and no proof",
    "Furnisher-DOFD-5": "asked with some days of slack, so that it is a look and no proof",
    "Furnisher-Name-1": "people have names with other characters; the guide wants them left out",
    "Furnisher-Telephone-1": "a number that can't be reached is no untruth about the account",
    "Furnisher-Zip-1": "an address that is badly written is no untruth about the account",
    "Furnisher-Balance-1": "interest may go on after a charge-off",
    "Furnisher-History-3": "a payment that was booked late changes months that were told",
    "Furnisher-Delete-1": "an account that was deleted by mistake may be reported again",
    "Furnisher-Delete-2": "files hold the cases of a batch, so the account may have been told in an earlier one",
}
"""Id of each condition that does not keep a record back, and why."""


def condition_findings(
    records: RecordFrames, cases: Frame, assessed: Assessed, previous: PreviousPeriod | None
) -> Iterator[CaseFinding]:
    """What the conditions find.

    `Furnisher-Missing-1` is not asked: a file holds the cases of a batch, not all accounts.

    Args:
        records: of the batch.
        cases: `record_no`, `case_id`, `loan_id`.
        assessed: what the batch is frozen from.
        previous: the file before; without it no condition compares with it.
    """
    judged = assessed.lazy(assessed.collect(judge_records(records, assessed.as_of, previous)))
    numbers = records.base.select(RECORD_NO, "account_number")
    found = nw.concat(
        [
            frame.select(RECORD_NO, "condition_id")
            for frame in (
                findings_of(judged),
                repeated_accounts(numbers),
                check_against_books(records, _books_facts(numbers, cases, assessed)),
            )
        ]
    )
    named = assessed.collect(found.join(cases.select(RECORD_NO, "case_id"), on=RECORD_NO, how="inner"))
    for case_id, condition_id in zip(named["case_id"].to_pylist(), named["condition_id"].to_pylist(), strict=True):
        severity = Severity.WARNING if condition_id in DOUBTS else Severity.CRITICAL
        yield CaseFinding(case_id, condition_id, severity, CONDITIONS[condition_id].text)


def unanswered_findings(cases: Frame, assessed: Assessed) -> Iterator[CaseFinding]:
    """Facts that the lender must tell before the case is reported."""
    accounts, consumers, _ = assessed.facts_of(METRO2_FACTS)
    asked = unanswered_facts(assessed.books, cases.select("case_id", "loan_id"), accounts, consumers)
    for row in assessed.collect(asked).to_pylist():
        dataset_name, field_name = row["dataset_name"], row["field_name"]
        text = f"{dataset_name} tells {field_name}"
        yield CaseFinding(row["case_id"], f"{dataset_name}.{field_name}.missing", Severity.CRITICAL, text)


def _books_facts(numbers: Frame, cases: Frame, assessed: Assessed) -> Frame:
    """What `check_against_books` wants. Since when an account is late without a break is asked of no other source."""
    accounts, _, _ = assessed.facts_of(METRO2_FACTS)
    disputed = loans_in_dispute(assessed.books, assessed.as_of)
    return (
        numbers.join(cases.select(RECORD_NO, "loan_id"), on=RECORD_NO, how="inner")
        .join(accounts.select("loan_id", "deletion_reason"), on="loan_id", how="left")
        .join(assessed.decisions.select("loan_id", "overdue_days", "is_reportable"), on="loan_id", how="left")
        .join(disputed, on="loan_id", how="left")
        .select(
            "account_number",
            "overdue_days",
            nw.lit(None, dtype=nw.Date()).alias("lateness_began_on"),
            nw.col("has_open_dispute").fill_null(False),
            (~nw.col("is_reportable")).alias("is_withheld"),
            "deletion_reason",
        )
        .filter(~nw.col("account_number").is_null())
    )
