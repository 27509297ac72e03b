"""Pages whose leaf commits to a tree of their entries: a format and a salt for each page.

The index of states by bureau goes: a ledger has a handful of bureaus, so it saved no reader anything, and cost every
new case.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from schemas.errors.kind import ArrearsError
from schemas.errors.ledger import MIGRATION_REFUSED

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add both columns; what is written stays a page of format 1."""
    op.add_column("pages", sa.Column("format", sa.Integer(), server_default="1", nullable=False))
    op.add_column("pages", sa.Column("salt", sa.String(64), server_default="", nullable=False))
    op.drop_index("case_heads_bureau_idx", "case_heads")


def downgrade() -> None:
    """Take both columns away from a ledger that has pages of format 1 only.

    Raises:
        ArrearsError: MIGRATION_REFUSED when there is another; without its salt it could not be verified.
    """
    newer = op.get_bind().scalar(sa.text("SELECT min(page_no) FROM pages WHERE format <> 1"))
    if newer is not None:
        raise ArrearsError(MIGRATION_REFUSED, version=down_revision, page_no=newer, rule="pages of format 1 only")
    op.create_index("case_heads_bureau_idx", "case_heads", ["bureau"])
    op.drop_column("pages", "salt")
    op.drop_column("pages", "format")
