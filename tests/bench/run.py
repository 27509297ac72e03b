"""Measures, and appends rows `{"suite", "case", "engine", "rows", "seconds", "peak_mb"}` to a list in var/bench.json.

`python tests/bench/run.py [--suite NAME ...] [--scale 0.1] [--repeats 3] [--out var/bench.json]`. BENCH_SUITES (names
parted by commas), BENCH_SCALE and BENCH_REPEATS in the environment are the defaults.

Each measurement has a process of its own: `seconds` is the median of the repeats, `peak_mb` the largest resident set of
that process or of a command that it ran. Both sides of a suite must give the same answer, or the run fails.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table
from suites import SUITES, Case, Suite

ROOT = Path(__file__).resolve().parents[2]
MEASURE = Path(__file__).with_name("measure.py")


@dataclass(frozen=True)
class Row:
    """One line of the results."""

    suite: str
    case: str
    engine: str
    rows: int
    seconds: float
    peak_mb: float


def main() -> int:
    given = _arguments()
    console = Console(width=None if sys.stdout.isatty() else 110)
    new: list[Row] = []
    for suite in SUITES:
        if suite.name in given.suite:
            console.print(f"[bold]{suite.name}[/bold]: {suite.what}")
            rows = measured(suite, max(round(suite.size * given.scale), suite.least_size), given.repeats)
            append(given.out, rows)
            new += rows
    console.print(table_of(new))
    console.print(f"{len(new)} rows appended to {given.out}")
    return 0


def _arguments() -> argparse.Namespace:
    names = [suite.name for suite in SUITES]
    chosen = os.environ.get("BENCH_SUITES", "")
    parser = argparse.ArgumentParser(prog="python tests/bench/run.py", description=__doc__)
    parser.add_argument("--suite", action="append", choices=names, help="a suite, may be given again (default: all)")
    parser.add_argument("--scale", type=float, default=float(os.environ.get("BENCH_SCALE", "1")))
    parser.add_argument("--repeats", type=int, default=int(os.environ.get("BENCH_REPEATS", "3")))
    parser.add_argument("--out", type=Path, default=ROOT / "var" / "bench.json")
    given = parser.parse_args()
    given.suite = given.suite or [name for name in chosen.split(",") if name] or names
    if unknown := sorted(set(given.suite) - set(names)):
        parser.error(f"unknown suites {', '.join(unknown)}, known are {', '.join(names)}")
    if given.scale <= 0 or given.repeats < 1:
        parser.error("scale must be above 0 and repeats at least 1")
    return given


def measured(suite: Suite, size: int, repeats: int) -> list[Row]:
    """The rows of one suite.

    Raises:
        SystemExit: a case failed, or two cases don't agree.
    """
    with tempfile.TemporaryDirectory(prefix=f"bench-{suite.name}-") as folder:
        _child("prepare", suite.inputs_file, Path(folder), str(size))
        rows, answers = [], {}
        for case in suite.cases:
            tries = [_child("case", suite.file_of(case), Path(folder), case.engine) for _ in range(repeats)]
            answers[f"{case.name} on {case.engine}"] = tries[0]["answer"]
            rows.append(_row(suite, case, tries))
    if len({json.dumps(answer, sort_keys=True) for answer in answers.values()}) != 1:
        raise SystemExit(f"the cases of {suite.name} don't agree: {json.dumps(answers, indent=1)}")
    return rows


def _child(what: str, module: Path, folder: Path, size_or_engine: str) -> dict:
    command = [sys.executable, str(MEASURE), what, str(module), str(folder), size_or_engine]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{module.relative_to(ROOT)} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def _row(suite: Suite, case: Case, tries: list[dict]) -> Row:
    return Row(
        suite.name,
        case.name,
        case.engine,
        tries[0]["rows"],
        round(statistics.median(each["seconds"] for each in tries), 4),
        round(max(each["peak_mb"] for each in tries), 1),
    )


def append(out: Path, rows: list[Row]) -> None:
    """Append to the list in the file; it is replaced in one step."""
    known = json.loads(out.read_text(encoding="utf-8")) if out.exists() else []
    out.parent.mkdir(parents=True, exist_ok=True)
    aside = out.with_name(f"{out.name}.{os.getpid()}")
    aside.write_text(json.dumps([*known, *map(asdict, rows)], indent=1) + "\n", encoding="utf-8")
    aside.replace(out)


def table_of(rows: list[Row]) -> Table:
    """The rows with ratios to the baseline of their suite: above 1 is faster, or smaller, than the baseline."""
    table = Table("suite", "case", "engine", title="Measured now, and how many times better than the baseline")
    for heading in ("rows", "seconds", "rows/s", "peak MB", "times faster", "times smaller"):
        table.add_column(heading, justify="right")
    baselines = {suite.name: suite.baseline for suite in SUITES}
    base = {row.suite: row for row in rows if row.case == baselines[row.suite]}
    for row in rows:
        other = base[row.suite]
        table.add_row(
            row.suite,
            row.case,
            row.engine,
            f"{row.rows:,}",
            f"{row.seconds:.3f}",
            f"{row.rows / row.seconds:,.0f}",
            f"{row.peak_mb:,.0f}",
            f"{other.seconds / row.seconds:.2f}",
            f"{other.peak_mb / row.peak_mb:.2f}",
        )
    return table


if __name__ == "__main__":
    sys.exit(main())
