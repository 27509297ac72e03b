"""The same check row by row, which names what is wrong."""

from pathlib import Path

from ledger.ledger import Ledger
from ledger.verify import verify


def load(folder: Path, _engine: str):
    return Ledger.open(f"sqlite:///{folder}/ledger.sqlite")


def run(ledger):
    with ledger._database.auditing() as connection:
        return verify(connection, [])


def answer(_ledger, report):
    assert report.is_intact
    return report.events, {"events": report.events, "root": report.root_hash}
