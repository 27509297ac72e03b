"""`python -m sandbox.lender --out DIR`: make a lender."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path

from sandbox.lender.make import LenderFacts, make_lender

_DATES = (date(2026, 6, 30), date(2026, 9, 7))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.lender", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder of the lender")
    parser.add_argument("--loans", type=int, default=20_000, help="number of loans (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=20180808, help="seed of chance (default: %(default)s)")
    parser.add_argument(
        "--as-of",
        type=date.fromisoformat,
        action="append",
        help=f"business date, may be given again in rising order (default: {' and '.join(map(str, _DATES))})",
    )
    return parser.parse_args()


def _summary(facts: LenderFacts) -> str:
    lines = [f"{facts.loans} loans, {facts.evidence_files} evidence files"]
    for as_of, rows in facts.rows.items():
        broken = sum(sum(kinds.values()) for kinds in facts.broken[as_of].values())
        lines.append(f"{as_of}: {sum(rows.values())} rows, {broken} of them broken on purpose")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Make a lender and say how much there is of it."""
    given = _arguments()
    try:
        facts = make_lender(given.out, loans=given.loans, seed=given.seed, as_of_dates=given.as_of or _DATES)
    except (FileExistsError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(_summary(facts))
    return 0


if __name__ == "__main__":
    sys.exit(main())
