"""Which business dates a run is for: its parameter, the asset events that triggered it, or its schedule."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from orchestration.clock import Clock
from schemas.errors import ArrearsError
from schemas.errors.approval import BUSINESS_DATE_IN_FUTURE, BUSINESS_DATE_INVALID, NO_BUSINESS_DATE


def business_dates(context: Mapping[str, Any], clock: Clock) -> list[date]:
    """All business dates of the run, oldest first.

    One run can consume the events of several business dates; each of them counts.

    Args:
        context: the task's Airflow context.
        clock: the site's clock.

    Raises:
        ArrearsError: `NO_BUSINESS_DATE`, `BUSINESS_DATE_INVALID`, `BUSINESS_DATE_IN_FUTURE`.
    """
    texts = _of_parameter(context) or _of_asset_events(context) or _of_schedule(context, clock)
    if not texts:
        raise ArrearsError(NO_BUSINESS_DATE, run=context["dag_run"].run_id)
    dates = sorted({_parsed(text) for text in texts})
    if dates[-1] > clock.today():
        raise ArrearsError(BUSINESS_DATE_IN_FUTURE, as_of=dates[-1], today=clock.today())
    return dates


def latest_business_date(context: Mapping[str, Any], clock: Clock) -> date:
    """The newest business date of the run."""
    return business_dates(context, clock)[-1]


def _of_parameter(context: Mapping[str, Any]) -> set[str]:
    value = context.get("params", {}).get("as_of")
    return {str(value)} if value else set()


def _of_asset_events(context: Mapping[str, Any]) -> set[str]:
    events = context.get("triggering_asset_events") or {}
    extras = [event.extra or {} for per_asset in events.values() for event in per_asset]
    return {str(extra["as_of"]) for extra in extras if "as_of" in extra}


def _of_schedule(context: Mapping[str, Any], clock: Clock) -> set[str]:
    starts_at = context["dag_run"].data_interval_start
    if starts_at is None or context["dag_run"].logical_date is None:
        return set()
    return {starts_at.astimezone(clock.time_zone).date().isoformat()}


def _parsed(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArrearsError(BUSINESS_DATE_INVALID, as_of=text) from error
