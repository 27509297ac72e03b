"""All checks of the PBoC's credit reference centre on records of accounts, part after part as a file is judged."""

from collections import Counter
from pathlib import Path

import duckdb
import narwhals as nw
import polars as pl

from tests.bench.pboc.inputs import LAYOUT, MADE_AT, NAME
from transforms.bureaus.pboc_checks import PbocFrames, judge_part

PART_RECORDS = 200_000
PROVIDER = NAME.segment_code


def load(folder: Path, engine: str):
    records = pl.read_parquet(folder / "records.parquet")
    parts = [records.slice(start, PART_RECORDS) for start in range(0, records.height, PART_RECORDS)]
    no_groups = {
        path: pl.DataFrame(schema={"record_no": pl.Int64, **{item.tag: pl.String for item in group.items}})
        for path, group in LAYOUT.groups.items()
    }
    return [PbocFrames(lazy(part, engine), {p: lazy(g, engine) for p, g in no_groups.items()}) for part in parts]


def lazy(frame, engine):
    return nw.from_native(duckdb.from_arrow(frame.to_arrow()) if engine == "duckdb" else frame.lazy())


def run(parts):
    return [
        judge_part(part, "210", MADE_AT, None, {PROVIDER}, provider=PROVIDER).collect("pyarrow").to_native()
        for part in parts
    ]


def answer(parts, found):
    rows = sum(part.records.select(nw.len()).collect("pyarrow").item() for part in parts)
    counts = Counter(code for table in found for code in table["code"].to_pylist())
    return rows, {"findings": dict(sorted(counts.items()))}
