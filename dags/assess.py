"""# assess: a decision with reasons for every loan in arrears

Takes the book of a business date and the policy; computes arrears, collection effort, findings on the evidence files
and every rule's outcome for every loan in arrears.

* **Schedule**: when `ingest` has published a book. By hand: parameter `as_of`.
* **When it fails**: see the `ARR-` code in the log. An assessment is a pure function of book, evidence and policy, so
  clearing the task is always safe and gives the same bytes.
* **Gives**: the asset `arrears_assessment`, which starts `notify`.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import Metadata, dag, task

from orchestration.assets import ASSESSMENT, BOOK
from orchestration.dag_defaults import DEFAULT_ARGS, as_of_param


@dag(
    schedule=BOOK,
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    params=as_of_param(),
    tags=["arrears", "lender", "borrower"],
    doc_md=__doc__,
)
def assess() -> None:
    """Book to decisions."""

    @task(outlets=[ASSESSMENT])
    def judge(**context: Any) -> Any:
        """Judge all loans in arrears, for each business date whose book has arrived."""
        from orchestration.assess import assess_book
        from orchestration.task_run import TaskRun

        run = TaskRun.of(context)
        assessed = [assess_book(run, as_of) for as_of in run.business_dates]
        yield Metadata(ASSESSMENT, {"as_of": assessed[-1]["as_of"], "assessment_id": assessed[-1]["assessment_id"]})
        return assessed

    judge()


assess()
