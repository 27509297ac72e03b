"""Where the cases of a bureau stand, as the transforms want to see it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pyarrow as pa

from ledger.ledger import Ledger

_SCHEMA = pa.schema(
    [
        pa.field("case_id", pa.string(), nullable=False),
        pa.field("loan_id", pa.string(), nullable=False),
        pa.field("state", pa.string(), nullable=False),
        pa.field("grace_ends_on", pa.date32()),
    ]
)


def loan_of(case_id: str) -> str:
    """The loan of a case: what stands between the bureau and the episode."""
    return case_id.partition("-")[2].rpartition("-")[0]


def episode_of(case_id: str) -> date:
    """The day on which the episode of a case began."""
    return datetime.strptime(case_id.rpartition("-")[2], "%Y%m%d").replace(tzinfo=UTC).date()


def cases_key(bureau: str, *steps: object) -> str:
    """The key of the page on which cases of a bureau were opened and closed."""
    return "/".join(("cases", bureau, *map(str, steps)))


def is_outdated(ledger: Ledger, bureau: str, as_of: date) -> bool:
    """Whether cases were opened and closed by a later business date: who has paid by `as_of` may owe again since."""
    pages = ledger.pages(kind="cases", key_prefix=cases_key(bureau, ""))
    return any(date.fromisoformat(page.content["as_of"]) > as_of for page in pages)


def case_heads(ledger: Ledger, bureau: str) -> pa.Table:
    """One row a case: case_id, loan_id, state, grace_ends_on (empty before a notice was delivered)."""
    states = ledger.case_states(bureau)
    delivered = ledger.event_table(bureau=bureau, kinds=["notice_delivered"])
    ends = {
        case_id: json.loads(detail)["grace_ends_on"]
        for case_id, detail in zip(delivered["case_id"].to_pylist(), delivered["detail_json"].to_pylist(), strict=True)
    }
    case_ids = states["case_id"].to_pylist()
    return pa.table(
        {
            "case_id": pa.array(case_ids, pa.string()),
            "loan_id": pa.array([loan_of(case_id) for case_id in case_ids], pa.string()),
            "state": states["state"].cast(pa.string()),
            "grace_ends_on": pa.array([ends.get(case_id) for case_id in case_ids], pa.string()).cast(pa.date32()),
        },
        schema=_SCHEMA,
    )
