"""What a user tries to do through Airflow's REST API, each giving its status: proves the roles on a running Airflow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from sandbox.airflow_api import AirflowApi, TaskAddress, run_path

REFUSED = 403

Attempt = Callable[[AirflowApi, TaskAddress], int]


def try_to_answer(api: AirflowApi, task: TaskAddress, option: str, fields: Mapping[str, Any] | None = None) -> int:
    """Answers a human-in-the-loop request."""
    body = {"chosen_options": [option], "params_input": dict(fields or {})}
    return api.ask("PATCH", f"{task.path}/hitlDetails", body).status_code


def try_to_mark_success(api: AirflowApi, task: TaskAddress) -> int:
    """Walks around a task by marking it."""
    return api.ask("PATCH", task.unmapped_path, {"new_state": "success"}).status_code


def try_to_clear(api: AirflowApi, task: TaskAddress) -> int:
    """Has a task run again."""
    body = {"dry_run": False, "dag_run_id": task.run_id, "task_ids": [task.task_id], "only_failed": False}
    return api.ask("POST", f"/dags/{quote(task.dag_id, safe='')}/clearTaskInstances", body).status_code


def try_to_trigger(api: AirflowApi, task: TaskAddress) -> int:
    """Starts a run of the task's DAG."""
    body: dict[str, object] = {"logical_date": None, "conf": {}}
    return api.ask("POST", f"/dags/{quote(task.dag_id, safe='')}/dagRuns", body).status_code


def try_to_mark_run(api: AirflowApi, task: TaskAddress) -> int:
    """Marks the whole run as failed."""
    return api.ask("PATCH", run_path(task.dag_id, task.run_id), {"state": "failed"}).status_code


def try_to_write_xcom(api: AirflowApi, task: TaskAddress) -> int:
    """Forges what a task gave to the next, such as an approval."""
    body = {"key": "forged", "value": {"chosen_options": ["Release"]}, "map_index": task.map_index}
    return api.ask("POST", f"{task.unmapped_path}/xcomEntries", body).status_code


def try_to_read_run(api: AirflowApi, task: TaskAddress) -> int:
    """Reads the run."""
    return api.ask("GET", run_path(task.dag_id, task.run_id)).status_code


def try_to_read_task(api: AirflowApi, task: TaskAddress) -> int:
    """Reads the task instance."""
    return api.ask("GET", task.unmapped_path).status_code


def try_to_read_question(api: AirflowApi, task: TaskAddress) -> int:
    """Reads the human-in-the-loop request, answered or not."""
    return api.ask("GET", f"{task.path}/hitlDetails").status_code


def try_to_read_audit_log(api: AirflowApi, task: TaskAddress) -> int:
    """Reads Airflow's log of who did what to the DAG."""
    return api.ask("GET", f"/eventLogs?dag_id={quote(task.dag_id, safe='')}&limit=1").status_code


def try_to_read_plugins(api: AirflowApi, _task: TaskAddress) -> int:
    """Reads what the plugins' pages are guarded by: `AccessView.PLUGINS`."""
    return api.ask("GET", "/plugins?limit=1").status_code


def try_to_read_connections(api: AirflowApi, _task: TaskAddress) -> int:
    """Reads connections, which hold secrets."""
    return api.ask("GET", "/connections?limit=1").status_code


def try_to_read_variables(api: AirflowApi, _task: TaskAddress) -> int:
    """Reads variables."""
    return api.ask("GET", "/variables?limit=1").status_code


def try_to_add_connection(api: AirflowApi, _task: TaskAddress) -> int:
    """Adds a connection."""
    return api.ask("POST", "/connections", {"connection_id": "forged", "conn_type": "sftp"}).status_code


READS: Mapping[str, Attempt] = {
    "run": try_to_read_run,
    "task": try_to_read_task,
    "question": try_to_read_question,
    "plugins": try_to_read_plugins,
}
WRITES: Mapping[str, Attempt] = {
    "mark task": try_to_mark_success,
    "clear task": try_to_clear,
    "trigger": try_to_trigger,
    "mark run": try_to_mark_run,
    "forge xcom": try_to_write_xcom,
}
SECRETS: Mapping[str, Attempt] = {
    "read connections": try_to_read_connections,
    "read variables": try_to_read_variables,
    "add connection": try_to_add_connection,
}


def statuses(api: AirflowApi, task: TaskAddress, attempts: Mapping[str, Attempt]) -> dict[str, int]:
    """The status of each attempt, in order."""
    return {name: attempt(api, task) for name, attempt in attempts.items()}
