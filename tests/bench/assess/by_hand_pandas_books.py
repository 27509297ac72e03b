"""The books as pandas frames: amounts are cents, dates timestamps, as objects would take ten times as long."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

AS_OF = pd.Timestamp("2026-06-30")
LOOK_BACK_FROM = AS_OF - pd.DateOffset(months=24)


def read(folder: Path, name: str, columns: list[str] | None = None) -> pd.DataFrame:
    """Amounts as cents and dates as timestamps."""
    table = pq.read_table(folder / "books" / name, columns=columns)
    for place, field in enumerate(table.schema):
        if pa.types.is_decimal(field.type):
            column = table[field.name].cast(pa.float64())
            table = table.set_column(place, field.name, column)
        if pa.types.is_date(field.type):
            table = table.set_column(place, field.name, table[field.name].cast(pa.timestamp("us")))
    frame = table.to_pandas()
    for name in frame.columns:
        if name.endswith(("_due", "_amount")):
            frame[name] = (frame[name] * 100).round().fillna(0).astype("int64")
    return frame
