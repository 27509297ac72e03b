"""`make status`: what runs, since when, and where its log is. The exit code is 0 when everything runs, 3 otherwise."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table

from sandbox.processes import Found, State
from sandbox.stack import default_home, parts
from schemas.errors import ArrearsError

NOT_ALL_RUNNING = 3


def main() -> int:
    """Prints the table; gives the exit code."""
    console = Console(highlight=False)
    try:
        home = default_home()
        expected = [service.name for part in parts(home) for service in part.services]
    except ArrearsError as error:
        Console(stderr=True, highlight=False).print(f"[red]{error}[/red]", soft_wrap=True)
        return 1
    names = dict.fromkeys([*expected, *home.processes.names()])
    found = [home.processes.find(name) for name in names]
    console.print(_table(found))
    is_all_running = all(service.state is State.RUNNING for service in found)
    if is_all_running:
        console.print(f"Airflow: {home.base_url}")
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
