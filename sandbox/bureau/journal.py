"""What the bureau took in: one JSON line a file, no personal data, appended durably and never changed."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Arrival:
    """One file that was taken in.

    Attributes:
        lender: account in whose inbox it lay.
        file_name: its final name.
        sha256: over its bytes as received, hexadecimal.
        size_bytes: its size.
        received_at: when the desk found it, ISO 8601 in UTC.
        file_code: why the whole file was refused, None when its records were judged.
        records: number of records judged.
        accepted: how many of them were accepted.
        rejected: how many of them were rejected.
        codes: reason for rejection to number of records.
        feedback_name: name of the answer, None when the name was used before and no answer can be told apart.
        feedback_sha256: over the sealed answer.
    """

    lender: str
    file_name: str
    sha256: str
    size_bytes: int
    received_at: str
    file_code: str | None
    records: int
    accepted: int
    rejected: int
    codes: dict[str, int]
    feedback_name: str | None
    feedback_sha256: str | None


class Journal:
    """The journal of one bureau. One process writes it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        _cut_torn_line(path)
        self._arrivals = {(one.lender, one.file_name, one.sha256): one for one in read_journal(path)}
        self._first: dict[tuple[str, str], Arrival] = {}
        for one in self._arrivals.values():
            self._first.setdefault((one.lender, one.file_name), one)

    def append(self, arrival: Arrival) -> None:
        """Writes a line; it is on disk when this returns."""
        line = json.dumps(asdict(arrival), ensure_ascii=False, separators=(",", ":"))
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "ab") as file:
            file.write(f"{line}\n".encode())
            file.flush()
            os.fsync(file.fileno())
        self._arrivals[arrival.lender, arrival.file_name, arrival.sha256] = arrival
        self._first.setdefault((arrival.lender, arrival.file_name), arrival)

    def find(self, lender: str, file_name: str, sha256: str) -> Arrival | None:
        """The line about this very file, None when there is none."""
        return self._arrivals.get((lender, file_name, sha256))

    def first_under(self, lender: str, file_name: str) -> Arrival | None:
        """The line about the first file of that name, None when the name was never used."""
        return self._first.get((lender, file_name))


def read_journal(path: Path) -> tuple[Arrival, ...]:
    """All whole lines of a journal, in order; empty when there is none."""
    if not path.exists():
        return ()
    whole, _, _ = path.read_bytes().rpartition(b"\n")
    return tuple(Arrival(**json.loads(line)) for line in whole.splitlines())


def _cut_torn_line(path: Path) -> None:
    """A bureau that was killed while it wrote leaves half a line. What it was about is still in the inbox."""
    if not path.exists():
        return
    content = path.read_bytes()
    end = content.rfind(b"\n") + 1
    if end < len(content):
        os.truncate(path, end)
