"""The reader of segmented fixed-width files, piece after piece, with all its checks."""

from pathlib import Path

from delivery.bureaus import metro2


def load(folder: Path, _engine: str):
    return folder / "records.dat"


def run(path):
    counts = {"records": 0, "violations": 0, "balance": 0, "past_due": 0}
    with path.open("rb") as file:
        for part in metro2.read(file):
            counts["records"] += part.records.base.height
            counts["violations"] += part.violation_count
            counts["balance"] += part.records.base["current_balance"].sum()
            counts["past_due"] += part.records.base["past_due"].sum()
    return counts


def answer(_path, counts):
    return counts["records"], counts
