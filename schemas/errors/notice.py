"""Errors of notices to borrowers (6xxx)."""

from __future__ import annotations

from schemas.errors.kind import ErrorKind

__all__ = ["ErrorKind"]
