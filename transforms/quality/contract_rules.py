"""Row rules that follow from the contract: what a field says about its values is a rule of each dataset with it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from schemas.dataset import Dataset
from schemas.field import Field, FieldType
from transforms.quality import predicates
from transforms.quality.rule import RowRule, Severity

# A borrower with a bad telephone number or mail address is a borrower still: the loan stays in the books.
_SOFT_PATTERNS = frozenset({"mobile", "email"})


def contract_rules(dataset: Dataset) -> tuple[RowRule, ...]:
    """All rules that follow from the contract of a dataset, in the order of its fields."""
    rules: list[RowRule] = []
    for field in dataset.fields:
        rules.extend(_value_rules(dataset, field))
    rules.append(_key_rule(dataset))
    rules.extend(_reference_rules(dataset))
    return tuple(rules)


def _value_rules(dataset: Dataset, field: Field) -> Iterator[RowRule]:
    def rule_id(kind: str) -> str:
        return f"{dataset.name}.{field.name}.{kind}"

    critical = Severity.CRITICAL
    yield RowRule(
        rule_id("unreadable"),
        field.name,
        critical,
        f"{field.name} can be read as {field.type.value}",
        predicates.is_readable(field.name),
    )
    if field.name not in dataset.optional:
        yield RowRule(
            rule_id("missing"), field.name, critical, f"{field.name} is filled", predicates.is_filled(field.name)
        )
    if field.codes:
        yield RowRule(
            rule_id("code"),
            field.name,
            critical,
            f"{field.name} is one of {', '.join(field.codes)}",
            predicates.is_coded(field.name, field.codes),
        )
    if field.pattern is not None:
        yield RowRule(
            rule_id("pattern"),
            field.name,
            Severity.WARNING if field.name in _SOFT_PATTERNS else critical,
            f"{field.name} has the form {field.pattern}",
            predicates.is_match(field.name, field.pattern),
        )
    if field.minimum is not None:
        yield RowRule(
            rule_id("minimum"),
            field.name,
            critical,
            f"{field.name} is {field.minimum} or more",
            predicates.is_at_least(field.name, field.minimum),
        )
    if field.not_before is not None:
        is_in_time = predicates.is_at_or_after if field.type is FieldType.INSTANT else predicates.is_on_or_after
        yield RowRule(
            rule_id("too_early"),
            field.name,
            critical,
            f"{field.name} is not before {field.not_before}",
            is_in_time(field.name, date.fromisoformat(field.not_before)),
        )


def _key_rule(dataset: Dataset) -> RowRule:
    last = dataset.primary_key[-1]
    return RowRule(
        f"{dataset.name}.{last}.duplicate",
        last,
        Severity.CRITICAL,
        f"{' and '.join(dataset.primary_key)} identify one row; of equal rows the first stays, of differing ones none",
        predicates.is_unique(),
    )


def _reference_rules(dataset: Dataset) -> Iterator[RowRule]:
    for reference in dataset.references:
        yield RowRule(
            f"{dataset.name}.{reference.field}.orphan",
            reference.field,
            Severity.CRITICAL,
            f"{reference.field} is among the accepted rows of {reference.dataset}",
            predicates.has_parent(reference.field),
        )
