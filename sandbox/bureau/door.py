"""The door: what a lender may do over SFTP. Its root is its own home, where it sees an inbox and an outbox.

In the inbox it writes under temporary names and renames the finished file to its final name, once for ever; under a
final name nothing is written, changed, moved or removed. In the outbox it reads.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from typing import Any

import asyncssh

from sandbox.bureau.folders import ARRIVAL_SUFFIX

MOST_UPLOAD_BYTES = 256 * 1024 * 1024

_WRITING = asyncssh.FXF_WRITE | asyncssh.FXF_CREAT | asyncssh.FXF_TRUNC | asyncssh.FXF_APPEND


class Door(asyncssh.SFTPServer):
    """One SFTP session of one lender.

    Args:
        channel: the session's channel.
        home: what the lender sees as `/`.
        is_name_used: whether a final name was ever used by this lender.
    """

    def __init__(self, channel: Any, home: str, is_name_used: Callable[[str], bool]) -> None:
        super().__init__(channel, chroot=home.encode())
        self._is_name_used = is_name_used

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> Any:
        """Opens for reading anywhere, for writing under a temporary name."""
        if pflags & _WRITING:
            _require_temporary(path)
            attrs.permissions = 0o600
        return super().open(path, pflags, attrs)

    def write(self, file_obj: object, offset: int, data: bytes) -> Any:
        """Writes, up to a size that no list needs."""
        if offset + len(data) > MOST_UPLOAD_BYTES:
            raise asyncssh.SFTPFailure("the file is too large")
        return super().write(file_obj, offset, data)

    def rename(self, oldpath: bytes, newpath: bytes) -> Any:
        """Gives a finished upload its final name."""
        self._require_free(oldpath, newpath)
        return super().rename(oldpath, newpath)

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> Any:
        """As `rename`: it never replaces a file either."""
        self._require_free(oldpath, newpath)
        return super().rename(oldpath, newpath)

    def remove(self, path: bytes) -> Any:
        """Takes back an upload that is not finished."""
        _require_temporary(path)
        return super().remove(path)

    def setstat(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> Any:
        """Sets times of an upload; it stays private whatever mode is asked for."""
        _require_temporary(path)
        return super().setstat(path, _times_only(attrs))

    def lsetstat(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> Any:
        """As `setstat`."""
        _require_temporary(path)
        return super().lsetstat(path, _times_only(attrs))

    def fsetstat(self, file_obj: object, attrs: asyncssh.SFTPAttrs) -> Any:
        """As `setstat`, on a file that is open for writing."""
        if not getattr(file_obj, "writable", bool)():
            raise asyncssh.SFTPPermissionDenied("the file is not open for writing")
        return super().fsetstat(file_obj, _times_only(attrs))

    def mkdir(self, *_: Any) -> Any:
        """Refused."""
        raise _no_such_right()

    def rmdir(self, *_: Any) -> Any:
        """Refused."""
        raise _no_such_right()

    def symlink(self, *_: Any) -> Any:
        """Refused: a link could lead out of the home."""
        raise _no_such_right()

    def link(self, *_: Any) -> Any:
        """Refused: a link could lead out of the home."""
        raise _no_such_right()

    def _require_free(self, old: bytes, new: bytes) -> None:
        _require_temporary(old)
        folder, name = _place(new)
        if folder != "/inbox":
            raise _no_such_right()
        if self._is_name_used(name):
            raise asyncssh.SFTPFileAlreadyExists("a file of this name was delivered before")


def _place(path: bytes) -> tuple[str, str]:
    try:
        return posixpath.split(posixpath.normpath(posixpath.join("/", path.decode("utf-8"))))
    except UnicodeDecodeError:
        raise asyncssh.SFTPFailure("file names are UTF-8") from None


def _require_temporary(path: bytes) -> None:
    folder, name = _place(path)
    if folder != "/inbox":
        raise _no_such_right()
    if name.endswith(ARRIVAL_SUFFIX):
        raise asyncssh.SFTPPermissionDenied("write under a temporary name, then rename to the final one")


def _times_only(attrs: asyncssh.SFTPAttrs) -> asyncssh.SFTPAttrs:
    return asyncssh.SFTPAttrs(atime=attrs.atime, mtime=attrs.mtime)


def _no_such_right() -> asyncssh.SFTPError:
    return asyncssh.SFTPPermissionDenied("this account may write into /inbox and read from /outbox only")
