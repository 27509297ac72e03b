"""The SFTP client underneath: paramiko's, with many requests on their way at once and with the server's extensions.

Paramiko reads a file in a thread that polls, sends 32 KiB a request whatever the server takes, and copies them several
times. That costs more than the encryption does.
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Iterable, Iterator, MutableMapping, Sequence
from itertools import islice
from threading import Lock
from typing import TYPE_CHECKING

import paramiko
from paramiko.message import Message
from paramiko.sftp import (
    CMD_DATA,
    CMD_EXTENDED,
    CMD_EXTENDED_REPLY,
    CMD_HANDLE,
    CMD_INIT,
    CMD_OPEN,
    CMD_READ,
    CMD_VERSION,
    CMD_WRITE,
    SFTP_FLAG_CREATE,
    SFTP_FLAG_EXCL,
    SFTP_FLAG_WRITE,
    SFTPError,
    int64,
)

_PROTOCOL_VERSION = 3
_EVERY_SERVER_TAKES_BYTES = 32 * 1024
# Above that the memory of what is read is taken from the system anew, which costs more than it saves.
_MOST_READ_BYTES = 64 * 1024
_MOST_WRITTEN_BYTES = 255 * 1024
# Goes into one packet of SSH, of 32 KiB at most, together with the head of a request.
_PIECE_BYTES = 32 * 1024 - 256
_ON_THE_WAY_BYTES = 4 * 1024 * 1024
_SHA256_BYTES = 32
_LIMITS = "limits@openssh.com"
_CHECK_FILE = "check-file"


class PipelinedClient(paramiko.SFTPClient):
    """An SFTP client of version 3.

    Attributes:
        extensions: what the server offers beyond version 3: name to data.
        read_bytes: most bytes of a file that are read by one request, as the server says, else what every one takes.
        written_bytes: the same for writing.
        has_check_file: whether the server computes digests, as far as is known by now.
    """

    if TYPE_CHECKING:
        # What is used of paramiko beyond its documented part.
        sock: paramiko.Channel
        request_number: int
        _lock: Lock
        _expecting: MutableMapping[int, object]

        def _send_packet(self, kind: int, message: Message) -> None: ...

        def _read_packet(self) -> tuple[int, bytes]: ...

        def _request(self, kind: int, *arguments: object) -> tuple[int, Message]: ...

        def _async_request(self, owner: type[None], kind: int, *arguments: object) -> int: ...

        def _read_response(self, number: int) -> tuple[int, Message]: ...

    def __init__(self, channel: paramiko.Channel) -> None:
        self.extensions: dict[str, bytes] = {}
        super().__init__(channel)
        self.read_bytes, self.written_bytes = self._told_limits()
        self.has_check_file = any(name.startswith(_CHECK_FILE) for name in self.extensions)

    def open_new(self, path: str) -> paramiko.SFTPFile:
        """A file that is not there yet, for writing.

        Raises:
            OSError: the server refused, or there is one of this name.
        """
        return self._opened(path, SFTP_FLAG_WRITE | SFTP_FLAG_CREATE | SFTP_FLAG_EXCL)

    def open_standing(self, path: str) -> paramiko.SFTPFile:
        """A file that is there, for writing; what it has stays. Never makes one.

        Raises:
            OSError: the server refused, or there is none of this name.
        """
        return self._opened(path, SFTP_FLAG_WRITE)

    @property
    def piece_bytes(self) -> int:
        """Most bytes of a piece that is written."""
        return min(_PIECE_BYTES, self.written_bytes)

    def write_pieces(self, file: paramiko.SFTPFile, offset: int, pieces: Iterable[bytes]) -> None:
        """Writes pieces one after the other, several by one request, and waits for the answer to each request.

        Args:
            file: open for writing.
            offset: of the first piece.
            pieces: each at most `piece_bytes` long.

        Raises:
            OSError: the server refused one of them.
        """
        waiting: deque[int] = deque()
        left = iter(pieces)
        while together := list(islice(left, self.written_bytes // self.piece_bytes)):
            waiting.append(self._ask_to_write(file, offset, together))
            offset += sum(map(len, together))
            while len(waiting) * self.written_bytes > _ON_THE_WAY_BYTES:
                self._read_response(waiting.popleft())
        while waiting:
            self._read_response(waiting.popleft())

    def read_pieces(self, file: paramiko.SFTPFile, size_bytes: int) -> Iterator[bytes]:
        """The first bytes of a file, piece by piece; fewer when the file is shorter.

        Raises:
            OSError: the server refused to read.
        """
        waiting: deque[tuple[int, int, int]] = deque()
        asked = 0
        while asked < size_bytes or waiting:
            while asked < size_bytes and len(waiting) * self.read_bytes <= _ON_THE_WAY_BYTES:
                length = min(self.read_bytes, size_bytes - asked)
                waiting.append((self._ask_for(file, asked, length), asked, length))
                asked += length
            number, offset, length = waiting.popleft()
            while length:
                piece = self._piece(number)
                if not piece:
                    return
                yield piece
                offset, length = offset + len(piece), length - len(piece)
                if length:
                    number = self._ask_for(file, offset, length)

    def told_sha256(self, file: paramiko.SFTPFile, length: int) -> str | None:
        """SHA-256 over the first bytes of a file as the server computed it (draft-ietf-secsh-filexfer-extensions-00).

        Args:
            file: open for reading.
            length: how many bytes, more than none.

        Returns:
            64 hexadecimal digits; None when the server does not offer that.
        """
        if not self.has_check_file:
            return None
        try:
            kind, answer = self._request(
                CMD_EXTENDED, "check-file-handle", file.handle, "sha256", int64(0), int64(length), 0
            )
        except OSError:
            self.has_check_file = False
            return None
        if kind != CMD_EXTENDED_REPLY:
            raise SFTPError("expected an extended reply")
        algorithm = answer.get_text()
        if algorithm.startswith(_CHECK_FILE):
            algorithm = answer.get_text()
        digest: bytes = answer.get_remainder()
        return digest.hex() if algorithm == "sha256" and len(digest) == _SHA256_BYTES else None

    def _opened(self, path: str, flags: int) -> paramiko.SFTPFile:
        kind, answer = self._request(CMD_OPEN, path, flags, paramiko.SFTPAttributes())
        if kind != CMD_HANDLE:
            raise SFTPError("expected a handle")
        return paramiko.SFTPFile(self, answer.get_binary(), "r+", 0)

    def _send_version(self) -> int:
        first = Message()
        first.add_int(_PROTOCOL_VERSION)
        self._send_packet(CMD_INIT, first)
        kind, data = self._read_packet()
        if kind != CMD_VERSION:
            raise SFTPError("not SFTP")
        (version,) = struct.unpack(">I", data[:4])
        told = Message(data[4:])
        while len(told.get_so_far()) < len(data) - 4:
            name = told.get_binary().decode("ascii", "replace")
            self.extensions[name] = told.get_binary()
        return int(version)

    def _told_limits(self) -> tuple[int, int]:
        """Most bytes by one request, read and written."""
        if _LIMITS not in self.extensions:
            return _EVERY_SERVER_TAKES_BYTES, _EVERY_SERVER_TAKES_BYTES
        try:
            kind, answer = self._request(CMD_EXTENDED, _LIMITS)
        except OSError:
            kind = None
        if kind != CMD_EXTENDED_REPLY:
            return _EVERY_SERVER_TAKES_BYTES, _EVERY_SERVER_TAKES_BYTES
        _, most_read, most_written, _ = (answer.get_int64() or _EVERY_SERVER_TAKES_BYTES for _ in range(4))
        return min(most_read, _MOST_READ_BYTES), min(most_written, _MOST_WRITTEN_BYTES)

    def _ask_to_write(self, file: paramiko.SFTPFile, offset: int, pieces: Sequence[bytes]) -> int:
        """As `_async_request`, without putting the pieces together, which would copy each of them several times."""
        with self._lock:
            number = self.request_number
            self.request_number += 1
            self._expecting[number] = type(None)
        size_bytes = sum(map(len, pieces))
        head = Message()
        head.add_int(number)
        head.add_string(file.handle)  # type: ignore[arg-type] # bytes are right, the stubs know text only
        head.add_int64(offset)
        head.add_int(size_bytes)
        told = head.asbytes()
        self.sock.sendall(struct.pack(">IB", 1 + len(told) + size_bytes, CMD_WRITE) + told + pieces[0])
        for piece in pieces[1:]:
            self.sock.sendall(piece)
        return number

    def _ask_for(self, file: paramiko.SFTPFile, offset: int, length: int) -> int:
        return self._async_request(type(None), CMD_READ, file.handle, int64(offset), length)

    def _piece(self, number: int) -> bytes:
        try:
            kind, answer = self._read_response(number)
        except EOFError:
            return b""
        if kind != CMD_DATA:
            raise SFTPError("expected data")
        piece: bytes = answer.get_binary()
        return piece
