"""All conditions on base records of Metro 2 that need no file before, part after part as a file is judged."""

from collections import Counter
from pathlib import Path

from tests.bench.metro2.inputs import HEADER
from tests.bench.parts import parts_of, rows_in
from transforms.bureaus.metro2_checks import RecordFrames, findings_of, judge_records

PART_RECORDS = 100_000


def load(folder: Path, engine: str):
    return [RecordFrames(part) for part in parts_of(folder / "base.parquet", PART_RECORDS, engine)]


def run(parts):
    return [findings(part) for part in parts]


def findings(part):
    judged = judge_records(part, HEADER["activity_on"]).collect("polars").lazy()
    return findings_of(judged).collect("pyarrow").to_native()


def answer(parts, found):
    counts = Counter(name for table in found for name in table["condition_id"].to_pylist())
    return rows_in([part.base for part in parts]), {"findings": dict(sorted(counts.items()))}
