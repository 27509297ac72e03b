"""`make status`: what runs, since when, and where its log is. The exit code is 0 when everything runs, 3 otherwise."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from sandbox import stage
from sandbox.processes import Found, State
from schemas.errors import ArrearsError

REPOSITORY = Path(__file__).resolve().parent.parent
NOT_ALL_RUNNING = 3


def main() -> int:
    """Print the table; gives the exit code."""
    console = Console(highlight=False)
    try:
        site = stage.stage(REPOSITORY, REPOSITORY / "var", os.environ)
    except ArrearsError as error:
        Console(stderr=True, highlight=False).print(str(error), style="bold red", markup=False, soft_wrap=True)
        return 1
    processes = site.home.processes
    found = [processes.find(name) for name in dict.fromkeys([*stage.services(site), *processes.names()])]
    console.print(_table(found))
    is_all_running = all(service.state is State.RUNNING for service in found)
    if is_all_running:
        console.print(f"Airflow: {site.home.base_url}")
    return 0 if is_all_running else NOT_ALL_RUNNING


def _table(found: list[Found]) -> Table:
    table = Table("service", "state", "pid", "since", "log")
    for service in found:
        is_up = service.state is State.RUNNING
        since = _since(service.started_at_seconds) if is_up else ""
        table.add_row(
            service.name, str(service.state), str(service.pid or "") if is_up else "", since, str(service.log)
        )
    return table


def _since(started_at_seconds: float | None) -> str:
    if started_at_seconds is None:
        return ""
    return datetime.fromtimestamp(started_at_seconds, UTC).isoformat(timespec="seconds")


if __name__ == "__main__":
    sys.exit(main())
