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

import paramiko
from paramiko.ssh_exception import IncompatiblePeer

from delivery.handover import Readable
from delivery.sftp_settings import (
    CIPHERS,
    HOST_KEY_SIGNATURES,
    KEY_EXCHANGES,
    MACS,
    MIN_RSA_HOST_KEY_BITS,
    SftpServer,
)
from schemas.errors import ArrearsError
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

_CHUNK_BYTES = 256 * 1024
_WINDOW_BYTES = 2 * 1024 * 1024
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

    def __init__(self, client: paramiko.SFTPClient, address: str) -> None:
        self._client = client
        self._address = address

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
            for chunk in _chunks(file, file.stat().st_size or 0):
                digest.update(chunk)
        return digest.hexdigest()

    def write(self, path: str, source: Readable) -> None:
        """Writes all of the source to the file, over what is there.

        Writes are sent without waiting for each answer, so a full disk may show only in the size of the file: look
        at it afterwards.
        """
        with self._translated("write", path), self._client.open(path, "wb") as file:
            file.set_pipelined(True)
            while chunk := source.read(_CHUNK_BYTES):
                file.write(chunk)

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
                data = b"".join(_chunks(file, size_bytes))
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
        except (EOFError, ConnectionError, paramiko.SSHException):
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
    host_keys = tuple(_host_key(line) for line in server.host_keys)
    if not host_keys:
        raise ArrearsError(HOST_KEY_NOT_READABLE, server=server.address)
    login_key = _login_key(server)
    transport = paramiko.Transport(_connect_socket(server))
    try:
        client = _log_in(transport, server, host_keys, login_key)
        yield SftpSession(client, server.address)
    finally:
        transport.close()


def _log_in(
    transport: paramiko.Transport,
    server: SftpServer,
    host_keys: tuple[paramiko.PKey, ...],
    login_key: paramiko.PKey | None,
) -> paramiko.SFTPClient:
    transport.banner_timeout = transport.auth_timeout = transport.channel_timeout = server.connect_timeout_seconds
    options = transport.get_security_options()
    options.kex, options.ciphers, options.digests = KEY_EXCHANGES, CIPHERS, MACS
    options.key_types = tuple(dict.fromkeys(one for key in host_keys for one in HOST_KEY_SIGNATURES[key.get_name()]))
    with _translated_log_in(server):
        transport.start_client(timeout=server.connect_timeout_seconds)
        if transport.get_remote_server_key() not in host_keys:
            raise ArrearsError(HOST_KEY_CHANGED, server=server.address)
        if login_key is not None:
            still_wanted = transport.auth_publickey(server.user, login_key)
        else:
            still_wanted = transport.auth_password(server.user, server.password or "", fallback=False)
        if still_wanted:
            raise ArrearsError(LOGIN_REFUSED, server=server.address, user=server.user, also_wants=still_wanted)
        channel = transport.open_session(timeout=server.connect_timeout_seconds)
        channel.settimeout(server.answer_timeout_seconds)
        channel.invoke_subsystem("sftp")
        return paramiko.SFTPClient(channel)


@contextmanager
def _translated_log_in(server: SftpServer) -> Iterator[None]:
    try:
        yield
    except paramiko.AuthenticationException:
        raise ArrearsError(LOGIN_REFUSED, server=server.address, user=server.user) from None
    except IncompatiblePeer as problem:
        kind = HOST_KEY_CHANGED if "host key" in str(problem) else ALGORITHMS_REFUSED
        raise ArrearsError(kind, server=server.address) from None
    except TimeoutError:
        raise ArrearsError(SERVER_TOO_SLOW, server=server.address, action="log in") from None
    except (EOFError, OSError, paramiko.SSHException):
        raise ArrearsError(CONNECTION_LOST, server=server.address, action="log in") from None


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


def _chunks(file: paramiko.SFTPFile, size_bytes: int) -> Iterator[bytes]:
    """The first bytes of a file, with many reads on their way at once but never more than a window of them."""
    for offset in range(0, size_bytes, _WINDOW_BYTES):
        yield from file.readv([(offset, min(_WINDOW_BYTES, size_bytes - offset))])


def _instant(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
