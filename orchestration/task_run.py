"""One try of one task, as the steps see it: site, policy, clock, business dates, ledger, lake. Airflow ends here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from lake.snapshot import Lake
from ledger.ledger import Ledger
from orchestration.business_date import business_dates
from orchestration.clock import Clock
from orchestration.connections import Connections, read_site
from orchestration.deployment import policy_on
from orchestration.site import Site
from schemas.policy import Policy


@dataclass(frozen=True)
class TaskRun:
    """What a step needs to know of the try that it runs in.

    Attributes:
        site: the settings.
        clock: the site's clock.
        connections: secrets, each read when it is asked for.
        context: the run's identity and parameters; steps use the properties below.
    """

    site: Site
    clock: Clock
    connections: Connections
    context: Mapping[str, Any]

    @classmethod
    def of(cls, context: Mapping[str, Any]) -> TaskRun:
        """From the task's Airflow context."""
        site = read_site()
        return cls(site, site.clock(), Connections(site.bureau), context)

    @property
    def run_id(self) -> str:
        """The DAG run."""
        return str(self.context["dag_run"].run_id)

    @property
    def try_id(self) -> str:
        """This very try of this task."""
        return str(self.context["ti"].id)

    @property
    def prepared_by(self) -> str | None:
        """Log-in name of who started the run, None for a scheduled or triggered one."""
        name = self.context["dag_run"].triggering_user_name
        return str(name) if name else None

    def state_of(self, task_id: str) -> str | None:
        """The state of another task of this run."""
        ti = self.context["ti"]
        states = ti.get_task_states(dag_id=ti.dag_id, task_ids=[task_id], run_ids=[self.run_id])
        state = states.get(self.run_id, {}).get(task_id)
        return None if state is None else str(getattr(state, "value", state))

    @cached_property
    def business_dates(self) -> list[date]:
        """All business dates of the run, oldest first."""
        return business_dates(self.context, self.clock)

    @property
    def as_of(self) -> date:
        """The newest business date of the run."""
        return self.business_dates[-1]

    @property
    def policy(self) -> Policy:
        """The policy that judges the newest business date of the run."""
        return policy_on(self.as_of)

    @cached_property
    def lake(self) -> Lake:
        """The lake."""
        return Lake(self.site.lake)

    @cached_property
    def ledger(self) -> Ledger:
        """The ledger."""
        return Ledger.open(self.connections.ledger_url())
