"""A ledger of that many events: a page of new cases, then one of notices for each ten thousand of them."""

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from ledger.ledger import Ledger

_CASES_A_PAGE = 10_000


def prepare(folder: Path, size: int) -> None:
    at = datetime(2026, 6, 30, tzinfo=UTC)
    with Ledger.open(f"sqlite:///{folder}/ledger.sqlite") as ledger:
        for start in range(0, size // 2, _CASES_A_PAGE):
            numbers = range(start, min(start + _CASES_A_PAGE, size // 2))
            cases = [f"roster-L{number:08d}-20251103" for number in numbers]
            amounts = [f"{number % 90_000 + 5_000}.00" for number in numbers]
            for kind in ("found", "notice_delivered"):
                ledger.write_events(
                    key=f"{kind}/{start}",
                    kind="cases",
                    actor="task:bench",
                    content={"cases": len(cases), "as_of": "2026-06-30"},
                    events=pa.table({"case_id": cases, "kind": [kind] * len(cases), "overdue_amount": amounts}),
                    written_at=at,
                )
