"""Judge the rows of a source dataset: one outcome column a rule, then what may go on and what is kept out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import narwhals as nw

from schemas.dataset import Dataset, Reference
from schemas.datasets import DATASETS
from transforms.books import Frame
from transforms.local_time import start_of_day
from transforms.quality.contract_rules import contract_rules
from transforms.quality.cross_rules import CROSS_RULES
from transforms.quality.lookups import with_lookups
from transforms.quality.predicates import AS_OF, AS_OF_ENDS_AT, IS_REPEATED, UNREADABLE, has_parent_column
from transforms.quality.rule import RowRule, Severity

_PLACE = ("source_file", "source_row")


def rules_of(dataset: Dataset) -> tuple[RowRule, ...]:
    """All row rules of a source dataset: those of the contract, then those across fields."""
    return (*contract_rules(dataset), *CROSS_RULES.get(dataset.name, ()))


def critical_rules_of(dataset: Dataset) -> tuple[RowRule, ...]:
    """The rules that keep a row out."""
    return tuple(rule for rule in rules_of(dataset) if rule.severity is Severity.CRITICAL)


def judge_rows(
    frame: Frame,
    dataset: Dataset,
    *,
    parents: Mapping[str, Frame],
    as_of: date,
    time_zone: str,
) -> Frame:
    """Put one boolean column a rule beside the rows, named by the rule's id, true where the row passes, never null.

    Of rows with the same key, equal ones are judged duplicates from the second on in the order of `source_file` and
    `source_row`: nothing is lost with them. When they differ, all are: nobody can tell which is right.

    Args:
        frame: the dataset's fields in contract types, `source_file` and `source_row` that together identify a row, and
            `unreadable_fields`, the names of the fields whose cell did not parse, joined by commas.
        dataset: the contract of the rows.
        parents: dataset name to the accepted rows of each of `parents_of(dataset)`, on the same engine.
        as_of: the business date.
        time_zone: of the lender's books; the business date ends at its midnight.

    Returns:
        All columns of the frame, then the outcome columns. The order of rows is not kept.
    """
    marked = _mark_repeated(frame, dataset)
    for reference in dataset.references:
        marked = _mark_parents(marked, reference, parents[reference.dataset])
    marked = with_lookups(marked, dataset, parents)
    unreadable = nw.concat_str([nw.lit(","), nw.col("unreadable_fields").fill_null(""), nw.lit(",")])
    prepared = marked.with_columns(
        unreadable.alias(UNREADABLE),
        nw.col(IS_REPEATED).fill_null(False),
        nw.lit(as_of).alias(AS_OF),
        nw.lit(start_of_day(as_of + timedelta(days=1), time_zone)).alias(AS_OF_ENDS_AT),
    )
    rules = rules_of(dataset)
    judged = prepared.with_columns(*[rule.passes.alias(rule.rule_id) for rule in rules])
    return judged.select(*frame.collect_schema().names(), *[rule.rule_id for rule in rules])


def good_rows(judged: Frame, dataset: Dataset) -> Frame:
    """The rows that break no critical rule, with the fields of the contract in its order and nothing else."""
    return judged.filter(is_accepted(dataset)).select(*dataset.field_names)


def bad_rows(judged: Frame, dataset: Dataset) -> Frame:
    """The rows that break a critical rule, with all columns, outcomes included."""
    return judged.filter(~is_accepted(dataset))


def is_accepted(dataset: Dataset) -> nw.Expr:
    """Whether a judged row breaks no critical rule."""
    return nw.all_horizontal(*[rule.rule_id for rule in critical_rules_of(dataset)], ignore_nulls=False)


def _mark_repeated(frame: Frame, dataset: Dataset) -> Frame:
    # Few keys repeat, so the costly comparison of whole rows is kept to those that do. An empty key joins nothing.
    key = dataset.primary_key
    repeated_keys = frame.select(*key).group_by(*key).agg(nw.len().alias("__rows")).filter(nw.col("__rows") > 1)
    whole_row = (*dataset.field_names, "unreadable_fields")
    compared = frame.join(repeated_keys.select(*key), on=list(key), how="semi").with_columns(
        nw.len().over(*key).alias("__same_key"),
        nw.len().over(*whole_row).alias("__same_row"),
        nw.col("source_row").cum_count().over(*whole_row, order_by=_PLACE).alias("__turn"),
    )
    refused = compared.filter((nw.col("__same_key") != nw.col("__same_row")) | (nw.col("__turn") > 1))
    return frame.join(
        refused.select(*_PLACE, nw.lit(True).alias(IS_REPEATED)),
        on=list(_PLACE),
        how="left",
    )


def _mark_parents(frame: Frame, reference: Reference, parent: Frame) -> Frame:
    (parent_key,) = DATASETS[reference.dataset].primary_key
    known = parent.select(nw.col(parent_key).alias(reference.field)).unique()
    return frame.join(
        known.with_columns(nw.lit(True).alias(has_parent_column(reference.field))), on=reference.field, how="left"
    )
