"""The extracts of a made-up lender, and the keys that payments and contacts may refer to."""

from datetime import date
from pathlib import Path

import polars as pl

from lake.extract import read_extract
from sandbox.lender import make_lender
from schemas.datasets import DATASETS
from schemas.sources import parse_source_book

AS_OF = date(2026, 6, 30)


def prepare(folder: Path, size: int) -> None:
    facts = make_lender(folder / "lender", loans=size, seed=20180808, as_of_dates=[AS_OF])
    book = parse_source_book(facts.sources.read_text(encoding="utf-8"), file=facts.sources.name)
    for name, key in (("loans", "loan_id"), ("evidence", "evidence_id")):
        extract = read_extract(facts.extracts[AS_OF], book.datasets[name], DATASETS[name], book)
        extract.frame.select(pl.col(key).drop_nulls().unique().sort()).write_parquet(folder / f"{name}.parquet")
