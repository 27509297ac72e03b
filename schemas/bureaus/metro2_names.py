"""Names of Metro 2 files, and how a report is cut into them.

No public source prescribes names: each bureau tells a furnisher what it wants. Ours say who, which day, which report of
that day, and which part of how many; the number of the report is never used twice for a day, so no name is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

MOST_BATCH = 9_999
MOST_PARTS = 999
_FURNISHER = re.compile(r"[A-Z0-9]{5,20}")
_NAME = re.compile(
    r"METRO2_(?P<furnisher>[A-Z0-9]{5,20})_(?P<day>[0-9]{8})_(?P<batch>[0-9]{4})_(?P<part>[0-9]{3})OF(?P<parts>[0-9]{3})"
    r"\.DAT"
)


@dataclass(frozen=True)
class FileName:
    """Name of one part: `METRO2_<furnisher>_<yyyymmdd>_<batch>_<part>OF<parts>.DAT`.

    Attributes:
        furnisher: identification number of who reports, 5 to 20 capital letters and digits.
        activity_on: day that the file describes.
        batch: number of the report for that day, from 1; a correction or a second try has the next one.
        part: number of the part, from 1.
        parts: how many there are.

    Raises:
        ValueError: a part of the name does not fit the pattern.
    """

    furnisher: str
    activity_on: date
    batch: int
    part: int
    parts: int

    def __post_init__(self) -> None:
        if not _FURNISHER.fullmatch(self.furnisher):
            raise ValueError("furnisher must be 5 to 20 capital letters and digits")
        if not 1 <= self.batch <= MOST_BATCH:
            raise ValueError(f"batch {self.batch} is not between 1 and {MOST_BATCH}")
        if not 1 <= self.part <= self.parts <= MOST_PARTS:
            raise ValueError(f"part {self.part} of {self.parts} is not between 1 and {MOST_PARTS}")

    def __str__(self) -> str:
        day = f"{self.activity_on:%Y%m%d}"
        return f"METRO2_{self.furnisher}_{day}_{self.batch:04d}_{self.part:03d}OF{self.parts:03d}.DAT"

    @classmethod
    def of(cls, file_name: str) -> FileName | None:
        """The parts of a name; None when it is not of this pattern."""
        match = _NAME.fullmatch(file_name)
        if match is None:
            return None
        try:
            day = date.fromisoformat(match["day"])
            return cls(match["furnisher"], day, int(match["batch"]), int(match["part"]), int(match["parts"]))
        except ValueError:
            return None


@dataclass(frozen=True)
class Part:
    """One file of a report: its name, and which of the report's records it holds, counted from 0."""

    name: FileName
    first: int
    records: int


def parts_of(furnisher: str, activity_on: date, batch: int, records: int, most_records: int) -> tuple[Part, ...]:
    """A report cut into files of at most so many records; one file when there are none.

    Args:
        furnisher: as in `FileName`.
        activity_on: day that the report describes.
        batch: number of the report for that day, never used before.
        records: of the report.
        most_records: in one file.

    Raises:
        ValueError: there would be more files than names, or nothing fits into a file.
    """
    if most_records < 1:
        raise ValueError("a file must take at least one record")
    count = max(1, -(-records // most_records))
    return tuple(
        Part(
            FileName(furnisher, activity_on, batch, number + 1, count),
            number * most_records,
            min(most_records, records - number * most_records),
        )
        for number in range(count)
    )
