"""Errors of the ledger (3xxx)."""

from __future__ import annotations

from schemas.errors.kind import ErrorKind

__all__ = ["ErrorKind"]
