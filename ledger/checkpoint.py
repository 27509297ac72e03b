"""Checkpoints as in C2SP tlog-checkpoint: a tree head of the log as a signed note."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ledger.merkle import HASH_BYTES
from ledger.note import Note, SigningKey, VerifierKey, from_base64, to_base64
from schemas.errors.kind import ArrearsError
from schemas.errors.ledger import NOTE_MALFORMED, NOTE_NOT_SIGNED

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


@dataclass(frozen=True)
class TreeHead:
    """A state of the log.

    Attributes:
        size: pages in it.
        root_hash: hexadecimal.
    """

    size: int
    root_hash: str


def signed_checkpoint(head: TreeHead, key: SigningKey) -> str:
    """The checkpoint of a tree head. Its origin is the name of the key."""
    root = to_base64(bytes.fromhex(head.root_hash))
    return key.sign(f"{key.name}\n{head.size}\n{root}\n")


def read_checkpoint(note: str, key: VerifierKey) -> TreeHead:
    """The tree head that a checkpoint commits to.

    Signatures of others, such as witnesses, and lines after the third are tolerated.

    Raises:
        ArrearsError: NOTE_MALFORMED, or NOTE_NOT_SIGNED when the key did not sign it or it is of another log.
    """
    opened = Note.parse(note)
    opened.require_signed_by([key])
    origin, *lines = opened.text[:-1].split("\n")
    if len(lines) < 2 or not _SIZE.fullmatch(lines[0]) or not all(lines[2:]):
        raise ArrearsError(NOTE_MALFORMED, rule="lines: origin, size, root")
    if origin != key.name:
        raise ArrearsError(NOTE_NOT_SIGNED, signer=key.name, rule="the origin is the name of the key")
    root = from_base64(lines[1])
    if root is None or len(root) != HASH_BYTES:
        raise ArrearsError(NOTE_MALFORMED, rule=f"a root of {HASH_BYTES} bytes in base64")
    return TreeHead(int(lines[0]), root.hex())
