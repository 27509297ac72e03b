"""What the client does when Airflow's own database is busy: asks again, and only then."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest

from sandbox.airflow_api import AirflowApi
from schemas.errors import ArrearsError
from schemas.errors.command import AIRFLOW_REFUSED

BUSY = (500, {"detail": {"reason": "Database error", "statement": "hidden", "message": "look for ID abc"}})
BROKEN = (500, {"detail": "Internal Server Error"})
MADE = (200, {"dag_run_id": "manual__1"})


class Airflow(BaseHTTPRequestHandler):
    """Gives a token, then the answers it was told, the last one for ever."""

    answers: ClassVar[list[tuple[int, dict[str, Any]]]]
    asked: ClassVar[list[str]]

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/auth/token":
            status, body = 201, {"access_token": "token"}
        else:
            self.asked.append(self.path)
            status, body = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def airflow(*answers: tuple[int, dict[str, Any]]) -> Iterator[tuple[AirflowApi, list[str]]]:
    asked: list[str] = []
    handler = type("Told", (Airflow,), {"answers": list(answers), "asked": asked})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            with AirflowApi(f"http://127.0.0.1:{server.server_port}", "operator", "secret") as api:
                yield api, asked
        finally:
            server.shutdown()


def test_a_request_that_a_busy_database_refused_is_asked_again() -> None:
    with airflow(BUSY, BUSY, MADE) as (api, asked):
        assert api.trigger("ingest") == "manual__1"
    assert asked == ["/api/v2/dags/ingest/dagRuns"] * 3


def test_a_database_that_stays_busy_is_an_error() -> None:
    with airflow(BUSY) as (api, asked), pytest.raises(ArrearsError) as refused:
        api.trigger("ingest")
    assert refused.value.kind is AIRFLOW_REFUSED
    assert len(asked) == 6


def test_any_other_failure_is_not_asked_again() -> None:
    with airflow(BROKEN, MADE) as (api, asked), pytest.raises(ArrearsError) as refused:
        api.trigger("ingest")
    assert refused.value.kind is AIRFLOW_REFUSED
    assert len(asked) == 1
