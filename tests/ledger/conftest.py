from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ledger.ledger import Ledger
from ledger.page import Event

AT = datetime(2026, 9, 7, 1, 2, 3, 456789, tzinfo=UTC)
A, B, C = (f"roster-L000000{n}-20251103" for n in (1, 2, 3))
OTHER = "baihang-L0000001-20251103"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


@pytest.fixture
def ledger(path: Path) -> Iterator[Ledger]:
    with Ledger.open(f"sqlite:///{path}") as opened:
        yield opened


@pytest.fixture
def road(ledger: Ledger) -> Ledger:
    """Seven pages: three cases of one bureau and one of another, on different stretches of the road."""
    for number, (kind, content, events) in enumerate(ROAD):
        ledger.write_page(
            key=f"{kind}/{number}",
            kind=kind,
            actor="task:test",
            content=content,
            events=events,
            written_at=AT + timedelta(minutes=number),
        )
    return ledger


ROAD: list[tuple[str, dict[str, object], list[Event]]] = [
    (
        "found",
        {"cases": 4},
        [Event(A, "found"), Event(B, "found", {"名": "值"}), Event(OTHER, "found"), Event(C, "found")],
    ),
    ("notice", {}, [Event(A, "notice_delivered", {"proof": "250 ok"}), Event(B, "notice_failed", {"code": 550})]),
    ("remark", {"text": 'quote " and \\ and \n', "list": [1, None, True, {"a": []}]}, []),
    ("set_aside", {}, [Event(A, "set_aside", {"rules": ["disputed"]}), Event(B, "notice_delivered")]),
    ("freeze", {"root": "ab" * 32}, [Event(A, "frozen"), Event(B, "frozen")]),
    ("decision", {"option": "release"}, [Event(A, "released"), Event(B, "released")]),
    ("send", {}, [Event(B, "removed", {"rule": "paid"}), Event(A, "sent"), Event(B, "cured")]),
]
