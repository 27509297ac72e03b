"""A small client of Airflow's public REST API: what the demo and the end-to-end tests do, and nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Self, TypeVar
from urllib.parse import quote

import httpx

from schemas.errors import ArrearsError
from schemas.errors.command import AIRFLOW_REFUSED, AIRFLOW_UNREACHABLE, DAG_NOT_IMPORTED, RUN_NOT_FINISHED

FINISHED = frozenset({"success", "failed"})
UNMAPPED = -1

_POLL_SECONDS = 0.3
_REQUEST_SECONDS = 60.0
_REPEATS_OF_BUSY = 5
# Sooner than any person answers. Airflow fails a task that goes on before the end of the process that asked is noticed.
_SOONEST_ANSWER_SECONDS = 4.0
_DATABASE_ERROR = "Database error"

Json = dict[str, Any]
Result = TypeVar("Result")


@dataclass(frozen=True)
class TaskAddress:
    """One task instance of one run.

    Attributes:
        map_index: UNMAPPED for an ordinary task.
    """

    dag_id: str
    run_id: str
    task_id: str
    map_index: int = UNMAPPED

    @property
    def path(self) -> str:
        """Below `/api/v2`, with the map index."""
        return f"{self.unmapped_path}/{self.map_index}"

    @property
    def unmapped_path(self) -> str:
        """Below `/api/v2`, without the map index."""
        return f"{run_path(self.dag_id, self.run_id)}/taskInstances/{quote(self.task_id, safe='')}"


def run_path(dag_id: str, run_id: str) -> str:
    """Of a run, below `/api/v2`."""
    return f"/dags/{quote(dag_id, safe='~')}/dagRuns/{quote(run_id, safe='~')}"


class AirflowApi:
    """One user's view of one Airflow. Logs in at the first request, and again when the token has expired."""

    def __init__(self, base_url: str, username: str, password: str) -> None:
        self.base_url = base_url
        self.username = username
        self._password = password
        self._client = httpx.Client(base_url=base_url, timeout=_REQUEST_SECONDS, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()

    def log_in(self) -> None:
        """Takes a token for name and password.

        Raises:
            ArrearsError: AIRFLOW_REFUSED, AIRFLOW_UNREACHABLE.
        """
        answer = self._send("POST", "/auth/token", {"username": self.username, "password": self._password})
        if answer.is_error:
            raise ArrearsError(AIRFLOW_REFUSED, user=self.username, request="log in", status=answer.status_code)
        self._client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> httpx.Response:
        """Any request below `/api/v2`, whatever its status.

        Raises:
            ArrearsError: AIRFLOW_UNREACHABLE; AIRFLOW_REFUSED when even the log-in is refused.
        """
        if "Authorization" not in self._client.headers:
            self.log_in()
        answer = self._send(method, f"/api/v2{path}", body)
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            self.log_in()
            answer = self._send(method, f"/api/v2{path}", body)
        # Airflow on SQLite writes its audit log on the thread that another request's commit waits for: one of the two
        # gives up after five seconds. What was refused is rolled back, so that asking again does nothing twice.
        for _ in range(_REPEATS_OF_BUSY):
            if not _is_database_busy(answer):
                break
            time.sleep(_POLL_SECONDS)
            answer = self._send(method, f"/api/v2{path}", body)
        return answer

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Json:
        """A request that has to succeed.

        Raises:
            ArrearsError: AIRFLOW_REFUSED with the status and Airflow's own words, AIRFLOW_UNREACHABLE.
        """
        answer = self.ask(method, path, body)
        if answer.is_error:
            request = f"{method} {path.partition('?')[0]}"
            raise ArrearsError(
                AIRFLOW_REFUSED,
                user=self.username,
                request=request,
                status=answer.status_code,
                detail=_detail(answer),
            )
        result: Json = answer.json() if answer.content else {}
        return result

    def import_errors(self) -> dict[str, str]:
        """Stack trace of each DAG file that can't be imported, by file."""
        listed = self.call("GET", "/importErrors?limit=100")["import_errors"]
        return {error["filename"]: error["stack_trace"] for error in listed}

    def wait_for_dags(self, dag_ids: Collection[str], *, wait_seconds: float = 60.0) -> None:
        """Waits until the dag-processor has stored all these DAGs.

        Raises:
            ArrearsError: DAG_NOT_IMPORTED, at once when a file can't be imported.
        """
        until = time.monotonic() + wait_seconds
        while missing := set(dag_ids) - {dag["dag_id"] for dag in self.call("GET", "/dags?limit=100")["dags"]}:
            errors = self.import_errors()
            if errors or time.monotonic() > until:
                raise ArrearsError(DAG_NOT_IMPORTED, missing=sorted(missing), files=sorted(errors))
            time.sleep(_POLL_SECONDS)

    def unpause(self, dag_ids: Collection[str]) -> None:
        """Lets the scheduler take up runs of these DAGs."""
        for dag_id in dag_ids:
            self.call("PATCH", f"/dags/{quote(dag_id, safe='')}?update_mask=is_paused", {"is_paused": False})

    def trigger(self, dag_id: str, params: Mapping[str, Any] | None = None, *, run_id: str | None = None) -> str:
        """Starts a run by hand, without a logical date; returns its id."""
        body: Json = {"logical_date": None, "conf": dict(params or {})}
        if run_id is not None:
            body["dag_run_id"] = run_id
        made: str = self.call("POST", f"/dags/{quote(dag_id, safe='')}/dagRuns", body)["dag_run_id"]
        return made

    def runs(self, dag_id: str) -> list[Json]:
        """The last hundred runs of a DAG, newest first."""
        found: list[Json] = self.call("GET", f"/dags/{quote(dag_id, safe='')}/dagRuns?order_by=-run_after&limit=100")[
            "dag_runs"
        ]
        return found

    def run(self, dag_id: str, run_id: str) -> Json:
        """A run as it is now."""
        return self.call("GET", run_path(dag_id, run_id))

    def wait_for_run(
        self, dag_id: str, run_id: str, *, wait_seconds: float = 180.0, states: Collection[str] = FINISHED
    ) -> Json:
        """Waits until a run is in one of these states, and gives it.

        Raises:
            ArrearsError: RUN_NOT_FINISHED with the tasks that are not done.
        """

        def in_state() -> Json | None:
            run = self.run(dag_id, run_id)
            return run if run["state"] in states else None

        return self._wait(in_state, dag_id, run_id, wait_seconds)

    def wait_for_new_run(self, dag_id: str, known: Collection[str], *, wait_seconds: float = 60.0) -> str:
        """Waits for a run whose id is not known yet, as an asset starts it; gives the oldest such run's id.

        Raises:
            ArrearsError: RUN_NOT_FINISHED.
        """

        def new_run() -> str | None:
            found: list[str] = [run["dag_run_id"] for run in self.runs(dag_id) if run["dag_run_id"] not in known]
            return found[-1] if found else None

        return self._wait(new_run, dag_id, None, wait_seconds)

    def task_instances(self, dag_id: str, run_id: str) -> list[Json]:
        """All task instances of a run."""
        found: list[Json] = self.call("GET", f"{run_path(dag_id, run_id)}/taskInstances?limit=100")["task_instances"]
        return found

    def xcom(self, task: TaskAddress, key: str = "return_value") -> Any:
        """What a task gave to the next, deserialized."""
        path = f"{task.unmapped_path}/xcomEntries/{quote(key, safe='')}?map_index={task.map_index}&deserialize=true"
        return self.call("GET", path)["value"]

    def questions(self, dag_id: str = "~", run_id: str = "~") -> list[Json]:
        """The human-in-the-loop requests that wait for an answer."""
        path = f"{run_path(dag_id, run_id)}/hitlDetails?response_received=false&state=awaiting_input&limit=100"
        found: list[Json] = self.call("GET", path)["hitl_details"]
        return found

    def wait_for_question(self, dag_id: str, run_id: str, *, wait_seconds: float = 180.0) -> Json:
        """Waits until a run asks a person, and gives the request when a person would have read it.

        Raises:
            ArrearsError: RUN_NOT_FINISHED, at once when the run ended without asking.
        """

        def asked() -> Json | None:
            found = self.questions(dag_id, run_id)
            if not found and self.run(dag_id, run_id)["state"] in FINISHED:
                raise self._not_finished(dag_id, run_id, 0.0)
            return found[0] if found else None

        question = self._wait(asked, dag_id, run_id, wait_seconds)
        time.sleep(_SOONEST_ANSWER_SECONDS)
        return question

    def answer(self, task: TaskAddress, option: str, fields: Mapping[str, Any] | None = None) -> Json:
        """Answers a human-in-the-loop request in this user's name."""
        body = {"chosen_options": [option], "params_input": dict(fields or {})}
        return self.call("PATCH", f"{task.path}/hitlDetails", body)

    def _send(self, method: str, path: str, body: Mapping[str, Any] | None) -> httpx.Response:
        try:
            return self._client.request(method, path, json=body)
        except httpx.HTTPError as error:
            raise ArrearsError(AIRFLOW_UNREACHABLE, url=self.base_url, reason=type(error).__name__) from None

    def _wait(self, look: Callable[[], Result | None], dag_id: str, run_id: str | None, wait_seconds: float) -> Result:
        until = time.monotonic() + wait_seconds
        while (found := look()) is None:
            if time.monotonic() > until:
                raise self._not_finished(dag_id, run_id, wait_seconds)
            time.sleep(_POLL_SECONDS)
        return found

    def _not_finished(self, dag_id: str, run_id: str | None, waited_seconds: float) -> ArrearsError:
        tasks = self.task_instances(dag_id, run_id) if run_id else []
        unfinished = {task["task_id"]: task["state"] for task in tasks if task["state"] not in {"success", "skipped"}}
        return ArrearsError(RUN_NOT_FINISHED, dag=dag_id, run=run_id, waited_seconds=waited_seconds, tasks=unfinished)


def _is_database_busy(answer: httpx.Response) -> bool:
    if answer.status_code != httpx.codes.INTERNAL_SERVER_ERROR:
        return False
    detail = _detail(answer)
    return isinstance(detail, dict) and detail.get("reason") == _DATABASE_ERROR


def _detail(answer: httpx.Response) -> object:
    try:
        return answer.json().get("detail")
    except (ValueError, AttributeError):
        return answer.reason_phrase
