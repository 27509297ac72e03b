"""The same as `arrears` without processes that help."""

from pathlib import Path

from ledger import page_check_processes
from tests.bench.ledger_verify import arrears
from tests.bench.ledger_verify.arrears import answer, run

__all__ = ["answer", "load", "run"]


def load(folder: Path, engine: str):
    page_check_processes._MOST_PROCESSES = 1
    return arrears.load(folder, engine)
