"""Errors of extracts, snapshots and quarantine (1xxx)."""

from __future__ import annotations

from schemas.errors.kind import ErrorKind

SOURCE_BOOK_INVALID = ErrorKind(
    "ARR-1001",
    "The description of the lender's extracts is not valid",
    "`sources.toml` is no TOML, names an unknown dataset or field, or leaves one out.",
    "Correct the file at the place named and run again.",
)
