"""A file of loan accounts (210)."""

from pathlib import Path

import polars as pl

from delivery.bureaus import pboc
from delivery.formats.tagged_records import TaggedRecords
from tests.bench.pboc import inputs as records


def prepare(folder: Path, size: int) -> None:
    records.prepare(folder, size)
    frame = pl.read_parquet(folder / "records.parquet")
    with (folder / "records.txt").open("wb") as file:
        pboc.write(file, records.NAME, records.MADE_AT, [TaggedRecords(frame)])
