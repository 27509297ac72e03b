"""What all DAGs share: owner, retries, tags, the parameter `as_of`, schedules in the policy's time zone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import CronTriggerTimetable, Param

from orchestration.deployment import newest_policy
from orchestration.refusal_policy import RefusalPolicy

OWNER = "credit-reporting"
TAGS = ("arrears", "lender", "borrower", "bureau", "person-approves")

DEFAULT_ARGS: dict[str, Any] = {
    "owner": OWNER,
    "retries": 3,
    "retry_delay": timedelta(seconds=30),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=10),
    "retry_policy": RefusalPolicy(),
}


def as_of_param() -> dict[str, Param]:
    """The business date of a run by hand; a scheduled or triggered run leaves it empty."""
    return {
        "as_of": Param(
            None,
            type=["null", "string"],
            format="date",
            title="Business date",
            description="Needed for a run by hand: the date for which the books are read, for example 2026-06-30.",
        )
    }


def dry_run_param() -> dict[str, Param]:
    """Whether a report only shows what it would do."""
    return {
        "dry_run": Param(
            False,
            type="boolean",
            title="Dry run",
            description="Build, check and seal, show what would go, and end there: nothing is booked, asked or sent.",
        )
    }


def daily(cron: str) -> CronTriggerTimetable:
    """A schedule in the policy's time zone whose runs are for the business date before."""
    return CronTriggerTimetable(cron, timezone=newest_policy().time_zone, interval=timedelta(days=1))


def nightly() -> CronTriggerTimetable:
    """When the lender's extracts are read."""
    return daily(newest_policy().ingest.cron.value)


def bureau_calendar() -> CronTriggerTimetable:
    """When the bureau takes reports."""
    return daily(newest_policy().report.cron.value)


def approval_time() -> timedelta:
    """How long risk staff have to answer."""
    return timedelta(minutes=newest_policy().report.approval_minutes.value)
