"""Arrow out of the ledger's database, many rows at a time.

PostgreSQL is read over ADBC. SQLite is not, though ADBC has a driver for it: that brings a second copy of SQLite into
the process, and closing a file in one copy drops the locks that the other holds on it, with which a page that was
written can be lost (https://www.sqlite.org/howtocorrupt.html, section 2.2.1).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import URL

_ROWS_AT_ONCE = 65_536
_TYPES = {"integer": pa.int64(), "text": pa.string()}


@dataclass(frozen=True)
class Rows:
    """Which rows of a table are read, and in which order.

    Attributes:
        table: its name.
        columns: name to `integer` or `text`.
        key: columns that tell rows apart, in whose order they come.
        condition: which rows.
    """

    table: str
    columns: Mapping[str, str]
    key: tuple[str, ...]
    condition: str = "1 = 1"

    @property
    def schema(self) -> pa.Schema:
        """Columns and their types in Arrow."""
        return pa.schema([(name, _TYPES[kind]) for name, kind in self.columns.items()])

    def query(self, condition: str, limit: str) -> str:
        """SQL of the rows that meet one more condition."""
        chosen = f"FROM {self.table} WHERE {self.condition} AND {condition} ORDER BY {', '.join(self.key)}"
        return f"SELECT {', '.join(self.columns)} {chosen} {limit}"


EVENTS = Rows(
    "events",
    {"page_no": "integer", "event_no": "integer", "case_id": "text", "kind": "text", "detail_json": "text"},
    ("page_no", "event_no"),
)


class ArrowReader(Protocol):
    """One read transaction that sees one state of the database throughout."""

    def batches(self, rows: Rows) -> Iterator[pa.RecordBatch]:
        """The rows, some at a time; one result must be read to its end before the next is asked for.

        Raises:
            ValueError: when a value is missing, or not of the type of its column, which SQLite does not mind.
        """

    def count(self, table: str) -> int:
        """Rows of a table."""


def table_of(reader: ArrowReader, rows: Rows) -> pa.Table:
    """All rows at once; errors as `ArrowReader.batches`."""
    return pa.Table.from_batches(reader.batches(rows), rows.schema)


class SqliteReader:
    """SQLite's own driver, on the connection of the transaction.

    A Python object for every value would take most of the time, so SQLite joins many values of a column to one text,
    which Arrow takes apart again. The ledger never writes a value with a line end in it.
    """

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def batches(self, rows: Rows) -> Iterator[pa.RecordBatch]:
        """The rows, some at a time."""
        after = f"({', '.join(rows.key)}) > ({', '.join('?' * len(rows.key))})"
        condition, last = "1 = 1", ()
        while True:
            chosen = rows.query(condition, f"LIMIT {_ROWS_AT_ONCE}")
            count, fits, *joined = self._connection.execute(_joined(rows, chosen), last).fetchone()
            if count == 0:
                return
            if not fits:
                raise ValueError("a value is missing, or not of the type of its column")
            batch = _batch(rows, count, joined)
            yield batch
            condition, last = after, tuple(batch[name][-1].as_py() for name in rows.key)

    def count(self, table: str) -> int:
        """Rows of a table."""
        return int(self._connection.execute(_count(table)).fetchone()[0])


class PostgresqlReader:
    """Batches of ADBC's driver, on a connection of its own."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def batches(self, rows: Rows) -> Iterator[pa.RecordBatch]:
        """The rows, some at a time."""
        with self._connection.cursor() as cursor:
            cursor.execute(rows.query("1 = 1", ""))
            for batch in cursor.fetch_record_batch():
                if any(column.null_count for column in batch.columns):
                    raise ValueError("a value is missing")
                if batch.num_rows:
                    yield batch.cast(rows.schema)

    def count(self, table: str) -> int:
        """Rows of a table."""
        with self._connection.cursor() as cursor:
            cursor.execute(_count(table))
            return int(cursor.fetchone()[0])


@contextmanager
def postgresql_reader(url: URL) -> Iterator[PostgresqlReader]:
    """A read transaction of its own on the database of that URL.

    Raises:
        adbc_driver_manager.Error: when it can't be opened or read.
    """
    import adbc_driver_postgresql.dbapi as postgresql  # type: ignore[import-untyped]  # the driver has no types

    with postgresql.connect(url.set(drivername="postgresql").render_as_string(hide_password=False)) as connection:
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield PostgresqlReader(connection)


def _count(table: str) -> str:
    return f"SELECT count(*) FROM {table}"  # noqa: S608 -- a table of this package


def _joined(rows: Rows, chosen: str) -> str:
    """How many rows, whether each value is of its type, and the values of each column with line ends between them."""
    fits = " AND ".join(f"typeof({name}) = '{kind}'" for name, kind in rows.columns.items())
    columns = ", ".join(f"group_concat({name}, '\n')" for name in rows.columns)
    return f"SELECT count(*), min({fits}), {columns} FROM ({chosen})"  # noqa: S608 -- names of this package


def _batch(rows: Rows, count: int, joined: Sequence[str]) -> pa.RecordBatch:
    arrays = []
    for values, kind in zip(joined, rows.schema.types, strict=True):
        # A column of empty texts alone is joined to nothing by some versions of SQLite.
        split = pc.split_pattern(pa.array([values or ""], pa.large_string()), "\n").flatten()
        if len(split) != count:
            raise ValueError("a value with a line end")
        arrays.append(split.cast(pa.string()).cast(kind))
    return pa.RecordBatch.from_arrays(arrays, schema=rows.schema)
