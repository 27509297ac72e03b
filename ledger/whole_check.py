"""Is the whole ledger as it was written? A fast yes, or no answer at all.

`verify` names what is wrong; this reads the same rows as columns and says only whether nothing is. What it can't tell
for certain it leaves to `verify`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from ledger.arrow import EVENTS, ArrowReader, Rows, table_of
from ledger.case_replay import KIND_NAMES, EventColumns
from ledger.checkpoint import TreeHead
from ledger.entry_batches import codes_of, event_entries, leaves_of_entries, needs_no_escape
from ledger.merkle import HASH_BYTES, Frontier
from ledger.open_page import HashedEvents, OpenPage, open_page

_PAGES_AT_ONCE = 20_000
_PAGES = Rows(
    "pages",
    {
        "page_no": "integer",
        "key": "text",
        "kind": "text",
        "actor": "text",
        "written_at": "text",
        "content_json": "text",
        "leaf_hash": "text",
        "root_hash": "text",
        "format": "integer",
        "salt": "text",
    },
    ("page_no",),
)
_HEADS = Rows(
    "case_heads",
    {
        "case_id": "text",
        "bureau": "text",
        "state": "text",
        "since_page_no": "integer",
        "last_page_no": "integer",
        "last_event_no": "integer",
    },
    ("case_id",),
)
_LOG_HEAD = Rows(
    "log_head", {"head_no": "integer", "size": "integer", "root_hash": "text", "frontier": "text"}, ("head_no",)
)


class NotCertainError(ValueError):
    """Something is not plainly in order."""


@dataclass(frozen=True)
class Whole:
    """A ledger of which nothing was changed.

    Attributes:
        pages: in it.
        events: on them.
        root_hash: of the log, hexadecimal.
    """

    pages: int
    events: int
    root_hash: str


def is_whole(reader: ArrowReader, trusted: Sequence[TreeHead]) -> Whole:
    """Read everything and compute everything anew.

    Args:
        reader: of one state of the database.
        trusted: tree heads with which the log must begin.

    Raises:
        NotCertainError, and whatever odd rows lead to: then there is no answer.
    """
    log_head = table_of(reader, _LOG_HEAD).to_pylist()
    roots = {head.size: head.root_hash for head in trusted}
    if len(log_head) != 1 or len(roots) != len(set(trusted)) or 0 in roots:
        raise NotCertainError("one tree head, and trusted ones of different sizes")
    columns = EventColumns()
    frontier = Frontier()
    events = 0
    for page in _pages(reader, columns):
        leaf = page.leaf()
        frontier = frontier.append(leaf)
        events += page.events
        root = frontier.root().hex()
        if page.row["page_no"] != frontier.size or (page.row["leaf_hash"], page.row["root_hash"]) != (leaf.hex(), root):
            raise NotCertainError("not the leaf and the root of the page")
        if roots.pop(frontier.size, root) != root:
            raise NotCertainError("not the root of the trusted tree head")
    stored = {"head_no": 1, "size": frontier.size, "root_hash": frontier.root().hex()}
    if roots or log_head[0] != {**stored, "frontier": b"".join(frontier.nodes).hex()}:
        raise NotCertainError("not the tree head of the pages")
    if (reader.count("pages"), reader.count("events")) != (frontier.size, events):
        raise NotCertainError("rows that belong to no page")
    if not columns.fit(table_of(reader, _HEADS)):
        raise NotCertainError("not the states that follow from the events")
    return Whole(frontier.size, events, frontier.root().hex())


def _pages(reader: ArrowReader, columns: EventColumns) -> Iterator[OpenPage]:
    """Every page from the first on, with all of its events hashed; the events go into the columns too."""
    first = 1
    while True:
        within = f"page_no BETWEEN {first} AND {first + _PAGES_AT_ONCE - 1}"
        pages = [open_page(row) for row in table_of(reader, replace(_PAGES, condition=within)).to_pylist()]
        if not pages:
            return
        for batch in reader.batches(replace(EVENTS, condition=within)):
            _hash_events(batch, pages, first, columns)
        yield from pages
        first += _PAGES_AT_ONCE


def _hash_events(batch: pa.RecordBatch, pages: Sequence[OpenPage], first: int, columns: EventColumns) -> None:
    page_nos, event_nos = batch["page_no"].to_numpy(), batch["event_no"].to_numpy()
    starts = np.concatenate(([0], np.flatnonzero(np.diff(page_nos)) + 1))
    counts = np.diff(np.concatenate((starts, [len(page_nos)])))
    if page_nos[-1] - first >= len(pages) or not needs_no_escape(batch["case_id"]):
        raise NotCertainError("an event without a page, or a case that is none")
    on = [pages[page_no - first] for page_no in page_nos[starts]]
    expected = np.arange(len(page_nos)) - np.repeat(starts, counts)
    expected[: counts[0]] += on[0].events
    if not np.array_equal(event_nos, expected):
        raise NotCertainError("events that are not numbered without gaps")
    columns.add(batch["case_id"], codes_of(batch["kind"], KIND_NAMES), page_nos, event_nos)
    entries = event_entries(batch["case_id"], batch["kind"], batch["detail_json"])
    salts = b"".join([page.event_salts(count) for page, count in zip(on, counts.tolist(), strict=True)])
    leaves = memoryview(leaves_of_entries(salts, entries))
    for page, start, count in zip(on, starts.tolist(), counts.tolist(), strict=True):
        own = leaves[start * HASH_BYTES : (start + count) * HASH_BYTES]
        page.add(HashedEvents(own, entries.slice(start, count)))
