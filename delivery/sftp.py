"""SFTP to a bureau's server: known host key only, modern algorithms only, every failure a kind of error.

A host key that is not among the known ones stops everything before the log-in is sent. Nothing is ever added by
itself.
"""

from __future__ import annotations

import base64
import binascii
import errno
import hashlib
import io
import posixpath
import re
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import paramiko
from paramiko.sftp import SFTPError
from paramiko.ssh_exception import IncompatiblePeer

from delivery.handover_terms import Readable
from delivery.sftp_client import PipelinedClient
from delivery.sftp_settings import (
    CIPHERS,
    HOST_KEY_SIGNATURES,
    KEY_EXCHANGES,
    MACS,
    MIN_RSA_HOST_KEY_BITS,
    SftpServer,
)
from schemas.errors import ArrearsError
from schemas.errors.kind import ErrorKind
from schemas.errors.transport import (
    ALGORITHMS_REFUSED,
    CONNECTION_LOST,
    CREDENTIAL_NOT_READABLE,
    HOST_KEY_CHANGED,
    HOST_KEY_NOT_READABLE,
    LOGIN_REFUSED,
    REMOTE_FAILED,
    REMOTE_MISSING,
    REMOTE_NAME_UNREADABLE,
    REMOTE_PERMISSION,
    REMOTE_TOO_LARGE,
    SERVER_TOO_SLOW,
    SERVER_UNREACHABLE,
)

_KEEPALIVE_SECONDS = 30
_SAFE_NAME = re.compile(r"[^/\\\x00-\x1f\x7f]{1,255}")


@dataclass(frozen=True)
class RemoteFile:
    """A file in a folder of the bureau's server.

    Attributes:
        name: its name, without the folder.
        size_bytes: its size.
        modified_at: when it was changed by the server's clock, UTC; None when the server does not say.
    """

    name: str
    size_bytes: int
    modified_at: datetime | None


