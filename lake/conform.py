"""Bring a frame to its contract strictly: nothing is rounded, filled or dropped."""

from __future__ import annotations

import polars as pl

from lake.polars_types import polars_schema
from schemas.dataset import Dataset
from schemas.errors import ArrearsError
from schemas.errors.extract import (
    SNAPSHOT_COLUMN_TYPE,
    SNAPSHOT_COLUMNS_DIFFER,
    SNAPSHOT_KEY_REPEATED,
    SNAPSHOT_VALUE_MISSING,
)


def conform(frame: pl.DataFrame, dataset: Dataset) -> pl.DataFrame:
    """The dataset's columns in order and in its types, rows sorted by the primary key.

    The order makes the same rows the same bytes, whichever engine gave them in whatever order.

    Raises:
        ArrearsError: `SNAPSHOT_COLUMNS_DIFFER`, `SNAPSHOT_COLUMN_TYPE` (a value does not fit without rounding),
            `SNAPSHOT_VALUE_MISSING`, `SNAPSHOT_KEY_REPEATED`.
    """
    missing = [name for name in dataset.field_names if name not in frame.columns]
    unexpected = [name for name in frame.columns if name not in dataset.field_names]
    if missing or unexpected:
        raise ArrearsError(SNAPSHOT_COLUMNS_DIFFER, dataset=dataset.name, missing=missing, unexpected=unexpected)
    typed = frame.select(_typed(frame[name], kind, dataset) for name, kind in polars_schema(dataset).items())
    _check_filled(typed, dataset)
    typed = typed.sort(dataset.primary_key, maintain_order=True)
    _check_keys(typed, dataset)
    return typed


def _typed(column: pl.Series, kind: pl.DataType, dataset: Dataset) -> pl.Series:
    if column.dtype == kind:
        return column
    cast = column.cast(kind, strict=False) if _may_cast(column, kind) else None
    is_exact = cast is not None and (
        column.dtype == pl.Null or cast.cast(column.dtype, strict=False).eq_missing(column).all()
    )
    if cast is None or not is_exact:
        raise ArrearsError(
            SNAPSHOT_COLUMN_TYPE, dataset=dataset.name, field=column.name, type=column.dtype, expected=kind
        )
    return cast


def _may_cast(column: pl.Series, kind: pl.DataType) -> bool:
    """Whether the two types say the same in other widths."""
    given = column.dtype
    if given == pl.Null:
        return True
    match kind:
        case pl.Int64():
            return given.is_integer()
        case pl.Decimal():
            return given.is_decimal() or given.is_integer()
        case pl.Datetime():
            return isinstance(given, pl.Datetime) and given.time_zone is not None
        case pl.String():
            return isinstance(given, pl.Categorical | pl.Enum)
        case _:
            return False


def _check_filled(frame: pl.DataFrame, dataset: Dataset) -> None:
    empty = {
        name: frame[name].null_count()
        for name in dataset.field_names
        if name not in dataset.optional and frame[name].null_count()
    }
    if empty:
        raise ArrearsError(SNAPSHOT_VALUE_MISSING, dataset=dataset.name, empty_rows=empty, rows=frame.height)


def _check_keys(frame: pl.DataFrame, dataset: Dataset) -> None:
    repeats = frame.select(
        pl.all_horizontal(pl.col(name) == pl.col(name).shift(1) for name in dataset.primary_key).sum()
    ).item()
    if repeats:
        raise ArrearsError(
            SNAPSHOT_KEY_REPEATED, dataset=dataset.name, key=list(dataset.primary_key), repeated_rows=repeats
        )
