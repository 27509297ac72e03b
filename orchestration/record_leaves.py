"""Leaves of a batch: each record's line, salted and hashed, so that a root commits to it without showing it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

import pyarrow as pa

from delivery.formats.delimited import record_lines
from ledger.ledger import merkle
from schemas.bureaus.layout import DelimitedLayout

SALT_BYTES = 16


def new_salts(count: int) -> list[bytes]:
    """As many fresh salts."""
    return [secrets.token_bytes(SALT_BYTES) for _ in range(count)]


def leaves_of_records(records: pa.Table, layout: DelimitedLayout, salts: Sequence[bytes]) -> tuple[list[bytes], bytes]:
    """Leaf hash of each record and the Merkle root over them, RFC 9162 section 2.1.

    A leaf is `SHA-256(0x00 || salt || line)`, the line as it stands in the bureau's file without its end.

    Args:
        records: with the layout's columns.
        layout: the bureau's layout.
        salts: one a record, in the same order.
    """
    lines = record_lines(records.select(list(layout.names)), layout)
    leaves = [merkle.leaf_hash(salt + line) for salt, line in zip(salts, lines, strict=True)]
    return leaves, merkle.root_of(leaves)
