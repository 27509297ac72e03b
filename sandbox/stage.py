"""A whole made-up site on this machine: lender, bureau, mail sink and Airflow, set up, started and stopped as one."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sandbox.airflow_api import AirflowApi
from sandbox.airflow_home import AirflowHome, airflow_home
from sandbox.airflow_services import (
    AirflowUser,
    airflow_services,
    prepare_airflow,
    start_airflow,
    stop_airflow,
    users,
    wait_until_healthy,
)
from sandbox.neighbours import Neighbours, introduce, neighbours, start_neighbours
from sandbox.site import SiteFolders, write_settings

DAG_IDS = ("ingest", "assess", "notify", "report", "feedback")
SEND_POOL = "bureau"
SEED = 20180808
FIRST_ON = date(2026, 6, 30)
SECOND_ON = date(2026, 9, 7)
"""Two months' grace after notices of the first date end before the second."""

_KEPT = frozenset({"cache", "lender", "bench.json", "coverage"})


@dataclass(frozen=True)
class Stage:
    """Everything of one made-up site.

    Attributes:
        folders: the site's folders.
        home: Airflow's.
        around: bureau and mail sink.
    """

    folders: SiteFolders
    home: AirflowHome
    around: Neighbours

    @property
    def users(self) -> dict[str, AirflowUser]:
        """Airflow's users by name."""
        return users(self.home)

    def api(self, name: str) -> AirflowApi:
        """A client that acts as this user."""
        return AirflowApi(self.home.base_url, name, self.users[name].password)

    def play(self, today_on: date) -> None:
        """Let the site believe that today is this date."""
        approvers = {user.name: str(user.id) for user in self.users.values() if user.role == "risk"}
        write_settings(self.folders, approvers, today_on)


def stage(repository: Path, state: Path, environment: Mapping[str, str]) -> Stage:
    """The site in a state folder, with ports from the environment.

    Raises:
        ArrearsError: PORT_SETTING_INVALID.
    """
    folders = SiteFolders(state)
    return Stage(folders, airflow_home(repository, state, environment), neighbours(repository, folders, environment))


def stop(site: Stage) -> None:
    """Stop Airflow, bureau and mail sink; what an earlier run left behind too."""
    stop_airflow(site.home)
    for service in site.around.services():
        site.home.processes.stop(service.name)


def wipe(site: Stage) -> None:
    """Remove what a run leaves, but not what takes long to make and never changes: lender, prepared database."""
    if not site.folders.root.is_dir():
        return
    for entry in site.folders.root.iterdir():
        if entry.name in _KEPT:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def make_lender(site: Stage, *, loans: int, as_of_dates: Sequence[date], seed: int = SEED) -> subprocess.Popen[bytes]:
    """Begin to make the lender in a process of its own; the same lender is made once only.

    Returns:
        the process; it ends with 0 when the lender is there.
    """
    dates = [argument for day in as_of_dates for argument in ("--as-of", day.isoformat())]
    command = [
        sys.executable,
        "-m",
        "sandbox.lender",
        "--out",
        str(site.folders.lender),
        "--loans",
        str(loans),
        "--seed",
        str(seed),
        "--reuse",
        *dates,
    ]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=site.home.repository)  # noqa: S603 -- our own module


def prepare(site: Stage, today_on: date) -> None:
    """Write keys, connections, settings and Airflow's home; idempotent."""
    site.folders.root.mkdir(mode=0o700, parents=True, exist_ok=True)
    prepare_airflow(site.home)
    introduce(site.around)
    site.play(today_on)


def start(site: Stage) -> None:
    """Start everything and wait until it works; the DAGs are there and switched on.

    Raises:
        ArrearsError: PORT_TAKEN, SERVICE_DIED, SERVICE_NOT_READY, DAG_NOT_IMPORTED.
    """
    start_airflow(site.home)
    start_neighbours(site.around, site.home.processes)
    wait_until_healthy(site.home)
    with site.api("operator") as operator:
        operator.wait_for_dags(DAG_IDS)
        make_pool(operator)
        operator.unpause(DAG_IDS)


def make_pool(operator: AirflowApi) -> None:
    """The pool that limits uploads to the bureau, unless it is there."""
    if operator.ask("GET", f"/pools/{SEND_POOL}").is_error:
        operator.call("POST", "/pools", {"name": SEND_POOL, "slots": 4, "include_deferred": False})


def services(site: Stage) -> tuple[str, ...]:
    """Names of all background processes of the site."""
    return tuple(service.name for service in (*airflow_services(site.home), *site.around.services()))
