"""The tables of the ledger, the same on SQLite and PostgreSQL.

`pages` and `events` are the log. `log_head` holds what is needed to append to it. `case_heads` is derived from `events`
so that states are had without reading the log; `verify` compares it. Text that is hashed is stored as it was hashed.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

FIRST_VERSION = "0001"
SCHEMA_VERSION = "0002"

METADATA = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "uq": "%(table_name)s_%(column_0_name)s_key",
        "ix": "%(table_name)s_%(column_0_name)s_idx",
        "ck": "%(table_name)s_%(constraint_name)s_check",
    }
)

_Number = BigInteger().with_variant(Integer(), "sqlite")
_Hash = String(64)
_Name = String(255)

PAGES = Table(
    "pages",
    METADATA,
    Column("page_no", _Number, primary_key=True, autoincrement=False),
    Column("key", _Name, nullable=False, unique=True),
    Column("kind", _Name, nullable=False, index=True),
    Column("actor", _Name, nullable=False),
    Column("written_at", String(27), nullable=False),
    Column("content_json", Text, nullable=False),
    Column("leaf_hash", _Hash, nullable=False),
    Column("root_hash", _Hash, nullable=False),
    # How the leaf was made; the defaults are those of pages that were written before there was a choice.
    Column("format", Integer, nullable=False, server_default="1"),
    Column("salt", _Hash, nullable=False, server_default=""),
)

EVENTS = Table(
    "events",
    METADATA,
    Column("page_no", _Number, nullable=False),
    Column("event_no", Integer, nullable=False),
    Column("case_id", _Name, nullable=False, index=True),
    Column("kind", _Name, nullable=False),
    Column("detail_json", Text, nullable=False),
    PrimaryKeyConstraint("page_no", "event_no"),
    sqlite_with_rowid=False,
)

CASE_HEADS = Table(
    "case_heads",
    METADATA,
    Column("case_id", _Name, primary_key=True),
    Column("bureau", _Name, nullable=False),
    Column("state", _Name, nullable=False),
    Column("since_page_no", _Number, nullable=False),
    Column("last_page_no", _Number, nullable=False),
    Column("last_event_no", Integer, nullable=False),
    sqlite_with_rowid=False,
)

LOG_HEAD = Table(
    "log_head",
    METADATA,
    Column("head_no", Integer, primary_key=True, autoincrement=False),
    Column("size", _Number, nullable=False),
    Column("root_hash", _Hash, nullable=False),
    Column("frontier", Text, nullable=False),
    CheckConstraint("head_no = 1", name="single"),
)

LEDGER_VERSION = Table(
    "ledger_version",
    METADATA,
    Column("version_num", String(32), primary_key=True),
)
