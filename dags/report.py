"""# report: frozen, approved by a person, re-checked, sealed, sent once

Takes the cases whose grace period ended unpaid and that are still reportable; freezes their records; asks risk staff;
writes the decision into the ledger; drops who paid, contested or died meanwhile; seals; sends.

* **Schedule**: the bureau's calendar in the policy. By hand: parameter `as_of`.
* **Dry run**: parameter `dry_run`. The task `look_ahead` logs what would go, and keeps it as its XCom `plan`.
* **Approval**: in the UI under *Required Actions*. Never mark a task as done by hand: sending believes the ledger only.
* **Hold**: the run ends well, nothing is sent, the reason is in the ledger, the cases are given back.
* **Out of the bureau's hours**: `send` is *up for reschedule* until the bureau opens, and goes on where it stopped.
* **When it fails**: see the `ARR-` code in the log and `docs/errors.md`. Clearing any task is safe: what has been sent
  is not sent again. After `ARR-5205` ask the bureau first.
* **Gives**: the asset `arrears_report`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import Metadata, TriggerRule, dag, task

from orchestration.assets import REPORT
from orchestration.dag_defaults import DEFAULT_ARGS, approval_time, as_of_param, bureau_calendar, dry_run_param
from orchestration.release_gate import ReleaseGate
from orchestration.spread_retries import SpreadRetries

SENDING = "bureau"


@dag(
    schedule=bureau_calendar(),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    params={**as_of_param(), **dry_run_param()},
    tags=["arrears", "bureau", "person-approves"],
    doc_md=__doc__,
)
def report() -> None:
    """Cases to a receipt from the bureau."""

    @task.short_circuit
    def look_ahead(**context: Any) -> bool:
        """Find what would stop the report later; a dry run shows what would go and ends here."""
        from orchestration.dry_run import look_ahead
        from orchestration.task_run import TaskRun

        return look_ahead(TaskRun.of(context))

    @task.short_circuit
    def freeze(**context: Any) -> dict[str, Any] | None:
        """Build, validate and freeze the records; with nobody to report the run ends here."""
        from orchestration.freeze import freeze_batch
        from orchestration.task_run import TaskRun

        return freeze_batch(TaskRun.of(context))

    frozen = freeze()

    ask = ReleaseGate(
        task_id="ask",
        subject="{{ ti.xcom_pull('freeze')['subject'] }}",
        body="{{ ti.xcom_pull('freeze')['body'] }}",
        response_timeout=approval_time(),
        retries=0,
    )

    @task.short_circuit(trigger_rule=TriggerRule.NONE_SKIPPED, retries=1, retry_delay=timedelta(seconds=5))
    def record_decision(batch: Any, **context: Any) -> bool:
        """Write the decision into the ledger; go on only when it is a release."""
        from orchestration.decide import record_answer
        from orchestration.task_run import TaskRun

        return record_answer(TaskRun.of(context), batch, context["ti"].xcom_pull(task_ids="ask"))

    @task.short_circuit
    def recheck(batch: Any, **context: Any) -> dict[str, Any] | None:
        """Take out who has paid, contested or died since the freeze; with nobody left the run ends here."""
        from orchestration.recheck import recheck_batch
        from orchestration.task_run import TaskRun

        return recheck_batch(TaskRun.of(context), batch["batch_id"])

    @task
    def seal(checked: Any, **context: Any) -> list[dict[str, Any]]:
        """Rebuild the released records, compare them with the frozen ones, sign and encrypt them part by part."""
        from orchestration.sealing import seal_batch
        from orchestration.task_run import TaskRun

        return seal_batch(TaskRun.of(context), checked["batch_id"])

    @task(
        map_index_template="{{ task.op_kwargs['part']['name'] }}",
        pool=SENDING,
        retries=8,
        retry_policy=SpreadRetries(first_seconds=30, most_seconds=1800),
    )
    def send(part: dict[str, Any], **context: Any) -> dict[str, Any]:
        """Send one sealed part, exactly once."""
        from orchestration.sending import send_part
        from orchestration.task_run import TaskRun

        return send_part(TaskRun.of(context), part)

    @task(outlets=[REPORT])
    def close(receipts: Any, **context: Any) -> Any:
        """Book every case as sent once all parts have their receipt."""
        from orchestration.sending import close_batch
        from orchestration.task_run import TaskRun

        facts = close_batch(TaskRun.of(context), list(receipts))
        yield Metadata(REPORT, {"as_of": facts["as_of"], "batch_id": facts["batch_id"]})
        return facts

    decided = record_decision(frozen)
    checked = recheck(frozen)
    look_ahead() >> frozen >> ask >> decided >> checked
    close(send.expand(part=seal(checked)))


report()
