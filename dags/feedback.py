"""# feedback: the bureau's answers are booked

Looks into the bureau's outbox, opens each new answer, checks its signature and books every record as accepted, or as
rejected with the bureau's code and put to rework.

* **Schedule**: every quarter of an hour.
* **When it fails**: an answer that can't be opened or does not fit a batch is left where it is and named with its
  `ARR-` code; the others are booked all the same.
* **Gives**: the asset `arrears_feedback`.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import CronTriggerTimetable, dag, task

from orchestration.assets import FEEDBACK
from orchestration.dag_defaults import DEFAULT_ARGS

POLL_CRON = "*/15 * * * *"


@dag(
    schedule=CronTriggerTimetable(POLL_CRON, timezone="UTC"),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    tags=["arrears", "bureau"],
    doc_md=__doc__,
)
def feedback() -> None:
    """Answers to events."""

    @task(outlets=[FEEDBACK])
    def book_answers(**context: Any) -> dict[str, Any]:
        """Fetch, open, check and book every answer that is not booked yet."""
        from orchestration.answers import book_answers
        from orchestration.task_run import TaskRun

        return book_answers(TaskRun.of(context))

    book_answers()


feedback()
