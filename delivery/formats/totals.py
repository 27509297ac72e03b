"""Control totals of bureau records, recomputed and compared at each hand-over."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from schemas.bureaus.layout import DelimitedLayout
from schemas.field import FieldType


@dataclass(frozen=True)
class ControlTotals:
    """What a set of records adds up to.

    Attributes:
        records: number of records.
        amounts: for each money column of the layout its sum, in the currency of the column.
    """

    records: int
    amounts: dict[str, Decimal]


def control_totals(records: pa.Table, layout: DelimitedLayout) -> ControlTotals:
    """Counts the records and adds up every money column of the layout."""
    amounts = {
        column.name: pc.sum(records.column(column.name).cast(pa.decimal128(38, 2))).as_py() or Decimal("0.00")
        for column in layout
        if column.type is FieldType.MONEY
    }
    return ControlTotals(records.num_rows, amounts)
