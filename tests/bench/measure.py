"""One measurement in a process of its own; prints one line of JSON.

`measure.py prepare MODULE FOLDER SIZE` makes inputs, `measure.py case MODULE FOLDER ENGINE` measures.
"""

from __future__ import annotations

import importlib.util
import json
import os
import resource
import sys
from pathlib import Path
from time import perf_counter
from types import ModuleType

sys.path[0] = str(Path(__file__).resolve().parents[2])


def main(what: str, module_file: str, folder: str, size_or_engine: str) -> None:
    module = _module(Path(module_file))
    if what == "prepare":
        module.prepare(Path(folder), int(size_or_engine))
        sys.stdout.write("{}\n")
        return
    loaded = module.load(Path(folder), size_or_engine)
    begins = perf_counter()
    result = module.run(loaded)
    seconds = perf_counter() - begins
    peak_mb = _peak_mb()
    rows, answer = module.answer(loaded, result)
    told = {"rows": rows, "seconds": seconds, "peak_mb": peak_mb, "answer": answer}
    sys.stdout.write(f"{json.dumps(told)}\n")


def _module(file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"bench_{file.parent.name}_{file.stem}", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _peak_mb() -> float:
    """Largest resident set of this process and of each command that it ran, with all that still run beside it."""
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    most = max(resource.getrusage(each).ru_maxrss for each in whose)
    # Linux counts KiB, macOS bytes.
    return most / (1024 * 1024 if sys.platform == "darwin" else 1024) + sum(
        map(_running_peak_mb, _children(os.getpid()))
    )


def _children(process: int) -> list[int]:
    """Processes below one that still run, such as an engine's; none where there is no /proc."""
    listed = Path(f"/proc/{process}/task").glob("*/children")
    own = [int(child) for each in listed for child in each.read_text().split()]
    return own + [below for child in own for below in _children(child)]


def _running_peak_mb(process: int) -> float:
    told = Path(f"/proc/{process}/status").read_text()
    return sum(int(line.split()[1]) for line in told.splitlines() if line.startswith("VmHWM:")) / 1024


if __name__ == "__main__":
    main(*sys.argv[1:])
