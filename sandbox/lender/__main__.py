"""`python -m sandbox.lender --out DIR`: make a lender."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from sandbox.lender.make import LenderFacts, make_lender

_REQUEST = "made-for"
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
    parser.add_argument("--reuse", action="store_true", help="do nothing when this very lender is there already")
    return parser.parse_args()


def _request(given: argparse.Namespace, as_of_dates: Sequence[date]) -> str:
    """What decides on every byte of the lender: the arguments and the program that makes it."""
    folder = Path(__file__).parent
    program = b"".join(file.read_bytes() for file in sorted((*folder.glob("*.py"), *folder.glob("*.toml"))))
    asked = [given.loans, given.seed, [day.isoformat() for day in as_of_dates]]
    return hashlib.sha256(json.dumps(asked).encode() + program).hexdigest()


def _summary(facts: LenderFacts) -> str:
    lines = [f"{facts.loans} loans, {facts.evidence_files} evidence files"]
    for as_of, rows in facts.rows.items():
        broken = sum(sum(kinds.values()) for kinds in facts.broken[as_of].values())
        lines.append(f"{as_of}: {sum(rows.values())} rows, {broken} of them broken on purpose")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Make a lender and say how much there is of it."""
    given = _arguments()
    as_of_dates = given.as_of or _DATES
    asked, request = given.out / _REQUEST, _request(given, as_of_dates)
    if given.reuse and asked.exists() and asked.read_text(encoding="ascii") == request:
        return 0
    asked.unlink(missing_ok=True)
    try:
        facts = make_lender(given.out, loans=given.loans, seed=given.seed, as_of_dates=as_of_dates)
    except (FileExistsError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    asked.write_text(request, encoding="ascii")
    sys.stdout.write(_summary(facts))
    return 0


if __name__ == "__main__":
    sys.exit(main())
