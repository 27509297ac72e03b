"""Who may do what in Airflow, asked of the running api-server.

The run that is named does not exist: who may do a thing is told that it is missing (404), who may not is refused (403),
and nothing is changed.
"""

import pytest

from sandbox.airflow_access import (
    READS,
    SECRETS,
    WRITES,
    statuses,
    try_to_answer,
    try_to_read_audit_log,
)
from sandbox.airflow_api import TaskAddress

NOWHERE = TaskAddress("report", "no-such-run", "ask")
REFUSED, MISSING, FOUND = 403, 404, 200
USERS = ("operator", "risk1", "risk2", "auditor")


@pytest.mark.parametrize("name", USERS)
def test_everybody_reads_runs_tasks_questions_and_plugin_pages(site, name: str) -> None:
    with site.api(name) as api:
        assert statuses(api, NOWHERE, READS) == {
            "run": MISSING,
            "task": MISSING,
            "question": MISSING,
            "plugins": FOUND,
        }


@pytest.mark.parametrize("name", ["risk1", "risk2", "auditor"])
def test_only_the_operator_changes_runs_and_tasks(site, name: str) -> None:
    with site.api(name) as api:
        assert set(statuses(api, NOWHERE, WRITES).values()) == {REFUSED}


def test_the_operator_changes_runs_and_tasks_but_forges_no_xcom(site) -> None:
    harmless = {attempt: WRITES[attempt] for attempt in ("mark task", "clear task", "mark run", "forge xcom")}
    with site.api("operator") as api:
        assert statuses(api, NOWHERE, harmless) == {
            "mark task": MISSING,
            "clear task": MISSING,
            "mark run": MISSING,
            "forge xcom": REFUSED,
        }


@pytest.mark.parametrize(
    ("name", "status"), [("operator", REFUSED), ("risk1", MISSING), ("risk2", MISSING), ("auditor", REFUSED)]
)
def test_only_risk_staff_answer(site, name: str, status: int) -> None:
    with site.api(name) as api:
        assert try_to_answer(api, NOWHERE, "Release") == status


@pytest.mark.parametrize("name", ["risk1", "auditor"])
def test_risk_staff_answer_for_the_report_only(site, name: str) -> None:
    with site.api(name) as api:
        assert try_to_answer(api, TaskAddress("ingest", "no-such-run", "ask"), "Release") == REFUSED


@pytest.mark.parametrize("name", USERS)
def test_nobody_sees_connections_or_variables(site, name: str) -> None:
    with site.api(name) as api:
        assert set(statuses(api, NOWHERE, SECRETS).values()) == {REFUSED}


@pytest.mark.parametrize(
    ("name", "status"), [("operator", REFUSED), ("risk1", REFUSED), ("risk2", REFUSED), ("auditor", FOUND)]
)
def test_only_the_auditor_reads_the_audit_log(site, name: str, status: int) -> None:
    with site.api(name) as api:
        assert try_to_read_audit_log(api, NOWHERE) == status
