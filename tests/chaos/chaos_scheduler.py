"""`make chaos`: Airflow's scheduler is killed at every step from the release on, and started again; sent once.

Sometimes all its tasks die with it, as with a machine; sometimes it dies alone, and tasks that nobody looks after go on
beside those of its successor. ARREARS_CHAOS_SEED in the environment says which and when.
"""

import os
import random
import signal
import time
from typing import Any

from sandbox import road
from sandbox.airflow_access import try_to_answer
from sandbox.airflow_services import airflow_services
from sandbox.processes import ProcessTable
from tests.end_to_end.conftest import SECOND_ON
from tests.end_to_end.sent_once import assert_booked_once

SEED = int(os.environ.get("ARREARS_CHAOS_SEED", "1000"))
SCHEDULER = "airflow-scheduler"
SLOW_BYTES_PER_SECOND = 1_024
STEPS = ("record_decision", "recheck", "seal", "send", "close")
MOST_SECONDS_INTO_A_STEP = 2.5
WAIT_SECONDS = 400


class Schedulers:
    """One scheduler at a time; what an earlier one left behind lives on until the end, unless it was killed as well."""

    def __init__(self, site: Any) -> None:
        self._site = site
        self._tables = [site.home.processes]

    def kill_all(self) -> None:
        self._tables[-1].stop(SCHEDULER, stop_seconds=0)
        self.start()

    def kill_alone(self) -> None:
        os.kill(self._tables[-1].find(SCHEDULER).pid, signal.SIGKILL)
        state = self._site.home.state
        self._tables.append(ProcessTable(state / f"run-{len(self._tables)}", state / f"logs-{len(self._tables)}"))
        self.start()

    def start(self) -> None:
        (service,) = [each for each in airflow_services(self._site.home) if each.name == SCHEDULER]
        with self._site.own_policies():
            self._tables[-1].start(service)

    def stop(self) -> None:
        for table in self._tables:
            table.stop(SCHEDULER)


def test_a_scheduler_that_is_killed_at_every_step_sends_once(site: Any) -> None:
    chance, schedulers = random.Random(SEED), Schedulers(site)
    site.set_pace(SLOW_BYTES_PER_SECOND)
    with site.api("operator") as operator, site.api("risk1") as risk:
        run_id, question = road.begin_report(operator, SECOND_ON)
        assert try_to_answer(risk, question.task, "Release", {"reason": None}) == 200
        try:
            for step in STEPS:
                wait_until_begun(operator, run_id, step)
                time.sleep(chance.uniform(0, MOST_SECONDS_INTO_A_STEP))
                kill = chance.choice((schedulers.kill_all, schedulers.kill_alone))
                print(f"{kill.__name__} at {step}: {states(operator, run_id)[step]}")  # noqa: T201 what was played
                kill()
            road.wait_for_success(operator, "report", run_id, wait_seconds=WAIT_SECONDS)
        finally:
            schedulers.stop()
    # A task that lived on beside its successor may have left its own under a temporary name.
    (name,) = [each for each in site.delivered() if not each.endswith(".part")]
    assert_booked_once(site, name)


def states(operator: Any, run_id: str) -> dict[str, str | None]:
    return {task["task_id"]: task["state"] for task in operator.task_instances("report", run_id)}


def wait_until_begun(operator: Any, run_id: str, step: str) -> None:
    until = time.monotonic() + WAIT_SECONDS
    while states(operator, run_id).get(step) not in ("running", "success"):
        assert time.monotonic() < until, (step, states(operator, run_id))
        time.sleep(0.1)
