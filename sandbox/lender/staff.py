"""The register of collectors: nearly all who collect stand in it, one never did, of some the registration has ended."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sandbox.lender.collection import COLLECTORS
from sandbox.lender.days import NEVER, Ints, Truths

_NEVER_REGISTERED = 77
_ENDS = {31: -45, 88: -20, 104: 30}


@dataclass(frozen=True)
class Register:
    """Number of each registered collector, first and last day of the registration (`NEVER` while it lasts)."""

    number: Ints
    begins: Ints
    ends: Ints

    def covers(self, staff: Ints, day: Ints) -> Truths:
        """Whether each collector is registered on the day beside it."""
        begins, ends = np.full(COLLECTORS + 1, NEVER, dtype=np.int64), np.full(COLLECTORS + 1, -1, dtype=np.int64)
        begins[self.number], ends[self.number] = self.begins, self.ends
        is_covered: Truths = (begins[staff] <= day) & (day <= ends[staff])
        return is_covered


def make_register(first_as_of: int) -> Register:
    """The register of a lender whose first business date is given; it hangs on nothing else."""
    number = np.arange(1, COLLECTORS + 1, dtype=np.int64)
    number = number[number != _NEVER_REGISTERED]
    ends = np.full(len(number), NEVER, dtype=np.int64)
    for who, days in _ENDS.items():
        ends[number == who] = first_as_of + days
    return Register(number, first_as_of - 1_000 - number * 37 % 900, ends)
