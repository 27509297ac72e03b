"""Figures of a loan that its arrears don't tell: what is left to pay, what fell due and came in this month.

As in the arrears (`docs/definitions.md`): the version of the schedule in force counts, money counts from its value
date, a reversal from the later of value and booking date, and money goes to the oldest instalment first.
"""

from __future__ import annotations

from datetime import date

import narwhals as nw

from schemas.policy import Policy
from transforms.books import Books, Frame
from transforms.dues import amount_due
from transforms.keep import Keep, as_it_is
from transforms.money import AMOUNT, NOTHING, at_least_nothing, counts_on, signed_amount
from transforms.schedules import FIRST_DAY

_FIRST_VERSION = 1


def account_figures(books: Books, loans: Frame, as_of: date, policy: Policy, keep: Keep = as_it_is) -> Frame:
    """One row a loan that has a schedule: what is left of it, and what happened in the calendar month of `as_of`.

    Columns besides `loan_id`:

    - `agreed_instalments`: instalments of the first version of the schedule.
    - `principal_left`: principal of all instalments, due or not, that is unpaid.
    - `principal_repaid_last`: by how much the last repayment lowered it, nothing when another version held then.
    - `remaining_instalments`: instalments due after `as_of` that are not fully paid.
    - `missed`: instalments due before `as_of` that are not fully paid.
    - `is_paid_off`: the money covers all instalments.
    - `settled_on`: latest due date in the month up to `as_of`.
    - `due_this_month`: principal, interest and fees due in the month up to `as_of`.
    - `last_due_on`, `last_due_amount`: latest due date up to `as_of`, and principal, interest and fees due on it.
    - `next_due_on`: first due date after `as_of`.
    - `repaid_this_month`: payments less reversals that count in the month up to `as_of`, at least nothing.
    - `last_repaid_on`, `last_repaid_amount`: as `last_repayments` has them.

    Args:
        books: of the business date.
        loans: `loan_id`, each once.
        as_of: business date.
        policy: gives the order in which components are paid.
        keep: what the engine offers to compute a frame once that is used several times.
    """
    money = keep(_money_by_day(books, loans, as_of))
    last = keep(last_repayments(money))
    versions = keep(_versions_in_force(books, loans, as_of))
    instalments = keep(_allocated(books, versions, money, last, policy))
    return (
        _schedule_figures(instalments, as_of)
        .join(_last_dues(instalments, as_of), on="loan_id", how="left")
        .join(_agreed(books, loans), on="loan_id", how="left")
        .join(_repaid_since(money, as_of.replace(day=1)), on="loan_id", how="left")
        .join(last, on="loan_id", how="left")
        .with_columns(nw.col("repaid_this_month").fill_null(NOTHING))
    )


def last_repayments(money: Frame) -> Frame:
    """`loan_id`, `last_repaid_on`, `last_repaid_amount`: the last day on which money came in that was not taken back.

    A reversal takes back the newest money before it, as nothing says which payment it is about: a day's money stands as
    far as the loan's money never fell back below what it was before that day.

    Args:
        money: one row a loan and day: `loan_id`, `day`, `money` (less than nothing when more was taken back).
    """
    after = nw.col("money").cum_sum().over("loan_id", order_by="day")
    least = nw.col("after").cum_min(reverse=True).over("loan_id", order_by="day")
    standing = (
        money.with_columns(after.cast(AMOUNT).alias("after"))
        .with_columns(least.cast(AMOUNT).alias("least"))
        .with_columns((nw.col("least") - (nw.col("after") - nw.col("money"))).cast(AMOUNT).alias("stands"))
        .filter(nw.col("stands") > NOTHING)
    )
    return standing.filter(nw.col("day") == nw.col("day").max().over("loan_id")).select(
        "loan_id", nw.col("day").alias("last_repaid_on"), nw.col("stands").alias("last_repaid_amount")
    )


def _money_by_day(books: Books, loans: Frame, as_of: date) -> Frame:
    return (
        books.payments.join(loans, on="loan_id", how="semi")
        .with_columns(counts_on().alias("day"), signed_amount().alias("money"))
        .filter(nw.col("day") <= as_of)
        .group_by("loan_id", "day")
        .agg(nw.col("money").sum().cast(AMOUNT))
    )


def _versions_in_force(books: Books, loans: Frame, as_of: date) -> Frame:
    """`loan_id`, `schedule_no`, `begins_on`."""
    later = books.schedules.filter(
        (nw.col("schedule_effective_on") <= as_of) & (nw.col("schedule_no") > _FIRST_VERSION)
    ).select("loan_id", "schedule_no", nw.col("schedule_effective_on").alias("begins_on"))
    newest = later.group_by("loan_id").agg(nw.col("schedule_no").max())
    return (
        loans.select("loan_id")
        .join(newest.join(later, on=["loan_id", "schedule_no"], how="inner"), on="loan_id", how="left")
        .with_columns(
            nw.col("schedule_no").fill_null(_FIRST_VERSION).cast(nw.Int64()),
            nw.col("begins_on").fill_null(nw.lit(FIRST_DAY).cast(nw.Date())),
        )
    )


