"""Events of that many cases, found on one page."""

import json
from pathlib import Path


def prepare(folder: Path, size: int) -> None:
    cases = [
        {"case_id": f"roster-L{number:07d}-20251103", "overdue_amount": f"{number % 90_000 + 5_000}.00"}
        for number in range(size)
    ]
    (folder / "cases.json").write_text(json.dumps(cases), encoding="utf-8")
