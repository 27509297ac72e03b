"""Errors of the command line and the sandbox (9xxx)."""

from __future__ import annotations

from schemas.errors.kind import ErrorKind

__all__ = ["ErrorKind"]
