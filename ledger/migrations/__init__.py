"""How the tables of a ledger change from one version to the next; Alembic runs it."""
