"""Bringing the ledger's tables to another version, told to a person."""

from __future__ import annotations

from ledger.migrate import Migration


def migration_lines(done: Migration) -> list[str]:
    """What was done, line by line."""
    if done.before == done.after:
        return [f"the ledger is of version {done.after} already"]
    return [f"before  {done.before}", f"after   {done.after}"]
