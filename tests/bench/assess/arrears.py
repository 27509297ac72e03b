"""The whole assessment as `assess` makes it: all steps, findings and parties included, and the decisions collected."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pyarrow as pa

from lake.engine import collect, open_engine
from lake.judging import judge
from lake.lexicons import read_lexicons
from lake.snapshot import Lake
from schemas.policy import parse_policy
from tests.bench.assess.answers import decisions_answer
from transforms.books import Books

AS_OF = date(2026, 6, 30)
POLICIES = Path(__file__).resolve().parents[3] / "policies"


def load(folder: Path, engine: str):
    file = POLICIES / "cn-2018.toml"
    policy = parse_policy(file.read_text(encoding="utf-8"), file=file.name)
    lexicons = read_lexicons(POLICIES / "lexicons", policy.language.lexicons.value)
    opened = open_engine(engine.removeprefix("arrears-"), Lake(folder / "lake"), also_reads=[folder / "books"])
    return folder, opened, policy, lexicons


def run(loaded) -> pa.Table:
    folder, engine, policy, lexicons = loaded
    files = {book.name: sorted(book.glob("*.parquet")) for book in (folder / "books").iterdir()}
    books = Books(**engine.read(files))
    judged = judge(engine, books, AS_OF, policy, lexicons, folder / "evidence_files")
    return collect(judged.decisions)


def answer(loaded, decisions: pa.Table):
    folder, *_ = loaded
    return decisions_answer(folder, pl.DataFrame(pl.from_arrow(decisions)))
