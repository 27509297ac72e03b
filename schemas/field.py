"""What a field is: one name, one meaning, everywhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

import pyarrow as pa


class FieldType(Enum):
    """The types that a contract knows, each with its Arrow type."""

    TEXT = "text"
    INTEGER = "integer"
    MONEY = "money"
    RATE = "rate"
    DATE = "date"
    INSTANT = "instant"
    TRUTH = "truth"

    @property
    def arrow(self) -> pa.DataType:
        """The Arrow type: money is decimal(18, 2), a rate decimal(9, 6), an instant UTC in microseconds."""
        return _ARROW[self]


_ARROW: dict[FieldType, pa.DataType] = {
    FieldType.TEXT: pa.string(),
    FieldType.INTEGER: pa.int64(),
    FieldType.MONEY: pa.decimal128(18, 2),
    FieldType.RATE: pa.decimal128(9, 6),
    FieldType.DATE: pa.date32(),
    FieldType.INSTANT: pa.timestamp("us", tz="UTC"),
    FieldType.TRUTH: pa.bool_(),
}


class Sensitivity(Enum):
    """Who may see a value: keys and figures travel, identity never leaves snapshots, notices and bureau records."""

    KEY = "key"
    FIGURE = "figure"
    IDENTITY = "identity"


@dataclass(frozen=True)
class Field:
    """One field of the contract.

    Attributes:
        name: unique over all datasets; `_on` is a date, `_at` an instant, `_days` and `_bytes` are units.
        type: decides the Arrow type.
        description: what it says, in one sentence.
        sensitivity: IDENTITY values are masked wherever people or logs see them.
        codes: the closed list of values with their meaning, empty when free.
        minimum: least value allowed for numbers, inclusive.
        pattern: regular expression that a text matches whole, in the syntax that RE2 and Rust share.
        not_before: earliest plausible date as ISO text.
    """

    name: str
    type: FieldType
    description: str
    sensitivity: Sensitivity = Sensitivity.FIGURE
    codes: dict[str, str] = field(default_factory=dict)
    minimum: int | None = None
    pattern: str | None = None
    not_before: str | None = None
