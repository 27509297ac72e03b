"""The same as `arrears` without processes that help."""

from pathlib import Path

from ledger import page_check_processes
from ledger.ledger import Ledger


def load(folder: Path, _engine: str):
    page_check_processes._MOST_PROCESSES = 1
    return Ledger.open(f"sqlite:///{folder}/ledger.sqlite")


def run(ledger):
    return ledger.verify()


def answer(_ledger, report):
    assert report.is_intact
    return report.events, {"events": report.events, "root": report.root_hash}
