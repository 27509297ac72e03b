"""A file of an extract, read once while its size and SHA-256 are taken."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from schemas.errors import ArrearsError
from schemas.errors.extract import EXTRACT_CHANGED, EXTRACT_NOT_ACCESSIBLE

_CHUNK_BYTES = 1 << 20


class SourceFile:
    """An open file that hashes what is read of it from start to end, and says when somebody changed it meanwhile.

    Attributes:
        name: path below the folder of the business date.
        bytes_read: so far.
        handle: for readers that jump; use `hash_all` first.
    """

    def __init__(self, path: Path, name: str) -> None:
        self.name = name
        self.bytes_read = 0
        self._path = path
        self._sha256 = hashlib.sha256()

    def __enter__(self) -> SourceFile:
        """Open.

        Raises:
            ArrearsError: `EXTRACT_NOT_ACCESSIBLE`.
        """
        try:
            # Non-blocking, so that a named pipe can't hang the run.
            descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError as error:
            raise self._not_accessible(error) from None
        self.handle: BinaryIO = os.fdopen(descriptor, "rb", buffering=0)
        self._before = os.fstat(descriptor)
        if not stat.S_ISREG(self._before.st_mode):
            self.handle.close()
            raise ArrearsError(EXTRACT_NOT_ACCESSIBLE, file=self.name, reason="not a regular file")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.handle.close()

    @property
    def size(self) -> int:
        """Size in bytes when it was opened."""
        return self._before.st_size

    @property
    def sha256(self) -> str:
        """Of what was read so far, lower-case hex."""
        return self._sha256.hexdigest()

    def read(self, size: int) -> bytes:
        """The next bytes, at most `size`, none at the end."""
        try:
            chunk = self.handle.read(size)
        except OSError as error:
            raise self._not_accessible(error) from None
        self.bytes_read += len(chunk)
        self._sha256.update(chunk)
        return chunk

    def hash_all(self) -> None:
        """Read the whole file for its SHA-256, then go back to its start."""
        while self.read(_CHUNK_BYTES):
            pass
        self.handle.seek(0)

    def finish(self) -> None:
        """Make sure that what was read is what is there.

        Raises:
            ArrearsError: `EXTRACT_CHANGED`.
        """
        after = os.fstat(self.handle.fileno())
        is_same = (after.st_size, after.st_mtime_ns) == (self._before.st_size, self._before.st_mtime_ns)
        if not is_same or self.bytes_read != after.st_size:
            raise ArrearsError(EXTRACT_CHANGED, file=self.name)

    def _not_accessible(self, error: OSError) -> ArrearsError:
        return ArrearsError(EXTRACT_NOT_ACCESSIBLE, file=self.name, reason=errno.errorcode.get(error.errno or 0, "?"))
