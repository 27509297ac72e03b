"""Errors of approval and orchestration (7xxx)."""

from __future__ import annotations

from schemas.errors.kind import ErrorKind

__all__ = ["ErrorKind"]
