"""The base records of the suite `metro2`."""

from pathlib import Path

from tests.bench.metro2 import inputs


def prepare(folder: Path, size: int) -> None:
    inputs.prepare(folder, size)
