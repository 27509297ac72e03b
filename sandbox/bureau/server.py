"""The running bureau: SFTP on loopback, and the desk that looks into the inboxes a few times a second."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import logging
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncssh

from sandbox.bureau.desk import DEFAULT_UNCONFIRMED_ONE_IN, Desk
from sandbox.bureau.door import Door
from sandbox.bureau.folders import Folders, make_private_folder, write_private
from sandbox.bureau.keys import BureauKeys, prepare_keys
from sandbox.bureau.registry import find_lender

HOST = "127.0.0.1"

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class BureauSettings:
    """How a bureau runs.

    Attributes:
        root: its folder.
        port: where its SFTP server listens on loopback; 0 takes any free one, see `ready.json`.
        unconfirmed_one_in: share of identity numbers that get R900, see `FileFacts`.
        sweep_seconds: pause between two looks into the inboxes.
    """

    root: Path
    port: int
    unconfirmed_one_in: int = DEFAULT_UNCONFIRMED_ONE_IN
    sweep_seconds: float = 0.5


class BureauBusyError(Exception):
    """Another bureau works on this root."""


class _Reception(asyncssh.SSHServer):
    """Lets a lender in with its registered key, and in no other way."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def public_key_auth_supported(self) -> bool:
        """The only way in."""
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        """Whether it is the key that this lender registered."""
        lender = find_lender(self._root, username)
        return lender is not None and bool(lender.ssh_key.public_data == key.public_data)


async def serve(settings: BureauSettings) -> None:
    """Runs until SIGTERM or SIGINT.

    Raises:
        BureauBusyError: another process holds the lock of this root.
        OSError: the port is taken.
    """
    folders = Folders(settings.root)
    make_private_folder(settings.root)
    with _lock(folders.lock):
        keys = prepare_keys(settings.root)
        desk = Desk(settings.root, keys, unconfirmed_one_in=settings.unconfirmed_one_in)
        listener = await _listen(settings, keys, desk)
        stopping = asyncio.Event()
        for signal_number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(signal_number, stopping.set)
        try:
            _announce(folders, keys, listener.get_port())
            while not stopping.is_set():
                await asyncio.to_thread(desk.sweep)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stopping.wait(), settings.sweep_seconds)
        finally:
            folders.ready.unlink(missing_ok=True)
            listener.close()
            await listener.wait_closed()


async def _listen(settings: BureauSettings, keys: BureauKeys, desk: Desk) -> Any:
    def door_of(channel: Any) -> Door:
        lender = channel.get_extra_info("username")
        home = Folders(settings.root).home(lender)
        return Door(channel, str(home), lambda name: desk.is_name_used(lender, name))

    return await asyncssh.listen(
        HOST,
        settings.port,
        server_factory=lambda: _Reception(settings.root),
        server_host_keys=[str(keys.host_key_path)],
        sftp_factory=door_of,
        sftp_version=3,
        allow_scp=False,
        password_auth=False,
        kbdint_auth=False,
        gss_auth=False,
        gss_kex=False,
        host_based_auth=False,
        agent_forwarding=False,
        allow_pty=False,
        login_timeout=30,
        keepalive_interval=30,
        reuse_address=True,
    )


@contextlib.contextmanager
def _lock(path: Path) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BureauBusyError(f"another bureau works on {path.parent}: stop it first") from None
        yield
    finally:
        os.close(descriptor)


def _announce(folders: Folders, keys: BureauKeys, port: int) -> None:
    told = {
        "host": HOST,
        "port": port,
        "pid": os.getpid(),
        "host_key": keys.host_public_key,
        "certificate": str(keys.certificate_path),
        "private_key": str(keys.private_key_path),
        "accounts": str(folders.root / "accounts"),
        "journal": str(folders.journal),
    }
    write_private(folders.ready, json.dumps(told, indent=2).encode())
    _log.info("the bureau listens on %s port %d", HOST, port)
