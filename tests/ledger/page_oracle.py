"""The leaf of a page by the words of docs/decisions/0015, written for reading and not for speed.

It shares no code with the ledger: RFC 8785 by the package `rfc8785`, trees by the recursive definition of RFC 9162.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

import rfc8785


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def tree_hash(leaves: Sequence[bytes]) -> bytes:
    """MTH of RFC 9162 section 2.1.1, of leaves that are hashed already."""
    if not leaves:
        return sha256(b"")
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha256(b"\x01" + tree_hash(leaves[:split]) + tree_hash(leaves[split:]))


def page_leaf(page: dict[str, Any], events: Sequence[dict[str, Any]]) -> bytes:
    """The leaf of a page of either format.

    Args:
        page: page_no, key, kind, actor, written_at, content (a dict), format, salt (hexadecimal).
        events: case_id, kind, detail (a dict).
    """
    head = {name: page[name] for name in ("page_no", "key", "kind", "actor", "written_at")}
    if page["format"] == 1:
        return sha256(b"\x00" + rfc8785.dumps({**head, "content": page["content"], "events": list(events)}))
    names = sorted(page["content"], key=lambda name: name.encode("utf-16-be"))
    entries = [{"name": name, "value": page["content"][name]} for name in names] + list(events)
    seed = bytes.fromhex(page["salt"])
    salts = hashlib.shake_256(seed).digest(16 * len(entries))
    leaves = [
        sha256(b"\x00" + salts[16 * number : 16 * number + 16] + rfc8785.dumps(entry))
        for number, entry in enumerate(entries)
    ]
    tree = {"members": len(names), "events": len(events), "root": tree_hash(leaves).hex()}
    return sha256(b"\x00" + rfc8785.dumps({**head, "format": 2, "salt_hash": sha256(seed).hex(), "entries": tree}))


def log_of(connection: Any) -> list[tuple[int, bytes]]:
    """Number and leaf of each page, from a DB-API connection."""
    leaves = []
    for number, key, kind, actor, written_at, content, page_format, salt in connection.execute(
        "SELECT page_no, key, kind, actor, written_at, content_json, format, salt FROM pages ORDER BY page_no"
    ).fetchall():
        events = connection.execute(
            f"SELECT case_id, kind, detail_json FROM events WHERE page_no = {int(number)} ORDER BY event_no"
        ).fetchall()
        page = {
            "page_no": number,
            "key": key,
            "kind": kind,
            "actor": actor,
            "written_at": written_at,
            "content": json.loads(content),
            "format": page_format,
            "salt": salt,
        }
        leaves.append((number, page_leaf(page, [event_of(*event) for event in events])))
    return leaves


def event_of(case_id: str, kind: str, detail_json: str) -> dict[str, Any]:
    return {"case_id": case_id, "kind": kind, "detail": json.loads(detail_json)}
