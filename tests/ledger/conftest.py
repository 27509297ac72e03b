"""Ledgers on both databases, a road of seven pages, and plain SQL past the ledger."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, inspect, text

from ledger.ledger import Ledger
from ledger.page import Event

AT = datetime(2026, 9, 7, 1, 2, 3, 456789, tzinfo=UTC)
A, B, C = (f"roster-L000000{n}-20251103" for n in (1, 2, 3))
OTHER = "baihang-L0000001-20251103"


def load_beside(name: str) -> Any:
    """Loads a module that lies beside the tests, which are no package."""
    full = f"ledger_{name}"
    if full not in sys.modules:
        spec = importlib.util.spec_from_file_location(full, Path(__file__).with_name(f"{name}.py"))
        assert spec is not None
        assert spec.loader is not None
        sys.modules[full] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[full])
    return sys.modules[full]


@dataclass(frozen=True)
class Store:
    """A database that holds or will hold a ledger."""

    url: str
    engine: Engine = field(repr=False)

    @property
    def kind(self) -> str:
        return self.engine.dialect.name

    def run(self, statement: str, **values: object) -> list[tuple[Any, ...]]:
        """Plain SQL, past the ledger."""
        with self.engine.begin() as connection:
            result = connection.execute(text(statement), values)
            return [tuple(row) for row in result] if result.returns_rows else []

    def dump(self) -> dict[str, Sequence[tuple[Any, ...]]]:
        """Everything that stands in it."""
        names = sorted(inspect(self.engine).get_table_names())
        return {name: sorted(self.run(f"SELECT * FROM {name}")) for name in names}


@pytest.fixture(scope="session")
def page_oracle() -> Any:
    """Pages hashed by the words of the decision, with none of the ledger's code."""
    return load_beside("page_oracle")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Any]:
    """One PostgreSQL server for all tests. Skips where it is missing."""
    module = load_beside("postgresql_server")
    found = module.programs()
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail(module.MISSING)
        pytest.skip(module.MISSING)
    server = module.PostgresqlServer(found)
    try:
        yield server.start()
    finally:
        server.stop()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """File of the ledger of a test that is about SQLite alone."""
    return tmp_path / "ledger.sqlite"


@pytest.fixture
def sqlite_ledger(path: Path) -> Iterator[Ledger]:
    with Ledger.open(f"sqlite:///{path}") as opened:
        yield opened


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """An empty database of each kind."""
    if request.param == "sqlite":
        url = f"sqlite:///{request.getfixturevalue('path')}"
    else:
        url = request.getfixturevalue("postgresql").new_database()
    engine = create_engine(url)
    yield Store(url, engine)
    engine.dispose()


@pytest.fixture
def ledger(store: Store) -> Iterator[Ledger]:
    with Ledger.open(store.url) as opened:
        yield opened


@pytest.fixture
def road(ledger: Ledger) -> Ledger:
    return write_the_road(ledger)


@pytest.fixture
def sqlite_road(sqlite_ledger: Ledger) -> Ledger:
    return write_the_road(sqlite_ledger)


@pytest.fixture
def write_road() -> Callable[[Ledger], Ledger]:
    return write_the_road


def write_the_road(ledger: Ledger) -> Ledger:
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
