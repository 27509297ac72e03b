"""Whole columns of a table as people may see them."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import pyarrow as pa

from lake.masking import mask
from schemas.field import Field


def masked_table(table: pa.Table, fields: Sequence[Field]) -> pa.Table:
    """The table with the columns of these fields masked, see `lake.masking`; the other columns stay as they are."""
    frame = pl.DataFrame(pl.from_arrow(table))
    return frame.with_columns(mask(pl.col(field.name), field).alias(field.name) for field in fields).to_arrow()
