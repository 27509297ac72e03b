"""`arrears ledger verify`: every row read, every hash and every state computed anew."""

from pathlib import Path

from ledger.ledger import Ledger


def load(folder: Path, _engine: str):
    return Ledger.open(f"sqlite:///{folder}/ledger.sqlite")


def run(ledger):
    return ledger.verify()


def answer(_ledger, report):
    assert report.is_intact
    return report.events, {"events": report.events, "root": report.root_hash}
