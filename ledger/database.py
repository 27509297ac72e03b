"""The database under the ledger: opening it, making its tables, and its transactions on SQLite and PostgreSQL."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, insert, inspect, make_url, select, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, NoSuchModuleError, ProgrammingError
from sqlalchemy.pool import ConnectionPoolEntry

from ledger.arrow import ArrowReader, SqliteReader, postgresql_reader
from ledger.merkle import EMPTY_ROOT
from ledger.tables import FIRST_VERSION, LEDGER_VERSION, LOG_HEAD, METADATA, SCHEMA_VERSION
from schemas.errors.kind import ArrearsError, ErrorKind
from schemas.errors.ledger import (
    LEDGER_BUSY,
    LEDGER_FOLDER_MISSING,
    LEDGER_NEWER,
    LEDGER_NOT_INTACT,
    LEDGER_OLDER,
    LEDGER_UNAVAILABLE,
    LEDGER_UNREADABLE,
    LEDGER_URL_REFUSED,
)

BUSY_SECONDS = 60
LEAST_POSTGRESQL = (13,)
_SQLITE_FILE_MODE = 0o600
# What a page of many events changes stays in memory up to here. Beyond it, and that is 2 MiB by itself, SQLite writes
# parts of the index to disk again and again while it inserts.
_SQLITE_CACHE_KIB = 128 * 1024
_POSTGRESQL_SETUP_LOCK = 0x41525245415253
_BEGIN = "ledger_begin"
# lock_not_available, deadlock_detected, serialization_failure
_POSTGRESQL_BUSY = frozenset({"55P03", "40P01", "40001"})
_POSTGRESQL_NOT_ALLOWED = "42501"
_SQLITE_UNREADABLE = frozenset({"SQLITE_NOTADB", "SQLITE_CORRUPT", "SQLITE_ERROR"})


class Database:
    """A ledger's database with its tables in place.

    Several processes may use it at once. It must not be carried over a fork.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        driver = engine.dialect.loaded_dbapi
        # Raised as they are by what does not go through SQLAlchemy, such as COPY.
        self._errors: tuple[type[Exception], ...] = (DBAPIError, driver.Error)
        if engine.dialect.name == "sqlite":
            self._writer = engine.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})
            self._reader = engine
        else:
            self._writer = engine.execution_options(isolation_level="READ COMMITTED")
            self._reader = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @classmethod
    def open(cls, url: str) -> Database:
        """Connect, and make the tables in a database that has none. Tables of another version are left as they are.

        Raises:
            ArrearsError: LEDGER_URL_REFUSED, LEDGER_FOLDER_MISSING, LEDGER_NEWER, LEDGER_OLDER, LEDGER_UNREADABLE,
                LEDGER_UNAVAILABLE or LEDGER_BUSY.
        """
        parsed = _parsed(url)
        database = cls._of(parsed)
        try:
            with _only_one_in(_folder_of(parsed)):
                database._prepare()
        except BaseException:
            database.close()
            raise
        return database

    @classmethod
    def connect(cls, url: str) -> Database:
        """Connect to tables of any version, or to none.

        Raises:
            ArrearsError: LEDGER_URL_REFUSED, LEDGER_FOLDER_MISSING, LEDGER_UNREADABLE, LEDGER_UNAVAILABLE or
                LEDGER_BUSY.
        """
        return cls._of(_parsed(url))

    @classmethod
    def _of(cls, url: URL) -> Database:
        return cls._of_sqlite(url) if url.get_backend_name() == "sqlite" else cls._of_postgresql(url)

    @classmethod
    def _of_sqlite(cls, url: URL) -> Database:
        path = Path(url.database or "")
        if not path.parent.is_dir():
            raise ArrearsError(LEDGER_FOLDER_MISSING, folder=path.parent)
        engine = create_engine(url, hide_parameters=True, connect_args={"timeout": BUSY_SECONDS})
        event.listen(engine, "connect", _set_up_sqlite_connection)
        event.listen(engine, "begin", _begin_sqlite)
        database = cls(engine)
        with _only_one_in(path.parent), database._translated():
            _make_private_file(path)
            _switch_to_wal(engine)
        return database

    @classmethod
    def _of_postgresql(cls, url: URL) -> Database:
        try:
            engine = create_engine(url, hide_parameters=True, pool_pre_ping=True)
        except ModuleNotFoundError as error:
            raise ArrearsError(LEDGER_URL_REFUSED, rule=f"driver {error.name} is not installed") from None
        event.listen(engine, "connect", _set_up_postgresql_connection)
        return cls(engine)

    @property
    def url(self) -> str:
        """Of the database, with its password."""
        return self._engine.url.render_as_string(hide_password=False)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One write transaction; committed when the block ends well, else nothing of it stays.

        On SQLite it holds the only write lock from its start. On PostgreSQL the block must first lock `log_head`; at
        READ COMMITTED all that it reads afterwards is what the writer before it committed.
        """
        with self._translated(), self._writer.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One read transaction that sees one state of the database throughout."""
        with self._translated(), self._reader.begin() as connection:
            yield connection

    @contextmanager
    def auditing(self) -> Iterator[Connection]:
        """A read transaction that stumbles over nothing stored, text in a broken encoding included."""
        with self.reading() as connection:
            driver_connection = connection.connection.driver_connection
            if not isinstance(driver_connection, sqlite3.Connection):
                yield connection
                return
            driver_connection.text_factory = partial(str, encoding="utf-8", errors="surrogateescape")
            try:
                yield connection
            finally:
                driver_connection.text_factory = str

    @contextmanager
    def arrow_reading(self) -> Iterator[ArrowReader]:
        """A read transaction whose results are Arrow. On PostgreSQL its errors are those of ADBC."""
        if self._engine.dialect.name == "postgresql":
            with postgresql_reader(self._engine.url) as reader:
                yield reader
            return
        with self.reading() as connection:
            yield SqliteReader(connection.connection.driver_connection)

    def close(self) -> None:
        """Let go of all connections."""
        self._engine.dispose()

    def _prepare(self) -> None:
        with self.reading() as connection:
            _require_new_enough(connection)
            is_new = not _has_tables(connection)
        if is_new:
            with self.writing() as connection:
                lock_set_up(connection)
                if not _has_tables(connection):
                    _make_tables(connection)
        with self.reading() as connection:
            versions = versions_in(connection)
        if versions != [SCHEMA_VERSION]:
            raise ArrearsError(
                _kind_of_versions(versions), found=", ".join(versions) or "no version", known=SCHEMA_VERSION
            )

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except self._errors as error:
            where = self._engine.url.render_as_string(hide_password=True)
            reason = str(getattr(error, "orig", error)).strip()
            raise ArrearsError(_kind_of(error), database=where, reason=reason) from error


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
        parsed.get_dialect()
    except (ArgumentError, NoSuchModuleError):
        raise ArrearsError(LEDGER_URL_REFUSED, rule="a database URL") from None
    if backend not in ("sqlite", "postgresql"):
        raise ArrearsError(LEDGER_URL_REFUSED, database=backend, rule="sqlite or postgresql")
    if backend == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise ArrearsError(LEDGER_URL_REFUSED, database="sqlite in memory", rule="a file")
    return parsed


