"""The ledger as the rest of Arrears sees it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from types import TracebackType
from typing import Self

import pyarrow as pa

from ledger import merkle, reading
from ledger.append import append_page
from ledger.database import Database
from ledger.page import BookedEvent, Event, Page, draft_of
from ledger.states import CaseState
from ledger.verify import TreeHead, VerifyReport, verify
from schemas.errors.kind import ArrearsError
from schemas.errors.ledger import LEDGER_NOT_INTACT

__all__ = ["Ledger", "TreeHead", "VerifyReport", "merkle"]


class Ledger:
    """An append-only log of pages in a SQL database; several processes may write to it at once.

    Open one in each process: it must not be carried over a fork. A context manager: `with Ledger.open(url) as ledger`.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    def open(cls, url: str) -> Self:
        """Open a ledger, and make its tables in a database that has none.

        Args:
            url: of SQLAlchemy, for SQLite (a file, made with mode 0600) or PostgreSQL.

        Raises:
            ArrearsError: LEDGER_URL_REFUSED, LEDGER_FOLDER_MISSING, LEDGER_NEWER, LEDGER_UNREADABLE,
                LEDGER_UNAVAILABLE or LEDGER_BUSY.
        """
        return cls(Database.open(url))

    def write_page(
        self,
        *,
        key: str,
        kind: str,
        actor: str,
        content: Mapping[str, object],
        events: Iterable[Event] = (),
        written_at: datetime,
    ) -> Page:
        """Write what one task did, in one transaction; a retry of the same work writes nothing.

        Args:
            key: identity of the piece of work. The same key with the same kind, actor, content and events, whatever
                the time, gives back the page that is written already.
            kind: what sort of work.
            actor: who did it: `task:...` or `user:...`.
            content: JSON values without floating point numbers and without personal data.
            events: what happened to cases, in order.
            written_at: when, with a time zone.

        Raises:
            ArrearsError: PAGE_CONFLICT (same key, other work), ILLEGAL_TRANSITION, UNKNOWN_EVENT, PAGE_INVALID,
                NOT_JSON, LEDGER_BUSY, LEDGER_UNAVAILABLE or LEDGER_NOT_INTACT. Nothing is written then.
        """
        draft = draft_of(key, kind, actor, content, events, written_at)
        with self._database.writing() as connection:
            return append_page(connection, draft)

    def page(self, key: str) -> Page | None:
        """The page with this key; None when it is not written."""
        with self._database.reading() as connection:
            return reading.page_with_key(connection, key)

    def pages(self, *, kind: str | None = None, key_prefix: str | None = None) -> list[Page]:
        """Pages of a kind, or whose key begins so, or both; oldest first."""
        with self._database.reading() as connection:
            return reading.pages(connection, kind, key_prefix)

    def events(
        self, *, case_id: str | None = None, kinds: Collection[str] | None = None, page_no: int | None = None
    ) -> list[BookedEvent]:
        """Events that meet all given conditions, oldest first. For many cases at once use `event_table`."""
        with self._database.reading() as connection:
            return reading.events(connection, case_id, kinds, page_no)

    def event_table(self, *, bureau: str, kinds: Collection[str]) -> pa.Table:
        """All events of these kinds of a bureau's cases, oldest first.

        Columns: case_id, kind, detail_json, page_no, event_no, written_at (UTC).
        """
        with self._database.reading() as connection:
            return reading.event_table(connection, bureau, kinds)

    def case_states(self, bureau: str) -> pa.Table:
        """Where each case of a bureau stands, in order of `case_id`.

        Columns: case_id, state, since_page_no (the page on which it came into that state), last_event_kind and
        detail_json (of its latest event).
        """
        with self._database.reading() as connection:
            return reading.case_states(connection, bureau)

    def case_state(self, case_id: str) -> CaseState | None:
        """The state of one case; None when the ledger does not have it."""
        with self._database.reading() as connection:
            state = reading.case_state(connection, case_id)
        return None if state is None else CaseState(state)

    def root(self) -> TreeHead:
        """The size and the root hash of the log.

        Raises:
            ArrearsError: LEDGER_NOT_INTACT when the tree head is lost.
        """
        with self._database.reading() as connection:
            stored = reading.head(connection)
        if stored is None:
            raise ArrearsError(LEDGER_NOT_INTACT, rule="the log has one tree head")
        return TreeHead(*stored)

    def verify(self, trusted: TreeHead | None = None) -> VerifyReport:
        """Read everything back and find any row that was changed, removed, inserted or moved.

        Args:
            trusted: a tree head kept outside of the database. With it, a log that was rewritten as a whole is found
                too.
        """
        with self._database.auditing() as connection:
            return verify(connection, trusted)

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def __enter__(self) -> Self:
        """Give back the ledger itself."""
        return self

    def __exit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Let go of the database."""
        self.close()
