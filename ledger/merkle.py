"""Merkle trees as in RFC 9162, section 2.1, with SHA-256: roots, inclusion and consistency proofs, and their checks.

Leaves are given as leaf hashes (32 bytes each, made by `leaf_hash`). The same functions serve the log of pages and the
tree of a batch's records.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()
_LEAF = b"\x00"
_NODE = b"\x01"


def leaf_hash(data: bytes) -> bytes:
    """Hash of one leaf: SHA-256 over 0x00 and the data."""
    return sha256(_LEAF + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node: SHA-256 over 0x01 and both children."""
    return sha256(_NODE + left + right).digest()


@dataclass(frozen=True)
class Frontier:
    """What must be kept of a log to append to it: the roots of its full subtrees, the largest (oldest) first.

    Their sizes are the powers of two that add up to `size`, so there is one node for each bit set in it.

    Attributes:
        size: leaves in the log.
        nodes: roots of the full subtrees.
    """

    size: int = 0
    nodes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.nodes) != self.size.bit_count():
            raise ValueError(f"a frontier of {self.size} leaves does not have {len(self.nodes)} nodes")

    def append(self, leaf: bytes) -> Frontier:
        """The frontier after one more leaf hash; O(log size)."""
        nodes = list(self.nodes)
        node = leaf
        size = self.size
        while size & 1:
            node = node_hash(nodes.pop(), node)
            size >>= 1
        return Frontier(self.size + 1, (*nodes, node))

    def root(self) -> bytes:
        """The root hash of the whole log; O(log size)."""
        if not self.nodes:
            return EMPTY_ROOT
        root = self.nodes[-1]
        for node in reversed(self.nodes[:-1]):
            root = node_hash(node, root)
        return root


def root_of(leaf_hashes: Sequence[bytes]) -> bytes:
    """The root hash of a tree, RFC 9162 section 2.1.1.

    Raises:
        ValueError: when a leaf hash is not 32 bytes long.
    """
    _require_hashes(leaf_hashes)
    if not leaf_hashes:
        return EMPTY_ROOT
    level: Sequence[bytes] = leaf_hashes
    while len(level) > 1:
        level = _parents(level)
    return level[0]


def inclusion_proof(leaf_hashes: Sequence[bytes], index: int) -> list[bytes]:
    """The nodes that lead from one leaf to the root, RFC 9162 section 2.1.3.1.

    Args:
        leaf_hashes: all leaves of the tree.
        index: which leaf, counted from 0.

    Raises:
        IndexError: when there is no such leaf.
        ValueError: when a leaf hash is not 32 bytes long.
    """
    if not 0 <= index < len(leaf_hashes):
        raise IndexError(f"a tree of {len(leaf_hashes)} leaves has no leaf {index}")
    _require_hashes(leaf_hashes)
    proof = []
    level: Sequence[bytes] = leaf_hashes
    while len(level) > 1:
        sibling = index ^ 1
        if sibling < len(level):
            proof.append(level[sibling])
        level = _parents(level)
        index >>= 1
    return proof


def consistency_proof(leaf_hashes: Sequence[bytes], old_size: int) -> list[bytes]:
    """The nodes that show a tree to be an extension of its first `old_size` leaves, RFC 9162 section 2.1.4.1.

    The proof is empty when the sizes are equal.

    Raises:
        IndexError: when `old_size` is not between 1 and the number of leaves.
        ValueError: when a leaf hash is not 32 bytes long.
    """
    if not 1 <= old_size <= len(leaf_hashes):
        raise IndexError(f"a tree of {len(leaf_hashes)} leaves has no consistency proof for {old_size}")
    _require_hashes(leaf_hashes)
    proof: list[bytes] = []
    start, end = 0, len(leaf_hashes)
    is_old_root = True
    while old_size != end - start:
        split = _split(end - start)
        if old_size <= split:
            proof.append(root_of(leaf_hashes[start + split : end]))
            end = start + split
        else:
            proof.append(root_of(leaf_hashes[start : start + split]))
            start += split
            old_size -= split
            is_old_root = False
    if not is_old_root:
        proof.append(root_of(leaf_hashes[start:end]))
    proof.reverse()
    return proof


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether a leaf hash stands at `index` in the tree of `size` leaves with this root, RFC 9162 section 2.1.3.2."""
    if not 0 <= index < size:
        return False
    node, last = index, size - 1
    running = leaf
    for sibling in proof:
        if last == 0:
            return False
        if node & 1 or node == last:
            running = node_hash(sibling, running)
            while not node & 1 and node:
                node >>= 1
                last >>= 1
        else:
            running = node_hash(running, sibling)
        node >>= 1
        last >>= 1
    return last == 0 and running == root


def verify_consistency(old_size: int, size: int, old_root: bytes, root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the tree of `size` leaves begins with the tree of `old_size` leaves, RFC 9162 section 2.1.4.2."""
    if not 1 <= old_size <= size:
        return False
    if old_size == size:
        return not proof and old_root == root
    path = list(proof) if old_size & (old_size - 1) else [old_root, *proof]
    if not path:
        return False
    node, last = old_size - 1, size - 1
    while node & 1:
        node >>= 1
        last >>= 1
    old_running = running = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            old_running = node_hash(sibling, old_running)
            running = node_hash(sibling, running)
            while not node & 1 and node:
                node >>= 1
                last >>= 1
        else:
            running = node_hash(running, sibling)
        node >>= 1
        last >>= 1
    return last == 0 and old_running == old_root and running == root


def _parents(level: Sequence[bytes]) -> list[bytes]:
    """The level above. A last node without a sibling moves up as it is, which is the split rule of RFC 9162."""
    pairs = zip(level[0::2], level[1::2], strict=False)
    parents = [sha256(_NODE + left + right).digest() for left, right in pairs]
    if len(level) & 1:
        parents.append(level[-1])
    return parents


def _split(size: int) -> int:
    """The largest power of two smaller than `size`."""
    return 1 << ((size - 1).bit_length() - 1)


def _require_hashes(leaf_hashes: Sequence[bytes]) -> None:
    if not set(map(len, leaf_hashes)) <= {HASH_BYTES}:
        raise ValueError(f"leaf hashes are {HASH_BYTES} bytes long")
