"""# ingest: the lender's extracts become an immutable book

Reads the extracts of one business date as `sources.toml` describes them, keeps broken rows out (quarantine, with file,
row, column and rule), and publishes a snapshot of each dataset and the book that names them, in one step.

* **Schedule**: every night in the policy's time zone, for the business date before. By hand: parameter `as_of`.
* **When it fails**: the task's log names an `ARR-` code; `docs/errors.md` says what to do. Nothing half-written is ever
  seen by a reader, so clearing the failed task is always safe.
* **Gives**: the asset `arrears_book`, which starts `assess`.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import Metadata, dag, task

from orchestration.assets import BOOK
from orchestration.dag_defaults import DEFAULT_ARGS, as_of_param, nightly


@dag(
    schedule=nightly(),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    params=as_of_param(),
    tags=["arrears", "lender"],
    doc_md=__doc__,
)
def ingest() -> None:
    """Extracts to book."""

    @task
    def list_datasets(**context: Any) -> list[str]:
        """Name the datasets that `sources.toml` describes."""
        from orchestration.ingest import dataset_names
        from orchestration.task_run import TaskRun

        return dataset_names(TaskRun.of(context))

    @task(map_index_template="{{ task.op_kwargs['dataset'] }}")
    def read_extract(dataset: str, **context: Any) -> dict[str, Any]:
        """Read and parse one dataset's files into the lake's staging area."""
        from orchestration.ingest import read_extract
        from orchestration.task_run import TaskRun

        return read_extract(TaskRun.of(context), dataset)

    @task(outlets=[BOOK])
    def publish_book(staged: Any, **context: Any) -> Any:
        """Judge all rows, quarantine the broken, publish the rest as one book."""
        from orchestration.ingest import publish_book
        from orchestration.task_run import TaskRun

        facts = publish_book(TaskRun.of(context), list(staged))
        yield Metadata(BOOK, {"as_of": facts["as_of"], "book_id": facts["book_id"]})
        return facts

    publish_book(read_extract.expand(dataset=list_datasets()))


ingest()
