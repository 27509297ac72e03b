"""`make up`: starts everything for interactive use, on what `var` holds, and tells where it is."""

from __future__ import annotations

import json
import os
import sys
from datetime import date
from pathlib import Path

from rich.console import Console

from sandbox import stage
from sandbox.airflow_home import AirflowHome
from schemas.errors import ArrearsError
from schemas.errors.command import LENDER_NOT_MADE

REPOSITORY = Path(__file__).resolve().parent.parent
LOANS = 20_000


def main() -> int:
    """Start what does not run yet; gives the exit code."""
    console = Console(highlight=False)
    try:
        site = stage.stage(REPOSITORY, REPOSITORY / "var", os.environ)
        with site.home.processes.changing():
            _start(site, console)
    except ArrearsError as error:
        Console(stderr=True, highlight=False).print(str(error), style="bold red", markup=False, soft_wrap=True)
        return 1
    console.print(f"\nAirflow: [bold]{site.home.base_url}[/bold]   stop with: make down")
    for user in site.users.values():
        console.print(f"  {user.name:<10} {user.password}   ({user.role})", markup=False)
    return 0


def _start(site: stage.Stage, console: Console) -> None:
    lender = stage.make_lender(site, loans=LOANS, as_of_dates=(stage.FIRST_ON, stage.SECOND_ON))
    console.print("preparing keys, connections and Airflow's database")
    stage.prepare(site, _played_day(site.home) or stage.FIRST_ON)
    console.print("starting Airflow, the stand-in bureau and the mail sink")
    stage.start(site)
    if lender.wait() != 0:
        raise ArrearsError(LENDER_NOT_MADE, folder=site.folders.lender)


def _played_day(home: AirflowHome) -> date | None:
    """The day that the site believes to be today, when an earlier run has told it."""
    if not home.variables_file.exists():
        return None
    settings = json.loads(home.variables_file.read_text(encoding="utf-8")).get("arrears")
    return date.fromisoformat(json.loads(settings)["sandbox_today_on"]) if settings else None


if __name__ == "__main__":
    sys.exit(main())
