"""How late an account was on a day, at month ends, and when the lateness began that a status stands for.

An account is late when an instalment is unpaid 30 days after its due date or longer. A lateness ends on a day without
any arrears, and at a month end at which the account was not late: there it was told as current, and a later lateness
starts anew. Days within a month on which a payment took it below 30 days do not end it, nor does any other partial
payment.

Source: Credit Reporting Resource Guide, field 25, as restated by public furnisher guides: the date of the first 30
days' lateness that led, unbroken, to the status; 15 USC 1681s-2(a)(5).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import narwhals as nw

from transforms.books import Frame
from transforms.bureaus.metro2_checks.code_sets import LEAST_LATE_DAYS
from transforms.bureaus.metro2_money import LATE_DAYS, Ledger
from transforms.calendar import day_number, days_later, month_number
from transforms.money import AMOUNT, NOTHING, at_least_nothing
from transforms.schedules import FIRST_DAY


def first_delinquencies(ledger: Ledger, days: Frame, as_of: date) -> Frame:
    """`loan_no`, `late_since_on`: first day of the lateness that lasted on a day, or else followed it.

    Args:
        ledger: of the loans.
        days: `loan_no`, `judged_on`: the day that is asked about, not after `as_of`.
        as_of: day of the report.
    """
    states = _states(ledger, as_of).join(days, on="loan_no", how="inner")
    next_on = nw.col("day").shift(-1).over("loan_no", order_by="day")
    # What comes after the day that is asked about says nothing of it.
    judged_until = days_later(nw.col("judged_on"), 1)
    states = states.with_columns(next_on.alias("next_on"), judged_until.alias("judged_until"))
    lasts_on = nw.col("next_on").is_null() | (nw.col("next_on") > nw.col("judged_until"))
    until_on = nw.when(lasts_on).then(nw.col("judged_until")).otherwise(nw.col("next_on"))
    has_month_end = month_number(until_on) > month_number(nw.col("day"))
    ends_lateness = ~nw.col("is_late") & (~nw.col("is_in_arrears") | has_month_end)
    ended = states.filter(ends_lateness & (nw.col("day") <= nw.col("judged_on")))
    ended = ended.group_by("loan_no").agg(nw.col("day").max().alias("ended_on"))
    late = states.filter(nw.col("is_late")).join(ended, on="loan_no", how="left")
    return (
        late.filter(nw.col("ended_on").is_null() | (nw.col("day") > nw.col("ended_on")))
        .group_by("loan_no")
        .agg(nw.col("day").min().alias("late_since_on"))
    )


def _states(ledger: Ledger, as_of: date) -> Frame:
    """One row a loan and day on which something changes: whether it is in arrears and whether it is late."""
    changes = nw.concat([_beginnings(ledger), _fallen_due(ledger, 1), _fallen_due(ledger, LATE_DAYS), _money(ledger)])
    by_day = (
        changes.join(ledger.spans.select("span_no", "ends_on"), on="span_no", how="inner")
        .filter((nw.col("day") < nw.col("ends_on")) & (nw.col("day") <= as_of))
        .group_by("span_no", "loan_no", "day")
        .agg(nw.col("missed").sum(), nw.col("late").sum(), nw.col("money").sum())
    )
    summed = by_day.with_columns(
        nw.col(name).cum_sum().over("span_no", order_by="day").alias(name) for name in ("missed", "late", "money")
    )
    paid = at_least_nothing(nw.col("money"))
    return summed.select(
        "loan_no", "day", (nw.col("missed") > paid).alias("is_in_arrears"), (nw.col("late") > paid).alias("is_late")
    )


def _beginnings(ledger: Ledger) -> Frame:
    return ledger.spans.filter(nw.col("begins_on") > FIRST_DAY).select(
        "span_no", "loan_no", nw.col("begins_on").alias("day"), *_nothing("missed", "late", "money")
    )


def _fallen_due(ledger: Ledger, days: int) -> Frame:
    """The days on which instalments are missed for the first time, or for 30 days."""
    falls_on = days_later(nw.col("due_on"), days)
    day = nw.when(falls_on > nw.col("begins_on")).then(falls_on).otherwise(nw.col("begins_on"))
    due = nw.col("due").cast(AMOUNT)
    nothing = _nothing("missed", "late", "money")
    amounts = [nothing[0], due.alias("late")] if days == LATE_DAYS else [due.alias("missed"), nothing[1]]
    return ledger.dues.select("span_no", "loan_no", day.alias("day"), *amounts, nothing[2])


def _money(ledger: Ledger) -> Frame:
    amount = nw.col("money").cast(AMOUNT).alias("money")
    day = nw.col("counts_on").alias("day")
    return ledger.money.select("span_no", "loan_no", day, *_nothing("missed", "late"), amount)


def _nothing(*names: str) -> list[nw.Expr]:
    return [nw.lit(NOTHING).cast(AMOUNT).alias(name) for name in names]


def lateness_on(ledger: Ledger, days: Frame) -> Frame:
    """`loan_no`, `late_days`: days past the oldest due date missed on a day, zero where none is.

    No row where the books have no instalment of a version in force: nobody can tell then.

    Args:
        ledger: of the loans.
        days: `loan_no`, `judged_on`.
    """
    in_force = (nw.col("begins_on") <= nw.col("judged_on")) & (nw.col("ends_on") > nw.col("judged_on"))
    spans = ledger.spans.select("span_no", "loan_no", "begins_on", "ends_on").join(days, on="loan_no", how="inner")
    dues = ledger.dues.select("span_no", "due_on", "due_until")
    told = dues.select("span_no").unique()
    spans = spans.filter(in_force).select("span_no", "loan_no", "judged_on").join(told, on="span_no", how="semi")
    paid = (
        ledger.money.select("span_no", "counts_on", "money")
        .join(spans.select("span_no", "judged_on"), on="span_no", how="inner")
        .filter(nw.col("counts_on") <= nw.col("judged_on"))
        .group_by("span_no")
        .agg(nw.col("money").sum().cast(AMOUNT).alias("paid"))
    )
    missed = (
        dues.join(spans.select("span_no", "judged_on"), on="span_no", how="inner")
        .join(paid, on="span_no", how="left")
        .filter((nw.col("due_on") < nw.col("judged_on")) & (nw.col("due_until") > nw.col("paid").fill_null(NOTHING)))
        .group_by("span_no")
        .agg(nw.col("due_on").min().alias("first_missed_on"))
    )
    late_days = day_number(nw.col("judged_on")) - day_number(nw.col("first_missed_on"))
    return spans.join(missed, on="span_no", how="left").select("loan_no", late_days.fill_null(0).alias("late_days"))


def bucket(late_days: nw.Expr) -> nw.Expr:
    """Code of lateness, 0 to 6: 0 to 29 days, 30 to 59 and so on to 180 or more."""
    code: nw.Expr = nw.lit("0")
    for number, least in enumerate(LEAST_LATE_DAYS.values(), start=1):
        code = nw.when(late_days >= least).then(nw.lit(str(number))).otherwise(code)
    return code


def month_end_column(place: int) -> str:
    """Column of `codes_at_month_ends` for the month end of that place."""
    return f"code_{place}"


def codes_at_month_ends(ledger: Ledger, ends: Sequence[date]) -> Frame:
    """One row a loan: `loan_no`, and at each month end its code of lateness, `E` where nothing is owed any more.

    Null where the books have no instalment of a version in force.

    Args:
        ledger: of the loans.
        ends: the month ends, columns are named by their place.
    """
    paid = ledger.money.group_by("span_no").agg(
        nw.when(nw.col("counts_on") <= end).then(nw.col("money")).sum().cast(AMOUNT).alias(f"paid_{place}")
        for place, end in enumerate(ends)
    )
    owed = ledger.dues.select("span_no", "due_on", "due_until").join(paid, on="span_no", how="left")
    uncovered = owed.group_by("span_no").agg(
        nw.when(nw.col("due_until") > nw.col(f"paid_{place}").fill_null(NOTHING))
        .then(nw.col("due_on"))
        .min()
        .alias(f"first_{place}")
        for place in range(len(ends))
    )
    by_span = ledger.spans.select("span_no", "loan_no", "begins_on", "ends_on").join(
        uncovered, on="span_no", how="inner"
    )
    return by_span.group_by("loan_no").agg(
        nw.when((nw.col("begins_on") <= end) & (nw.col("ends_on") > end))
        .then(_code_at(nw.col(f"first_{place}"), end))
        .max()
        .alias(month_end_column(place))
        for place, end in enumerate(ends)
    )


def _code_at(first_uncovered_on: nw.Expr, end: date) -> nw.Expr:
    code: nw.Expr = nw.when(first_uncovered_on.is_null()).then(nw.lit("E")).otherwise(nw.lit("0"))
    for number, least in enumerate(LEAST_LATE_DAYS.values(), start=1):
        is_as_late = first_uncovered_on <= end - timedelta(days=least)
        code = nw.when(is_as_late).then(nw.lit(str(number))).otherwise(code)
    return code
