"""One measurement in a process of its own; prints one line of JSON.

`measure.py prepare MODULE FOLDER SIZE` makes inputs, `measure.py case MODULE FOLDER ENGINE` measures.
"""

from __future__ import annotations

import importlib.util
import json
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
    """Largest resident set of this process and of each command that it ran. Linux counts KiB, macOS bytes."""
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    most = max(resource.getrusage(each).ru_maxrss for each in whose)
    return most / (1024 * 1024 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    main(*sys.argv[1:])
