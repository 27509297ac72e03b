"""Row rules on the records of Baihang: what its layouts print, and what must agree within a record.

The rules come from what public programs of institutions check before they send, see `schemas.bureaus.baihang`. A rule
that is only likely warns.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import narwhals as nw

from schemas.bureaus import baihang_codes as codes
from schemas.bureaus.baihang import D2, D3, D4, MOST_TERMS
from schemas.bureaus.json_lines import JsonField, JsonKind, JsonLinesLayout
from transforms.books import Frame
from transforms.identifiers import is_plausible_mobile, is_resident_id
from transforms.quality.predicates import holds_or_empty, is_at_least, is_coded, is_match, is_on_or_after_field
from transforms.quality.rule import RowRule, Severity

DUPLICATE = "duplicate"
"""Kind of the rule that looks at other records too."""

_CRITICAL, _WARNING = Severity.CRITICAL, Severity.WARNING
_NOW = "__now"
_FIRST_UPLOAD = datetime.fromisoformat("1980-01-01T00:00:00")
_HAN = r"[\x{3400}-\x{4DBF}\x{4E00}-\x{9FFF}\x{20000}-\x{3FFFF}·•]"
_TEXTS = frozenset({JsonKind.TEXT, JsonKind.DATES})


def record_rules(layout: JsonLinesLayout) -> tuple[RowRule, ...]:
    """All rules on the records of a layout: those of `layout_rules` and those of `sense_rules`."""
    return (*layout_rules(layout), *sense_rules(layout))


def layout_rules(layout: JsonLinesLayout) -> tuple[RowRule, ...]:
    """What the layout says about each value: filled, short enough, in the code table."""
    return tuple(rule for column, field in layout for rule in _layout_rules(_dataset(layout), column, field))


def sense_rules(layout: JsonLinesLayout) -> tuple[RowRule, ...]:
    """What the layout does not say: shapes, check digits, the order of dates, values that must agree.

    Raises:
        KeyError: the layout is not one of Baihang's.
    """
    of_kind = {D2.tag: _account_rules, D4.tag: _account_rules, D3.tag: _repayment_rules}[layout.tag]
    return (*_head_rules(_dataset(layout)), *of_kind(_dataset(layout)))


def judge_records(records: Frame, layout: JsonLinesLayout, *, now: datetime) -> Frame:
    """Put one boolean column a rule beside the records, named by the rule's id, true where it passes, never null.

    Args:
        records: columns of the layout, others beside them stay.
        layout: of Baihang.
        now: wall-clock time of the check, without a zone, as the times in the records.
    """
    return _judged(records, record_rules(layout), now)


def judge_sense(records: Frame, layout: JsonLinesLayout, *, now: datetime) -> Frame:
    """As `judge_records`, without the rules of the layout itself."""
    return _judged(records, sense_rules(layout), now)


def _judged(records: Frame, rules: tuple[RowRule, ...], now: datetime) -> Frame:
    judged = records.with_columns(nw.lit(now).alias(_NOW)).with_columns(
        *[rule.passes.alias(rule.rule_id) for rule in rules]
    )
    return judged.drop(_NOW)


def _dataset(layout: JsonLinesLayout) -> str:
    return layout.name.replace("-", "_")


def _layout_rules(dataset: str, column: str, field: JsonField) -> Iterator[RowRule]:
    value = nw.col(column)
    if field.is_required:
        is_blank = value.is_null()
        if field.kind in _TEXTS:
            is_blank = is_blank | (value.str.strip_chars() == "").fill_null(True)
        yield RowRule(f"{dataset}.{column}.missing", column, _CRITICAL, f"{column} is filled", ~is_blank)
    if field.codes:
        text = f"{column} is one of {', '.join(field.codes)}"
        yield RowRule(f"{dataset}.{column}.code", column, _CRITICAL, text, is_coded(column, field.codes))
    elif field.kind in _TEXTS:
        text = f"{column} has at most {field.max_length} characters"
        fits = holds_or_empty(value.str.len_chars() <= field.max_length)
        yield RowRule(f"{dataset}.{column}.too_long", column, _CRITICAL, text, fits)
        if field.kind is JsonKind.TEXT:
            text = f"{column} is one line without control characters"
            is_printable = holds_or_empty(~value.str.contains(r"\p{Cc}"))
            yield RowRule(f"{dataset}.{column}.unprintable", column, _CRITICAL, text, is_printable)


def _head_rules(dataset: str) -> tuple[RowRule, ...]:
    """Rules on what every kind of record begins with."""
    return (
        RowRule(
            f"{dataset}.reqID.shape",
            "reqID",
            _CRITICAL,
            "reqID has 1 to 40 letters and digits",
            is_match("reqID", "[A-Za-z0-9]{1,40}"),
        ),
        RowRule(
            f"{dataset}.reqID.{DUPLICATE}",
            "reqID",
            _CRITICAL,
            "reqID stands in one record only",
            (nw.len().over("reqID") == 1) | nw.col("reqID").is_null(),
        ),
        RowRule(
            f"{dataset}.uploadTs.too_early",
            "uploadTs",
            _CRITICAL,
            "uploadTs is in 1980 or later",
            holds_or_empty(nw.col("uploadTs") >= _FIRST_UPLOAD),
        ),
        RowRule(
            f"{dataset}.uploadTs.in_future",
            "uploadTs",
            _CRITICAL,
            "uploadTs is not after the time of the check",
            holds_or_empty(nw.col("uploadTs") <= nw.col(_NOW)),
        ),
        RowRule(
            f"{dataset}.name.not_chinese",
            "name",
            _WARNING,
            "name has two Chinese characters or more and nothing else but a middle dot",
            is_match("name", f"{_HAN}{{2,}}"),
        ),
        RowRule(
            f"{dataset}.pid.check_digit",
            "pid",
            _CRITICAL,
            "pid is a resident identity number of 18 characters, check digit included",
            is_resident_id(nw.col("pid")) | nw.col("pid").is_null(),
        ),
        RowRule(
            f"{dataset}.mobile.digits",
            "mobile",
            _CRITICAL,
            "mobile has eleven digits",
            is_match("mobile", "[0-9]{11}"),
        ),
        RowRule(
            f"{dataset}.mobile.implausible",
            "mobile",
            _WARNING,
            "mobile of eleven digits begins with 13 to 19",
            is_plausible_mobile(nw.col("mobile")) | ~is_match("mobile", "[0-9]{11}") | nw.col("mobile").is_null(),
        ),
    )


def _ordered(dataset: str, field: str, kind: str, earlier: str) -> RowRule:
    text = f"{field} is not before {earlier}"
    return RowRule(f"{dataset}.{field}.{kind}", field, _CRITICAL, text, is_on_or_after_field(field, earlier))


def _at_least(dataset: str, field: str, kind: str, minimum: int) -> RowRule:
    text = f"{field} is {minimum} or more"
    return RowRule(f"{dataset}.{field}.{kind}", field, _CRITICAL, text, is_at_least(field, minimum))


def _account_rules(dataset: str) -> tuple[RowRule, ...]:
    """Rules on D2 and D4."""
    return (
        _ordered(dataset, "accountOpenDate", "before_application", "applyDate"),
        _ordered(dataset, "issueDate", "before_opening", "accountOpenDate"),
        _ordered(dataset, "uploadTs", "before_issue", "issueDate"),
        RowRule(
            f"{dataset}.firstRepaymentDate.before_issue",
            "firstRepaymentDate",
            _CRITICAL,
            "firstRepaymentDate is not before the day of issueDate",
            holds_or_empty(nw.col("firstRepaymentDate") >= nw.col("issueDate").cast(nw.Date)),
        ),
        _ordered(dataset, "dueDate", "before_first_repayment", "firstRepaymentDate"),
        RowRule(
            f"{dataset}.loanAmount.not_positive",
            "loanAmount",
            _CRITICAL,
            "loanAmount is more than zero",
            holds_or_empty(nw.col("loanAmount") > 0),
        ),
        RowRule(
            f"{dataset}.totalTerm.range",
            "totalTerm",
            _CRITICAL,
            f"totalTerm is 1 to {MOST_TERMS}",
            holds_or_empty((nw.col("totalTerm") >= 1) & (nw.col("totalTerm") <= MOST_TERMS)),
        ),
        _at_least(dataset, "gracePeriod", "negative", 0),
        *_due_date_rules(dataset),
    )


def _due_date_rules(dataset: str) -> tuple[RowRule, ...]:
    dates, period = nw.col("targetRepayDateList"), nw.col("termPeriod")
    is_cycle = (nw.col("targetRepayDateType") == codes.FIXED_CYCLE).fill_null(False)
    is_listed = (nw.col("targetRepayDateType") == codes.FIXED_DATES).fill_null(False)
    is_filled = (~dates.is_null()) & (dates != "").fill_null(False)
    listed = dates.str.split(",")
    is_ascending = (listed.list.sort() == listed) & (listed.list.unique().list.len() == listed.list.len())
    is_complete = listed.list.len().cast(nw.Int64) == nw.col("totalTerm")
    begins_right = dates.str.slice(0, 10) == nw.col("firstRepaymentDate").dt.to_string("%Y-%m-%d")
    return (
        RowRule(
            f"{dataset}.termPeriod.not_days",
            "termPeriod",
            _CRITICAL,
            "termPeriod is 1 or more when targetRepayDateType is 1",
            ~is_cycle | holds_or_empty(period >= 1),
        ),
        RowRule(
            f"{dataset}.termPeriod.not_minus_one",
            "termPeriod",
            _CRITICAL,
            "termPeriod is -1 when targetRepayDateType is 2",
            ~is_listed | holds_or_empty(period == -1),
        ),
        RowRule(
            f"{dataset}.targetRepayDateList.missing",
            "targetRepayDateList",
            _CRITICAL,
            "targetRepayDateList is filled when targetRepayDateType is 2",
            ~is_listed | is_filled,
        ),
        RowRule(
            f"{dataset}.targetRepayDateList.superfluous",
            "targetRepayDateList",
            _CRITICAL,
            "targetRepayDateList is empty when targetRepayDateType is 1",
            ~is_cycle | ~is_filled,
        ),
        RowRule(
            f"{dataset}.targetRepayDateList.not_ascending",
            "targetRepayDateList",
            _CRITICAL,
            "dates of targetRepayDateList ascend, none stands twice",
            ~is_filled | holds_or_empty(is_ascending),
        ),
        RowRule(
            f"{dataset}.targetRepayDateList.differs_from_terms",
            "targetRepayDateList",
            _WARNING,
            "targetRepayDateList has as many dates as totalTerm says",
            ~is_filled | holds_or_empty(is_complete),
        ),
        RowRule(
            f"{dataset}.targetRepayDateList.differs_from_first",
            "targetRepayDateList",
            _WARNING,
            "targetRepayDateList begins with firstRepaymentDate",
            ~is_filled | holds_or_empty(begins_right),
        ),
    )


def _repayment_rules(dataset: str) -> tuple[RowRule, ...]:
    """Rules on D3."""
    return (
        RowRule(
            f"{dataset}.termNo.range",
            "termNo",
            _CRITICAL,
            f"termNo is 1 to {MOST_TERMS}",
            holds_or_empty((nw.col("termNo") >= 1) & (nw.col("termNo") <= MOST_TERMS)),
        ),
        *(
            _at_least(dataset, amount, "negative", 0)
            for amount in ("plannedPayment", "targetRepayment", "realRepayment", "overdueAmount", "remainingAmount")
        ),
        _ordered(dataset, "uploadTs", "before_status", "statusConfirmAt"),
        _ordered(dataset, "uploadTs", "before_repayment", "realRepaymentDate"),
        *_payment_rules(dataset),
        *_overdue_rules(dataset),
    )


def _payment_rules(dataset: str) -> tuple[RowRule, ...]:
    came_in = (nw.col("realRepayment") > 0).fill_null(False)
    has_date = ~nw.col("realRepaymentDate").is_null()
    is_settled = (nw.col("loanStatus") == codes.LOAN_SETTLED).fill_null(False)
    return (
        RowRule(
            f"{dataset}.realRepaymentDate.missing",
            "realRepaymentDate",
            _CRITICAL,
            "realRepaymentDate is filled when realRepayment is more than zero",
            ~came_in | has_date,
        ),
        RowRule(
            f"{dataset}.realRepaymentDate.superfluous",
            "realRepaymentDate",
            _CRITICAL,
            "realRepaymentDate is empty when realRepayment is zero",
            ~has_date | came_in | nw.col("realRepayment").is_null(),
        ),
        RowRule(
            f"{dataset}.remainingAmount.left_over",
            "remainingAmount",
            _CRITICAL,
            "remainingAmount is zero when loanStatus is 3",
            ~is_settled | holds_or_empty(nw.col("remainingAmount") == 0),
        ),
    )


def _overdue_rules(dataset: str) -> tuple[RowRule, ...]:
    status, amount = nw.col("overdueStatus"), nw.col("overdueAmount")
    says_days = ~status.is_null() & (status != "").fill_null(False)
    is_term_overdue = (nw.col("termStatus") == codes.OVERDUE).fill_null(False)
    is_loan_overdue = (nw.col("loanStatus") == codes.LOAN_OVERDUE).fill_null(False)
    is_overdue = is_term_overdue | is_loan_overdue
    is_in_order = nw.col("loanStatus").is_in((codes.LOAN_NORMAL, codes.LOAN_SETTLED)).fill_null(False)
    is_due = nw.col("targetRepaymentDate") < nw.col("statusConfirmAt").cast(nw.Date)
    return (
        RowRule(
            f"{dataset}.overdueStatus.shape",
            "overdueStatus",
            _CRITICAL,
            "overdueStatus is D and a number of days from 1 on",
            ~says_days | is_match("overdueStatus", "D[1-9][0-9]{0,4}"),
        ),
        RowRule(
            f"{dataset}.overdueStatus.missing",
            "overdueStatus",
            _CRITICAL,
            "overdueStatus is filled when the term or the loan is overdue",
            ~is_overdue | says_days,
        ),
        RowRule(
            f"{dataset}.overdueStatus.superfluous",
            "overdueStatus",
            _CRITICAL,
            "overdueStatus is empty when neither the term nor the loan is overdue",
            ~says_days | is_overdue | nw.col("termStatus").is_null() | nw.col("loanStatus").is_null(),
        ),
        RowRule(
            f"{dataset}.loanStatus.not_overdue",
            "loanStatus",
            _CRITICAL,
            "loanStatus is 2 when termStatus is overdue",
            ~is_term_overdue | is_loan_overdue | nw.col("loanStatus").is_null(),
        ),
        RowRule(
            f"{dataset}.targetRepaymentDate.not_due",
            "targetRepaymentDate",
            _CRITICAL,
            "targetRepaymentDate is before the day of statusConfirmAt when termStatus is overdue",
            ~is_term_overdue | holds_or_empty(is_due),
        ),
        RowRule(
            f"{dataset}.targetRepayment.nothing_left",
            "targetRepayment",
            _CRITICAL,
            "targetRepayment is not zero when termStatus is overdue",
            ~is_term_overdue | holds_or_empty(nw.col("targetRepayment") != 0),
        ),
        RowRule(
            f"{dataset}.overdueAmount.nothing_overdue",
            "overdueAmount",
            _CRITICAL,
            "overdueAmount is not zero when loanStatus is 2",
            ~is_loan_overdue | holds_or_empty(amount != 0),
        ),
        RowRule(
            f"{dataset}.overdueAmount.superfluous",
            "overdueAmount",
            _CRITICAL,
            "overdueAmount is zero when loanStatus is 1 or 3",
            ~is_in_order | holds_or_empty(amount == 0),
        ),
        RowRule(
            f"{dataset}.overdueAmount.above_remaining",
            "overdueAmount",
            _WARNING,
            "overdueAmount is at most remainingAmount",
            holds_or_empty(amount <= nw.col("remainingAmount")),
        ),
    )
