"""Background processes of the sandbox: apart from the terminal, found by pid file, stopped with all they forked.

A pid alone proves nothing: it may have been given to a stranger after a crash. A process counts as ours when its start
time is the one that was written down. Every service leads a session of its own, so what it forked can be found by the
session's number even when the leader itself is dead; the kernel gives that number to nobody else as long as one of them
lives.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # psutil ships no types

from sandbox.ports import Port, require_free
from schemas.errors import ArrearsError
from schemas.errors.command import ALREADY_CHANGING, SERVICE_DIED, SERVICE_WILL_NOT_STOP

# A start time is kept in ticks since boot; as seconds since the epoch it moves when the clock is set.
_SAME_START_SECONDS = 2.0
_POLL_SECONDS = 0.05
_KILL_SECONDS = 10.0
_NOT_INHERITED = ("AIRFLOW_", "OPENLINEAGE", "PYTHON", "__AIRFLOW")
_LOOPBACK = "127.0.0.1,localhost"


@dataclass(frozen=True)
class Service:
    """One background process.

    Attributes:
        name: unique within a state folder; names the pid file and the log.
        command: program and arguments.
        environment: added to `base_environment()`.
        folder: working folder.
        ports: what it will listen on, on loopback; checked before it is started.
    """

    name: str
    command: tuple[str, ...]
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    ports: tuple[Port, ...] = ()


class State(StrEnum):
    """What became of a service."""

    RUNNING = "running"
    LEFTOVERS = "leftovers"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Found:
    """A service as it is now.

    Attributes:
        name: of the service.
        state: LEFTOVERS when the leader is dead and processes that it forked still run.
        pid: of the leader; None when there is no pid file.
        started_at_seconds: since the epoch; None when there is no pid file.
        log: its standard output and error.
    """

    name: str
    state: State
    pid: int | None
    started_at_seconds: float | None
    log: Path


def base_environment() -> dict[str, str]:
    """This process's environment without what would make a service behave unlike an operator's.

    Airflow's and Python's own variables go, the services are reached on loopback past any proxy, and byte code may be
    kept: without it every Airflow process compiles its sources anew, which takes longer than its work.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_INHERITED)}
    return kept | {"NO_PROXY": _LOOPBACK, "no_proxy": _LOOPBACK, "PYTHONUNBUFFERED": "1"}


@dataclass(frozen=True)
class ProcessTable:
    """The background processes of one state folder.

    Attributes:
        run: folder of the pid files.
        logs: folder of the logs.
    """

    run: Path
    logs: Path

    def start(self, service: Service) -> Found:
        """Starts a service unless it runs already; what an earlier run left of it is ended first.

        Raises:
            ArrearsError: PORT_TAKEN.
        """
        found = self.find(service.name)
        if found.state is State.RUNNING:
            return found
        self.stop(service.name, stop_seconds=0.0)
        for port in service.ports:
            require_free(port)
        self.run.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.logs.mkdir(parents=True, exist_ok=True, mode=0o700)
        _keep_previous(self._log(service.name))
        environment = base_environment() | dict(service.environment)
        waits, gives = os.pipe()
        try:
            pid = _spawn(service, environment, self._log(service.name), waits)
            self._write_pid_file(service.name, pid)
            os.write(gives, b"!")
        finally:
            os.close(waits)
            os.close(gives)
        return self.find(service.name)

    def find(self, name: str) -> Found:
        """A service as it is now."""
        log = self._log(name)
        written = self._read_pid_file(name)
        if written is None:
            return Found(name, State.STOPPED, None, None, log)
        pid, started = written
        if _is_alive(pid, started):
            state = State.RUNNING
        else:
            state = State.LEFTOVERS if _session_of(pid, started) else State.STOPPED
        return Found(name, state, pid, started, log)

    def names(self) -> tuple[str, ...]:
        """Services with a pid file, by name."""
        return tuple(sorted(path.stem for path in self.run.glob("*.pid")))

    def require_running(self, name: str) -> None:
        """Raises when a service that was started has ended.

        Raises:
            ArrearsError: SERVICE_DIED with its log.
        """
        found = self.find(name)
        if found.state is not State.RUNNING:
            raise ArrearsError(SERVICE_DIED, service=name, log=found.log)

    def stop(self, *names: str, stop_seconds: float = 10.0) -> None:
        """Ends services with all that they forked: asks their leaders together, waits, then kills their sessions.

        Raises:
            ArrearsError: SERVICE_WILL_NOT_STOP.
        """
        leaders = {name: written for name in names if (written := self._read_pid_file(name)) is not None}
        if stop_seconds > 0:
            for pid, started in leaders.values():
                if _is_alive(pid, started):
                    _send(pid, signal.SIGTERM)
            _wait_until_gone(leaders.values(), stop_seconds)
        for name, (pid, started) in leaders.items():
            _kill_session(name, pid, started)
        for name in names:
            self._pid_file(name).unlink(missing_ok=True)

    @contextlib.contextmanager
    def changing(self) -> Iterator[None]:
        """Held while services are started or stopped, so that two commands don't work against each other.

        Raises:
            ArrearsError: ALREADY_CHANGING.
        """
        self.run.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.run / "lock").open("w", encoding="ascii") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ArrearsError(ALREADY_CHANGING, folder=self.run) from None
            yield

    def _pid_file(self, name: str) -> Path:
        return self.run / f"{name}.pid"

    def _log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def _write_pid_file(self, name: str, pid: int) -> None:
        started = psutil.Process(pid).create_time()
        aside = self.run / f"{name}.pid-aside"
        aside.write_text(json.dumps({"pid": pid, "started_at_seconds": started}), encoding="ascii")
        aside.replace(self._pid_file(name))

    def _read_pid_file(self, name: str) -> tuple[int, float] | None:
        try:
            content = json.loads(self._pid_file(name).read_text(encoding="ascii"))
            return int(content["pid"]), float(content["started_at_seconds"])
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None


