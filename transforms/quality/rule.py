"""What a row rule is: a stable id, what it says to people, and an expression that is true where the row passes."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

import narwhals as nw


class Severity(Enum):
    """What a broken rule means: the row is kept out, or it goes on and is counted and shown."""

    CRITICAL = "critical"
    WARNING = "warning"


@dataclass(frozen=True)
class RowRule:
    """One rule on the rows of a frame.

    Attributes:
        rule_id: `<dataset>.<field>.<kind>`, stable and never reused; names the outcome column.
        field_name: the field at fault when the rule is broken.
        severity: CRITICAL keeps the row out, WARNING lets it go on.
        text: what a row must be, one sentence for people.
        passes: true where the row passes, never null. It may read the columns that judging puts beside the fields.
    """

    rule_id: str
    field_name: str
    severity: Severity
    text: str
    passes: nw.Expr = field(compare=False, repr=False)
