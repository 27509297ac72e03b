"""Leaves of a batch: what each case is told as, salted and hashed, so that a root commits to it without showing it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from ledger.ledger import merkle

SALT_BYTES = 16


def new_salts(count: int) -> list[bytes]:
    """As many fresh salts."""
    return [secrets.token_bytes(SALT_BYTES) for _ in range(count)]


def leaves_of_lines(lines: Sequence[bytes], salts: Sequence[bytes]) -> tuple[list[bytes], bytes]:
    """Leaf hash of each line and the Merkle root over them, RFC 9162 section 2.1.

    A leaf is `SHA-256(0x00 || salt || line)`.

    Args:
        lines: what the bureau is told of each case.
        salts: one a line, in the same order.
    """
    leaves = [merkle.leaf_hash(salt + line) for salt, line in zip(salts, lines, strict=True)]
    return leaves, merkle.root_of(leaves)
