"""What holds for every DAG: it imports, is owned, explained, tagged and retried, and has only wiring in it."""

import ast
import os
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DAG_FILES = sorted((ROOT / "dags").glob("*.py"))
DAG_IDS = {"ingest", "assess", "notify", "report", "feedback"}


@pytest.fixture(scope="module")
def dags(tmp_path_factory):
    os.environ.setdefault("AIRFLOW_HOME", str(tmp_path_factory.mktemp("airflow")))
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(dag_folder=str(ROOT), safe_mode=True, bundle_path=ROOT)
    assert bag.import_errors == {}
    return bag.dags


def test_exactly_these_dags_are_found(dags) -> None:
    assert set(dags) == DAG_IDS
    assert {file.stem for file in DAG_FILES} == DAG_IDS
    assert {Path(dag.fileloc).parent for dag in dags.values()} == {ROOT / "dags"}


@pytest.mark.parametrize("dag_id", sorted(DAG_IDS))
def test_is_owned_explained_and_tagged(dags, dag_id: str) -> None:
    from orchestration.dag_defaults import OWNER, TAGS

    dag = dags[dag_id]
    assert {task.owner for task in dag.tasks} == {OWNER}
    assert dag.doc_md.strip().startswith(f"# {dag_id}: ")
    for needed in ("**Schedule**", "**When it fails**", "**Gives**"):
        assert needed in dag.doc_md
    assert dag.tags
    assert set(dag.tags) <= set(TAGS)


@pytest.mark.parametrize("dag_id", sorted(DAG_IDS))
def test_runs_one_at_a_time_and_never_catches_up(dags, dag_id: str) -> None:
    # With a start date Airflow would run the last scheduled date of the past as soon as the DAG is switched on.
    assert dags[dag_id].start_date is None
    assert dags[dag_id].catchup is False
    assert dags[dag_id].max_active_runs == 1


@pytest.mark.parametrize("dag_id", sorted(DAG_IDS))
def test_every_task_but_the_question_is_retried_unless_refused(dags, dag_id: str) -> None:
    from orchestration.refusal_policy import RefusalPolicy

    for task in dags[dag_id].tasks:
        if task.task_id == "ask":
            assert task.retries == 0
            continue
        assert task.retries >= 1
        assert isinstance(task.retry_policy, RefusalPolicy)


def test_the_gate_has_no_default_answer_and_stands_before_every_send(dags) -> None:
    report = dags["report"]
    gate = report.get_task("ask")
    assert gate.defaults is None
    assert gate.options == ["Release", "Hold"]
    assert gate.response_timeout == timedelta(minutes=2880)
    order = ["look_ahead", "freeze", "ask", "record_decision", "recheck", "seal", "send", "close"]
    assert set(report.task_ids) == set(order)
    for earlier, later in pairwise(order):
        assert later in report.get_task(earlier).get_flat_relative_ids(upstream=False)


def test_the_dags_hang_together_by_assets(dags) -> None:
    from orchestration import assets

    outlets = {dag_id: {asset.name for task in dag.tasks for asset in task.outlets} for dag_id, dag in dags.items()}
    assert outlets == {
        "ingest": {assets.BOOK.name},
        "assess": {assets.ASSESSMENT.name},
        "notify": {assets.NOTICES.name},
        "report": {assets.REPORT.name},
        "feedback": {assets.FEEDBACK.name},
    }
    assert dags["assess"].timetable.asset_condition == assets.BOOK
    assert dags["notify"].timetable.asset_condition == assets.ASSESSMENT


@pytest.mark.parametrize("file", DAG_FILES, ids=lambda file: file.stem)
def test_has_only_wiring_in_it(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 130
    tree = ast.parse(text)
    forbidden = (ast.For, ast.While, ast.If, ast.Try, ast.With, ast.ClassDef)
    assert [type(node).__name__ for node in ast.walk(tree) if isinstance(node, forbidden)] == []
    imported = {
        node.module.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module
    }
    assert imported <= {"__future__", "typing", "datetime", "airflow", "orchestration", "schemas"}
