"""Files and folders of the lake: for the owner only, synced to disk, seen whole or not at all.

All writing of the lake goes through here.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import io
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from schemas.errors import ArrearsError
from schemas.errors.extract import LAKE_NOT_WRITABLE

_FOLDER_MODE = 0o700
_FILE_MODE = 0o600
_CHUNK_BYTES = 1 << 20


class HashedFile(io.RawIOBase):
    """A new file that takes the SHA-256 of what is written, and is on disk when it is closed.

    Attributes:
        bytes_written: so far.
    """

    def __init__(self, path: Path) -> None:
        self.bytes_written = 0
        self._sha256 = hashlib.sha256()
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _FILE_MODE)

    def writable(self) -> bool:
        """Always."""
        return True

    def write(self, data: object) -> int:
        """Write all of the bytes."""
        view = memoryview(data).cast("B")  # type: ignore[arg-type]  # pyarrow hands buffers, which typeshed can't name
        self._sha256.update(view)
        written = 0
        while written < len(view):
            written += os.write(self._descriptor, view[written:])
        self.bytes_written += written
        return written

    def tell(self) -> int:
        """Bytes written."""
        return self.bytes_written

    def close(self) -> None:
        """Bring it to disk."""
        if self.closed:
            return
        # Marked as closed whatever happens: a second close would hit whoever got the descriptor's number since.
        super().close()
        try:
            os.fsync(self._descriptor)
        finally:
            os.close(self._descriptor)

    @property
    def sha256(self) -> str:
        """Of what was written so far, lower-case hex."""
        return self._sha256.hexdigest()


def write_file(path: Path, content: bytes) -> None:
    """Write a new file and bring it to disk."""
    with HashedFile(path) as file:
        file.write(content)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, lower-case hex."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def make_folder(path: Path) -> None:
    """Make a folder with all above it, each for the owner only."""
    missing = []
    while not path.exists():
        missing.append(path)
        path = path.parent
    for each in reversed(missing):
        with suppress(FileExistsError):
            each.mkdir(mode=_FOLDER_MODE)
            sync_folder(each.parent)


def sync_folder(path: Path) -> None:
    """Bring the names in a folder to disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def publish_folder(staged: Path, target: Path) -> bool:
    """Let a finished folder be seen under its name in one step; False when the name is taken already."""
    make_folder(target.parent)
    sync_folder(staged)
    try:
        staged.rename(target)
    except OSError as error:
        if error.errno in (errno.EEXIST, errno.ENOTEMPTY):
            return False
        raise
    sync_folder(target.parent)
    return True


def publish_file(staged: Path, target: Path) -> None:
    """Let a finished file be seen under its name in one step."""
    staged.rename(target)
    sync_folder(target.parent)


@contextmanager
def staging_folder(root: Path) -> Iterator[Path]:
    """A folder of one's own below `root`; gone afterwards. Folders that a killed process left behind go first.

    Each folder has a lock beside it that the operating system drops with the process, so nobody needs to know the time
    or the machine's processes to tell what is left behind.
    """
    make_folder(root)
    _remove_abandoned(root)
    lock, folder = _locked_name(root)
    try:
        folder.mkdir(mode=_FOLDER_MODE)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        folder.with_suffix(".lock").unlink(missing_ok=True)
        os.close(lock)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock file against other processes and threads; wait until it is free."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _FILE_MODE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def lake_writes(root: Path) -> Iterator[None]:
    """Turn failures of the disk into an error that says what to do.

    Raises:
        ArrearsError: `LAKE_NOT_WRITABLE`.
    """
    try:
        yield
    except OSError as error:
        raise ArrearsError(LAKE_NOT_WRITABLE, lake=root, reason=errno.errorcode.get(error.errno or 0, "?")) from error


def _locked_name(root: Path) -> tuple[int, Path]:
    while True:
        descriptor, name = tempfile.mkstemp(suffix=".lock", dir=root)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if _is_still_there(descriptor, Path(name)):
            return descriptor, Path(name).with_suffix("")
        os.close(descriptor)


def _remove_abandoned(root: Path) -> None:
    for lock in root.glob("*.lock"):
        try:
            descriptor = os.open(lock, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_still_there(descriptor, lock):
                shutil.rmtree(lock.with_suffix(""), ignore_errors=True)
                lock.unlink(missing_ok=True)
        except BlockingIOError:
            continue
        finally:
            os.close(descriptor)


def _is_still_there(descriptor: int, path: Path) -> bool:
    try:
        there = path.stat()
    except FileNotFoundError:
        return False
    return (there.st_dev, there.st_ino) == (os.fstat(descriptor).st_dev, os.fstat(descriptor).st_ino)
