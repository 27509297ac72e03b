"""Checkpoints of the ledger: signed, kept outside of the database, and held against it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from ledger.checkpoint import TreeHead, read_checkpoint
from ledger.checkpoint_files import CheckpointFiles
from ledger.ledger import Ledger
from ledger.note import SigningKey, VerifierKey
from schemas.errors import ArrearsError
from schemas.errors.command import FILE_NOT_READABLE, PLACE_UNKNOWN, RESULT_NOT_WRITABLE

KEY_VARIABLE = "ARREARS_CHECKPOINT_KEY"
VERIFIER_VARIABLE = "ARREARS_CHECKPOINT_VKEY"
_KEY_FILE_MODE = 0o600


@dataclass(frozen=True)
class Published:
    """A checkpoint that was written.

    Attributes:
        place: its file or object.
        size: pages it commits to.
        root_hash: of them, hexadecimal.
        verifier_key: by which others check it.
    """

    place: str
    size: int
    root_hash: str
    verifier_key: str


def publish_checkpoint(ledger: Ledger, place: str, signing_key: str | None) -> Published:
    """Sign the tree head, and keep it beside the checkpoints before it.

    Args:
        ledger: which one.
        place: folder, or URL of an object store.
        signing_key: text of the key; None when it was not given.

    Raises:
        ArrearsError: `PLACE_UNKNOWN`, `NOTE_KEY_INVALID`, `CHECKPOINT_PLACE_REFUSED`, `NOTE_NOT_SIGNED`,
            `NOTE_MALFORMED`, or `CHECKPOINT_CONTRADICTED` when the log does not continue the newest checkpoint there.
    """
    if not signing_key:
        raise ArrearsError(PLACE_UNKNOWN, option="--key-file", variable=KEY_VARIABLE)
    key, files = SigningKey.parse(signing_key), CheckpointFiles(place)
    sizes = files.sizes()
    earlier = read_checkpoint(files.read(sizes[-1]), key.verifier) if sizes else None
    note = ledger.checkpoint(key, earlier)
    head = read_checkpoint(note, key.verifier)
    return Published(files.write(head.size, note), head.size, head.root_hash, str(key.verifier))


def trusted_heads(checkpoint: str | None, verifier_key: str | None) -> tuple[TreeHead, ...]:
    """What signed checkpoints commit to, smallest first.

    Args:
        checkpoint: one checkpoint's file, or a place that holds all of them; None when none is to be held against the
            ledger.
        verifier_key: text of the key that must have signed.

    Raises:
        ArrearsError: `PLACE_UNKNOWN`, `FILE_NOT_READABLE`, `NOTE_KEY_INVALID`, `CHECKPOINT_PLACE_REFUSED`,
            `NOTE_NOT_SIGNED`, `NOTE_MALFORMED`.
    """
    if checkpoint is None:
        return ()
    key = verifier_key_of(verifier_key)
    file = Path(checkpoint)
    if file.is_file():
        return (read_checkpoint(read_note(file), key),)
    files = CheckpointFiles(checkpoint)
    heads = tuple(read_checkpoint(files.read(size), key) for size in files.sizes())
    if not heads:
        raise ArrearsError(FILE_NOT_READABLE, file=checkpoint, reason="there is no checkpoint")
    return heads


def verifier_key_of(text: str | None) -> VerifierKey:
    """The key that must have signed.

    Raises:
        ArrearsError: `PLACE_UNKNOWN` when it was not given, `NOTE_KEY_INVALID`.
    """
    if not text:
        raise ArrearsError(PLACE_UNKNOWN, option="--vkey", variable=VERIFIER_VARIABLE)
    return VerifierKey.parse(text)


def new_checkpoint_key(name: str, file: Path) -> str:
    """Make a signing key in a new file that only its owner can read; gives back the verifier key.

    Raises:
        ArrearsError: `NOTE_KEY_INVALID`, or `RESULT_NOT_WRITABLE`, also when the file is there already.
    """
    key = SigningKey.generate(name)
    try:
        with os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _KEY_FILE_MODE), "w") as opened:
            opened.write(key.as_text() + "\n")
    except OSError as error:
        raise ArrearsError(RESULT_NOT_WRITABLE, file=file, reason=error.strerror) from None
    return str(key.verifier)


def read_note(file: Path) -> str:
    """The text of a file that holds a checkpoint or a key.

    Raises:
        ArrearsError: `FILE_NOT_READABLE`.
    """
    try:
        return file.read_bytes().decode("utf-8", errors="replace")
    except OSError as error:
        raise ArrearsError(FILE_NOT_READABLE, file=file, reason=error.strerror) from None


def published_lines(published: Published) -> list[str]:
    """What was written, line by line; a script finds each value behind its label."""
    return [
        f"pages   {published.size}",
        f"root    {published.root_hash}",
        f"vkey    {published.verifier_key}",
        f"file    {published.place}",
    ]
