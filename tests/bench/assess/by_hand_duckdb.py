"""The assessment as an expert of DuckDB would write it by hand for this one policy, as fast as can be.

Money is cents, loans are numbers as soon as they are known to matter. Transcripts go to `by_hand_language`, evidence
files to `lake.evidence`.
"""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import polars as pl

from lake.evidence import check_evidence
from tests.bench.assess.answers import decisions_answer
from tests.bench.assess.by_hand_language import contacts_at_fault, lexicons
from transforms.decisions import decisions_dataset

SQL = [Path(__file__).with_name(f"by_hand_duckdb_{name}.sql") for name in ("arrears", "decisions")]
STEP = re.compile(r"^-- step (\w+).*\n", re.MULTILINE)


def load(folder: Path, _engine: str):
    return folder, lexicons()


def run(loaded) -> pl.DataFrame:
    folder, known = loaded
    connection = duckdb.connect(config={"threads": 2, "memory_limit": "2GB", "temp_directory": str(folder / "spill")})
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET preserve_insertion_order = false")
    for book in (folder / "books").iterdir():
        connection.execute(f"CREATE VIEW {book.name} AS FROM read_parquet('{book}/*.parquet')")
    _, *parts = STEP.split("\n".join(file.read_text(encoding="utf-8") for file in SQL))
    steps = dict(zip(parts[::2], parts[1::2], strict=True))
    connection.execute(steps["arrears"])
    connection.execute(steps["contacts"])
    spoken = connection.sql(
        "SELECT contact_id, loan_id, contacted_at, transcript FROM contact WHERE transcript IS NOT NULL"
    ).pl()
    connection.register("rude", contacts_at_fault(spoken, known).to_frame().to_arrow())
    connection.execute(steps["effort"])
    connection.execute(steps["facts"])
    connection.execute(steps["if_intact"])
    to_check = connection.sql(
        "SELECT evidence.* FROM evidence_of_arrears evidence SEMI JOIN hopeful USING (loan_id)"
    ).pl()
    connection.register("found", check_evidence(folder / "evidence_files", to_check))
    connection.execute(steps["as_found"])
    columns = ", ".join(decisions_dataset().field_names)
    return connection.sql(f"SELECT {columns} FROM decisions ORDER BY loan_id").pl()


def answer(loaded, decisions: pl.DataFrame):
    folder, _ = loaded
    return decisions_answer(folder, decisions)
