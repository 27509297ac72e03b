"""The writer of segmented fixed-width files; the file goes to disk."""

import hashlib
from pathlib import Path

import polars as pl

from delivery.bureaus import metro2
from delivery.formats.segmented_records import SegmentedRecords
from tests.bench.metro2.inputs import HEADER


def load(folder: Path, _engine: str):
    return SegmentedRecords(pl.read_parquet(folder / "base.parquet")), folder / "arrears.dat"


def run(loaded):
    records, path = loaded
    with path.open("wb") as file:
        metro2.write(file, HEADER, [records])
    return path


def answer(loaded, path):
    with path.open("rb") as file:
        return loaded[0].base.height, {"sha256": hashlib.file_digest(file, "sha256").hexdigest()}
