"""The reader of JSON lines, piece after piece, with all checks of the form."""

from pathlib import Path

from delivery.bureaus import baihang


def load(folder: Path, _engine: str):
    return folder / "records.txt"


def run(path):
    counts = {"records": 0, "violations": 0, "overdue": 0, "terms": 0}
    with path.open("rb") as file:
        for part in baihang.read(file):
            counts["records"] += part.records.height
            counts["violations"] += part.violation_count
            counts["overdue"] += part.records["overdueAmount"].sum() * 100
            counts["terms"] += part.records["termNo"].sum()
    return {name: int(count) for name, count in counts.items()}


def answer(_path, counts):
    return counts["records"], counts
