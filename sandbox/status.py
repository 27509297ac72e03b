"""`make status`: what runs, since when, and where its log is. The exit code is 0 when everything runs, 3 otherwise."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from sandbox import stage
from sandbox.processes import Found, State
from schemas.errors import ArrearsError

REPOSITORY = Path(__file__).resolve().parent.parent
NOT_ALL_RUNNING = 3


def main() -> int:
    """Print one line a service; gives the exit code."""
    console = Console(highlight=False)
    try:
        site = stage.stage(REPOSITORY, REPOSITORY / "var", os.environ)
    except ArrearsError as error:
        Console(stderr=True, highlight=False).print(str(error), style="bold red", markup=False, soft_wrap=True)
        return 1
    processes = site.home.processes
    found = [processes.find(name) for name in dict.fromkeys([*stage.services(site), *processes.names()])]
    console.print(f"{'service':<22}{'state':<11}{'pid':<9}{'since':<17}log", style="bold")
    for service in found:
        console.print(_line(service), markup=False, soft_wrap=True)
    is_all_running = all(service.state is State.RUNNING for service in found)
    if is_all_running:
        console.print(f"\nAirflow: {site.home.base_url}")
    return 0 if is_all_running else NOT_ALL_RUNNING


def _line(service: Found) -> str:
    is_up = service.state is State.RUNNING
    pid, since = (str(service.pid), _since(service.started_at_seconds)) if is_up else ("", "")
    return f"{service.name:<22}{service.state:<11}{pid:<9}{since:<17}{_short(service.log)}"


def _since(started_at_seconds: float | None) -> str:
    return datetime.fromtimestamp(started_at_seconds or 0.0, UTC).astimezone().strftime("%m-%d %H:%M:%S")


def _short(path: Path) -> str:
    return str(path.relative_to(REPOSITORY) if path.is_relative_to(REPOSITORY) else path)


if __name__ == "__main__":
    sys.exit(main())
