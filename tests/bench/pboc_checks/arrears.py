"""All checks of the PBoC's credit reference centre on records of accounts, part after part as a file is judged."""

from collections import Counter
from pathlib import Path

import polars as pl

from tests.bench.parts import lazy, parts_of, rows_in
from tests.bench.pboc.inputs import LAYOUT, MADE_AT, NAME
from transforms.bureaus.pboc_checks import PbocFrames, judge_part

PART_RECORDS = 200_000
PROVIDER = NAME.segment_code


def load(folder: Path, engine: str):
    no_groups = {
        path: pl.DataFrame(schema={"record_no": pl.Int64, **{item.tag: pl.String for item in group.items}})
        for path, group in LAYOUT.groups.items()
    }
    groups = {path: lazy(rows, engine) for path, rows in no_groups.items()}
    return [PbocFrames(part, groups) for part in parts_of(folder / "records.parquet", PART_RECORDS, engine)]


def run(parts):
    return [
        judge_part(part, "210", MADE_AT, None, {PROVIDER}, provider=PROVIDER).collect("pyarrow").to_native()
        for part in parts
    ]


def answer(parts, found):
    counts = Counter(code for table in found for code in table["code"].to_pylist())
    return rows_in([part.records for part in parts]), {"findings": dict(sorted(counts.items()))}
