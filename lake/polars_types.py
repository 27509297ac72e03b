"""The contract's types as Polars knows them."""

from __future__ import annotations

import polars as pl

from schemas.dataset import Dataset
from schemas.field import FieldType

POLARS_TYPES: dict[FieldType, pl.DataType] = {
    FieldType.TEXT: pl.String(),
    FieldType.INTEGER: pl.Int64(),
    FieldType.MONEY: pl.Decimal(18, 2),
    FieldType.RATE: pl.Decimal(9, 6),
    FieldType.DATE: pl.Date(),
    FieldType.INSTANT: pl.Datetime("us", "UTC"),
    FieldType.TRUTH: pl.Boolean(),
}


def polars_schema(dataset: Dataset) -> dict[str, pl.DataType]:
    """Field name to Polars type, in the order of the contract."""
    return {field.name: POLARS_TYPES[field.type] for field in dataset.fields}