def _set_up_sqlite_connection(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # The driver's own transaction control would not begin before a SELECT; _begin_sqlite does it instead.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute(f"PRAGMA cache_size = -{_SQLITE_CACHE_KIB}")
    cursor.close()


def _set_up_postgresql_connection(connection: Any, _entry: ConnectionPoolEntry) -> None:
    connection.execute(f"SET lock_timeout = '{BUSY_SECONDS}s'")
    connection.execute("SET synchronous_commit = on")
    connection.commit()


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN"))


def _switch_to_wal(engine: Engine) -> None:
    raw = engine.raw_connection()
    try:
        raw.cursor().execute("PRAGMA journal_mode = WAL").close()
    finally:
        raw.close()


def _make_private_file(path: Path) -> None:
    """Make the file so that none but its owner ever could read it; SQLite gives its side files the same mode."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, _SQLITE_FILE_MODE))
    except FileExistsError:
        return
    except OSError as error:
        raise ArrearsError(LEDGER_UNAVAILABLE, database=path, reason=error.strerror) from None


@contextmanager
def _only_one_in(folder: Path | None) -> Iterator[None]:
    """Let one process at a time set up a ledger here; switching to WAL does not wait for others by itself."""
    if folder is None:
        yield
        return
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise ArrearsError(LEDGER_UNAVAILABLE, folder=folder, reason=error.strerror) from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _folder_of(url: URL) -> Path | None:
    return Path(url.database or "").parent if url.get_backend_name() == "sqlite" else None


def lock_set_up(connection: Connection) -> None:
    """Let one process at a time make or change tables; SQLite's write lock does it by itself."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _POSTGRESQL_SETUP_LOCK})


def versions_in(connection: Connection) -> list[str]:
    """What the database says of the version of its tables: one, unless somebody meddled with it or there are none."""
    return sorted(connection.scalars(select(LEDGER_VERSION.c.version_num))) if _has_tables(connection) else []


def _kind_of_versions(versions: list[str]) -> ErrorKind:
    if len(versions) != 1:
        return LEDGER_UNREADABLE
    if versions[0] > SCHEMA_VERSION:
        return LEDGER_NEWER
    return LEDGER_OLDER if versions[0] >= FIRST_VERSION else LEDGER_UNREADABLE


def _require_new_enough(connection: Connection) -> None:
    version = connection.dialect.server_version_info
    if connection.dialect.name == "postgresql" and version is not None and version < LEAST_POSTGRESQL:
        least = ".".join(map(str, LEAST_POSTGRESQL))
        raise ArrearsError(LEDGER_URL_REFUSED, found=".".join(map(str, version)), rule=f"PostgreSQL {least} or newer")


def _has_tables(connection: Connection) -> bool:
    return inspect(connection).has_table(LEDGER_VERSION.name)


def _make_tables(connection: Connection) -> None:
    METADATA.create_all(connection, checkfirst=False)
    connection.execute(insert(LOG_HEAD).values(head_no=1, size=0, root_hash=EMPTY_ROOT.hex(), frontier=""))
    connection.execute(insert(LEDGER_VERSION).values(version_num=SCHEMA_VERSION))


def _kind_of(error: Exception) -> ErrorKind:
    cause = getattr(error, "orig", error)
    code = getattr(cause, "sqlite_errorname", "")
    state = getattr(cause, "sqlstate", None)
    if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")) or state in _POSTGRESQL_BUSY:
        return LEDGER_BUSY
    if state == _POSTGRESQL_NOT_ALLOWED:
        return LEDGER_UNAVAILABLE
    if isinstance(error, IntegrityError):
        return LEDGER_NOT_INTACT
    if code in _SQLITE_UNREADABLE or isinstance(error, ProgrammingError):
        return LEDGER_UNREADABLE
    return LEDGER_UNAVAILABLE
