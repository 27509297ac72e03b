"""The ledger with the events as an Arrow table: hashed, states checked and derived, durable."""

import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from ledger.ledger import Ledger


def load(folder: Path, _engine: str):
    cases = json.loads((folder / "cases.json").read_text(encoding="utf-8"))
    ledger = Ledger.open(f"sqlite:///{tempfile.mkdtemp(dir=folder)}/ledger.sqlite")
    columns = {name: [case[name] for case in cases] for name in ("case_id", "overdue_amount")}
    return ledger, pa.table({**columns, "kind": ["found"] * len(cases)})


def run(loaded):
    ledger, events = loaded
    return ledger.write_events(
        key="cases/roster/2026-06-30",
        kind="cases",
        actor="task:bench",
        content={"cases": events.num_rows},
        events=events,
        written_at=datetime(2026, 6, 30, tzinfo=UTC),
    )


def answer(loaded, page):
    ledger, _ = loaded
    states = ledger.case_states("roster")
    assert ledger.verify().is_intact
    assert set(states["state"].to_pylist()) == {"found"}
    return states.num_rows, {"events": len(ledger.events(page_no=page.page_no))}
