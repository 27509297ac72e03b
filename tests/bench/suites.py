"""What is measured: suites of cases that do the same work and must give the same answer.

A suite is a folder beside this file. Its `inputs.py` has `prepare(folder, size)`, which is not measured. Each case is
a module with `load(folder, engine)`, not measured, `run(loaded)`, measured, and `answer(loaded, result)`, not measured:
the number of rows worked on and what every case of the suite must agree on.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Case:
    """One way to do the work of a suite.

    Attributes:
        name: stable, also the name of the module.
        engine: what does the heavy part.
        least_size: of the inputs below which it would measure nothing but its own start, None when there is none.
        most_size: of the inputs that it can hold, None when it can hold any.
        most_repeats: for cases that take minutes, None when there is no need for a limit.
        needs: package without which it can't run, None when everybody has it.
    """

    name: str
    engine: str
    least_size: int | None = None
    most_size: int | None = None
    most_repeats: int | None = None
    needs: str | None = None

    def missing_for(self, size: int) -> str | None:
        """Why it can't run here with inputs of that size, None when it can."""
        if self.needs is not None and find_spec(self.needs) is None:
            return f"{self.needs} is not installed"
        if self.least_size is not None and size < self.least_size:
            return f"says nothing of fewer than {self.least_size:,}"
        if self.most_size is not None and size > self.most_size:
            return f"can't hold more than {self.most_size:,}"
        return None


@dataclass(frozen=True)
class Suite:
    """Cases that do the same work.

    Attributes:
        name: stable, also the name of the folder. Two suites of one name measure different sizes.
        size: of the inputs at scale 1.
        least_size: below which the inputs can't be made.
        what: the work and the sides, one sentence.
        cases: ours first.
        baseline: name of the case that the others are compared with, None when there is none of that size.
        yardsticks: names of the cases of which the fastest shows what is possible.
    """

    name: str
    size: int
    least_size: int
    what: str
    cases: tuple[Case, ...]
    baseline: str | None
    yardsticks: tuple[str, ...] = ()

    def file_of(self, case: Case) -> Path:
        return HERE / self.name / f"{case.name}.py"

    @property
    def inputs_file(self) -> Path:
        return HERE / self.name / "inputs.py"


_HAND_POLARS = Case("by_hand_polars", "hand-polars")

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
        2_000_000,
        200,
        "the whole assessment of that many loans, against Polars and DuckDB by hand, which share our search for "
        "language; same decisions throughout",
        (
            Case("arrears", "arrears-polars"),
            Case("arrears", "arrears-duckdb"),
            _HAND_POLARS,
            Case("by_hand_duckdb", "hand-duckdb"),
        ),
        None,
        ("by_hand_polars", "by_hand_duckdb"),
    ),
    # pandas has no search for thousands of texts at once. Its side folds the transcripts of contacts that count and
    # asks each for one compiled expression of all entries, as a data team would, and looks at speakers, negations and
    # quotations of the hits only, so that the same is found. That alone is some two milliseconds a transcript, which
    # is why there are fewer loans.
    Suite(
        "assess",
        200_000,
        200,
        "the same against pandas with one regular expression of the lexicons, with fewer loans as it takes minutes",
        (
            Case("arrears", "arrears-polars"),
            Case("arrears", "arrears-duckdb"),
            Case("by_hand_pandas", "pandas", most_size=4_000_000, most_repeats=1),
        ),
        "by_hand_pandas",
    ),
    Suite(
        "assess",
        100_000,
        200,
        "the same on Spark in one machine, with fewer loans than the others have, as its own start weighs most there",
        (Case("arrears", "arrears-spark", least_size=1_000, most_repeats=1, needs="pyspark"), _HAND_POLARS),
        None,
        ("by_hand_polars",),
    ),
    Suite(
        "language",
        20_000,
        1,
        "look for the entries of the lexicons in that many transcripts, against a loop with the module re; same places",
        (Case("arrears", "polars"), Case("by_hand", "re", most_repeats=1)),
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
        "metro2",
        200_000,
        1,
        "check and print that many base records, against a loop over records with the same checks; same bytes",
        (Case("arrears", "polars"), Case("by_hand", "python")),
        "by_hand",
    ),
    Suite(
        "metro2_read",
        200_000,
        1,
        "read that many base records, against a loop over lines with the same checks",
        (Case("arrears", "polars"), Case("by_hand", "python")),
        "by_hand",
    ),
    Suite(
        "metro2_checks",
        400_000,
        100,
        "judge that many base records by all conditions that need no file before, part after part",
        (Case("arrears", "polars"), Case("arrears", "duckdb")),
        None,
    ),
    Suite(
        "pboc",
        1_000_000,
        1,
        "check and print that many loan accounts of 42 fields, against a loop that makes trees with lxml; same bytes",
        (Case("arrears", "polars"), Case("by_hand", "lxml", most_repeats=1, needs="lxml")),
        "by_hand",
    ),
    Suite(
        "pboc_read",
        1_000_000,
        1,
        "read that many loan accounts of 42 fields, against a loop that parses lines with lxml",
        (Case("arrears", "polars"), Case("by_hand", "lxml", most_repeats=1, needs="lxml")),
        "by_hand",
    ),
    Suite(
        "pboc_checks",
        400_000,
        100,
        "judge that many loan accounts of 42 fields by all checks of the centre, part after part",
        (Case("arrears", "polars"), Case("arrears", "duckdb")),
        None,
    ),
    Suite(
        "baihang",
        200_000,
        1,
        "check and print that many repayment records of Baihang, against a loop with the module json and the same "
        "checks; same bytes",
        (Case("arrears", "polars"), Case("by_hand", "json")),
        "by_hand",
    ),
    Suite(
        "baihang_read",
        200_000,
        1,
        "read that many repayment records of Baihang, against a loop with the module json and the same checks",
        (Case("arrears", "polars"), Case("by_hand", "json")),
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
        "seal_open",
        64,
        1,
        "decrypt and verify that many MiB, against two openssl commands in a pipe",
        (Case("arrears", "cryptography"), Case("by_hand", "openssl")),
        "by_hand",
    ),
    Suite(
        "upload",
        256,
        1,
        "upload that many MiB to an OpenSSH server on loopback, over one connection and in four parts at once, against "
        "the command sftp with the same cipher; same bytes",
        (
            Case("arrears", "arrears"),
            Case("arrears", "arrears-four-at-once"),
            Case("by_hand", "openssh-sftp"),
        ),
        "by_hand",
    ),
    Suite(
        "ledger",
        20_000,
        1,
        "write that many events on one page, against one executemany without hashes and states",
        (Case("arrears", "sqlite"), Case("arrears_bulk", "sqlite-arrow"), Case("by_hand", "sqlite")),
        "by_hand",
    ),
    Suite(
        "ledger",
        1_000_000,
        1,
        "the same of that many, given as an Arrow table",
        (Case("arrears_bulk", "sqlite-arrow"), Case("by_hand", "sqlite")),
        "by_hand",
    ),
    Suite(
        "ledger_verify",
        10_000_000,
        2,
        "verify a ledger of that many events with a process for each processor, and with one; the last side is the "
        "same check row by row",
        (
            Case("arrears", "columns", most_repeats=1),
            Case("one_process", "columns-one-process", most_repeats=1),
            Case("by_rows", "rows", most_size=2_000_000, most_repeats=1),
        ),
        None,
    ),
)
NAMES = tuple(dict.fromkeys(suite.name for suite in SUITES))
