"""A page of format 2: its leaf commits to a tree of its entries, so that one can be shown without the others.

Entries are the members of the content, then the events. The leaf of an entry is `SHA-256(0x00 || salt || JSON)` with a
salt of its own of 16 bytes: without it, a guess at a hidden entry could be confirmed from the hashes in a proof.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256, shake_256
from typing import Any

from ledger.canonical import canonical_string
from ledger.merkle import leaf_hash, root_of

FORMAT = 2
PAGE_SALT_BYTES = 32
ENTRY_SALT_BYTES = 16

# The parser of one value at a place of a text, which says where the value ends.
_scan: Any = json.JSONDecoder().__dict__["scan_once"]


@dataclass(frozen=True, slots=True)
class PageHead:
    """What the leaf of a page is made of.

    Attributes:
        page_no: counted from 1.
        key: identity of the piece of work.
        kind: what sort of work.
        actor: who did it.
        written_at: canonical text of the instant.
        members: entries of the content.
        events: entries of events, behind them.
        root: root hash of the tree of all entries, hexadecimal.
        salt_hash: SHA-256 of the page's salt, hexadecimal.
    """

    page_no: int
    key: str
    kind: str
    actor: str
    written_at: str
    members: int
    events: int
    root: str
    salt_hash: str

    @classmethod
    def of(
        cls,
        page_no: int,
        key: str,
        kind: str,
        actor: str,
        written_at: str,
        members: int,
        events: int,
        root: bytes,
        salt: bytes,
    ) -> PageHead:
        """The head of a page whose entries have this root, and which has this salt."""
        return cls(page_no, key, kind, actor, written_at, members, events, root.hex(), sha256(salt).hexdigest())

    def text(self) -> str:
        """RFC 8785 JSON of it."""
        return (
            f'{{"actor":{canonical_string(self.actor)},'
            f'"entries":{{"events":{self.events},"members":{self.members},"root":"{self.root}"}},'
            f'"format":{FORMAT},"key":{canonical_string(self.key)},"kind":{canonical_string(self.kind)},'
            f'"page_no":{self.page_no},"salt_hash":"{self.salt_hash}",'
            f'"written_at":{canonical_string(self.written_at)}}}'
        )

    def leaf(self) -> bytes:
        """The leaf of the log."""
        return leaf_hash(self.text().encode())


def members_of(content_json: str) -> list[str]:
    """The entries of the content, `{"name":...,"value":...}`, from its canonical text and in its order.

    Raises:
        ValueError: when the text is not one JSON object without white space between its members.
    """
    if content_json == "{}":
        return []
    members = []
    position = 0
    while position == 0 or content_json[position : position + 1] == ",":
        name_start = position + 1
        try:
            name, name_end = _scan(content_json, name_start)
            _, end = _scan(content_json, name_end + 1)
        except StopIteration:
            raise ValueError("not JSON") from None
        if not isinstance(name, str) or content_json[name_end : name_end + 1] != ":":
            raise ValueError("not a member of an object")
        members.append(f'{{"name":{content_json[name_start:name_end]},"value":{content_json[name_end + 1 : end]}}}')
        position = end
    if content_json[:1] != "{" or content_json[position:] != "}":
        raise ValueError("not one object")
    return members


def entry_salts(page_salt: bytes, count: int) -> bytes:
    """The salts of a page's entries behind one another: the output of SHAKE-256 over the page's salt.

    One of them says nothing of the others.
    """
    return shake_256(page_salt).digest(count * ENTRY_SALT_BYTES)


def entry_leaf(salt: bytes, entry: str) -> bytes:
    """Leaf hash of one entry."""
    return leaf_hash(salt + entry.encode())


def entry_leaves(page_salt: bytes, entries: Sequence[str]) -> list[bytes]:
    """Leaf hash of each entry of a page."""
    salts = entry_salts(page_salt, len(entries))
    return [
        entry_leaf(salts[start : start + ENTRY_SALT_BYTES], entry)
        for start, entry in zip(range(0, len(salts), ENTRY_SALT_BYTES), entries, strict=True)
    ]


def page_head(
    page_no: int,
    key: str,
    kind: str,
    actor: str,
    written_at: str,
    content_json: str,
    event_jsons: Sequence[str],
    page_salt: bytes,
) -> PageHead:
    """The head of a page.

    Raises:
        ValueError: when the content is not the canonical text of an object.
    """
    members = members_of(content_json)
    root = root_of(entry_leaves(page_salt, [*members, *event_jsons]))
    return PageHead.of(page_no, key, kind, actor, written_at, len(members), len(event_jsons), root, page_salt)


def page_salt_from(stored: str) -> bytes:
    """A page's salt from its stored form.

    Raises:
        ValueError: when it is not that many bytes in lower-case hexadecimal.
    """
    salt = bytes.fromhex(stored)
    if len(salt) != PAGE_SALT_BYTES or salt.hex() != stored:
        raise ValueError("not a salt")
    return salt
