"""Proofs about the log of pages, computed from the stored leaves."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from ledger import merkle, reading
from ledger.checkpoint import TreeHead
from schemas.errors.kind import ArrearsError
from schemas.errors.ledger import CHECKPOINT_CONTRADICTED, LEDGER_NOT_INTACT


def head_of_leaves(connection: Connection, earlier: TreeHead | None) -> TreeHead:
    """The tree head that the leaves add up to.

    Raises:
        ArrearsError: CHECKPOINT_CONTRADICTED when it does not continue the earlier one; LEDGER_NOT_INTACT when it is
            not the stored one.
    """
    leaves = reading.leaf_hashes(connection)
    head = TreeHead(len(leaves), merkle.root_of(leaves).hex())
    if reading.head(connection) != (head.size, head.root_hash):
        raise ArrearsError(LEDGER_NOT_INTACT, rule="the tree head is that of the pages")
    if earlier is not None:
        _require(leaves, earlier)
    return head


def consistency_proof(connection: Connection, earlier: TreeHead, later: TreeHead) -> list[bytes]:
    """The nodes that show `later` to continue `earlier`; none are needed when the earlier log is empty.

    Raises:
        ArrearsError: CHECKPOINT_CONTRADICTED.
    """
    leaves = reading.leaf_hashes(connection)
    _require(leaves, earlier)
    _require(leaves, later)
    if earlier.size > later.size:
        raise ArrearsError(CHECKPOINT_CONTRADICTED, size=earlier.size, rule=f"at most the later size {later.size}")
    return merkle.consistency_proof(leaves[: later.size], earlier.size) if earlier.size else []


def _require(leaves: Sequence[bytes], head: TreeHead) -> None:
    if head.size > len(leaves) or merkle.root_of(leaves[: head.size]).hex() != head.root_hash:
        raise ArrearsError(
            CHECKPOINT_CONTRADICTED, size=head.size, pages=len(leaves), rule="the root of that many pages"
        )
