"""Bringing a ledger's tables to another version, up or down, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from ledger.database import Database, lock_set_up, versions_in
from ledger.tables import LEDGER_VERSION, SCHEMA_VERSION
from schemas.errors.kind import ArrearsError
from schemas.errors.ledger import MIGRATION_REFUSED

NEWEST = "head"
NOTHING = "base"


@dataclass(frozen=True)
class Migration:
    """What was done.

    Attributes:
        before: version that was found, `base` when there were no tables.
        after: version that the ledger has now.
    """

    before: str
    after: str


def migrate(url: str, to: str = NEWEST) -> Migration:
    """Bring a ledger to a version.

    A migration that fails, or whose process dies, leaves everything as it was.

    Args:
        url: of the ledger, as for `Ledger.open`.
        to: a version like `0001`, `head` (the newest) or `base` (no tables; only from a ledger without pages).

    Raises:
        ArrearsError: MIGRATION_REFUSED, or what `Ledger.open` raises.
    """
    with as_file(files("ledger") / "migrations") as scripts:
        database = Database.connect(url)
        try:
            with database.writing() as connection:
                return _migrate(connection, scripts, to)
        finally:
            database.close()


def _migrate(connection: Connection, scripts: Path, to: str) -> Migration:
    # Imported here, since only this needs it and every task opens a ledger.
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.attributes["connection"] = connection
    known = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()][::-1]
    lock_set_up(connection)
    before = _version(connection, known)
    after = SCHEMA_VERSION if to == NEWEST else to
    if after != NOTHING and after not in known:
        raise ArrearsError(MIGRATION_REFUSED, version=to, rule=f"one of {', '.join(known)}, {NOTHING}, {NEWEST}")
    order = [NOTHING, *known]
    # Made here, since Alembic would make it with another name for its key.
    LEDGER_VERSION.create(connection, checkfirst=True)
    step: Any = command.upgrade if order.index(after) >= order.index(before) else command.downgrade
    step(config, after)
    return Migration(before, after)


def _version(connection: Connection, known: list[str]) -> str:
    versions = versions_in(connection)
    if not versions:
        return NOTHING
    if len(versions) != 1 or versions[0] not in known:
        raise ArrearsError(MIGRATION_REFUSED, found=", ".join(versions), rule=f"from one of {', '.join(known)}")
    return versions[0]
