"""What is owed and what came in for Metro 2, of any loan: dues and money by span, balances, payments.

Unlike arrears, which speak of late loans alone, a report speaks of current and paid ones too; what falls due, what
counts as money and how it is spent are the same.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

import narwhals as nw

from schemas.policy import Policy
from transforms.books import Books, Frame
from transforms.bureaus.metro2_checks.code_sets import LEAST_LATE_DAYS
from transforms.dues import dues_of_spans
from transforms.keep import Keep
from transforms.money import AMOUNT, NOTHING, at_least_nothing, counts_on, money_of_spans, signed_amount
from transforms.repayment_history import month_ends_until
from transforms.schedules import spans_of_candidates

LATE_DAYS = LEAST_LATE_DAYS["71"]
"""An account is late from so many days past the due date on."""
_NO_END = date(9999, 12, 31)
_FIRST_VERSION = 1
_PAYMENTS_A_MONTH: dict[str, tuple[int, int]] = {
    "W": (13, 3),
    "B": (13, 6),
    "E": (2, 1),
    "L": (1, 2),
    "Q": (1, 3),
    "T": (1, 4),
    "S": (1, 6),
    "Y": (1, 12),
}
"""Terms frequency to payments a month, as a fraction: 52 weeks are 12 months. The others are told as they fall due."""


@dataclass(frozen=True)
class Ledger:
    """The money side of the loans of a report.

    Attributes:
        spans: versions of schedules that began by the day of the report, as `spans_of_candidates` gives them.
        dues: from `dues_of_spans`, without instalments of nothing.
        money: from `money_of_spans`.
    """

    spans: Frame
    dues: Frame
    money: Frame


def ledger_of(books: Books, loans: Frame, as_of: date, keep: Keep) -> Ledger:
    """The money side of some loans, late or not. A loan without instalments has none.

    Args:
        books: of the business date.
        loans: `loan_id`, each once.
        as_of: day of the report.
        keep: what the engine offers to compute a frame once that is used several times.
    """
    own = {name: getattr(books, name).join(loans, on="loan_id", how="semi") for name in ("loans", "instalments")}
    # Had nothing ever come in, every loan would be late at the end of all days: so each one is a candidate.
    unpaid = replace(books, payments=books.payments.filter(nw.col("loan_id").is_null()), **own)
    spans = keep(spans_of_candidates(unpaid, _NO_END, keep).filter(nw.col("begins_on") <= as_of))
    dues = keep(dues_of_spans(own["instalments"], spans).filter(nw.col("due") > 0))
    return Ledger(spans, dues, keep(money_of_spans(books.payments, spans, as_of)))


def paid_off(ledger: Ledger, as_of: date) -> Frame:
    """`loan_id`, `paid_off_on`: of loans of which nothing is owed, the day on which money last came to cover all."""
    in_force = ledger.spans.filter(nw.col("ends_on") > as_of).select("span_no", "loan_id", "begins_on")
    totals = ledger.dues.group_by("span_no").agg(nw.col("due").sum().cast(AMOUNT).alias("total"))
    by_day = ledger.money.group_by("span_no", "counts_on").agg(nw.col("money").sum().cast(AMOUNT))
    covering = (
        by_day.with_columns(nw.col("money").cum_sum().over("span_no", order_by="counts_on").cast(AMOUNT).alias("paid"))
        .join(totals, on="span_no", how="inner")
        .filter((nw.col("paid") >= nw.col("total")) & (nw.col("paid") - nw.col("money") < nw.col("total")))
        .group_by("span_no")
        .agg(nw.col("counts_on").max().alias("covered_on"))
    )
    paid = by_day.group_by("span_no").agg(nw.col("money").sum().cast(AMOUNT).alias("paid"))
    return (
        in_force.join(totals, on="span_no", how="inner")
        .join(paid, on="span_no", how="inner")
        .filter(nw.col("paid") >= nw.col("total"))
        .join(covering, on="span_no", how="inner")
        .select("loan_id", nw.col("covered_on").alias("paid_off_on"))
    )


def balances(ledger: Ledger, as_of: date, policy: Policy) -> Frame:
    """`loan_id`, `balance` (principal, and interest, fees and penalties that fell due) and `late` (due for 30 days)."""
    paid = (
        ledger.money.group_by("span_no")
        .agg(nw.col("money").sum().alias("paid"))
        .with_columns(at_least_nothing(nw.col("paid")).cast(AMOUNT).alias("paid"))
    )
    spent = nw.col("paid") - (nw.col("due_until") - nw.col("due"))
    allocated = (
        ledger.dues.filter(nw.col("ends_on") > as_of)
        .join(paid, on="span_no", how="left")
        .with_columns(nw.col("paid").fill_null(NOTHING))
        .with_columns(_between(spent, nw.col("due")).cast(AMOUNT).alias("spent"))
        .with_columns((nw.col("due") - nw.col("spent")).alias("unpaid"), _unpaid_principal(policy).alias("principal"))
    )
    has_fallen_due, is_late = nw.col("due_on") <= as_of, nw.col("due_on") <= as_of - timedelta(days=LATE_DAYS)
    owed = nw.when(has_fallen_due).then(nw.col("unpaid")).otherwise(nw.col("principal"))
    sums = allocated.group_by("span_no").agg(
        owed.sum().cast(AMOUNT).alias("balance"),
        nw.when(is_late).then(nw.col("unpaid")).otherwise(nw.lit(NOTHING)).sum().cast(AMOUNT).alias("late"),
    )
    return ledger.spans.select("span_no", "loan_id").join(sums, on="span_no", how="inner").drop("span_no")


def _between(value: nw.Expr, most: nw.Expr) -> nw.Expr:
    return nw.when(value > most).then(most).otherwise(at_least_nothing(value))


def _unpaid_principal(policy: Policy) -> nw.Expr:
    order = policy.arrears.allocation_order.value
    left = nw.col("spent")
    for component in order[: order.index("principal")]:
        left = left - nw.col(f"{component}_due")
    return (nw.col("principal_due") - _between(left, nw.col("principal_due"))).cast(AMOUNT)


def scheduled_payments(ledger: Ledger, as_of: date) -> Frame:
    """`loan_id`, `instalment` (what falls due on the last due date until `as_of`, else on the first one) and `terms`.

    Penalties are no part of it. `terms` counts the instalments as agreed at first.
    """
    days = (
        ledger.dues.join(ledger.spans.select("span_no", "loan_id", "schedule_no"), on="span_no", how="inner")
        .with_columns((nw.col("due") - nw.col("penalty_due")).alias("instalment"))
        .filter(nw.col("instalment") > 0)
    )
    terms = days.filter(nw.col("schedule_no") == _FIRST_VERSION).group_by("loan_id").agg(nw.len().alias("terms"))
    by_day = (
        days.filter(nw.col("ends_on") > as_of)
        .group_by("loan_id", "due_on")
        .agg(nw.col("instalment").sum().cast(AMOUNT))
    )
    has_fallen_due = nw.col("due_on") <= as_of
    chosen = by_day.group_by("loan_id").agg(
        nw.when(has_fallen_due).then(nw.col("due_on")).max().alias("last_on"), nw.col("due_on").min().alias("first_on")
    )
    chosen = chosen.select(
        "loan_id",
        nw.when(nw.col("last_on").is_null()).then(nw.col("first_on")).otherwise(nw.col("last_on")).alias("due_on"),
    )
    instalments = by_day.join(chosen, on=["loan_id", "due_on"], how="inner").select("loan_id", "instalment")
    return instalments.join(terms, on="loan_id", how="left")


def monthly(instalment: nw.Expr, frequency: nw.Expr) -> nw.Expr:
    """Whole dollars a month of what falls due at a terms frequency, cents cut."""
    dollars = whole_dollars(instalment)
    for code, (times, over) in _PAYMENTS_A_MONTH.items():
        dollars = nw.when(frequency == code).then(cents(instalment) * times // (over * 100)).otherwise(dollars)
    return dollars


def payments_until(books: Books, loans: Frame, as_of: date) -> Frame:
    """`loan_id`, `received` (since the month end before `as_of`, less reversals), `last_paid_on`.

    A reversal takes back what came in last: the last payment is the last one that stands.
    """
    since = month_ends_until(as_of - timedelta(days=1), 1)[0]
    by_day = (
        books.payments.join(loans, on="loan_id", how="semi")
        .with_columns(counts_on().alias("day"), signed_amount().alias("money"))
        .filter(nw.col("day") <= as_of)
        .group_by("loan_id", "day")
        .agg(nw.col("money").sum().cast(AMOUNT))
    )
    standing = nw.col("money").cum_sum(reverse=True).over("loan_id", order_by="day")
    return (
        by_day.with_columns(standing.cast(AMOUNT).alias("standing"))
        .group_by("loan_id")
        .agg(
            nw.when(nw.col("day") > since).then(nw.col("money")).otherwise(nw.lit(NOTHING)).sum().alias("received"),
            nw.when(nw.col("standing") > 0).then(nw.col("day")).max().alias("last_paid_on"),
        )
        .with_columns(at_least_nothing(nw.col("received")).cast(AMOUNT).alias("received"))
    )


def cents(amount: nw.Expr) -> nw.Expr:
    """An amount as a whole number of cents."""
    return (amount * 100).cast(nw.Int64)


def whole_dollars(amount: nw.Expr) -> nw.Expr:
    """Whole dollars, cents cut."""
    return cents(amount) // 100
