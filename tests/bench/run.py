"""Measures, and appends rows `{"suite", "case", "engine", "rows", "seconds", "peak_mb"}` to a list in var/bench.json.

`python tests/bench/run.py [--suite NAME ...] [--scale 0.1] [--repeats 3] [--out var/bench.json]`. BENCH_SUITES (names
parted by commas), BENCH_SCALE and BENCH_REPEATS in the environment are the defaults.

Each measurement has a process of its own: `seconds` is the median of the repeats, `peak_mb` the largest resident set of
that process or of a command that it ran. All sides of a suite must give the same answer, or the run fails.
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
from suites import NAMES, SUITES, Case, Suite

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
    console = Console(width=None if sys.stdout.isatty() else 140)
    known, new = known_rows(given.out), []
    for suite in SUITES:
        if suite.name in given.suite:
            size = max(round(suite.size * given.scale), suite.least_size)
            console.print(f"[bold]{suite.name}[/bold], {size:,}: {suite.what}")
            rows = measured(suite, size, given.repeats, console)
            append(given.out, rows)
            new += rows
    console.print(table_of(new))
    for line in growth(known, new):
        console.print(line)
    console.print(f"{len(new)} rows appended to {given.out}")
    return 0


def _arguments() -> argparse.Namespace:
    chosen = os.environ.get("BENCH_SUITES", "")
    parser = argparse.ArgumentParser(prog="python tests/bench/run.py", description=__doc__)
    parser.add_argument("--suite", action="append", choices=NAMES, help="a suite, may be given again (default: all)")
    parser.add_argument("--scale", type=float, default=float(os.environ.get("BENCH_SCALE", "1")))
    parser.add_argument("--repeats", type=int, default=int(os.environ.get("BENCH_REPEATS", "3")))
    parser.add_argument("--out", type=Path, default=ROOT / "var" / "bench.json")
    given = parser.parse_args()
    given.suite = given.suite or [name for name in chosen.split(",") if name] or list(NAMES)
    if unknown := sorted(set(given.suite) - set(NAMES)):
        parser.error(f"unknown suites {', '.join(unknown)}, known are {', '.join(NAMES)}")
    if given.scale <= 0 or given.repeats < 1:
        parser.error("scale must be above 0 and repeats at least 1")
    return given


def measured(suite: Suite, size: int, repeats: int, console: Console) -> list[Row]:
    """The rows of one suite, none when its own side can't run here.

    Raises:
        SystemExit: a case failed, or two cases don't agree.
    """
    missing = {case: why for case in suite.cases if (why := case.missing_for(size))}
    for case, why in missing.items():
        console.print(f"  {case.engine}: left out, {why}")
    if suite.cases[0] in missing:
        return []
    with tempfile.TemporaryDirectory(prefix=f"bench-{suite.name}-") as folder:
        _child("prepare", suite.inputs_file, Path(folder), str(size))
        rows, answers = [], {}
        for case in suite.cases:
            if case not in missing:
                times = min(repeats, case.most_repeats or repeats)
                tries = [_child("case", suite.file_of(case), Path(folder), case.engine) for _ in range(times)]
                answers[f"{case.name} on {case.engine}"] = tries[0]["answer"]
                rows.append(_row(suite, case, tries))
                console.print(f"  {case.engine}: {rows[-1].seconds:,.2f} s, {rows[-1].peak_mb:,.0f} MB")
    if differing := differences(answers):
        raise SystemExit(
            f"the cases of {suite.name} don't agree: {json.dumps(differing, indent=1, ensure_ascii=False)}"
        )
    return rows


def differences(answers: dict[str, object]) -> dict[str, object]:
    """What each case said, left out what all of them said."""
    said = list(answers.values())
    if all(one == said[0] for one in said):
        return {}
    if not all(isinstance(one, dict) for one in said):
        return answers
    keys = dict.fromkeys(key for one in said for key in one)
    return {key: inner for key in keys if (inner := differences({case: one.get(key) for case, one in answers.items()}))}


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


def known_rows(out: Path) -> list[dict]:
    return json.loads(out.read_text(encoding="utf-8")) if out.exists() else []


def append(out: Path, rows: list[Row]) -> None:
    """Append to the list in the file; it is replaced in one step."""
    known = known_rows(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    aside = out.with_name(f"{out.name}.{os.getpid()}")
    aside.write_text(json.dumps([*known, *map(asdict, rows)], indent=1) + "\n", encoding="utf-8")
    aside.replace(out)


def table_of(rows: list[Row]) -> Table:
    """The rows with ratios to other rows of the same suite and size.

    Above 1 is faster, or smaller, than the baseline. "times the best" counts in times of the fastest yardstick.
    """
    table = Table(
        "suite", "case", "engine", title="Measured now, beside the baseline and the best that was written by hand"
    )
    for heading in ("rows", "seconds", "rows/s", "peak MB", "times faster", "times smaller", "times the best"):
        table.add_column(heading, justify="right")
    baselines = {(suite.name, suite.baseline) for suite in SUITES}
    yardsticks = {(suite.name, case) for suite in SUITES for case in suite.yardsticks}
    for row in rows:
        alike = [other for other in rows if (other.suite, other.rows) == (row.suite, row.rows)]
        base = next((other for other in alike if (other.suite, other.case) in baselines), None)
        best = min((other.seconds for other in alike if (other.suite, other.case) in yardsticks), default=None)
        table.add_row(
            row.suite,
            row.case,
            row.engine,
            f"{row.rows:,}",
            f"{row.seconds:.3f}",
            f"{row.rows / row.seconds:,.0f}",
            f"{row.peak_mb:,.0f}",
            f"{base.seconds / row.seconds:.2f}" if base else "",
            f"{base.peak_mb / row.peak_mb:.2f}" if base else "",
            f"{row.seconds / best:.2f}" if best else "",
        )
    return table


def growth(known: list[dict], new: list[Row]) -> list[str]:
    """How much longer the same case took than when it was last measured with at most a fifth of the rows."""
    lines = []
    for row in new:
        same = [one for one in known if (one["suite"], one["case"], one["engine"]) == (row.suite, row.case, row.engine)]
        smaller = [one for one in same if 0 < one["rows"] * 5 <= row.rows]
        if smaller:
            one = max(reversed(smaller), key=lambda each: each["rows"])
            lines.append(
                f"{row.suite}, {row.engine}: {row.rows / one['rows']:.1f} times the rows "
                f"took {row.seconds / one['seconds']:.1f} times as long"
            )
    return lines


if __name__ == "__main__":
    sys.exit(main())
