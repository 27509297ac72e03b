"""Row rules on the records of the roster: what its layout prints, and what must agree within a record."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import narwhals as nw

from schemas.bureaus.layout import Column
from schemas.bureaus.roster import ID_TYPE_PRINTED, LAYOUT
from schemas.field import FieldType
from transforms.books import Frame
from transforms.calendar import day_number, months_later
from transforms.identifiers import is_plausible_mobile, is_resident_id, is_uscc
from transforms.quality.predicates import AS_OF, holds_or_empty, is_coded, is_on_or_before_as_of
from transforms.quality.rule import RowRule, Severity

_CRITICAL, _WARNING = Severity.CRITICAL, Severity.WARNING


def record_rules(*, overdue_months: int) -> tuple[RowRule, ...]:
    """All rules on the records.

    Args:
        overdue_months: calendar months that a borrower must be overdue for more than, from the policy.
    """
    by_layout = [rule for column in LAYOUT for rule in _layout_rules(column)]
    return (*by_layout, *_IDENTITY_RULES, *_AMOUNT_RULES, *_date_rules(overdue_months), *_TEXT_RULES)


def judge_records(records: Frame, *, as_of: date, overdue_months: int) -> Frame:
    """Put one boolean column a rule beside the records, named by the rule's id, true where it passes, never null.

    Args:
        records: columns of the roster's layout.
        as_of: the business date that is reported.
        overdue_months: calendar months that a borrower must be overdue for more than, from the policy.
    """
    rules = record_rules(overdue_months=overdue_months)
    judged = records.with_columns(nw.lit(as_of).alias(AS_OF)).with_columns(
        *[rule.passes.alias(rule.rule_id) for rule in rules]
    )
    return judged.drop(AS_OF)


def _rule(field_name: str, kind: str, severity: Severity, text: str, passes: nw.Expr) -> RowRule:
    return RowRule(f"roster.{field_name}.{kind}", field_name, severity, text, passes)


def _layout_rules(column: Column) -> Iterator[RowRule]:
    name, value = column.name, nw.col(column.name)
    if column.is_required:
        is_blank = value.is_null()
        if column.type is FieldType.TEXT:
            is_blank = is_blank | (value.str.strip_chars() == "").fill_null(True)
        yield _rule(name, "missing", _CRITICAL, f"{name} is filled", ~is_blank)
    if column.codes:
        yield _rule(
            name, "code", _CRITICAL, f"{name} is one of {', '.join(column.codes)}", is_coded(name, column.codes)
        )
    elif column.type is FieldType.TEXT:
        yield _rule(
            name,
            "too_long",
            _CRITICAL,
            f"{name} has at most {column.max_length} characters",
            holds_or_empty(value.str.len_chars() <= column.max_length),
        )
        yield _rule(
            name,
            "unprintable",
            _CRITICAL,
            f"{name} is one line without control characters",
            holds_or_empty(~value.str.contains(r"\p{Cc}")),
        )
    elif column.type is FieldType.INTEGER:
        yield _rule(
            name,
            "too_long",
            _CRITICAL,
            f"{name} has at most {column.max_length} digits",
            holds_or_empty(value < 10**column.max_length),
        )


def _has_right_identity_number() -> nw.Expr:
    number, id_type = nw.col("id_number"), nw.col("id_type")
    is_right = ((id_type == ID_TYPE_PRINTED["resident_id"]) & is_resident_id(number)) | (
        (id_type == ID_TYPE_PRINTED["uscc"]) & is_uscc(number)
    )
    is_known_type = id_type.is_in(tuple(ID_TYPE_PRINTED.values()))
    return holds_or_empty(is_right | ~is_known_type | number.is_null())


_IDENTITY_RULES = (
    _rule(
        "serial",
        "duplicate",
        _CRITICAL,
        "serial stands in one record only",
        (nw.len().over("serial") == 1) | nw.col("serial").is_null(),
    ),
    _rule("serial", "minimum", _CRITICAL, "serial is 1 or more", holds_or_empty(nw.col("serial") >= 1)),
    _rule(
        "name",
        "too_short",
        _CRITICAL,
        "name has at least two characters",
        holds_or_empty(nw.col("name").str.len_chars() >= 2),
    ),
    _rule(
        "id_number",
        "check_digit",
        _CRITICAL,
        "id_number is right for its id_type, check digits included",
        _has_right_identity_number(),
    ),
    _rule(
        "mobile",
        "pattern",
        _WARNING,
        "mobile has eleven digits and begins with 13 to 19",
        is_plausible_mobile(nw.col("mobile")) | nw.col("mobile").is_null(),
    ),
    _rule(
        "platform_uscc",
        "check_digit",
        _CRITICAL,
        "platform_uscc is a unified social credit code, check digits included",
        is_uscc(nw.col("platform_uscc")) | nw.col("platform_uscc").is_null(),
    ),
)

_AMOUNT_RULES = (
    _rule(
        "total_borrowed",
        "not_positive",
        _CRITICAL,
        "total_borrowed is more than zero",
        holds_or_empty(nw.col("total_borrowed") > 0),
    ),
    _rule(
        "outstanding_amount",
        "not_positive",
        _CRITICAL,
        "outstanding_amount is more than zero",
        holds_or_empty(nw.col("outstanding_amount") > 0),
    ),
    # Interest and penalties come on top of the principal, so more than was lent can be owed; twice as much is suspect.
    _rule(
        "outstanding_amount",
        "above_twice_borrowed",
        _WARNING,
        "outstanding_amount is at most twice total_borrowed",
        holds_or_empty(nw.col("outstanding_amount") <= nw.col("total_borrowed") * 2),
    ),
)


def _date_rules(overdue_months: int) -> tuple[RowRule, ...]:
    start, report = nw.col("default_start_date"), nw.col("report_date")
    return (
        _rule(
            "default_start_date",
            "not_overdue_enough",
            _CRITICAL,
            f"default_start_date plus {overdue_months} calendar months is before report_date",
            holds_or_empty(months_later(start, overdue_months) < report),
        ),
        _rule(
            "days_overdue",
            "differs_from_dates",
            _CRITICAL,
            "days_overdue is the number of days from default_start_date to report_date",
            holds_or_empty(nw.col("days_overdue") == day_number(report) - day_number(start)),
        ),
        _rule(
            "report_date",
            "not_as_of",
            _CRITICAL,
            "report_date is the business date",
            is_on_or_before_as_of("report_date") & holds_or_empty(report >= nw.col(AS_OF)),
        ),
    )


_TEXT_RULES = (
    _rule(
        "collection_status",
        "holds_number",
        _CRITICAL,
        "collection_status holds no run of eleven digits or more, such as a telephone or identity number",
        holds_or_empty(~nw.col("collection_status").str.contains("[0-9]{11}")),
    ),
)
