"""A whole assessment on Polars, on DuckDB and on a Spark cluster of two executors gives the same rows."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pytest

import lake.evidence as evidence_module
from lake.duckdb_engine import DuckDbEngine
from lake.engine import collect, collect_dataset, open_engine
from lake.judged import Judged
from lake.judging import judge, judge_unseen
from lake.snapshot import Lake, SnapshotRef
from schemas.datasets import QUARANTINE, REPORTED, SOURCES
from schemas.lexicon import Lexicon
from schemas.policy import Policy
from tests.spark_cluster import MASTER, events_of, fresh_spark
from tests.transforms.portfolios import random_portfolio
from transforms.books import Books

AS_OF = date(2026, 6, 15)
LOANS = 150
LEXICON = Lexicon.model_validate(
    {
        "name": "few",
        "version": 1,
        "language": "zh",
        "speakers": {"collector": ["催收员"], "borrower": ["借款人"], "other": ["旁人"]},
        "negation": {"words": ["不会"], "ends": ["，"], "reach_characters": 6},
        "quotation_cues": ["您说"],
        "groups": {
            "threats": {"language_code": "threat", "source": "for this test", "mark": "C", "phrases": ["打断你的腿"]},
            "insults": {"language_code": "insult", "source": "for this test", "mark": "C", "phrases": ["老赖"]},
        },
    }
)
LINES = ("催收员：您好", "借款人：在", "打断你的腿", "催收员：不会打断你的腿", "催收员：您说“老赖”", "催收员:老赖!")
DERIVED = (
    "arrears",
    "language_findings",
    "conduct_findings",
    "effort",
    "evidence_findings",
    "decisions",
    "party_decisions",
)


@dataclass(frozen=True)
class Assessed:
    """What one engine gave, by name of the dataset, and of Spark what it noted before anything was collected."""

    tables: dict[str, pa.Table]
    events: tuple[Path, ...] = ()
    rows_collected: tuple[int, ...] = ()


@dataclass(frozen=True)
class Case:
    """A portfolio as snapshots, and its files of evidence."""

    lake: Lake
    refs: dict[str, SnapshotRef]
    evidence_root: Path


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    folder, random = tmp_path_factory.mktemp("portfolio"), Random(20260615)
    lake, root = Lake(folder / "lake"), folder / "evidence"
    root.mkdir()
    rows = random_portfolio(random, LOANS, AS_OF)
    for contact in rows["contacts"]:
        if random.random() < 0.2:
            contact["transcript"] = "\n".join(random.choices(LINES, weights=(20, 20, 1, 1, 1, 1), k=4))
    for row in rows["evidence"]:
        content = row["evidence_id"].encode()
        row |= {"file_bytes": len(content), "file_sha256": hashlib.sha256(content).hexdigest()}
        kept = random.choices((content, content[:-1], content[:-1] + b"?", None), weights=(40, 1, 1, 1))[0]
        if kept is not None:
            (root / row["file_path"]).write_bytes(kept)
    refs = {
        dataset.name: lake.publish(
            dataset,
            pa.Table.from_pylist(rows[dataset.name], dataset.arrow_schema()),
            as_of=AS_OF,
            made_by="test",
        )
        for dataset in (*SOURCES, QUARANTINE, REPORTED)
    }
    return Case(lake, refs, root)


def judged(case: Case, policy: Policy, engine: str, **settings: Any) -> Judged:
    opened = open_engine(engine, case.lake, **settings)
    return judge(opened, Books(**opened.scan(case.refs)), AS_OF, policy, [LEXICON], case.evidence_root)


def collected(frames: Judged) -> dict[str, pa.Table]:
    return {dataset.name: collect_dataset(frame, dataset) for dataset, frame in frames.named()}


@pytest.fixture(scope="module")
def on_polars(case: Case, policy: Policy) -> Assessed:
    return Assessed(collected(judged(case, policy, "polars")))


@pytest.fixture(scope="module")
def on_duckdb(case: Case, policy: Policy) -> Assessed:
    return Assessed(collected(judged(case, policy, "duckdb")))


@pytest.fixture(scope="module")
def on_spark(case: Case, policy: Policy, tmp_path_factory: pytest.TempPathFactory) -> Assessed:
    with fresh_spark(tmp_path_factory.mktemp("cluster")) as events, pytest.MonkeyPatch.context() as patch:
        rows_collected: list[int] = []
        spy_on_collecting(patch, rows_collected)
        frames = judged(case, policy, "spark", master=MASTER)
        before = tuple(rows_collected)
        tables = collected(frames)
    return Assessed(tables, tuple(events.iterdir()), before)


def spy_on_collecting(patch: pytest.MonkeyPatch, rows_collected: list[int]) -> None:
    """Counts the rows that each way of bringing rows into Python brings."""
    from pyspark.sql.classic.dataframe import DataFrame

    def counting(original: Callable) -> Callable:
        def collect(*arguments: Any, **named: Any) -> Any:
            result = original(*arguments, **named)
            rows_collected.append(result.num_rows if isinstance(result, pa.Table) else len(result))
            return result

        return collect

    for name in ("collect", "toArrow"):
        patch.setattr(DataFrame, name, counting(getattr(DataFrame, name)))


@pytest.mark.parametrize("name", DERIVED)
def test_all_engines_give_the_same_rows(
    on_polars: Assessed, on_duckdb: Assessed, on_spark: Assessed, name: str
) -> None:
    assert set(on_polars.tables) == set(DERIVED)
    expected = on_polars.tables[name]
    assert expected.num_rows > 10
    assert on_duckdb.tables[name].equals(expected)
    assert on_spark.tables[name].schema.equals(expected.schema, check_metadata=True)
    assert on_spark.tables[name].equals(expected)


@pytest.mark.parametrize("engine", ["polars", "duckdb"])
@pytest.mark.parametrize("is_seen", [True, False])
def test_in_parts_the_rows_are_the_same(case: Case, policy: Policy, engine: str, is_seen: bool) -> None:
    """Three parts of files that are in no order of loans, with evidence looked at and without."""
    at_once, in_parts = (open_engine(engine, case.lake, loans_together=loans) for loans in (LOANS, LOANS // 3 + 1))
    tables = [
        collected(
            judge(opened, Books(**opened.scan(case.refs)), AS_OF, policy, [LEXICON], case.evidence_root)
            if is_seen
            else judge_unseen(opened, Books(**opened.scan(case.refs)), AS_OF, policy, [LEXICON])
        )
        for opened in (at_once, in_parts)
    ]
    assert list(case.lake.staging.rglob("*-decisions/00002.parquet"))
    assert all(tables[0][name].num_rows > 10 for name in DERIVED)
    assert tables[1] == tables[0]


def test_in_parts_each_file_of_evidence_is_read_once(
    case: Case, policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[Path] = []
    original = evidence_module.check_evidence

    def counting(root: Path, evidence: Any) -> Any:
        reads.append(root)
        return original(root, evidence)

    monkeypatch.setattr("lake.polars_engine.check_evidence", counting)
    collected(judged(case, policy, "polars", loans_together=LOANS // 8))
    assert reads == [case.evidence_root]


def test_what_duckdb_kept_for_a_part_is_dropped_after_it(case: Case, policy: Policy) -> None:
    opened = open_engine("duckdb", case.lake, loans_together=LOANS // 2 + 1)
    assert isinstance(opened, DuckDbEngine)
    outside = opened.keep(opened.lazy(pa.table({"loan_id": ["L1"]})))
    judge(opened, Books(**opened.scan(case.refs)), AS_OF, policy, [LEXICON], case.evidence_root)
    assert opened._connection.execute("SHOW TABLES").fetchall() == [("kept_1",)]
    assert collect(outside)["loan_id"].to_pylist() == ["L1"]


def test_the_portfolio_has_every_kind_of_outcome(on_polars: Assessed) -> None:
    found = {name: on_polars.tables[name] for name in DERIVED}
    assert set(found["decisions"]["is_reportable"].to_pylist()) == {True, False}
    assert set(found["evidence_findings"]["finding_code"].to_pylist()) >= {"intact", "missing", "wrong_size", "altered"}
    assert set(found["conduct_findings"]["rule_id"].to_pylist()) >= {
        "E0301",
        "E0302",
        "E0303",
        "E0304",
        "E0305",
        "E0308",
    }


def test_no_row_comes_to_the_driver_before_the_results_are_asked_for(on_spark: Assessed) -> None:
    """Of each step Spark writes the rows where they are, and gives back the one row of counts of the contract.

    Spark's own log names every action; how many rows Python got from each is counted beside it.
    """
    kinds = [
        event["description"].partition(" at ")[0]
        for event in events_of(on_spark.events, "SparkListenerSQLExecutionStart")
        if event["rootExecutionId"] == event["executionId"]
    ]
    steps, results = kinds[: -len(DERIVED)], kinds[-len(DERIVED) :]
    assert results == ["toArrow"] * len(DERIVED)
    assert set(steps) == {"parquet", "collect"}
    assert steps.count("collect") == len(DERIVED)
    assert on_spark.rows_collected == (1,) * len(DERIVED)


def test_no_job_runs_outside_of_these_actions(on_spark: Assessed) -> None:
    jobs = events_of(on_spark.events, "SparkListenerJobStart")
    assert jobs
    assert all("spark.sql.execution.id" in job["Properties"] for job in jobs)


def test_both_executors_work_and_the_driver_does_not(on_spark: Assessed) -> None:
    tasks = events_of(on_spark.events, "SparkListenerTaskEnd")
    assert {task["Task Info"]["Executor ID"] for task in tasks} == {"0", "1"}
    assert {task["Task End Reason"]["Reason"] for task in tasks} == {"Success"}
