"""The contract asked of rows where they lie: one pass on the executors, of which one row of counts comes back."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import from_arrow_schema
from pyspark.sql.types import (
    ByteType,
    DataType,
    DecimalType,
    IntegerType,
    LongType,
    NullType,
    ShortType,
    StructField,
    StructType,
)

from schemas.dataset import Dataset
from schemas.errors import ArrearsError
from schemas.errors.extract import (
    SNAPSHOT_COLUMN_TYPE,
    SNAPSHOT_COLUMNS_DIFFER,
    SNAPSHOT_KEY_REPEATED,
    SNAPSHOT_VALUE_MISSING,
)

_INTEGERS = (ByteType, ShortType, IntegerType, LongType)


def contract_schema(dataset: Dataset) -> StructType:
    """The dataset's columns in order, in Spark's types; nothing is said of empty values."""
    types = from_arrow_schema(dataset.arrow_schema(), prefer_timestamp_ntz=False)
    return StructType([StructField(field.name, field.dataType) for field in types])


def with_contract_columns(frame: DataFrame, dataset: Dataset) -> DataFrame:
    """The dataset's columns in order, still in the widths that the engine computed with.

    Raises:
        ArrearsError: `SNAPSHOT_COLUMNS_DIFFER`; `SNAPSHOT_COLUMN_TYPE` when no value of a type can fit.
    """
    missing = [name for name in dataset.field_names if name not in frame.columns]
    unexpected = [name for name in frame.columns if name not in dataset.field_names]
    if missing or unexpected:
        raise ArrearsError(SNAPSHOT_COLUMNS_DIFFER, dataset=dataset.name, missing=missing, unexpected=unexpected)
    for field in contract_schema(dataset):
        given = frame.schema[field.name].dataType
        if given != field.dataType and not _may_cast(given, field.dataType):
            _refuse_type(dataset, field, given)
    return frame.select(*(_storable(frame.schema[field.name], field) for field in contract_schema(dataset)))


def check_contract(frame: DataFrame, dataset: Dataset) -> DataFrame:
    """The frame in the contract's types; its rows are looked at once.

    Args:
        frame: from `with_contract_columns`, computed.
        dataset: the contract.

    Raises:
        ArrearsError: `SNAPSHOT_COLUMN_TYPE`, `SNAPSHOT_VALUE_MISSING`, `SNAPSHOT_KEY_REPEATED`.
    """
    schema = contract_schema(dataset)
    inexact = {f.name: _is_inexact(frame[f.name], f.dataType) for f in schema if frame.schema[f.name] != f}
    required = [name for name in dataset.field_names if name not in dataset.optional]
    by_key = frame.groupBy(*dataset.primary_key).agg(
        F.count(F.lit(1)).alias("rows"),
        *(F.count_if(condition).alias(f"inexact {name}") for name, condition in inexact.items()),
        *(F.count_if(frame[name].isNull()).alias(f"empty {name}") for name in required),
    )
    counts = by_key.agg(
        *(F.coalesce(F.sum(by_key[name]), F.lit(0)).alias(name) for name in by_key.columns[len(dataset.primary_key) :]),
        F.count(F.lit(1)).alias("keys"),
    ).collect()[0]
    for name in inexact:
        if counts[f"inexact {name}"]:
            _refuse_type(dataset, schema[name], frame.schema[name].dataType)
    empty = {name: counts[f"empty {name}"] for name in required if counts[f"empty {name}"]}
    if empty:
        raise ArrearsError(SNAPSHOT_VALUE_MISSING, dataset=dataset.name, empty_rows=empty, rows=counts["rows"])
    if repeats := counts["rows"] - counts["keys"]:
        raise ArrearsError(
            SNAPSHOT_KEY_REPEATED, dataset=dataset.name, key=list(dataset.primary_key), repeated_rows=repeats
        )
    return frame.select(*(frame[field.name].cast(field.dataType) for field in schema))


def _may_cast(given: DataType, kind: DataType) -> bool:
    """Whether the two types say the same in other widths."""
    if isinstance(given, NullType):
        return True
    if isinstance(kind, DecimalType):
        return isinstance(given, (DecimalType, *_INTEGERS))
    return isinstance(kind, LongType) and isinstance(given, _INTEGERS)


def _storable(given: StructField, wanted: StructField) -> Column:
    """A column of nothing gets its type at once, as files can't hold it otherwise."""
    column = F.col(given.name)
    return column.cast(wanted.dataType).alias(given.name) if isinstance(given.dataType, NullType) else column


def _is_inexact(column: Column, kind: DataType) -> Column:
    """Whether a value does not fit without rounding or overflow."""
    cast = column.try_cast(kind)
    return column.isNotNull() & (cast.isNull() | (cast != column))


def _refuse_type(dataset: Dataset, field: StructField, given: DataType) -> None:
    raise ArrearsError(
        SNAPSHOT_COLUMN_TYPE,
        dataset=dataset.name,
        field=field.name,
        type=given.simpleString(),
        expected=field.dataType.simpleString(),
    )
