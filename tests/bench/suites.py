"""What is measured: suites of cases that do the same work and must give the same answer.

A suite is a folder beside this file. Its `inputs.py` has `prepare(folder, size)`, which is not measured. Each case is
a module with `load(folder, engine)`, not measured, `run(loaded)`, measured, and `answer(loaded, result)`, not measured:
the number of rows worked on and what every case of the suite must agree on.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Case:
    """One way to do the work of a suite.

    Attributes:
        name: stable, also the name of the module.
        engine: what does the heavy part.
    """

    name: str
    engine: str


@dataclass(frozen=True)
class Suite:
    """Cases that do the same work.

    Attributes:
        name: stable, also the name of the folder.
        size: of the inputs at scale 1.
        least_size: below which the inputs can't be made.
        what: the work and the sides, one sentence.
        cases: ours first.
        baseline: name of the case that the others are compared with.
    """

    name: str
    size: int
    least_size: int
    what: str
    cases: tuple[Case, ...]
    baseline: str

    def file_of(self, case: Case) -> Path:
        return HERE / self.name / f"{case.name}.py"

    @property
    def inputs_file(self) -> Path:
        return HERE / self.name / "inputs.py"


SUITES = (
    Suite(
        "ingest",
        100_000,
        200,
        "read and judge the payments (Parquet) and contacts (CSV) of that many loans, against pandas with the same "
        "rules by hand",
        (Case("arrears", "polars"), Case("by_hand", "pandas")),
        "by_hand",
    ),
    Suite(
        "assess",
        100_000,
        200,
        "arrears, effort and decisions of that many loans, all rules on our side, against pandas with eleven of them",
        (Case("arrears", "polars"), Case("arrears", "duckdb"), Case("by_hand", "pandas")),
        "by_hand",
    ),
    Suite(
        "roster",
        200_000,
        1,
        "check and print that many records, against a loop over the csv module with the same checks; same bytes",
        (Case("arrears", "polars"), Case("by_hand", "csv")),
        "by_hand",
    ),
    Suite(
        "seal",
        64,
        1,
        "sign and encrypt that many MiB, against two openssl commands in a pipe",
        (Case("arrears", "cryptography"), Case("by_hand", "openssl")),
        "by_hand",
    ),
    Suite(
        "ledger",
        20_000,
        1,
        "write that many events on one page, against one executemany without hashes and states",
        (Case("arrears", "sqlite"), Case("by_hand", "sqlite")),
        "by_hand",
    ),
)
