"""Records as a file is judged: part after part, on one engine or the other."""

from pathlib import Path

import duckdb
import narwhals as nw
import polars as pl


def parts_of(file: Path, part_records: int, engine: str) -> list:
    """The records of a Parquet file, so many together."""
    records = pl.read_parquet(file)
    return [lazy(records.slice(start, part_records), engine) for start in range(0, records.height, part_records)]


def lazy(frame: pl.DataFrame, engine: str):
    return nw.from_native(duckdb.from_arrow(frame.to_arrow()) if engine == "duckdb" else frame.lazy())


def rows_in(parts: list) -> int:
    return sum(part.select(nw.len()).collect("pyarrow").item() for part in parts)
