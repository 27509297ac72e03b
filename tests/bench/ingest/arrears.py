"""Read and judge as `ingest` does, without keeping the rows in the lake between the two."""

from datetime import date
from pathlib import Path

import polars as pl

from lake.engine import collect, open_engine
from lake.extract import read_extract
from lake.snapshot import Lake
from schemas.datasets import DATASETS
from schemas.sources import parse_source_book
from transforms.quality import bad_rows, good_rows, judge_rows, rules_of

AS_OF = date(2026, 6, 30)
NAMES = ("payments", "contacts")


def load(folder: Path, engine: str):
    sources = folder / "lender" / "sources.toml"
    parents = {name: pl.read_parquet(folder / f"{name}.parquet") for name in ("loans", "evidence")}
    book = parse_source_book(sources.read_text(encoding="utf-8"), file=sources.name)
    return folder / "lender" / "extracts" / AS_OF.isoformat(), book, open_engine(engine, Lake(folder / "lake")), parents


def run(loaded):
    folder, book, engine, parents = loaded
    accepted = {name: engine.lazy(frame) for name, frame in parents.items()}
    results = {}
    for name in NAMES:
        dataset = DATASETS[name]
        extract = read_extract(folder, book.datasets[name], dataset, book)
        rows = engine.lazy(extract.frame)
        judged = engine.lazy(
            collect(judge_rows(rows, dataset, parents=accepted, as_of=AS_OF, time_zone=book.time_zone))
        )
        results[name] = (extract, judged, collect(good_rows(judged, dataset)), collect(bad_rows(judged, dataset)))
    return results


def answer(_loaded, results):
    told = {}
    for name, (extract, judged, good, bad) in results.items():
        outcomes = pl.DataFrame(collect(judged.select(*[rule.rule_id for rule in rules_of(DATASETS[name])])))
        broken = {rule_id: int((~outcomes[rule_id]).sum()) for rule_id in outcomes.columns}
        told[name] = {"good": good.num_rows, "bad": bad.num_rows + len(extract.ragged)}
        told[name]["broken"] = {rule_id: count for rule_id, count in broken.items() if count}
    return sum(each["good"] + each["bad"] for each in told.values()), told
