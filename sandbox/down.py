"""`make down`: stops everything that `make up` or `make demo` left running."""

from __future__ import annotations

import sys

from rich.console import Console

from sandbox.stack import default_home, stop_all
from schemas.errors import ArrearsError


def main() -> int:
    """Stops all services of `var`; gives the exit code."""
    console = Console(highlight=False)
    try:
        names = stop_all(default_home())
    except ArrearsError as error:
        Console(stderr=True, highlight=False).print(f"[red]{error}[/red]", soft_wrap=True)
        return 1
    console.print(f"stopped: {', '.join(names)}" if names else "nothing was running")
    return 0


if __name__ == "__main__":
    sys.exit(main())
