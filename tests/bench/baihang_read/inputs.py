"""A file of repayment records (D3) of Baihang."""

from pathlib import Path

import polars as pl

from delivery.bureaus import baihang
from tests.bench.baihang import inputs as records


def prepare(folder: Path, size: int) -> None:
    records.prepare(folder, size)
    with (folder / "records.txt").open("wb") as file:
        baihang.write(file, "D3", [pl.read_parquet(folder / "records.parquet")])
