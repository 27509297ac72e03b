"""A file of base records of Metro 2."""

from pathlib import Path

import polars as pl

from delivery.bureaus import metro2
from delivery.formats.segmented_records import SegmentedRecords
from tests.bench.metro2 import inputs as records


def prepare(folder: Path, size: int) -> None:
    records.prepare(folder, size)
    base = pl.read_parquet(folder / "base.parquet")
    with (folder / "records.dat").open("wb") as file:
        metro2.write(file, records.HEADER, [SegmentedRecords(base)])
