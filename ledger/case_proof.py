"""Proof of what the ledger holds of one case: its own events, and nothing of the other cases on the same pages."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, select

from ledger import reading
from ledger.checkpoint import TreeHead
from ledger.entries import ENTRY_SALT_BYTES, FORMAT, PageHead, entry_leaf, entry_salts, members_of, page_salt_from
from ledger.merkle import inclusion_proof, root_of
from ledger.page import event_json
from ledger.tables import EVENTS, PAGES
from schemas.errors.kind import ArrearsError
from schemas.errors.ledger import CHECKPOINT_CONTRADICTED, LEDGER_NOT_INTACT, PROOF_NOT_POSSIBLE


def pages_proof(
    connection: Connection, case_id: str, head: TreeHead, shown_members: Collection[str]
) -> list[dict[str, Any]]:
    """The pages on which a case stands, each with its events and their way up to the tree head.

    Args:
        connection: in a transaction that sees one state of the database throughout.
        case_id: which case.
        head: what a checkpoint committed to.
        shown_members: names of members of the pages' contents that may be shown; others stay hidden.

    Raises:
        ArrearsError: PROOF_NOT_POSSIBLE when the case has no event, one that the checkpoint does not cover yet, or one
            on a page of format 1; CHECKPOINT_CONTRADICTED; LEDGER_NOT_INTACT.
    """
    leaves = reading.leaf_hashes(connection)[: head.size]
    if len(leaves) < head.size or root_of(leaves).hex() != head.root_hash:
        raise ArrearsError(CHECKPOINT_CONTRADICTED, size=head.size, rule="the root of that many pages")
    numbers = connection.scalars(
        select(EVENTS.c.page_no).where(EVENTS.c.case_id == case_id).distinct().order_by(EVENTS.c.page_no)
    ).all()
    if not numbers:
        raise ArrearsError(PROOF_NOT_POSSIBLE, case_id=case_id, rule="a case of this ledger")
    if numbers[-1] > head.size:
        raise ArrearsError(
            PROOF_NOT_POSSIBLE,
            case_id=case_id,
            page_no=numbers[-1],
            rule=f"a checkpoint of more than {head.size} pages",
        )
    return [
        {**_page(connection, case_id, number, shown_members), "path": _hexadecimal(inclusion_proof(leaves, number - 1))}
        for number in numbers
    ]


def _page(connection: Connection, case_id: str, page_no: int, shown_members: Collection[str]) -> dict[str, Any]:
    row = connection.execute(select(PAGES).where(PAGES.c.page_no == page_no)).one_or_none()
    if row is None:
        raise ArrearsError(LEDGER_NOT_INTACT, page_no=page_no, rule="the page of an event")
    if row.format != FORMAT:
        raise ArrearsError(
            PROOF_NOT_POSSIBLE, case_id=case_id, page_no=page_no, rule="pages of format 2; format 1 shows other cases"
        )
    query = select(EVENTS.c.case_id, EVENTS.c.kind, EVENTS.c.detail_json).where(EVENTS.c.page_no == page_no)
    events = connection.execute(query.order_by(EVENTS.c.event_no)).all()
    try:
        members = members_of(row.content_json)
        salt = page_salt_from(row.salt)
    except ValueError:
        raise ArrearsError(LEDGER_NOT_INTACT, page_no=page_no, rule="rows in the form they were written in") from None
    names = [json.loads(member)["name"] for member in members]
    chosen = [number for number, name in enumerate(names) if name in shown_members]
    chosen += [number for number, event in enumerate(events, start=len(members)) if event.case_id == case_id]
    return _opened(row, members, [event_json(*event) for event in events], salt, chosen)


def _opened(
    row: Any, members: Sequence[str], events: Sequence[str], salt: bytes, chosen: Sequence[int]
) -> dict[str, Any]:
    entries = [*members, *events]
    stream = entry_salts(salt, len(entries))
    salts = [stream[start : start + ENTRY_SALT_BYTES] for start in range(0, len(stream), ENTRY_SALT_BYTES)]
    leaves = [entry_leaf(*pair) for pair in zip(salts, entries, strict=True)]
    head = PageHead.of(
        row.page_no, row.key, row.kind, row.actor, row.written_at, len(members), len(events), root_of(leaves), salt
    )
    return {
        "head": json.loads(head.text()),
        "shown": [
            {
                "entry_no": number,
                "salt": salts[number].hex(),
                "entry": json.loads(entries[number]),
                "path": _hexadecimal(inclusion_proof(leaves, number)),
            }
            for number in chosen
        ],
    }


def _hexadecimal(nodes: Sequence[bytes]) -> list[str]:
    return [node.hex() for node in nodes]
