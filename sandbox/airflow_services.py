"""Airflow's four processes of the sandbox: its database with roles and users, start, wait until healthy, stop."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import httpx
from werkzeug.security import generate_password_hash

from sandbox.airflow_home import AirflowHome, write_home, write_private
from sandbox.processes import Service, base_environment
from schemas.errors import ArrearsError
from schemas.errors.command import AIRFLOW_SETUP_FAILED, SERVICE_NOT_READY

# Logs are read from the folder that all four share, so no log server needs to listen.
COMPONENTS: Mapping[str, tuple[str, ...]] = {
    "api-server": ("api-server",),
    "scheduler": ("scheduler", "--skip-serve-logs"),
    "dag-processor": ("dag-processor",),
    "triggerer": ("triggerer", "--skip-serve-logs"),
}
ROLE_OF_USER: Mapping[str, str] = {"operator": "operator", "risk1": "risk", "risk2": "risk", "auditor": "auditor"}

_READ_BY_HEALTH = {
    "scheduler": "latest_scheduler_heartbeat",
    "dag_processor": "latest_dag_processor_heartbeat",
    "triggerer": "latest_triggerer_heartbeat",
}
_POLL_SECONDS = 0.2
_SETUP_SECONDS = 180.0
_REQUEST_SECONDS = 60.0
# Open browser pages keep the api-server waiting, and the triggerer its own poll.
_NOTHING_TO_LOSE_SECONDS = 2.0


@dataclass(frozen=True)
class AirflowUser:
    """A user of the sandbox's Airflow.

    Attributes:
        name: to log in with.
        id: of the FAB user; as text it is the id that `assigned_users` of a HITL task wants.
        role: in `deploy/roles.json`.
        password: random.
    """

    name: str
    id: int
    role: str
    password: str


def prepare_airflow(home: AirflowHome) -> None:
    """Writes the configuration and makes the metadata database with roles and users, unless both are there already.

    A database that was made by another release of Airflow or with other roles is replaced by a new one.

    Raises:
        ArrearsError: AIRFLOW_SETUP_FAILED.
    """
    write_home(home)
    made_by = home.folder / "made-by"
    key = _database_key(home)
    is_made = home.database.exists() and home.users_file.exists() and made_by.exists()
    if is_made and made_by.read_text(encoding="ascii") == key:
        return
    stop_airflow(home)
    made_by.unlink(missing_ok=True)
    prepared = home.cache_folder / f"airflow-{key}.db"
    if not prepared.exists():
        _make_database(home, prepared)
    _take_database(home, prepared)
    write_private(made_by, key)


def users(home: AirflowHome) -> dict[str, AirflowUser]:
    """The users by name, with ids and passwords."""
    content = json.loads(home.users_file.read_text(encoding="utf-8"))
    return {name: AirflowUser(name, int(user["id"]), user["role"], user["password"]) for name, user in content.items()}


def airflow_services(home: AirflowHome) -> tuple[Service, ...]:
    """The four processes, in the order in which to start them."""
    program = str(Path(sys.executable).parent / "airflow")
    return tuple(
        Service(
            name=f"airflow-{component}",
            command=(program, *arguments),
            folder=home.folder,
            environment=home.environment,
            ports=(home.port,) if component == "api-server" else (),
        )
        for component, arguments in COMPONENTS.items()
    )


def start_airflow(home: AirflowHome) -> None:
    """Starts the four processes; those that run already are left alone. Does not wait.

    Raises:
        ArrearsError: PORT_TAKEN.
    """
    for service in airflow_services(home):
        home.processes.start(service)


def stop_airflow(home: AirflowHome) -> None:
    """Stop the four with all tasks that still run; the api-server last, so that tasks can tell it their end."""
    home.processes.stop("airflow-scheduler", "airflow-dag-processor")
    home.processes.stop("airflow-triggerer", "airflow-api-server", stop_seconds=_NOTHING_TO_LOSE_SECONDS)


def wait_until_healthy(home: AirflowHome, *, wait_seconds: float = 180.0) -> None:
    """Waits until all four report a heartbeat of their own, not of an earlier run, and the task API is built.

    Raises:
        ArrearsError: SERVICE_DIED, SERVICE_NOT_READY.
    """
    until = time.monotonic() + wait_seconds
    names = [service.name for service in airflow_services(home)]
    with httpx.Client(base_url=home.base_url, timeout=_REQUEST_SECONDS, trust_env=False) as client:
        while True:
            for name in names:
                home.processes.require_running(name)
            late = _not_yet_healthy(home, client)
            if not late:
                break
            if time.monotonic() > until:
                logs = [str(home.processes.find(f"airflow-{name}").log) for name in late]
                raise ArrearsError(SERVICE_NOT_READY, services=late, waited_seconds=wait_seconds, logs=logs)
            time.sleep(_POLL_SECONDS)
        # The tasks' API is built at its first request, which takes some seconds: better now than in the first task.
        with contextlib.suppress(httpx.HTTPError):
            client.get("/execution/health")


def _not_yet_healthy(home: AirflowHome, client: httpx.Client) -> list[str]:
    try:
        health: dict[str, Any] = client.get("/api/v2/monitor/health").raise_for_status().json()
    except (httpx.HTTPError, json.JSONDecodeError):
        return ["api-server"]
    late = []
    for part, heartbeat in _READ_BY_HEALTH.items():
        component = part.replace("_", "-")
        started = home.processes.find(f"airflow-{component}").started_at_seconds or 0.0
        reported = health.get(part) or {}
        is_own = reported.get("status") == "healthy" and _instant(reported[heartbeat]) >= _instant_of(started)
        if not is_own:
            late.append(component)
    return late


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _instant_of(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC) - timedelta(seconds=1)


def _database_key(home: AirflowHome) -> str:
    """Changes with whatever the prepared database depends on."""
    parts = [
        version("apache-airflow-core"),
        version("apache-airflow-providers-fab"),
        home.roles_file.read_text(encoding="utf-8"),
        Path(__file__).with_name("airflow_users.py").read_text(encoding="utf-8"),
        json.dumps(dict(ROLE_OF_USER)),
    ]
    return hashlib.sha256("\x00".join(parts).encode("utf-8")).hexdigest()[:16]


def _make_database(home: AirflowHome, prepared: Path) -> None:
    """Makes a database aside, with users nobody knows the passwords of, and moves it to its place at the end."""
    home.cache_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    log = home.processes.logs / "airflow-setup.log"
    log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(dir=home.cache_folder, prefix="making-") as made:
        database, names = Path(made) / "airflow.db", Path(made) / "users.json"
        names.write_text(
            json.dumps(
                {name: {"role": role, "password": secrets.token_hex(24)} for name, role in ROLE_OF_USER.items()}
            ),
            encoding="utf-8",
        )
        environment = base_environment() | home.environment
        environment |= {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{database}"}
        with log.open("wb") as output:
            log.chmod(0o600)
            try:
                subprocess.run(  # noqa: S603 -- our own module
                    [sys.executable, "-m", "sandbox.airflow_users", str(home.roles_file), str(names)],
                    cwd=home.repository,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    timeout=_SETUP_SECONDS,
                    check=True,
                )
            except subprocess.SubprocessError:
                raise ArrearsError(AIRFLOW_SETUP_FAILED, log=log) from None
        aside = Path(made) / "whole.db"
        _copy_database(database, aside)
        aside.replace(prepared)


def _take_database(home: AirflowHome, prepared: Path) -> None:
    """Puts a copy with fresh passwords in place, after the passwords: there is no database whose passwords are lost."""
    aside = home.folder / "airflow.db.aside"
    aside.unlink(missing_ok=True)
    _copy_database(prepared, aside)
    made: dict[str, dict[str, object]] = {}
    with contextlib.closing(sqlite3.connect(aside)) as connection, connection:
        for name, role in ROLE_OF_USER.items():
            password = secrets.token_urlsafe(18)
            changed = connection.execute(
                "UPDATE ab_user SET password = ? WHERE username = ? RETURNING id",
                (generate_password_hash(password), name),
            ).fetchone()
            made[name] = {"id": changed[0], "role": role, "password": password}
    write_private(home.users_file, json.dumps(made, indent=2))
    for trace in ("-wal", "-shm", "-journal"):
        home.database.with_name(home.database.name + trace).unlink(missing_ok=True)
    aside.replace(home.database)


def _copy_database(source: Path, target: Path) -> None:
    with contextlib.closing(sqlite3.connect(source)) as old, contextlib.closing(sqlite3.connect(target)) as new:
        old.backup(new)
    target.chmod(0o600)
    with target.open("rb") as written:
        os.fsync(written.fileno())
