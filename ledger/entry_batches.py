"""Entries of events as Arrow columns: their canonical text and their leaves, many at a time."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from struct import Struct
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ledger.entries import ENTRY_SALT_BYTES
from ledger.merkle import HASH_BYTES, root_of

_NODE = 0x01
_PARENT = Struct(f"{1 + 2 * HASH_BYTES}s")
_SUBTREE_LEAVES = 1 << 16
_SUBTREE_BYTES = _SUBTREE_LEAVES * HASH_BYTES


def needs_no_escape(texts: pa.Array) -> bool:
    """Whether the JSON string of each text is the text between quotes."""
    data = texts.buffers()[2]
    if data is None:
        return True
    codes = np.frombuffer(data, dtype=np.uint8)
    start, end = _offsets(texts)[[0, -1]]
    codes = codes[start:end]
    return not bool(((codes < 0x20) | (codes == ord('"')) | (codes == ord("\\"))).any())


def event_entries(case_ids: pa.Array, kinds: pa.Array, detail_jsons: pa.Array) -> pa.Array:
    """Canonical text of each event, of cases and kinds that need no escape and details that are canonical already."""
    quoted = [pa.scalar('{"case_id":"'), case_ids, pa.scalar('","detail":'), detail_jsons]
    return pc.binary_join_element_wise(*quoted, pa.scalar(',"kind":"'), kinds, pa.scalar('"}'), "")


def leaves_of_entries(salts: bytes, entries: pa.Array) -> bytes:
    """The leaves of entries behind one another.

    Args:
        salts: of all of them, behind one another.
        entries: canonical text.
    """
    salted = pc.binary_join_element_wise(
        pa.scalar(b"\x00"), _salts(salts, len(entries)), entries.cast(pa.binary()), b""
    )
    return b"".join([sha256(each).digest() for each in salted.to_pylist()])


class TreeOfEntries:
    """The root of a page's entries whose leaves come some at a time."""

    def __init__(self) -> None:
        self._subtrees: list[bytes] = []
        self._rest = bytearray()

    def add(self, leaves: bytes | memoryview) -> None:
        """More leaves, behind one another."""
        self._rest += leaves
        while len(self._rest) >= _SUBTREE_BYTES:
            self._subtrees.append(_root_of_leaves(bytes(self._rest[:_SUBTREE_BYTES])))
            del self._rest[:_SUBTREE_BYTES]

    def root(self) -> bytes:
        """The root of all that came, RFC 9162 section 2.1.1: full subtrees and the last, smaller one."""
        rest = [_root_of_leaves(bytes(self._rest))] if self._rest else []
        return root_of([*self._subtrees, *rest])


def _root_of_leaves(level: bytes) -> bytes:
    while len(level) > HASH_BYTES:
        parents = [sha256(node).digest() for (node,) in _PARENT.iter_unpack(_parents(level))]
        if len(level) // HASH_BYTES & 1:
            parents.append(level[-HASH_BYTES:])
        level = b"".join(parents)
    return level


def _parents(level: bytes) -> bytes:
    """What is hashed for the level above, behind one another."""
    count = len(level) // (2 * HASH_BYTES)
    parents = np.empty((count, _PARENT.size), dtype=np.uint8)
    parents[:, 0] = _NODE
    parents[:, 1:] = np.frombuffer(level, dtype=np.uint8, count=count * 2 * HASH_BYTES).reshape(count, -1)
    return parents.tobytes()


def root_of_leaves(leaves: bytes) -> bytes:
    """The root of a tree whose leaves lie behind one another."""
    tree = TreeOfEntries()
    tree.add(leaves)
    return tree.root()


def _salts(salts: bytes, count: int) -> pa.Array:
    fixed = pa.Array.from_buffers(pa.binary(ENTRY_SALT_BYTES), count, [None, pa.py_buffer(salts)])
    return fixed.cast(pa.binary())


def _offsets(texts: pa.Array) -> Any:
    offsets = np.frombuffer(texts.buffers()[1], dtype=np.int32)
    return offsets[texts.offset : texts.offset + len(texts) + 1]


def codes_of(texts: pa.Array, names: Sequence[str]) -> Any:
    """The place of each text among the names.

    Raises:
        ValueError: when one is not among them.
    """
    codes = pc.index_in(texts, value_set=pa.array(names, pa.string()))
    if codes.null_count:
        raise ValueError("not one of the names")
    return codes.to_numpy(zero_copy_only=False)
