"""The ledger as the rest of Arrears sees it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import pyarrow as pa

from ledger import log_proofs, merkle, reading
from ledger.append import append_bulk, append_page
from ledger.arrow import EVENTS
from ledger.audit import audit
from ledger.case_proof import pages_proof
from ledger.checkpoint import TreeHead, signed_checkpoint
from ledger.database import Database
from ledger.event_columns import columns_of_rows, columns_of_table
from ledger.note import SigningKey
from ledger.page import BookedEvent, Event, Page, draft_of
from ledger.states import CaseState
from ledger.verify import VerifyReport
from schemas.errors.kind import ArrearsError
from schemas.errors.ledger import LEDGER_NOT_INTACT

# From here on columns are faster than rows.
_MANY_EVENTS = 500

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
            if len(draft.events) < _MANY_EVENTS:
                return append_page(connection, draft)
            return append_bulk(connection, replace(draft, events=()), columns_of_rows(draft.events))

    def write_events(
        self,
        *,
        key: str,
        kind: str,
        actor: str,
        content: Mapping[str, object],
        events: pa.Table,
        written_at: datetime,
    ) -> Page:
        """The same as `write_page` with the events as a table; the page is the same as if they came one by one.

        Args:
            key: identity of the piece of work.
            kind: what sort of work.
            actor: who did it.
            content: JSON values.
            events: `case_id` and `kind`; and either `detail_json`, the canonical text of each detail, or the members of
                the details, one column each: text, whole numbers or truths. A null leaves the member out.
            written_at: when, with a time zone.

        Raises:
            ArrearsError: as `write_page`.
        """
        draft, columns = draft_of(key, kind, actor, content, (), written_at), columns_of_table(events)
        with self._database.writing() as connection:
            return append_bulk(connection, draft, columns)

    def event_batches(self) -> Iterator[pa.RecordBatch]:
        """All events as they are stored, oldest first, some at a time.

        Columns: page_no, event_no, case_id, kind, detail_json.
        """
        with self._database.arrow_reading() as reader:
            yield from reader.batches(EVENTS)

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

    def checkpoint(self, key: SigningKey, earlier: TreeHead | None = None) -> str:
        """A signed note of the tree head, computed anew from the leaves.

        Args:
            key: signs it.
            earlier: what the last checkpoint committed to; nothing is signed when the log does not continue it.

        Raises:
            ArrearsError: CHECKPOINT_CONTRADICTED, LEDGER_NOT_INTACT.
        """
        with self._database.reading() as connection:
            return signed_checkpoint(log_proofs.head_of_leaves(connection, earlier), key)

    def consistency_proof(self, earlier: TreeHead, later: TreeHead) -> list[bytes]:
        """The nodes that show one tree head to continue another, RFC 9162 section 2.1.4.1, for those without the log.

        Raises:
            ArrearsError: CHECKPOINT_CONTRADICTED when this log has not both of them, LEDGER_NOT_INTACT.
        """
        with self._database.reading() as connection:
            return log_proofs.consistency_proof(connection, earlier, later)

    def prove(self, case_id: str, head: TreeHead, shown_members: Collection[str]) -> list[dict[str, Any]]:
        """The pages on which a case stands, as `case_proof_check` takes them; of other cases nothing is shown.

        Args:
            case_id: which case.
            head: what a checkpoint committed to.
            shown_members: names of members of the pages' contents that may be shown.

        Raises:
            ArrearsError: PROOF_NOT_POSSIBLE, CHECKPOINT_CONTRADICTED, LEDGER_NOT_INTACT.
        """
        with self._database.reading() as connection:
            return pages_proof(connection, case_id, head, shown_members)

    def verify(self, *trusted: TreeHead) -> VerifyReport:
        """Read everything back and find any row that was changed, removed, inserted or moved.

        Args:
            trusted: tree heads kept outside of the database. With them, a log that was rewritten as a whole is found
                too.
        """
        return audit(self._database, trusted)

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
