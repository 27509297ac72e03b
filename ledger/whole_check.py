"""Is the whole ledger as it was written? A fast yes, or no answer at all.

`verify` names what is wrong; this reads the same rows as columns and says only whether nothing is. What it can't tell
for certain it leaves to `verify`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from ledger.arrow import ArrowReader, Rows, table_of
from ledger.case_replay import EventColumns
from ledger.checkpoint import TreeHead
from ledger.merkle import Frontier
from ledger.page_check import NotCertainError, checked_pages, page_sizes
from ledger.page_check_processes import checking, ranges_for

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


def is_whole(reader: ArrowReader, url: str, trusted: Sequence[TreeHead]) -> Whole:
    """Read everything and compute everything anew.

    Args:
        reader: of one state of the database.
        url: of the same database, for processes that help. They read pages that this state has, and those never change.
        trusted: tree heads with which the log must begin.

    Raises:
        NotCertainError, and whatever odd rows lead to: then there is no answer.
    """
    log_head = table_of(reader, _LOG_HEAD).to_pylist()
    if len(log_head) != 1:
        raise NotCertainError("not one tree head")
    pages, columns, heads = _read(reader, url)
    frontier = _continued(pages, trusted)
    stored = {"head_no": 1, "size": frontier.size, "root_hash": frontier.root().hex()}
    if log_head[0] != {**stored, "frontier": b"".join(frontier.nodes).hex()}:
        raise NotCertainError("not the tree head of the pages")
    counts = pages["events"].to_numpy()
    events = int(counts.sum())
    if (reader.count("pages"), reader.count("events")) != (frontier.size, events):
        raise NotCertainError("rows that belong to no page")
    if not columns.fit(heads, counts):
        raise NotCertainError("not the states that follow from the events")
    return Whole(frontier.size, events, frontier.root().hex())


def _read(reader: ArrowReader, url: str) -> tuple[pa.Table, EventColumns, pa.Table]:
    """The pages, each checked, their events, and the stored states."""
    sizes, columns = page_sizes(reader), EventColumns()
    ranges = ranges_for(sizes)
    if len(ranges) < 2:
        pages = checked_pages(reader, range(1, len(sizes) + 1), columns.add)
        return pages, columns, table_of(reader, _HEADS)
    with checking(url, ranges) as answers:
        heads = table_of(reader, _HEADS)
        parts = answers()
    for part in parts:
        for batch in part.events:
            columns.add(batch)
    return pa.concat_tables([part.pages for part in parts]), columns, heads


def _continued(pages: pa.Table, trusted: Sequence[TreeHead]) -> Frontier:
    """The log of these pages, of which each must have continued it."""
    roots = {head.size: head.root_hash for head in trusted}
    if len(roots) != len(set(trusted)) or 0 in roots:
        raise NotCertainError("not trusted tree heads of different sizes")
    frontier = Frontier()
    for leaf, stored in zip(pages["leaf"].to_pylist(), pages["root_hash"].to_pylist(), strict=True):
        frontier = frontier.append(leaf)
        root = frontier.root().hex()
        if root != stored or roots.pop(frontier.size, root) != root:
            raise NotCertainError("not the root that is stored or trusted")
    if roots:
        raise NotCertainError("fewer pages than a trusted tree head has")
    return frontier