class SftpSession:
    """Files on a bureau's server, over one open connection."""

    def __init__(self, client: PipelinedClient, address: str) -> None:
        self._client = client
        self._address = address

    @property
    def request_bytes(self) -> tuple[int, int]:
        """Most bytes of a file by one request, read and written."""
        return self._client.read_bytes, self._client.written_bytes

    def size_of(self, path: str) -> int | None:
        """Bytes of the file, None when there is none."""
        try:
            with self._translated("stat", path):
                return self._client.stat(path).st_size
        except ArrearsError as problem:
            if problem.kind is REMOTE_MISSING:
                return None
            raise

    def sha256_of(self, path: str) -> str:
        """SHA-256 over the bytes of the file, read back from the server, hexadecimal."""
        digest = hashlib.sha256()
        with self._translated("read", path), self._client.open(path, "rb") as file:
            for piece in self._client.read_pieces(file, file.stat().st_size or 0):
                digest.update(piece)
        return digest.hexdigest()

    def told_sha256_of(self, path: str, size_bytes: int) -> str | None:
        """SHA-256 over the first bytes of the file as the server says, None where it does not offer `check-file`."""
        if size_bytes == 0 or not self._client.has_check_file:
            return None
        with self._translated("check", path), self._client.open(path, "rb") as file:
            return self._client.told_sha256(file, size_bytes)

    def create(self, path: str, source: Readable) -> None:
        """Makes a file that is not there yet and writes all of the source to it.

        Raises:
            ArrearsError: REMOTE_FAILED also when there is a file of this name, and those of every operation.
        """
        with self._translated("create", path):
            file = self._client.open_new(path)
        with self._translated("write", path), file:
            self._client.write_pieces(file, 0, _pieces(source, self._client.piece_bytes))

    def fill(self, path: str, source: Readable, offset: int, size_bytes: int) -> None:
        """Writes into a file that is there, and never makes one.

        Args:
            path: of the file.
            source: the bytes from `offset` on.
            offset: where they go.
            size_bytes: of the whole file afterwards; a longer one is cut.

        Raises:
            ArrearsError: REMOTE_MISSING, and those of every operation.
        """
        with self._translated("open", path):
            file = self._client.open_standing(path)
        with self._translated("write", path), file:
            self._client.write_pieces(file, offset, _pieces(source, self._client.piece_bytes))
            if (file.stat().st_size or 0) > size_bytes:
                file.truncate(size_bytes)

    def remove(self, path: str) -> None:
        """Removes a file."""
        with self._translated("remove", path):
            self._client.remove(path)

    def rename(self, old_path: str, new_path: str) -> None:
        """Renames in one step; where the server refuses the rename of POSIX, by the plain one of SFTP.

        Servers say in words of their own that they lack an extension, so any refusal leads to the second try. It does
        no harm: the plain rename never replaces a file.
        """
        try:
            with self._translated("rename", old_path):
                self._client.posix_rename(old_path, new_path)
        except ArrearsError as problem:
            if problem.kind not in (REMOTE_FAILED, REMOTE_PERMISSION):
                raise
            with self._translated("rename", old_path):
                self._client.rename(old_path, new_path)

    def read(self, path: str, max_bytes: int) -> bytes:
        """The bytes of a file.

        Raises:
            ArrearsError: REMOTE_TOO_LARGE when it has more than `max_bytes`, REMOTE_MISSING, and those of every
                operation.
        """
        with self._translated("read", path), self._client.open(path, "rb") as file:
            size_bytes = file.stat().st_size or 0
            if size_bytes <= max_bytes:
                data = b"".join(self._client.read_pieces(file, size_bytes))
        if size_bytes > max_bytes:
            raise ArrearsError(REMOTE_TOO_LARGE, server=self._address, path=path, most_bytes=max_bytes)
        return data

    def files_in(self, folder: str, max_files: int = 10_000) -> list[RemoteFile]:
        """The plain files of a folder, by name; folders, links and names with a slash in them are left out.

        Raises:
            ArrearsError: REMOTE_TOO_LARGE when it has more than `max_files` entries, REMOTE_NAME_UNREADABLE when a
                name is not UTF-8, REMOTE_MISSING, and those of every operation.
        """
        found: list[RemoteFile] = []
        with self._translated("list", folder):
            for count, entry in enumerate(self._client.listdir_iter(folder, read_aheads=1), start=1):
                if count > max_files:
                    raise ArrearsError(REMOTE_TOO_LARGE, server=self._address, path=folder, most_files=max_files)
                is_plain = entry.st_mode is None or stat.S_ISREG(entry.st_mode)
                if is_plain and _SAFE_NAME.fullmatch(entry.filename):
                    found.append(RemoteFile(entry.filename, entry.st_size or 0, _instant(entry.st_mtime)))
        return sorted(found, key=lambda file: file.name)

    @contextmanager
    def _translated(self, action: str, path: str) -> Iterator[None]:
        facts = {"server": self._address, "action": action, "path": posixpath.normpath(path)}
        try:
            yield
        except ArrearsError:
            raise
        except TimeoutError:
            raise ArrearsError(SERVER_TOO_SLOW, **facts) from None
        except UnicodeDecodeError:
            raise ArrearsError(REMOTE_NAME_UNREADABLE, **facts) from None
        except (EOFError, ConnectionError, paramiko.SSHException, SFTPError):
            raise ArrearsError(CONNECTION_LOST, **facts) from None
        except OSError as problem:
            if problem.errno == errno.ENOENT:
                raise ArrearsError(REMOTE_MISSING, **facts) from None
            if problem.errno == errno.EACCES:
                raise ArrearsError(REMOTE_PERMISSION, **facts) from None
            if str(problem) == "Socket is closed":
                raise ArrearsError(CONNECTION_LOST, **facts) from None
            raise ArrearsError(REMOTE_FAILED, **facts, answer=str(problem)[:80]) from None


@contextmanager
def connected(server: SftpServer) -> Iterator[SftpSession]:
    """An open session on the server; it is closed at the end.

    Raises:
        ArrearsError: SERVER_UNREACHABLE, CONNECTION_LOST and SERVER_TOO_SLOW may be tried again; HOST_KEY_CHANGED,
            HOST_KEY_NOT_READABLE, LOGIN_REFUSED, CREDENTIAL_NOT_READABLE and ALGORITHMS_REFUSED not.
    """
    host_keys, login_key = _keys(server)
    transport = _Transport(_connect_socket(server))
    try:
        client = _log_in(transport, server, host_keys, login_key)
        yield SftpSession(client, server.address)
    finally:
        transport.close()


def require_keys(server: SftpServer) -> None:
    """Refuse a server whose host keys, or our key for it, can't be read. Nothing is connected to.

    Raises:
        ArrearsError: HOST_KEY_NOT_READABLE, CREDENTIAL_NOT_READABLE.
    """
    _keys(server)


def _keys(server: SftpServer) -> tuple[tuple[paramiko.PKey, ...], paramiko.PKey | None]:
    host_keys = tuple(_host_key(line) for line in server.host_keys)
    if not host_keys:
        raise ArrearsError(HOST_KEY_NOT_READABLE, server=server.address)
    return host_keys, _login_key(server)


class _Transport(paramiko.Transport):
    """Remembers whether the server itself ended the connection.

    Attributes:
        was_sent_away: whether it said that it does, as servers do after too many tries to log in.
    """

    was_sent_away = False

    if TYPE_CHECKING:
        # What is used of paramiko beyond its documented part.
        def _parse_disconnect(self, message: paramiko.Message) -> None: ...

    else:

        def _parse_disconnect(self, message: paramiko.Message) -> None:
            self.was_sent_away = True
            super()._parse_disconnect(message)