def _allocated(books: Books, versions: Frame, money: Frame, last: Frame, policy: Policy) -> Frame:
    """The instalments of the versions in force, with what is left of the money for each."""
    counting = (
        money.join(versions.select("loan_id", "begins_on"), on="loan_id", how="inner")
        .filter(nw.col("day") >= nw.col("begins_on"))
        .group_by("loan_id")
        .agg(nw.col("money").sum().cast(AMOUNT).alias("paid"))
    )
    due_until = nw.col("due").cum_sum().over("loan_id", order_by=["due_on", "instalment_no"])
    due_before = nw.col("due_until") - nw.col("due")
    left = at_least_nothing(at_least_nothing(nw.col("paid")) - due_before)
    left_before = at_least_nothing(at_least_nothing(nw.col("paid") - nw.col("last_repaid_amount")) - due_before)
    return (
        books.instalments.join(versions, on=["loan_id", "schedule_no"], how="inner")
        .with_columns(amount_due().cast(AMOUNT).alias("due"))
        .with_columns(due_until.cast(AMOUNT).alias("due_until"))
        .join(counting, on="loan_id", how="left")
        .join(last, on="loan_id", how="left")
        .with_columns(nw.col("paid").fill_null(NOTHING))
        .with_columns(left.alias("left"), left_before.alias("left_before"))
        .with_columns(
            (nw.col("principal_due") - _of_principal(nw.col("left"), policy)).alias("principal_unpaid"),
            (nw.col("principal_due") - _of_principal(nw.col("left_before"), policy)).alias("principal_unpaid_before"),
            (nw.col("last_repaid_on") >= nw.col("begins_on")).alias("is_last_of_version"),
            (nw.col("principal_due") + nw.col("interest_due") + nw.col("fee_due")).alias("planned"),
        )
    )


def _of_principal(left: nw.Expr, policy: Policy) -> nw.Expr:
    """How much of what is left of the money goes to the principal of an instalment."""
    for component in policy.arrears.allocation_order.value:
        if component == "principal":
            break
        left = left - nw.col(f"{component}_due")
    principal = nw.col("principal_due")
    return nw.when(left > principal).then(principal).otherwise(at_least_nothing(left))


def _schedule_figures(instalments: Frame, as_of: date) -> Frame:
    due_on, first_on = nw.col("due_on"), as_of.replace(day=1)
    is_unpaid = nw.col("left") < nw.col("due")
    is_this_month = (due_on >= first_on) & (due_on <= as_of)
    lowered = nw.col("principal_left_before") - nw.col("principal_left")
    return (
        instalments.group_by("loan_id")
        .agg(
            nw.col("principal_unpaid").sum().cast(AMOUNT).alias("principal_left"),
            nw.when(nw.col("is_last_of_version"))
            .then(nw.col("principal_unpaid_before"))
            .sum()
            .cast(AMOUNT)
            .alias("principal_left_before"),
            nw.col("is_last_of_version").any().fill_null(False).alias("is_last_of_version"),
            _counted(is_unpaid & (due_on > as_of)).alias("remaining_instalments"),
            _counted(is_unpaid & (due_on < as_of)).alias("missed"),
            _counted(is_unpaid).alias("unpaid"),
            nw.when(is_this_month).then(due_on).max().alias("settled_on"),
            nw.when(is_this_month)
            .then(nw.col("planned"))
            .otherwise(nw.lit(NOTHING))
            .sum()
            .cast(AMOUNT)
            .alias("due_this_month"),
            nw.when(due_on <= as_of).then(due_on).max().alias("last_due_on"),
            nw.when(due_on > as_of).then(due_on).min().alias("next_due_on"),
        )
        .with_columns(
            (nw.col("unpaid") == 0).alias("is_paid_off"),
            nw.when(nw.col("is_last_of_version")).then(lowered).alias("principal_repaid_last"),
        )
        .drop("principal_left_before", "is_last_of_version", "unpaid")
    )


def _counted(condition: nw.Expr) -> nw.Expr:
    return nw.when(condition).then(nw.lit(1)).otherwise(nw.lit(0)).sum().cast(nw.Int64())


def _last_dues(instalments: Frame, as_of: date) -> Frame:
    fallen = instalments.filter(nw.col("due_on") <= as_of)
    latest = fallen.filter(nw.col("due_on") == nw.col("due_on").max().over("loan_id"))
    return latest.group_by("loan_id").agg(nw.col("planned").sum().cast(AMOUNT).alias("last_due_amount"))


def _agreed(books: Books, loans: Frame) -> Frame:
    first = books.instalments.filter(nw.col("schedule_no") == _FIRST_VERSION).join(loans, on="loan_id", how="semi")
    return first.group_by("loan_id").agg(nw.len().cast(nw.Int64()).alias("agreed_instalments"))


def _repaid_since(money: Frame, first_on: date) -> Frame:
    recent = money.filter(nw.col("day") >= first_on)
    return (
        recent.group_by("loan_id")
        .agg(nw.col("money").sum().cast(AMOUNT))
        .select("loan_id", at_least_nothing(nw.col("money")).alias("repaid_this_month"))
    )