# The child waits for leave, which it gets when its pid file is written, and ends when its parent died before that: so
# there is no moment in which a killed `make up` leaves a service behind that nobody can find again.
_WAIT_FOR_LEAVE = """
import os, sys
if os.read(int(sys.argv[1]), 1) != b"!":
    sys.exit(1)
os.close(int(sys.argv[1]))
os.execvp(sys.argv[2], sys.argv[2:])
"""


def _spawn(service: Service, environment: Mapping[str, str], log: Path, leave: int) -> int:
    with log.open("ab") as output:
        log.chmod(0o600)
        process = subprocess.Popen(  # noqa: S603 -- the command comes from our own list of services
            [sys.executable, "-S", "-E", "-c", _WAIT_FOR_LEAVE, str(leave), *service.command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=service.folder,
            env=dict(environment),
            pass_fds=(leave,),
            start_new_session=True,
            umask=0o077,
        )
    _CHILDREN[process.pid] = process
    return process.pid


# Kept so that a service which ended is reaped when it is next looked at.
_CHILDREN: dict[int, subprocess.Popen[bytes]] = {}


def _keep_previous(log: Path) -> None:
    if log.exists():
        log.replace(log.with_suffix(".previous.log"))


def _is_alive(pid: int, started: float) -> bool:
    if pid in _CHILDREN and _CHILDREN[pid].poll() is not None:
        del _CHILDREN[pid]
    try:
        process = psutil.Process(pid)
        is_same = abs(process.create_time() - started) <= _SAME_START_SECONDS
        return bool(is_same and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _session_of(pid: int, started: float) -> list[int]:
    """Living processes of the session that the service led, the leader included."""
    if psutil.pid_exists(pid) and not _is_alive(pid, started) and not _is_zombie(pid):
        return []
    return [member for member in psutil.pids() if _session_number(member) == pid and not _is_zombie(member)]


def _session_number(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except (ProcessLookupError, PermissionError):
        return None


def _is_zombie(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def _send(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _wait_until_gone(leaders: Collection[tuple[int, float]], seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and any(_is_alive(pid, started) for pid, started in leaders):
        time.sleep(_POLL_SECONDS)


def _kill_session(name: str, pid: int, started: float) -> None:
    until = time.monotonic() + _KILL_SECONDS
    while members := _session_of(pid, started):
        if time.monotonic() > until:
            raise ArrearsError(SERVICE_WILL_NOT_STOP, service=name, pids=members)
        for member in members:
            _send(member, signal.SIGKILL)
        time.sleep(_POLL_SECONDS)
    _is_alive(pid, started)
