"""What every side of the suite must agree on: each column of the decisions, row by row."""

from __future__ import annotations

import hashlib
from pathlib import Path

import polars as pl

from lake.polars_types import polars_schema
from transforms.decisions import decisions_dataset


def decisions_answer(folder: Path, decisions: pl.DataFrame) -> tuple[int, dict]:
    """How many loans the portfolio has, and a digest of each column of the decisions in the order of the loans."""
    contract = decisions_dataset()
    rows = decisions.select(pl.col(name).cast(kind) for name, kind in polars_schema(contract).items()).sort("loan_id")
    rules = [name for name in rows.columns if name[:1] in "EW" and name[1:].isdigit()]
    told = {
        "decisions": rows.height,
        "reportable": int(rows["is_reportable"].sum()),
        "failed": {rule: int((~rows[rule]).sum()) for rule in rules},
        "columns": {name: _digest(rows[name]) for name in rows.columns},
    }
    return loans_of(folder), told


def loans_of(folder: Path) -> int:
    return pl.scan_parquet(folder / "books" / "loans" / "*.parquet").select(pl.len()).collect().item()


def _digest(column: pl.Series) -> str:
    text = column.dt.epoch("us") if isinstance(column.dtype, pl.Datetime) else column
    return hashlib.sha256(text.to_frame().write_csv().encode()).hexdigest()[:12]
