"""Accuracy conditions on Metro 2 records: what is suspect, to be explained or fixed before a file is sent.

Two lists under one roof: those of the CFPB's evaluators under their own ids, and ours, `Furnisher-`. How an
ambiguous sentence is read is said in the module of its matter. What records alone don't tell is asked of the whole
file's account numbers (`repeated_accounts`, `dropped_accounts`) and of the furnisher's books
(`check_against_books`); totals of the trailer are compared by the reader.
"""

from __future__ import annotations

from transforms.bureaus.metro2_checks.checks import (
    CONDITIONS,
    ROW_CONDITIONS,
    check_records,
    findings_of,
    judge_records,
)
from transforms.bureaus.metro2_checks.condition import Condition, Severity
from transforms.bureaus.metro2_checks.frames import PreviousPeriod, RecordFrames, joined_periods, previous_period
from transforms.bureaus.metro2_checks.furnisher_books import check_against_books
from transforms.bureaus.metro2_checks.whole_file import dropped_accounts, repeated_accounts

__all__ = [
    "CONDITIONS",
    "ROW_CONDITIONS",
    "Condition",
    "PreviousPeriod",
    "RecordFrames",
    "Severity",
    "check_against_books",
    "check_records",
    "dropped_accounts",
    "findings_of",
    "joined_periods",
    "judge_records",
    "previous_period",
    "repeated_accounts",
]
