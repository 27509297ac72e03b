"""Where the bureau keeps what."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

ARRIVAL_SUFFIX = ".csv.p7m"
FEEDBACK_SUFFIX = ".fb.p7m"

_LENDER_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")


@dataclass(frozen=True)
class Folders:
    """All places below the bureau's root. Nothing in the clear is kept in any of them.

    Attributes:
        root: the bureau's own folder, for nobody else to read.
    """

    root: Path

    @property
    def keys(self) -> Path:
        """Host key, bureau key, bureau certificate."""
        return self.root / "keys"

    @property
    def lenders(self) -> Path:
        """One folder a lender with its public keys."""
        return self.root / "lenders"

    @property
    def journal(self) -> Path:
        """One JSON line for each file that was taken in."""
        return self.root / "journal.jsonl"

    @property
    def lock(self) -> Path:
        """Held while a bureau works on this root."""
        return self.root / "lock"

    @property
    def ready(self) -> Path:
        """Address and keys of the running bureau, there as long as it runs."""
        return self.root / "ready.json"

    def registration(self, lender: str) -> Path:
        """Public keys of a lender.

        Raises:
            ValueError: the name can't be that of an account.
        """
        if not _LENDER_NAME.fullmatch(lender):
            raise ValueError("a lender's name is 1 to 32 letters, digits, hyphens and underscores")
        return self.lenders / lender

    def home(self, lender: str) -> Path:
        """What a lender sees as `/` over SFTP."""
        return self.root / "accounts" / lender

    def inbox(self, lender: str) -> Path:
        """Where a lender puts sealed files."""
        return self.home(lender) / "inbox"

    def outbox(self, lender: str) -> Path:
        """Where a lender finds sealed answers."""
        return self.home(lender) / "outbox"

    def aside(self, lender: str) -> Path:
        """Sealed answers that are not given out yet, on the same file system as the outbox."""
        return self.root / "aside" / lender


def make_private_folder(folder: Path) -> None:
    """Makes a folder, and those above it, that only its owner can enter."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)


def write_private(path: Path, content: bytes) -> None:
    """Writes a file that only its owner can read, durably and in one step."""
    aside = path.with_name(f".{path.name}.part")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    move_durably(aside, path)


def move_durably(old: Path, new: Path) -> None:
    """Renames in one step and makes the new name last through a power cut."""
    old.replace(new)
    descriptor = os.open(new.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
