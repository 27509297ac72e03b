"""All background services of one sandbox: what `make up`, `make down` and `make status` work on."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sandbox.airflow_home import AirflowHome, airflow_home
from sandbox.airflow_services import airflow_services, prepare_airflow, stop_airflow, wait_until_healthy
from sandbox.processes import ProcessTable, Service

REPOSITORY = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Part:
    """Services that are prepared, started and waited for together.

    Attributes:
        title: for people.
        services: in the order in which to start them.
        prepare: writes what they need before they are started; does nothing when it is there.
        wait: returns when they can be used; raises when they died or are late.
    """

    title: str
    services: tuple[Service, ...]
    prepare: Callable[[], None]
    wait: Callable[[], None]


def default_home() -> AirflowHome:
    """The home of the demo, in `var`.

    Raises:
        ArrearsError: PORT_SETTING_INVALID.
    """
    return airflow_home(REPOSITORY, REPOSITORY / "var", os.environ)


def airflow_part(home: AirflowHome) -> Part:
    """Airflow's four processes."""
    return Part(
        title="Airflow",
        services=airflow_services(home),
        prepare=lambda: prepare_airflow(home),
        wait=lambda: wait_until_healthy(home),
    )


def parts(home: AirflowHome) -> tuple[Part, ...]:
    """All parts of the sandbox, in the order in which to start them."""
    return (airflow_part(home),)


def start_all(home: AirflowHome, all_parts: tuple[Part, ...], tell: Callable[[str], None]) -> None:
    """Prepares and starts everything, then waits for everything; what runs already is left alone.

    Raises:
        ArrearsError: ALREADY_CHANGING, PORT_TAKEN, SERVICE_DIED, SERVICE_NOT_READY and what `prepare` raises.
    """
    with home.processes.changing():
        for part in all_parts:
            tell(f"{part.title}: preparing")
            part.prepare()
            tell(f"{part.title}: starting")
            for service in part.services:
                home.processes.start(service)
        for part in all_parts:
            part.wait()
            tell(f"{part.title}: ready")


def stop_all(home: AirflowHome) -> tuple[str, ...]:
    """Stops everything that has a pid file in the state folder, whoever started it; gives the names.

    Raises:
        ArrearsError: ALREADY_CHANGING, SERVICE_WILL_NOT_STOP.
    """
    if not home.processes.run.exists():
        return ()
    with home.processes.changing():
        names = home.processes.names()
        stop_airflow(home)
        _stop_others(home.processes)
    return names


def _stop_others(processes: ProcessTable) -> None:
    processes.stop(*processes.names(), stop_seconds=5.0)
