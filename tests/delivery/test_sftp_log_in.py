"""What breaks while we log in is tried again; what is refused is not, so that no account is locked."""

import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import paramiko
import pytest

from delivery.sftp import connected
from delivery.sftp_settings import SftpServer
from schemas.errors import ArrearsError
from schemas.errors.kind import ErrorKind
from schemas.errors.transport import CONNECTION_LOST, LOGIN_REFUSED, SERVER_TOO_SLOW
from tests.delivery.cutting_proxy import CuttingProxy
from tests.delivery.handover_job import settings_of
from tests.openssh_server import make_key

LOG_IN_BYTES = {"up": 1_380, "down": 2_640}


def kind_of(server: SftpServer) -> ErrorKind | None:
    try:
        with connected(server) as session:
            session.size_of("nothing")
    except ArrearsError as problem:
        return problem.kind
    return None


@pytest.mark.parametrize("way", LOG_IN_BYTES)
def test_a_line_that_is_cut_anywhere_in_the_log_in_is_no_refusal(openssh: object, way: str) -> None:
    kinds = []
    for cut_after in range(0, LOG_IN_BYTES[way], 60):
        with CuttingProxy(openssh.port, [cut_after], is_upward=way == "up") as proxy:
            kinds.append(kind_of(replace(settings_of(openssh), port=proxy.port)))
    assert set(kinds[: len(kinds) // 2]) == {CONNECTION_LOST}
    assert set(kinds) <= {CONNECTION_LOST, None}


def test_a_server_that_sends_away_after_too_many_tries_has_refused(start_openssh: Callable, tmp_path: Path) -> None:
    server = start_openssh(extra_configuration="MaxAuthTries 1")
    make_key(tmp_path / "stranger", "ed25519")
    stranger = replace(settings_of(server), private_key=(tmp_path / "stranger").read_text())
    assert kind_of(stranger) is LOGIN_REFUSED
    assert kind_of(settings_of(server)) is None


def test_a_log_in_that_is_not_answered_is_tried_again(openssh: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server hangs after it has shown its host key, and before it looks at ours."""
    auth_publickey = paramiko.Transport.auth_publickey
    sessions: list[int] = []

    def hanging(transport: paramiko.Transport, *arguments: object) -> object:
        sessions.extend(int(pid) for pid in children_of(openssh.process.pid))
        for pid in sessions:
            os.kill(pid, signal.SIGSTOP)
        return auth_publickey(transport, *arguments)

    monkeypatch.setattr(paramiko.Transport, "auth_publickey", hanging)
    try:
        assert kind_of(replace(settings_of(openssh), connect_timeout_seconds=1.0)) is SERVER_TOO_SLOW
    finally:
        for pid in sessions:
            os.kill(pid, signal.SIGCONT)


def children_of(pid: int) -> list[int]:
    """Processes below one, all the way down."""
    own = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return own + [below for child in own for below in children_of(child)]


def test_a_clock_that_jumps_during_the_log_in_is_no_refusal(openssh: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paramiko's deadline of the log-in is one of the wall clock."""
    real, jumped = time.time, threading.Event()
    auth_publickey = paramiko.Transport.auth_publickey

    def jumping(transport: paramiko.Transport, *arguments: object) -> object:
        threading.Timer(0.0, jumped.set).start()
        for pid in children_of(openssh.process.pid):
            os.kill(pid, signal.SIGSTOP)
            threading.Timer(0.5, os.kill, (pid, signal.SIGCONT)).start()
        return auth_publickey(transport, *arguments)

    monkeypatch.setattr(time, "time", lambda: real() + 86_400 * jumped.is_set())
    monkeypatch.setattr(paramiko.Transport, "auth_publickey", jumping)
    assert kind_of(settings_of(openssh)) in (SERVER_TOO_SLOW, None)
