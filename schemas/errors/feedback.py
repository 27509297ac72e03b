"""Errors of the bureau's answers (8xxx)."""

from __future__ import annotations

from schemas.errors.kind import ErrorKind

ANSWER_MALFORMED = ErrorKind(
    "ARR-8001",
    "The bureau's answer is not in the agreed form",
    "Headings, a line or the totals at the end are missing or wrong.",
    "Nothing of it was booked. Ask the bureau for the answer again.",
)
ANSWER_UNKNOWN_FILE = ErrorKind(
    "ARR-8002",
    "The bureau answers a file that was never sealed here",
    "No seal page in the ledger names the file, or its SHA-256 differs from the one that was sent.",
    "Nothing of it was booked. Find out with the bureau which file it received.",
)
ANSWER_TOTALS_DIFFER = ErrorKind(
    "ARR-8003",
    "The bureau's answer does not foot",
    "The totals at its end differ from its lines, it names a record twice or one that the file did not hold, or it "
    "leaves one out.",
    "Nothing of it was booked. Ask the bureau for the answer again.",
)
ANSWERS_NOT_BOOKED = ErrorKind(
    "ARR-8004",
    "Some of the bureau's answers could not be booked",
    "Each one is named with the code of its own error; the other answers are booked.",
    "Look up the codes named and settle each with the bureau.",
)
