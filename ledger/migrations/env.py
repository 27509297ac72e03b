"""What Alembic runs: the migrations, on the connection and in the transaction of the caller."""

from __future__ import annotations

from alembic import context

from ledger.tables import LEDGER_VERSION, METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table=LEDGER_VERSION.name,
    # True on SQLite too: the caller has begun the transaction, so a migration that fails leaves nothing.
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
