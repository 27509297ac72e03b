"""The approval task: asks risk staff to release or hold a frozen batch, and decides nothing by itself."""

from __future__ import annotations

from typing import Any

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Param
from airflow.sdk.execution_time.hitl import HITLUser

from orchestration.decision import HOLD, RELEASE


class ReleaseGate(HITLOperator):
    """Ask the site's approvers about one frozen batch.

    There is no default answer: silence releases nothing. The form field for the reason is not required by Airflow,
    which would fail the task before it asks; `record_decision` refuses an answer without the reason it needs.
    """

    def __init__(self, *, params: Any = None, **kwargs: Any) -> None:
        del params  # those of the DAG, which Airflow hands to every operator, are no fields of this form
        super().__init__(
            options=[RELEASE, HOLD],
            params={
                "reason": Param(
                    None,
                    type=["null", "string"],
                    source="task",
                    maxLength=1000,
                    title="Reason",
                    description="Needed for Hold. No names, ID numbers or telephone numbers.",
                )
            },
            **kwargs,
        )

    def execute(self, context: Any) -> Any:
        """Assign the request to the approvers in force now, then wait."""
        from orchestration.connections import read_site

        site = read_site()
        self.assigned_users = [HITLUser(id=person.id, name=person.name) for person in site.approvers]
        return super().execute(context)
