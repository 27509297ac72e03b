"""`make down`: stops everything that `make up` or `make demo` left running."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from rich.console import Console

from sandbox import stage
from schemas.errors import ArrearsError

REPOSITORY = Path(__file__).resolve().parent.parent


def main() -> int:
    """Stop all services of `var`, those of an older version of this project too; gives the exit code."""
    console = Console(highlight=False)
    try:
        site = stage.stage(REPOSITORY, REPOSITORY / "var", os.environ)
        processes = site.home.processes
        names = processes.names()
        if not names:
            console.print("nothing was running")
            return 0
        with processes.changing():
            stage.stop(site)
            processes.stop(*processes.names())
    except ArrearsError as error:
        Console(stderr=True, highlight=False).print(str(error), style="bold red", markup=False, soft_wrap=True)
        return 1
    console.print(f"stopped: {', '.join(names)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
