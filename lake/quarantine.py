"""Rows that are kept out of the snapshots, each with where it stands, the rule that it breaks and a masked value."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import polars as pl
import pyarrow as pa

from lake.extract import Extract
from lake.extract_dataset import UNIT_SEPARATOR
from lake.masking import MASK, mask
from lake.polars_types import polars_schema
from schemas.dataset import Dataset
from schemas.datasets import QUARANTINE
from schemas.field import Field
from schemas.fields import FIELDS

RAGGED_FIELD = "row"


class BrokenRule(Protocol):
    """What is asked of a row rule: the id, which is also its outcome column, and the field at fault."""

    @property
    def rule_id(self) -> str:
        """Stable id."""
        ...

    @property
    def field_name(self) -> str:
        """Field at fault."""
        ...


def quarantine_rows(judged: pl.DataFrame | pa.Table, dataset: Dataset, rules: Iterable[BrokenRule]) -> pl.DataFrame:
    """One row for each rule that each row breaks; contract `QUARANTINE`.

    Args:
        judged: columns of `Extract.frame`, and one truth column a rule, named by its id, false where the row breaks it.
        dataset: of the rows.
        rules: which outcomes count.
    """
    rows = judged if isinstance(judged, pl.DataFrame) else pl.DataFrame(pl.from_arrow(judged))
    parts = [pl.DataFrame(schema=polars_schema(QUARANTINE))]
    parts.extend(rows.filter(~pl.col(rule.rule_id)).select(_columns(dataset, rule)) for rule in rules)
    return pl.concat(parts).sort(QUARANTINE.primary_key)


def quarantined_ragged_rows(extract: Extract, dataset: Dataset) -> pl.DataFrame:
    """The rows with another number of cells than the headings; contract `QUARANTINE`. No cell of them is trusted."""
    return extract.ragged.select(
        pl.lit(dataset.name).alias("dataset_name"),
        "source_file",
        "source_row",
        pl.lit("").alias("row_key"),
        pl.lit(None, dtype=pl.String).alias("loan_id"),
        pl.lit(None, dtype=pl.String).alias("borrower_id"),
        pl.lit(f"{dataset.name}.{RAGGED_FIELD}.unreadable").alias("rule_id"),
        pl.lit(RAGGED_FIELD).alias("field_name"),
        pl.format("{} cells instead of {}", "cells", "expected_cells").alias("masked_value"),
    )


def _columns(dataset: Dataset, rule: BrokenRule) -> list[pl.Expr]:
    fields = {field.name: field for field in dataset.fields}
    # A row that names a loan is that loan's matter; one that names its borrower only is the matter of all their loans.
    named = "loan_id" if "loan_id" in fields else "borrower_id" if "borrower_id" in fields else None
    return [
        pl.lit(dataset.name).alias("dataset_name"),
        pl.col("source_file"),
        pl.col("source_row"),
        pl.concat_str([_key_part(fields[name]) for name in dataset.primary_key], separator="/").alias("row_key"),
        *(_named(key, named).alias(key) for key in ("loan_id", "borrower_id")),
        pl.lit(rule.rule_id).alias("rule_id"),
        pl.lit(rule.field_name).alias("field_name"),
        _masked_value(fields.get(rule.field_name), rule.field_name).alias("masked_value"),
    ]


def _named(key: str, named: str | None) -> pl.Expr:
    """The key, when it can be one: something else in that cell, maybe a name, must not travel as a key."""
    if key != named:
        return pl.lit(None, dtype=pl.String)
    return pl.when(pl.col(key).str.contains(rf"\A(?:{FIELDS[key].pattern})\z")).then(pl.col(key))


def _key_part(field: Field) -> pl.Expr:
    text = pl.col(field.name).cast(pl.String)
    if field.pattern is None:
        return text.fill_null("")
    is_key = text.str.contains(rf"\A(?:{field.pattern})\z")
    return pl.when(is_key).then(text).when(text.is_not_null()).then(pl.lit(MASK)).otherwise(pl.lit(""))


def _masked_value(field: Field | None, name: str) -> pl.Expr:
    if field is None:
        return pl.lit(None, dtype=pl.String)
    names = pl.col("unreadable_fields").str.split(",")
    values = pl.col("unreadable_values").str.split(UNIT_SEPARATOR)
    place = names.list.eval(pl.element() == name).list.arg_max()
    return (
        pl.when(names.list.contains(name))
        .then(values.list.get(place, null_on_oob=True))
        .otherwise(mask(pl.col(name), field))
    )
