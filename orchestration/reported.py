"""Which episodes the bureau was told of and has not refused, out of the ledger."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pyarrow as pa

from ledger.ledger import Ledger
from ledger.states import CaseState
from orchestration.case_heads import episode_of, loan_of
from schemas.datasets import REPORTED

_TOLD = frozenset({CaseState.SENT.value, CaseState.ACCEPTED.value})


def reported_episodes(ledger: Ledger, bureau: str, time_zone: str) -> pa.Table:
    """One row an episode whose record was sent and not refused; contract `REPORTED`.

    Args:
        ledger: of the deployment.
        bureau: whose cases.
        time_zone: in which the day of sending is counted.
    """
    states = ledger.case_states(bureau)
    told = {
        case_id
        for case_id, state in zip(states["case_id"].to_pylist(), states["state"].to_pylist(), strict=True)
        if state in _TOLD
    }
    sent = ledger.event_table(bureau=bureau, kinds=["sent"]).select(["case_id", "written_at"])
    days = {case_id: _local_day(at, time_zone) for case_id, at in zip(*sent.to_pydict().values(), strict=True)}
    rows = [
        {"loan_id": loan_of(case_id), "episode_began_on": episode_of(case_id), "reported_on": days[case_id]}
        for case_id in sorted(told)
    ]
    return pa.Table.from_pylist(rows, REPORTED.arrow_schema())


def _local_day(at: datetime, time_zone: str) -> date:
    return at.astimezone(ZoneInfo(time_zone)).date()
