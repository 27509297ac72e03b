"""Pages of a range read back: each must have the leaf that follows from its row and its events.

Ranges have nothing to do with one another, so that several processes can check one each. Whether the pages are those of
the log, and what their events make of the cases, is left to who has all ranges.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from ledger.arrow import EVENTS, ArrowReader, Rows, table_of
from ledger.case_replay import KIND_NAMES
from ledger.entry_batches import codes_of, event_entries, leaves_of_entries, needs_no_escape
from ledger.merkle import HASH_BYTES
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
_PAGE_SIZES = Rows(
    "(SELECT page_no, (SELECT coalesce(max(event_no) + 1, 0) FROM events WHERE events.page_no = pages.page_no) "
    "AS events FROM pages) AS sizes",
    {"page_no": "integer", "events": "integer"},
    ("page_no",),
)
CHECKED_PAGE = pa.schema([("leaf", pa.binary(HASH_BYTES)), ("root_hash", pa.string()), ("events", pa.int64())])
"""A page in order: its leaf, the root of the log that is stored with it, and how many events are on it."""
CHECKED_EVENT = pa.schema([("case_id", pa.string()), ("kind", pa.int8())])
"""An event on such a page; its kind is a place in KIND_NAMES."""


class NotCertainError(ValueError):
    """Something is not plainly in order."""


def page_sizes(reader: ArrowReader) -> list[int]:
    """How many events seem to be on each page, which nobody has checked.

    Raises:
        NotCertainError: when the pages are not numbered from 1 without gaps.
    """
    sizes = table_of(reader, _PAGE_SIZES)
    if not np.array_equal(sizes["page_no"].to_numpy(), np.arange(1, len(sizes) + 1)):
        raise NotCertainError("not pages without gaps")
    return list(sizes["events"].to_pylist())


def checked_pages(reader: ArrowReader, pages: range, take: Callable[[pa.RecordBatch], None]) -> pa.Table:
    """Check the pages of a range.

    Args:
        reader: of a state of the database that has them.
        pages: their numbers.
        take: is given their events in order, some at a time, as `CHECKED_EVENT`.

    Returns:
        The pages, as `CHECKED_PAGE`.

    Raises:
        NotCertainError, and whatever odd rows lead to: then nothing is said of any page.
    """
    checked = pa.Table.from_batches([], CHECKED_PAGE)
    for start in range(pages.start, pages.stop, _PAGES_AT_ONCE):
        numbers = range(start, min(start + _PAGES_AT_ONCE, pages.stop))
        rows = [_checked(page, number) for page, number in zip(_read(reader, numbers, take), numbers, strict=True)]
        checked = pa.concat_tables([checked, pa.Table.from_pylist(rows, CHECKED_PAGE)])
    return checked


def _checked(page: OpenPage, page_no: int) -> dict[str, object]:
    leaf, row = page.leaf(), page.row
    if (row["page_no"], row["leaf_hash"]) != (page_no, leaf.hex()):
        raise NotCertainError("not the leaf of the page")
    return {"leaf": leaf, "root_hash": row["root_hash"], "events": page.events}


def _read(reader: ArrowReader, numbers: range, take: Callable[[pa.RecordBatch], None]) -> Iterator[OpenPage]:
    """These pages, with all of their events hashed."""
    within = f"page_no BETWEEN {numbers.start} AND {numbers.stop - 1}"
    pages = [open_page(row) for row in table_of(reader, replace(_PAGES, condition=within)).to_pylist()]
    for batch in reader.batches(replace(EVENTS, condition=within)):
        take(_hash_events(batch, pages, numbers.start))
    yield from pages


def _hash_events(batch: pa.RecordBatch, pages: Sequence[OpenPage], first: int) -> pa.RecordBatch:
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
    kinds = pa.array(codes_of(batch["kind"], KIND_NAMES).astype(np.int8))
    entries = event_entries(batch["case_id"], batch["kind"], batch["detail_json"])
    salts = b"".join([page.event_salts(count) for page, count in zip(on, counts.tolist(), strict=True)])
    leaves = memoryview(leaves_of_entries(salts, entries))
    for page, start, count in zip(on, starts.tolist(), counts.tolist(), strict=True):
        own = leaves[start * HASH_BYTES : (start + count) * HASH_BYTES]
        page.add(HashedEvents(own, entries.slice(start, count)))
    return pa.RecordBatch.from_arrays([batch["case_id"], kinds], schema=CHECKED_EVENT)
