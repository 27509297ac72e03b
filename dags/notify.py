"""# notify: the borrower is told before anything is reported

Opens a case for each loan newly found reportable and sends its borrower a notice. The grace period starts on the day on
which the notice is delivered; a notice that can't be delivered starts nothing.

* **Schedule**: when `assess` has published decisions. By hand: parameter `as_of`.
* **When it fails**: a mail server that is away is tried again; nobody is told twice, because each notice stands in the
  ledger before the next is sent.
* **Gives**: the asset `arrears_notices`.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import dag, task

from orchestration.assets import ASSESSMENT, NOTICES
from orchestration.dag_defaults import DEFAULT_ARGS, as_of_param


@dag(
    schedule=ASSESSMENT,
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    params=as_of_param(),
    tags=["arrears", "borrower"],
    doc_md=__doc__,
)
def notify() -> None:
    """Decisions to notices."""

    @task
    def open_cases(**context: Any) -> dict[str, Any]:
        """Open a case for each loan newly found reportable; close the cured ones."""
        from orchestration.notify import open_cases
        from orchestration.task_run import TaskRun

        return open_cases(TaskRun.of(context))

    @task(outlets=[NOTICES])
    def send_notices(opened: Any, **context: Any) -> dict[str, Any]:
        """Send a notice to every borrower whose case waits for one."""
        from orchestration.notify import send_notices
        from orchestration.task_run import TaskRun

        return send_notices(TaskRun.of(context), opened)

    send_notices(open_cases())


notify()
