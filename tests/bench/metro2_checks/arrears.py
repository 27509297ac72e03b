"""All conditions on base records of Metro 2 that need no file before, part after part as a file is judged."""

from collections import Counter
from pathlib import Path

import duckdb
import narwhals as nw
import polars as pl

from tests.bench.metro2.inputs import HEADER
from transforms.bureaus.metro2_checks import RecordFrames, findings_of, judge_records

PART_RECORDS = 100_000


def load(folder: Path, engine: str):
    records = pl.read_parquet(folder / "base.parquet")
    parts = [records.slice(start, PART_RECORDS) for start in range(0, records.height, PART_RECORDS)]
    return [RecordFrames(lazy(part, engine)) for part in parts]


def lazy(frame, engine):
    return nw.from_native(duckdb.from_arrow(frame.to_arrow()) if engine == "duckdb" else frame.lazy())


def run(parts):
    return [findings(part) for part in parts]


def findings(part):
    judged = judge_records(part, HEADER["activity_on"]).collect("polars").lazy()
    return findings_of(judged).collect("pyarrow").to_native()


def answer(parts, found):
    rows = sum(part.base.select(nw.len()).collect("pyarrow").item() for part in parts)
    counts = Counter(name for table in found for name in table["condition_id"].to_pylist())
    return rows, {"findings": dict(sorted(counts.items()))}
