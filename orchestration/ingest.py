"""The steps of `ingest`: extracts are read into the lake, judged row by row, validated and published as one book."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from expectations.datasets import validate_dataset
from expectations.outcome import SuiteOutcome
from lake.book import publish_book as publish_in_lake
from lake.engine import Engine, collect
from lake.extract import read_extract as read_in_lake
from lake.quarantine import quarantine_rows
from lake.snapshot import SnapshotRef
from lake.staged_extract import StagedExtract, stage_extract
from orchestration.digests import sha256_hex
from orchestration.engines import deployed_engine
from orchestration.task_run import TaskRun
from schemas.dataset import Dataset
from schemas.datasets import QUARANTINE
from schemas.errors import ArrearsError
from schemas.errors.approval import ROWS_LOST, VALIDATION_FAILED
from transforms.quality import bad_rows, critical_rules_of, good_rows, judge_rows, parents_of


def dataset_names(run: TaskRun) -> list[str]:
    """Names of the datasets that the lender gives."""
    return [dataset.name for dataset in run.site.source_book().given]


def read_extract(run: TaskRun, dataset_name: str) -> dict[str, Any]:
    """Read one dataset's files of the business date and keep the parsed rows for the step that judges them.

    Returns:
        the staged extract as JSON: references, file names, counts.

    Raises:
        ArrearsError: see `lake.extract.read_extract`.
    """
    book = run.site.source_book()
    dataset = next(each for each in book.given if each.name == dataset_name)
    folder = run.site.extracts / run.as_of.isoformat()
    extract = read_in_lake(folder, book.datasets[dataset_name], dataset, book)
    return stage_extract(run.lake, extract, dataset, as_of=run.as_of, made_by="task:ingest.read_extract").to_json()


@dataclass(frozen=True)
class _Judged:
    """One dataset after judging: what is published, what is kept out, what the suite found."""

    snapshot: SnapshotRef
    quarantine: tuple[pa.Table, ...]
    facts: dict[str, Any]
    outcome: SuiteOutcome


def publish_book(run: TaskRun, staged: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Judge all rows, parents before children, keep the broken out and publish the rest as one book.

    Returns:
        as_of, book_id, and the rows published and kept out.

    Raises:
        ArrearsError: `VALIDATION_FAILED` naming each dataset, rule and the report; nothing is published then.
            `ROWS_LOST` when rows read, published and kept out don't add up.
    """
    extracts = {item["dataset"]: StagedExtract.from_json(item) for item in staged}
    engine = deployed_engine(run.site.engine, run.lake)
    docs_run = _docs_run(run, extracts)
    judged: dict[str, _Judged] = {}
    for dataset in run.site.source_book().given:
        judged[dataset.name] = _judge(run, engine, dataset, extracts[dataset.name], judged, docs_run)
    docs_url = f"/arrears/validation/{docs_run}/index.html"
    _require_success(run, judged, docs_url)
    quarantine = run.lake.publish(
        QUARANTINE,
        [table for item in judged.values() for table in item.quarantine],
        as_of=run.as_of,
        source=[item.rows for item in extracts.values()],
        made_by="task:ingest.publish_book",
    )
    facts = {"datasets": {name: item.facts for name, item in judged.items()}, "docs_url": docs_url}
    snapshots = {**{name: item.snapshot for name, item in judged.items()}, QUARANTINE.name: quarantine}
    ref = publish_in_lake(run.lake, run.as_of, snapshots, facts)
    run.ledger.write_page(
        key=f"ingest/{run.as_of}/{ref.book_id}",
        kind="ingest",
        actor="task:ingest.publish_book",
        content={
            **ref.to_json(),
            **facts,
            "snapshots": {name: snapshot.to_json() for name, snapshot in snapshots.items()},
        },
        written_at=run.clock.now(),
    )
    return {
        **ref.to_json(),
        "published_rows": sum(item.facts["published_rows"] for item in judged.values()),
        "quarantined_rows": sum(item.facts["quarantined_rows"] for item in judged.values()),
        "docs_url": docs_url,
    }


def _docs_run(run: TaskRun, extracts: Mapping[str, StagedExtract]) -> str:
    """The folder of the validation report: one for each business date and content of the extracts."""
    identity = "".join(sorted(item.rows.snapshot_id for item in extracts.values()))
    return f"ingest-{run.as_of}-{sha256_hex(identity.encode())[:12]}"


def _judge(
    run: TaskRun,
    engine: Engine,
    dataset: Dataset,
    extract: StagedExtract,
    parents: Mapping[str, _Judged],
    docs_run: str,
) -> _Judged:
    accepted = engine.scan({name: parents[name].snapshot for name in parents_of(dataset)})
    rows = engine.scan({dataset.name: extract.rows})[dataset.name]
    judged = engine.lazy(
        collect(
            judge_rows(rows, dataset, parents=accepted, as_of=run.as_of, time_zone=run.site.source_book().time_zone)
        )
    )
    good, bad = collect(good_rows(judged, dataset)), collect(bad_rows(judged, dataset))
    snapshot = run.lake.publish(
        dataset, good, as_of=run.as_of, source=[extract.rows], made_by="task:ingest.publish_book"
    )
    outcome = validate_dataset(
        judged,
        dataset,
        published=pq.read_schema(run.lake.files(snapshot)[0]),
        published_rows=snapshot.rows,
        max_quarantine_share=run.policy.ingest.max_quarantine_share.value,
        docs_folder=run.site.data_docs / docs_run,
    )
    ragged = collect(engine.scan({QUARANTINE.name: extract.ragged})[QUARANTINE.name])
    broken = quarantine_rows(bad, dataset, critical_rules_of(dataset)).to_arrow()
    return _Judged(snapshot, (broken, ragged), _facts(run, dataset, extract, snapshot, bad, outcome), outcome)


def _facts(
    run: TaskRun, dataset: Dataset, extract: StagedExtract, snapshot: SnapshotRef, bad: pa.Table, outcome: SuiteOutcome
) -> dict[str, Any]:
    kept_out = bad.num_rows + extract.ragged.rows
    read = sum(file.rows for file in extract.files)
    if read != snapshot.rows + kept_out:
        raise ArrearsError(ROWS_LOST, dataset=dataset.name, read=read, published=snapshot.rows, kept_out=kept_out)
    return {
        "files": [file.to_json() for file in extract.files],
        "read_rows": read,
        "published_rows": snapshot.rows,
        "quarantined_rows": kept_out,
        "totals": dict(run.lake.read_manifest(snapshot).totals),
        "warnings": [finding.as_json() for finding in outcome.warnings],
    }


def _require_success(run: TaskRun, judged: Mapping[str, _Judged], docs_url: str) -> None:
    failed = {
        name: [finding.rule_id for finding in item.outcome.critical]
        for name, item in judged.items()
        if not item.outcome.is_success
    }
    if failed:
        raise ArrearsError(VALIDATION_FAILED, as_of=run.as_of, rules=failed, report=docs_url)
