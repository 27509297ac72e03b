"""Errors of the bureau's answers (8xxx)."""

from __future__ import annotations

from schemas.errors.kind import ErrorKind

__all__ = ["ErrorKind"]
