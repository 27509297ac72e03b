"""The writer of tagged records, with all its checks."""

import hashlib
from pathlib import Path

import polars as pl

from delivery.bureaus import pboc
from delivery.formats.tagged_records import TaggedRecords
from tests.bench.pboc.inputs import MADE_AT, NAME


def load(folder: Path, _engine: str):
    return TaggedRecords(pl.read_parquet(folder / "records.parquet")), folder / "arrears.txt"


def run(loaded):
    records, path = loaded
    with path.open("wb") as file:
        pboc.write(file, NAME, MADE_AT, [records])
    return path


def answer(loaded, path):
    with path.open("rb") as file:
        return loaded[0].height, {"sha256": hashlib.file_digest(file, "sha256").hexdigest()}
