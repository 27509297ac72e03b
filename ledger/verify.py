"""Reading the ledger back: every row is checked against the Merkle log, and all derived data against the events."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Select, select

from ledger.checkpoint import TreeHead
from ledger.entries import FORMAT, page_head, page_salt_from
from ledger.merkle import EMPTY_ROOT, Frontier, leaf_hash
from ledger.page import bureau_of, event_json, page_bytes
from ledger.states import Standing, advance
from ledger.tables import CASE_HEADS, EVENTS, LOG_HEAD, PAGES
from schemas.errors.kind import ArrearsError

_ROWS_AT_ONCE = 20_000


@dataclass(frozen=True)
class VerifyReport:
    """What came of reading the ledger back.

    Attributes:
        is_intact: whether every row is as it was written and none is missing or added.
        pages: pages found good before the end or the first bad one.
        events: events on those pages.
        first_bad_page_no: the first page that fails; None when intact, or when the fault lies with no page.
        reason: what is wrong there; None when intact.
        root_hash: of the good pages, computed anew, hexadecimal.
    """

    is_intact: bool
    pages: int
    events: int
    first_bad_page_no: int | None
    reason: str | None
    root_hash: str


class _BrokenError(Exception):
    def __init__(self, page_no: int | None, reason: str) -> None:
        super().__init__(reason)
        self.page_no = page_no
        self.reason = reason


@dataclass
class _Replay:
    """What the pages read so far add up to."""

    frontier: Frontier = field(default_factory=Frontier)
    event_count: int = 0
    standings: dict[str, Standing] = field(default_factory=dict)


def verify(connection: Connection, trusted: Sequence[TreeHead]) -> VerifyReport:
    """Read everything back, oldest page first, and stop at the first fault.

    Args:
        connection: in a transaction that sees one state of the database throughout.
        trusted: tree heads kept outside of the database; the log must begin with exactly each of them.
    """
    replay = _Replay()
    try:
        _check_log(connection, replay, trusted)
        _check_head(connection, replay)
        _check_case_heads(connection, replay)
    except _BrokenError as broken:
        return _report(replay, broken)
    return _report(replay, None)


def _report(replay: _Replay, broken: _BrokenError | None) -> VerifyReport:
    return VerifyReport(
        is_intact=broken is None,
        pages=replay.frontier.size,
        events=replay.event_count,
        first_bad_page_no=None if broken is None else broken.page_no,
        reason=None if broken is None else broken.reason,
        root_hash=replay.frontier.root().hex(),
    )


def _check_log(connection: Connection, replay: _Replay, trusted: Sequence[TreeHead]) -> None:
    roots = _roots_by_size(trusted)
    all_events = _rows(connection, select(EVENTS).order_by(EVENTS.c.page_no, EVENTS.c.event_no))
    groups = groupby(all_events, key=itemgetter(0))
    group_page_no, group = next(groups, (None, None))
    for page in _rows(connection, select(PAGES).order_by(PAGES.c.page_no)):
        page_no = replay.frontier.size + 1
        if type(page[0]) is not int or page[0] != page_no:
            raise _BrokenError(page_no, "the page is missing, or another stands before it")
        _refuse_stray_event(group_page_no, page_no)
        if group is not None and group_page_no == page_no:
            rows = list(group)
            group_page_no, group = next(groups, (None, None))
        else:
            rows = []
        _check_page(replay, page, rows)
        if roots.pop(page_no, {page[7]}) != {page[7]}:
            raise _BrokenError(page_no, "the log up to this page is not the one of the trusted tree head")
    if group is not None:
        raise _stray_event(group_page_no)
    if roots:
        raise _BrokenError(replay.frontier.size + 1, f"the page is missing: a trusted tree head has {max(roots)}")


def _roots_by_size(trusted: Sequence[TreeHead]) -> dict[int, set[str]]:
    roots: dict[int, set[str]] = {0: {EMPTY_ROOT.hex()}}
    for head in trusted:
        roots.setdefault(head.size, set()).add(head.root_hash)
    if roots.pop(0) != {EMPTY_ROOT.hex()}:
        raise _BrokenError(None, "a trusted tree head of no pages has another root than that of nothing")
    return roots


def _check_page(replay: _Replay, page: tuple[Any, ...], events: list[tuple[Any, ...]]) -> None:
    page_no, *_, stored_leaf, stored_root, _, _ = page
    try:
        leaf = stored_page_leaf(page, events)
    except (TypeError, ValueError, RecursionError):
        raise _BrokenError(page_no, "a row of the page or of its events is not in the form it was written in") from None
    if leaf.hex() != stored_leaf:
        raise _BrokenError(page_no, "the page or its events are not what was hashed when it was written")
    frontier = replay.frontier.append(leaf)
    if frontier.root().hex() != stored_root:
        raise _BrokenError(page_no, "the page is not the one that the log was continued with")
    _advance_cases(replay, page_no, events)
    replay.frontier = frontier
    replay.event_count += len(events)


def _refuse_stray_event(event_page_no: object, page_no: int) -> None:
    if isinstance(event_page_no, int | float) and event_page_no < page_no:
        raise _stray_event(event_page_no)


def _stray_event(event_page_no: object) -> _BrokenError:
    page_no = event_page_no if isinstance(event_page_no, int) else None
    return _BrokenError(page_no, f"an event stands on page {event_page_no!r}, which does not exist")


def stored_page_leaf(page: Sequence[Any], events: Sequence[Sequence[Any]]) -> bytes:
    """The leaf that follows from the rows of a page, which may be anything.

    Args:
        page: all columns of `pages`.
        events: all columns of its `events`, in order.

    Raises:
        TypeError, ValueError: when a row is not in the form it was written in.
    """
    page_no, key, kind, actor, written_at, content_json, _, _, page_format, salt = page
    _require_object(content_json)
    event_jsons = [_event_json(event, event_no) for event_no, event in enumerate(events)]
    if page_format == FORMAT:
        page_salt = page_salt_from(salt)
        return page_head(page_no, key, kind, actor, written_at, content_json, event_jsons, page_salt).leaf()
    if page_format != 1 or salt != "":
        raise ValueError("no such format")
    return leaf_hash(page_bytes(page_no, key, kind, actor, written_at, content_json, event_jsons))


def _event_json(event: Sequence[Any], event_no: int) -> str:
    if event[1] != event_no:
        raise ValueError("events are numbered without gaps")
    _require_object(event[4])
    return event_json(event[2], event[3], event[4])


def _require_object(stored: Any) -> None:
    """Refuse text that is not exactly one JSON object.

    Without this, a row could swallow its neighbour: the text of both, moved into one, gives the same bytes of the page.
    """
    if stored != "{}" and not isinstance(json.loads(stored), dict):
        raise ValueError("not one JSON object")


def _advance_cases(replay: _Replay, page_no: int, events: list[tuple[Any, ...]]) -> None:
    standings = replay.standings
    try:
        for _, event_no, case_id, kind, _ in events:
            standings[case_id] = advance(case_id, standings.get(case_id), kind, page_no, event_no)
    except ArrearsError as error:
        raise _BrokenError(page_no, str(error)) from None


def _check_head(connection: Connection, replay: _Replay) -> None:
    frontier = replay.frontier
    expected = (1, frontier.size, frontier.root().hex(), b"".join(frontier.nodes).hex())
    heads = [tuple(row) for row in connection.execute(select(LOG_HEAD))]
    if heads == [expected]:
        return
    if len(heads) == 1 and type(heads[0][1]) is int and heads[0][1] > frontier.size:
        raise _BrokenError(frontier.size + 1, f"the page is missing: the tree head counts {heads[0][1]}")
    if len(heads) == 1 and type(heads[0][1]) is int and 0 <= heads[0][1] < frontier.size:
        raise _BrokenError(heads[0][1] + 1, "the page is not counted by the tree head")
    raise _BrokenError(frontier.size or None, "the tree head is not that of the pages")


def _check_case_heads(connection: Connection, replay: _Replay) -> None:
    """Compare the derived table with the replay; of several faults, the one of the earliest page is named."""
    faults: list[tuple[int, str]] = []
    standings = replay.standings
    stored = select(
        CASE_HEADS.c.case_id,
        CASE_HEADS.c.bureau,
        CASE_HEADS.c.state,
        CASE_HEADS.c.since_page_no,
        CASE_HEADS.c.last_page_no,
        CASE_HEADS.c.last_event_no,
    )
    for case_id, bureau, *values in _rows(connection, stored):
        standing = standings.pop(case_id, None)
        if standing is None:
            raise _BrokenError(None, f"case {case_id!r} stands in the table of states and has no event")
        if standing != tuple(values) or bureau != bureau_of(case_id):
            faults.append((standing.last_page_no, case_id))
    faults += [(standing.last_page_no, case_id) for case_id, standing in standings.items()]
    if faults:
        page_no, case_id = min(faults)
        raise _BrokenError(page_no, f"the stored state of case {case_id} does not follow from its events")


def _rows(connection: Connection, query: Select[Any]) -> Iterator[tuple[Any, ...]]:
    result = connection.execution_options(yield_per=_ROWS_AT_ONCE).execute(query)
    chunks: Iterable[Any] = result.partitions()
    for chunk in chunks:
        yield from map(tuple, chunk)
