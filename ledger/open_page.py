"""A page whose entries are being hashed, some at a time."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from dataclasses import dataclass
from hashlib import shake_256
from typing import Any

import pyarrow as pa

from ledger.entries import ENTRY_SALT_BYTES, FORMAT, PageHead, entry_leaf, members_of, page_salt_from
from ledger.entry_batches import TreeOfEntries
from ledger.merkle import leaf_hash
from ledger.page import page_bytes


@dataclass(frozen=True)
class HashedEvents:
    """Some events of one page, in order.

    Attributes:
        leaves: behind one another.
        entries: canonical text of each.
    """

    leaves: memoryview
    entries: pa.Array


class OpenPage(ABC):
    """A page of any format.

    Attributes:
        row: of `pages`, by column.
        events: that were added.
    """

    def __init__(self, row: dict[str, Any]) -> None:
        self.row = row
        self.events = 0

    @abstractmethod
    def event_salts(self, count: int) -> bytes:
        """The salts of the next events, behind one another."""

    @abstractmethod
    def add(self, events: HashedEvents) -> None:
        """The next events."""

    @abstractmethod
    def leaf(self) -> bytes:
        """The leaf of the page with all events that were added."""


def open_page(row: dict[str, Any]) -> OpenPage:
    """A page to which its events are added.

    Raises:
        ValueError: when the row is not in the form of its format.
    """
    return PageWithTree(row) if row["format"] == FORMAT else PageOfOldFormat(row)


class PageWithTree(OpenPage):
    """A page of format 2."""

    def __init__(self, row: dict[str, Any]) -> None:
        super().__init__(row)
        self._salt = page_salt_from(row["salt"])
        self._stream = b""
        self._tree = TreeOfEntries()
        members = members_of(row["content_json"])
        self._members = len(members)
        salts = self._salts(0, self._members)
        for number, member in enumerate(members):
            start = number * ENTRY_SALT_BYTES
            self._tree.add(entry_leaf(salts[start : start + ENTRY_SALT_BYTES], member))

    def event_salts(self, count: int) -> bytes:
        """The salts of the next events, behind one another."""
        done = self._members + self.events
        return self._salts(done, done + count)

    def add(self, events: HashedEvents) -> None:
        """The next events."""
        self._tree.add(events.leaves)
        self.events += len(events.entries)

    def leaf(self) -> bytes:
        """The leaf of the page with all events that were added."""
        row, root = self.row, self._tree.root()
        facts = (row["page_no"], row["key"], row["kind"], row["actor"], row["written_at"])
        return PageHead.of(*facts, self._members, self.events, root, self._salt).leaf()

    def _salts(self, start: int, end: int) -> bytes:
        if end * ENTRY_SALT_BYTES > len(self._stream):
            # Made again from its beginning when more is wanted, so twice as long each time.
            self._stream = shake_256(self._salt).digest(max(end * ENTRY_SALT_BYTES, 2 * len(self._stream)))
        return self._stream[start * ENTRY_SALT_BYTES : end * ENTRY_SALT_BYTES]


class PageOfOldFormat(OpenPage):
    """A page of format 1, which is hashed as one text."""

    def __init__(self, row: dict[str, Any]) -> None:
        super().__init__(row)
        if row["format"] != 1 or row["salt"] != "":
            raise ValueError("no such format")
        if not isinstance(json.loads(row["content_json"]), dict):
            raise ValueError("not one object")
        self._entries: list[str] = []

    def event_salts(self, count: int) -> bytes:
        """Nothing that is used: the events have no leaves of their own."""
        return bytes(count * ENTRY_SALT_BYTES)

    def add(self, events: HashedEvents) -> None:
        """The next events."""
        texts = events.entries.to_pylist()
        for text in texts:
            # The text of two rows moved into one gives the same bytes of the page, but is not one object.
            if list(json.loads(text)) != ["case_id", "detail", "kind"]:
                raise ValueError("not one event")
        self._entries += texts
        self.events += len(texts)

    def leaf(self) -> bytes:
        """The leaf of the page with all events that were added."""
        row = self.row
        facts = (row["page_no"], row["key"], row["kind"], row["actor"], row["written_at"], row["content_json"])
        return leaf_hash(page_bytes(*facts, self._entries))