def _log_in(
    transport: _Transport,
    server: SftpServer,
    host_keys: tuple[paramiko.PKey, ...],
    login_key: paramiko.PKey | None,
) -> PipelinedClient:
    transport.banner_timeout = transport.auth_timeout = transport.channel_timeout = server.connect_timeout_seconds
    options = transport.get_security_options()
    options.kex, options.ciphers, options.digests = KEY_EXCHANGES, CIPHERS, MACS
    options.key_types = tuple(dict.fromkeys(one for key in host_keys for one in HOST_KEY_SIGNATURES[key.get_name()]))
    with _translated_log_in(server, transport):
        transport.start_client(timeout=server.connect_timeout_seconds)
        shown = transport.get_remote_server_key()
        if shown not in host_keys:
            raise ArrearsError(
                HOST_KEY_CHANGED,
                server=server.address,
                shown=shown.fingerprint,
                known=[key.fingerprint for key in host_keys],
            )
        if login_key is not None:
            still_wanted = transport.auth_publickey(server.user, login_key)
        else:
            still_wanted = transport.auth_password(server.user, server.password or "", fallback=False)
        if still_wanted:
            raise ArrearsError(LOGIN_REFUSED, server=server.address, user=server.user, also_wants=still_wanted)
        channel = transport.open_session(timeout=server.connect_timeout_seconds)
        channel.settimeout(server.answer_timeout_seconds)
        channel.invoke_subsystem("sftp")
        transport.set_keepalive(_KEEPALIVE_SECONDS)
        return PipelinedClient(channel)


@contextmanager
def _translated_log_in(server: SftpServer, transport: _Transport) -> Iterator[None]:
    try:
        yield
    except paramiko.AuthenticationException as problem:
        kind = _kind_of_log_in(problem, transport)
        raise ArrearsError(kind, server=server.address, action="log in", user=server.user) from None
    except IncompatiblePeer as problem:
        kind = HOST_KEY_CHANGED if "host key" in str(problem) else ALGORITHMS_REFUSED
        raise ArrearsError(kind, server=server.address) from None
    except TimeoutError:
        raise ArrearsError(SERVER_TOO_SLOW, server=server.address, action="log in") from None
    except (EOFError, OSError, paramiko.SSHException, SFTPError):
        raise ArrearsError(CONNECTION_LOST, server=server.address, action="log in") from None


def _kind_of_log_in(problem: paramiko.AuthenticationException, transport: _Transport) -> ErrorKind:
    """A line that breaks or hangs during the log-in is no refusal, though paramiko tells it by the same exception."""
    if "timeout" in str(problem):
        return SERVER_TOO_SLOW
    is_cut = "saw EOF" in str(problem) and not transport.was_sent_away
    return CONNECTION_LOST if is_cut else LOGIN_REFUSED


def _connect_socket(server: SftpServer) -> socket.socket:
    try:
        return socket.create_connection((server.host, server.port), timeout=server.connect_timeout_seconds)
    except TimeoutError:
        raise ArrearsError(SERVER_TOO_SLOW, server=server.address, action="connect") from None
    except OSError as problem:
        raise ArrearsError(SERVER_UNREACHABLE, server=server.address, reason=problem.strerror) from None


def _host_key(line: str) -> paramiko.PKey:
    words = line.split()
    if len(words) < 2 or words[0] not in HOST_KEY_SIGNATURES:
        raise ArrearsError(HOST_KEY_NOT_READABLE)
    try:
        key = paramiko.PKey.from_type_string(words[0], base64.b64decode(words[1], validate=True))
    except (binascii.Error, ValueError, paramiko.SSHException):
        raise ArrearsError(HOST_KEY_NOT_READABLE, key_type=words[0]) from None
    if key.get_name() == "ssh-rsa" and key.get_bits() < MIN_RSA_HOST_KEY_BITS:
        raise ArrearsError(HOST_KEY_NOT_READABLE, key_type=words[0], bits=key.get_bits())
    return key


def _login_key(server: SftpServer) -> paramiko.PKey | None:
    if server.private_key is None:
        if server.password is None:
            raise ArrearsError(CREDENTIAL_NOT_READABLE, server=server.address, reason="neither key nor password")
        return None
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        try:
            return kind.from_private_key(io.StringIO(server.private_key), server.passphrase)
        except (ValueError, TypeError, paramiko.SSHException):
            continue
    raise ArrearsError(CREDENTIAL_NOT_READABLE, server=server.address, reason="key or passphrase")


def _pieces(source: Readable, most_bytes: int) -> Iterator[bytes]:
    while piece := source.read(most_bytes):
        yield piece


def _instant(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
