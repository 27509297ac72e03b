"""How the records of a batch are cut into Baihang's files, one kind of record a file.

A case has a record of D3 for each term that it missed, and one of D2 and D4 where its loan is new to Baihang or was
extended. Files of D2 and D4 come first, as what D3 speaks of must be known. A case rides on the file of its D3 records:
all of them are in one file, and the files of the other kinds book no case.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

OVERDUE = "D3"
KINDS_IN_ORDER = ("D2", "D4", OVERDUE)


@dataclass(frozen=True)
class Slice:
    """Which records of a kind a file holds.

    Attributes:
        kind: of the records.
        first: of its records, counted from 0 among those of the kind.
        records: how many.
        first_case: of the cases that ride on it, counted from 0.
        cases: how many ride on it.
    """

    kind: str
    first: int
    records: int
    first_case: int
    cases: int


def slices_of(records: Mapping[str, int], terms: Sequence[int], most_records: int) -> Iterator[Slice]:
    """The files of a batch in the order in which they are numbered.

    Args:
        records: kind to number of records, for the kinds of one record a case.
        terms: number of D3 records of each case, in the order of the cases.
        most_records: in a file; a case that has more is alone in its file.
    """
    for kind in KINDS_IN_ORDER:
        if kind == OVERDUE:
            yield from _of_whole_cases(terms, most_records)
            continue
        total = records.get(kind, 0)
        for first in range(0, total, most_records):
            yield Slice(kind, first, min(most_records, total - first), 0, 0)


def _of_whole_cases(terms: Sequence[int], most_records: int) -> Iterator[Slice]:
    first = first_case = held = 0
    for case, count in enumerate(terms):
        if held and held + count > most_records:
            yield Slice(OVERDUE, first, held, first_case, case - first_case)
            first, first_case, held = first + held, case, 0
        held += count
    if held:
        yield Slice(OVERDUE, first, held, first_case, len(terms) - first_case)
