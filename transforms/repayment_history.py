"""How each of the last months ended, in the codes of the People's Bank of China.

Source: codes of RpyStatus for instalment loans in the second-generation collection format of the credit reference
centre.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import narwhals as nw

from transforms.books import Frame
from transforms.calendar import month_number
from transforms.money import AMOUNT, NOTHING, at_least_nothing

MONTHS = 24
_OVERDUE_AFTER_DAYS = (0, 30, 60, 90, 120, 150, 180)
"""More days than these since the first missed date give the codes 1 to 7."""
_MOST_OVERDUE = len(_OVERDUE_AFTER_DAYS)
# How a month ended in a span, after 1 to 7 for arrears; what had no dues is told apart by the month before.
_PAID_OFF, _PAID_LATE, _HAD_DUES, _HAD_NONE = 8, 9, 10, 11
_DUE, _LATE = 1, 2


@dataclass(frozen=True)
class _MonthEnd:
    """A month end, with its place among those that are looked at."""

    place: int
    day: date

    @property
    def month_no(self) -> int:
        return self.day.year * 12 + self.day.month

    def of(self, what: str) -> str:
        return f"{what}_{self.place}"


def month_ends_until(as_of: date, months: int) -> tuple[date, ...]:
    """The last month ends up to and including `as_of`, oldest first."""
    end = as_of if as_of.day == monthrange(as_of.year, as_of.month)[1] else as_of.replace(day=1) - timedelta(days=1)
    ends = [end]
    while len(ends) < months:
        ends.append(ends[-1].replace(day=1) - timedelta(days=1))
    return tuple(reversed(ends))


def repayment_histories(spans: Frame, dues: Frame, money: Frame, timeline: Frame, as_of: date) -> Frame:
    """One row a loan: `loan_no` and what its month ends tell, as `docs/definitions.md` defines it.

    Columns: `repayment_history` (oldest first), `consecutive_missed_periods`, `highest_missed_at_month_ends`.

    Args:
        spans: from `spans_of_candidates`.
        dues: from `dues_of_spans`.
        money: from `money_of_spans`.
        timeline: from `timeline_until`.
        as_of: business date.
    """
    # The month before the first tells whether the loan came into it in arrears.
    ends = tuple(_MonthEnd(place, day) for place, day in enumerate(month_ends_until(as_of, MONTHS + 1)))
    history = ends[1:]
    states = _states(spans, dues, money, timeline, ends)
    coded = states.with_columns(_code(end, before).alias(end.of("code")) for before, end in pairwise(ends))
    return coded.select(
        "loan_no",
        nw.concat_str(*(nw.col(end.of("code")) for end in history)).alias("repayment_history"),
        _run_at_end(history).alias("consecutive_missed_periods"),
        nw.max_horizontal(*(nw.col(end.of("missed")) for end in history)).alias("highest_missed_at_month_ends"),
    )


def status_code(first_missed_on: nw.Expr, disbursed_on: nw.Expr, as_of: date) -> nw.Expr:
    """Code at `as_of` of a loan in arrears."""
    mark = _overdue_mark(first_missed_on, as_of, nw.lit(1))
    return nw.when(disbursed_on > as_of).then(nw.lit("/")).otherwise(mark.cast(nw.String))


def _states(spans: Frame, dues: Frame, money: Frame, timeline: Frame, ends: tuple[_MonthEnd, ...]) -> Frame:
    """One row a loan: at each month end the mark and the missed instalments of the span in force."""
    by_span = spans.join(_uncovered(dues, money, ends), on="span_no", how="left").join(
        _months(timeline, ends), on="span_no", how="left"
    )
    facts = []
    for end in ends:
        is_in_force = (nw.col("begins_on") <= end.day) & (nw.col("ends_on") > end.day)
        facts += [
            nw.when(is_in_force).then(_mark(end)).max().alias(end.of("mark")),
            nw.when(is_in_force).then(nw.col(end.of("missed"))).max().fill_null(0).alias(end.of("missed")),
        ]
    return by_span.group_by("loan_no").agg(nw.col("disbursed_on").min(), *facts)


def _uncovered(dues: Frame, money: Frame, ends: tuple[_MonthEnd, ...]) -> Frame:
    """One row a span: at each month end the due date of the first instalment not covered, and how many are missed."""
    paid = money.group_by("span_no").agg(
        nw.when(nw.col("counts_on") <= end.day).then(nw.col("money")).sum().cast(AMOUNT).alias(end.of("paid"))
        for end in ends
    )
    owed = dues.filter(nw.col("due") > 0).select("span_no", "due_on", "due_until").join(paid, on="span_no", how="left")
    facts = []
    for end in ends:
        is_uncovered = nw.col("due_until") > nw.col(end.of("paid")).fill_null(NOTHING)
        is_missed = is_uncovered & (nw.col("due_on") < end.day)
        facts += [
            nw.when(is_uncovered).then(nw.col("due_on")).min().alias(end.of("first")),
            nw.when(is_missed).then(nw.lit(1)).count().alias(end.of("missed")),
        ]
    return owed.group_by("span_no").agg(*facts)


def _months(timeline: Frame, ends: tuple[_MonthEnd, ...]) -> Frame:
    """One row a span: of each month whether something fell due in it, and whether some of that was late.

    Late is what was not covered at the end of its due date; where nothing is missed at the month end, it is paid since.
    What fell due on the month end itself can't be late on it.
    """
    is_late = nw.col("fallen_due") > at_least_nothing(nw.col("paid_before"))
    fell_due = timeline.filter(nw.col("due_month") >= ends[0].month_no).select(
        "span_no",
        "due_month",
        nw.when(is_late & (month_number(nw.col("day")) == nw.col("due_month")))
        .then(nw.lit(_LATE))
        .otherwise(nw.lit(_DUE))
        .alias("how"),
    )
    return fell_due.group_by("span_no").agg(
        nw.when(nw.col("due_month") == end.month_no).then(nw.col("how")).max().alias(end.of("month")) for end in ends
    )


def _mark(end: _MonthEnd) -> nw.Expr:
    """How a month ended in a span, as far as that can be told without the month before."""
    first, month = nw.col(end.of("first")), nw.col(end.of("month"))
    mark = nw.when(month.is_null()).then(nw.lit(_HAD_NONE)).otherwise(nw.lit(_HAD_DUES))
    mark = nw.when(month == _LATE).then(nw.lit(_PAID_LATE)).otherwise(mark)
    mark = nw.when(first.is_null()).then(nw.lit(_PAID_OFF)).otherwise(mark)
    return _overdue_mark(first, end.day, mark)


def _overdue_mark(first_uncovered_on: nw.Expr, day: date, otherwise: nw.Expr) -> nw.Expr:
    """1 for 1 to 30 days, 2 for 31 to 60, and so on."""
    mark = otherwise
    for number, days in enumerate(_OVERDUE_AFTER_DAYS, start=1):
        mark = nw.when(first_uncovered_on < day - timedelta(days=days)).then(nw.lit(number)).otherwise(mark)
    return mark


def _code(end: _MonthEnd, before: _MonthEnd) -> nw.Expr:
    mark, mark_before = nw.col(end.of("mark")), nw.col(before.of("mark"))
    code = nw.when(mark_before <= _MOST_OVERDUE).then(nw.lit("N")).otherwise(nw.lit("*"))
    for known, letter in ((_HAD_DUES, "N"), (_PAID_LATE, "M"), (_PAID_OFF, "C")):
        code = nw.when(mark == known).then(nw.lit(letter)).otherwise(code)
    code = nw.when(mark <= _MOST_OVERDUE).then(mark.cast(nw.String)).otherwise(code)
    return nw.when(nw.col("disbursed_on") > end.day).then(nw.lit("/")).otherwise(code)


def _run_at_end(ends: tuple[_MonthEnd, ...]) -> nw.Expr:
    """How many of the month ends in a row, back from the last, have a code of arrears."""
    run = nw.lit(0)
    for end in ends:
        has_code = (nw.col(end.of("mark")) <= _MOST_OVERDUE) & (nw.col("disbursed_on") <= end.day)
        run = nw.when(has_code).then(run + 1).otherwise(nw.lit(0))
    return run
