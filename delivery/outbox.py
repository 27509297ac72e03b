"""Where sealed files wait for sending: a folder that holds sealed files and nothing else.

A file is written aside, flushed to the disk, then renamed, so that under its own name it is whole or not there.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from delivery.seal.sealed_forms import begins_encrypted
from schemas.errors import ArrearsError
from schemas.errors.seal import (
    NOT_SEALED,
    OUTBOX_FILE_CHANGED,
    OUTBOX_FILE_MISSING,
    OUTBOX_NAME_REFUSED,
    OUTBOX_NOT_WRITTEN,
)

_NAME = re.compile(r"[\w-][\w.-]{0,199}")
_MOST_NAME_BYTES = 200
_LOCK = ".lock"


@dataclass(frozen=True)
class StoredPart:
    """A sealed file in the outbox.

    Attributes:
        path: where it lies.
        size_bytes: its size.
        sha256: over its bytes, 64 lower-case hexadecimal digits.
    """

    path: Path
    size_bytes: int
    sha256: str

    @property
    def file_name(self) -> str:
        """Its name, the same at the bureau."""
        return self.path.name

    def open(self) -> BinaryIO:
        """Its bytes, for reading."""
        return self.path.open("rb")


class Outbox:
    """Sealed files in one folder, which is made when it is not there; only this user can read it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def store(
        self, file_name: str, sealed: Iterable[bytes], begins_sealed: Callable[[bytes], bool] = begins_encrypted
    ) -> StoredPart:
        """Keeps a sealed file, in the place of an older one of this name.

        Args:
            file_name: its name, here and at the bureau.
            sealed: its bytes, in any number of pieces. The first one shows that the file is sealed.
            begins_sealed: whether a file that begins so is sealed; by itself CMS and OpenPGP are.

        Raises:
            ArrearsError: OUTBOX_NAME_REFUSED; NOT_SEALED when the file does not begin as one that is encrypted, so
                that nothing in the clear gets here; OUTBOX_NOT_WRITTEN, and an older file of this name stays.
        """
        path = self._path(file_name)
        pieces = iter(sealed)
        first = next(pieces, b"")
        if not begins_sealed(first):
            raise ArrearsError(NOT_SEALED, file=file_name)
        with _told(path):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return _written(path, chain([first], pieces))

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else is in such a block of the same folder, on whatever machine; who comes second waits.

        A lock is let go of by itself when its process ends. Where the file system has none, nobody waits.

        Raises:
            ArrearsError: OUTBOX_NOT_WRITTEN.
        """
        path = self._folder / _LOCK
        with _told(path):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            # NFS locks for itself alone only what is open for writing.
            handle = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            with suppress(OSError):
                fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def find(self, file_name: str) -> StoredPart | None:
        """The file of this name with its size and digest read anew, None when there is none.

        Raises:
            ArrearsError: OUTBOX_NAME_REFUSED.
        """
        path = self._path(file_name)
        try:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
                return StoredPart(path, file.tell(), digest)
        except FileNotFoundError:
            return None

    def require(self, file_name: str, *, size_bytes: int, sha256: str) -> StoredPart:
        """The file of this name, when it is the very one that was sealed.

        Raises:
            ArrearsError: OUTBOX_NAME_REFUSED, OUTBOX_FILE_MISSING, OUTBOX_FILE_CHANGED.
        """
        part = self.find(file_name)
        if part is None:
            raise ArrearsError(OUTBOX_FILE_MISSING, file=file_name)
        if (part.size_bytes, part.sha256) != (size_bytes, sha256):
            raise ArrearsError(OUTBOX_FILE_CHANGED, file=file_name, sealed_sha256=sha256, found_sha256=part.sha256)
        return part

    def _path(self, file_name: str) -> Path:
        if not _NAME.fullmatch(file_name) or len(file_name.encode()) > _MOST_NAME_BYTES:
            raise ArrearsError(OUTBOX_NAME_REFUSED, length=len(file_name))
        return self._folder / file_name


def _written(path: Path, pieces: Iterable[bytes]) -> StoredPart:
    with _told(path):
        handle, aside_name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    aside, file = Path(aside_name), os.fdopen(handle, "wb")
    digest = hashlib.sha256()
    try:
        for piece in pieces:
            digest.update(piece)
            with _told(path):
                file.write(piece)
        with _told(path):
            size_bytes = file.tell()
            file.flush()
            os.fsync(file.fileno())
            file.close()
            aside.replace(path)
            _flush_folder(path.parent)
    except BaseException:
        # Closing writes what is left once more, which fails as the first time.
        with suppress(OSError):
            file.close()
        aside.unlink(missing_ok=True)
        raise
    return StoredPart(path, size_bytes, digest.hexdigest())


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """What the disk refuses is told; what sealing refuses is none of it."""
    try:
        yield
    except OSError as problem:
        raise ArrearsError(OUTBOX_NOT_WRITTEN, file=path.name, reason=problem.strerror) from None
