"""The books of a made-up lender in a lake, judged as `ingest` does, and all evidence found intact."""

import json
from datetime import date
from pathlib import Path

import polars as pl

from lake.engine import collect, open_engine
from lake.extract import read_extract
from lake.quarantine import quarantine_rows
from lake.snapshot import Lake
from sandbox.lender import make_lender
from schemas.datasets import EVIDENCE_FINDINGS, QUARANTINE, SOURCES
from schemas.sources import parse_source_book
from transforms.quality import bad_rows, critical_rules_of, good_rows, judge_rows

AS_OF = date(2026, 6, 30)


def prepare(folder: Path, size: int) -> None:
    facts = make_lender(folder / "lender", loans=size, seed=20180808, as_of_dates=[AS_OF])
    book = parse_source_book(facts.sources.read_text(encoding="utf-8"), file=facts.sources.name)
    lake = Lake(folder / "lake")
    engine = open_engine("polars", lake)
    refs, quarantined = {}, []
    for dataset in SOURCES:
        rows = engine.lazy(read_extract(facts.extracts[AS_OF], book.datasets[dataset.name], dataset, book).frame)
        parents = engine.scan({each.dataset: refs[each.dataset] for each in dataset.references})
        judged = engine.lazy(collect(judge_rows(rows, dataset, parents=parents, as_of=AS_OF, time_zone=book.time_zone)))
        good = collect(good_rows(judged, dataset))
        refs[dataset.name] = lake.publish(dataset, good, as_of=AS_OF, made_by="bench")
        quarantined.append(quarantine_rows(collect(bad_rows(judged, dataset)), dataset, critical_rules_of(dataset)))
        if dataset.name == "evidence":
            evidence = pl.DataFrame(good)
    refs["quarantine"] = lake.publish(QUARANTINE, quarantined, as_of=AS_OF, made_by="bench")
    findings = evidence.with_columns(pl.lit("intact").alias("finding_code")).select(EVIDENCE_FINDINGS.field_names)
    refs["evidence_findings"] = lake.publish(EVIDENCE_FINDINGS, findings, as_of=AS_OF, made_by="bench")
    (folder / "refs.json").write_text(json.dumps({name: ref.to_json() for name, ref in refs.items()}))
    files = {name: [str(path) for path in lake.files(ref)] for name, ref in refs.items()}
    (folder / "files.json").write_text(json.dumps(files))
