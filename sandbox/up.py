"""`make up`: starts everything for interactive use and tells where it is."""

from __future__ import annotations

import sys

from rich.console import Console

from sandbox.airflow_services import users
from sandbox.stack import default_home, parts, start_all
from schemas.errors import ArrearsError


def main() -> int:
    """Starts what does not run yet; gives the exit code."""
    console = Console(highlight=False)
    try:
        home = default_home()
        start_all(home, parts(home), console.print)
    except ArrearsError as error:
        Console(stderr=True, highlight=False).print(f"[red]{error}[/red]", soft_wrap=True)
        return 1
    console.print(f"\nAirflow: [bold]{home.base_url}[/bold]   stop with: make down")
    for user in users(home).values():
        console.print(f"  {user.name:<10} {user.password}   ({user.role})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
