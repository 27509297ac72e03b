"""Checks on records for the PBoC's credit reference centre (征信中心) before they are sent, under its own codes.

`judge` asks all of them about the records of a file: what the layout says, what must agree within a record, and, with
what the bureau has already (`known_accounts`, `known_after`), whether it would take them. Codes of files and headers,
unknown tags and repeated segments are seen where a file is read. How an ambiguous rule is read is said in the module of
its matter.
"""

from __future__ import annotations

from transforms.bureaus.pboc_checks.check import Check, Confidence, Needs
from transforms.bureaus.pboc_checks.checks import CHECKS, judge, judge_part, keys_of
from transforms.bureaus.pboc_checks.frames import PbocFrames
from transforms.bureaus.pboc_checks.known import KnownAccounts, known_accounts, known_after
from transforms.bureaus.pboc_checks.origin import repeated_records

__all__ = [
    "CHECKS",
    "Check",
    "Confidence",
    "KnownAccounts",
    "Needs",
    "PbocFrames",
    "judge",
    "judge_part",
    "keys_of",
    "known_accounts",
    "known_after",
    "repeated_records",
]
