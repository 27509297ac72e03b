"""What a condition on Metro 2 records is: a stable id, words for people, and an expression true where it fires."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

import narwhals as nw

CFPB = "cfpb/Metro2, accuracy evaluators of the Consumer Financial Protection Bureau, public domain (CC0)"
GUIDE = "Credit Reporting Resource Guide, as restated by public furnisher guides"


class Severity(Enum):
    """What a hit means: explain or fix it before sending, or do not send the record."""

    SUSPECT = "suspect"
    BLOCK = "block"


@dataclass(frozen=True)
class Condition:
    """One condition.

    Attributes:
        condition_id: stable and never reused. The CFPB's own, or `Furnisher-` and our own.
        field_names: slots that it looks at, the one that a finding names first; `l1.` before those of a segment.
        text: what is the case where it fires, for people.
        fires: true where it fires; null counts as false. Over the columns of `frames.prepared`.
        source: where it comes from.
        severity: what a hit means.
        needs_previous: whether it compares with the previous period.
    """

    condition_id: str
    field_names: tuple[str, ...]
    text: str
    fires: nw.Expr = field(compare=False, repr=False)
    source: str = CFPB
    severity: Severity = Severity.SUSPECT
    needs_previous: bool = False
