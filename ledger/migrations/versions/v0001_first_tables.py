"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from schemas.errors.kind import ArrearsError
from schemas.errors.ledger import MIGRATION_REFUSED

revision = "0001"
down_revision = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_EMPTY_ROOT = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def upgrade() -> None:
    """Make the tables of the log, of the states and of the tree head."""
    _make_log()
    op.create_table(
        "case_heads",
        sa.Column("case_id", sa.String(255), nullable=False),
        sa.Column("bureau", sa.String(255), nullable=False),
        sa.Column("state", sa.String(255), nullable=False),
        sa.Column("since_page_no", _NUMBER, nullable=False),
        sa.Column("last_page_no", _NUMBER, nullable=False),
        sa.Column("last_event_no", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", name="case_heads_pkey"),
        sqlite_with_rowid=False,
    )
    op.create_index("case_heads_bureau_idx", "case_heads", ["bureau"])
    head = op.create_table(
        "log_head",
        sa.Column("head_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("size", _NUMBER, nullable=False),
        sa.Column("root_hash", sa.String(64), nullable=False),
        sa.Column("frontier", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("head_no", name="log_head_pkey"),
        sa.CheckConstraint("head_no = 1", name=op.f("log_head_single_check")),
    )
    op.bulk_insert(head, [{"head_no": 1, "size": 0, "root_hash": _EMPTY_ROOT, "frontier": ""}])


def downgrade() -> None:
    """Drop all tables of a ledger in which nothing was written.

    Raises:
        ArrearsError: MIGRATION_REFUSED when there is a page.
    """
    if op.get_bind().scalar(sa.text("SELECT count(*) FROM pages")):
        raise ArrearsError(MIGRATION_REFUSED, version="base", rule="a ledger with pages is never dropped")
    for table in ("log_head", "case_heads", "events", "pages"):
        op.drop_table(table)


def _make_log() -> None:
    op.create_table(
        "pages",
        sa.Column("page_no", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("kind", sa.String(255), nullable=False),
        sa.Column("actor", sa.String(255), nullable=False),
        sa.Column("written_at", sa.String(27), nullable=False),
        sa.Column("content_json", sa.Text(), nullable=False),
        sa.Column("leaf_hash", sa.String(64), nullable=False),
        sa.Column("root_hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("page_no", name="pages_pkey"),
        sa.UniqueConstraint("key", name="pages_key_key"),
    )
    op.create_index("pages_kind_idx", "pages", ["kind"])
    op.create_table(
        "events",
        sa.Column("page_no", _NUMBER, nullable=False),
        sa.Column("event_no", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.String(255), nullable=False),
        sa.Column("kind", sa.String(255), nullable=False),
        sa.Column("detail_json", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("page_no", "event_no", name="events_pkey"),
        sqlite_with_rowid=False,
    )
    op.create_index("events_case_id_idx", "events", ["case_id"])
