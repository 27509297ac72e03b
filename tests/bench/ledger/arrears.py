"""The ledger: canonical text, leaf and root of the log, states checked and derived, durable."""

import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from ledger.ledger import Ledger
from ledger.page import Event


def load(folder: Path, _engine: str):
    cases = json.loads((folder / "cases.json").read_text(encoding="utf-8"))
    ledger = Ledger.open(f"sqlite:///{tempfile.mkdtemp(dir=folder)}/ledger.sqlite")
    return ledger, cases


def run(loaded):
    ledger, cases = loaded
    return ledger.write_page(
        key="cases/roster/2026-06-30",
        kind="cases",
        actor="task:bench",
        content={"cases": len(cases)},
        events=[Event(case["case_id"], "found", {"overdue_amount": case["overdue_amount"]}) for case in cases],
        written_at=datetime(2026, 6, 30, tzinfo=UTC),
    )


def answer(loaded, page):
    ledger, _ = loaded
    states = ledger.case_states("roster")
    assert ledger.verify().is_intact
    assert set(states["state"].to_pylist()) == {"found"}
    return states.num_rows, {"events": len(ledger.events(page_no=page.page_no))}
