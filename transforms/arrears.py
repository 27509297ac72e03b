"""Arrears as of a date: what came in is spent on the oldest instalment first."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import narwhals as nw

from schemas.datasets import ARREARS
from schemas.policy import Policy
from transforms.books import Books, Frame
from transforms.calendar import days_until, full_months_until
from transforms.contract import select_dataset

_NOTHING = Decimal("0.00")
_INSTALMENT_DUE = nw.col("principal_due") + nw.col("interest_due") + nw.col("fee_due") + nw.col("penalty_due")


def arrears_as_of(books: Books, as_of: date, policy: Policy) -> Frame:
    """Every loan with an instalment that fell due before `as_of` and is not fully paid; contract `ARREARS`.

    Money counts from its value date (`paid_on`), a reversal takes it back from its own. All of a loan's money is spent
    on its instalments by due date, then number, so that an overpayment goes forward. An instalment is missed from the
    day after its due date. Reversals beyond what came in leave nothing paid, never less.
    """
    sums = _sums_by_loan(books, as_of).filter(nw.col("fallen_due") > nw.col("paid"))
    loans = books.loans.select("loan_id", "borrower_id")
    missed = _missed_instalments(books.instalments, sums, as_of, policy)
    figures = missed.group_by("loan_id").agg(
        nw.col("due_on").min().alias("first_missed_on"),
        nw.len().alias("missed_instalments"),
        nw.col("unpaid").sum().alias("overdue_amount"),
        nw.col("unpaid_principal").sum().alias("overdue_principal"),
    )
    described = (
        figures.join(sums, on="loan_id", how="inner")
        .join(loans, on="loan_id", how="inner")
        .with_columns(
            nw.lit(as_of).alias("as_of"),
            days_until(nw.col("first_missed_on"), as_of).alias("overdue_days"),
            full_months_until(nw.col("first_missed_on"), as_of).alias("overdue_months"),
            (nw.col("scheduled") - nw.col("paid")).alias("balance_amount"),
        )
    )
    return select_dataset(described, ARREARS)


def _sums_by_loan(books: Books, as_of: date) -> Frame:
    """One row a loan: all that is scheduled, what fell due before `as_of`, and what was paid until then."""
    due = books.instalments.select("loan_id", "due_on", _INSTALMENT_DUE.alias("due"))
    scheduled = due.group_by("loan_id").agg(
        nw.col("due").sum().alias("scheduled"),
        nw.when(nw.col("due_on") < as_of).then(nw.col("due")).otherwise(nw.lit(_NOTHING)).sum().alias("fallen_due"),
    )
    is_reversal = nw.col("payment_kind") == "reversal"
    amount = nw.col("payment_amount")
    paid = (
        books.payments.filter(nw.col("paid_on") <= as_of)
        .select("loan_id", nw.when(is_reversal).then(nw.lit(_NOTHING) - amount).otherwise(amount).alias("signed"))
        .group_by("loan_id")
        .agg(nw.col("signed").sum().alias("paid"))
        .with_columns(_at_least_nothing(nw.col("paid")).alias("paid"))
    )
    return scheduled.join(paid, on="loan_id", how="left").with_columns(nw.col("paid").fill_null(_NOTHING))


def _missed_instalments(instalments: Frame, sums: Frame, as_of: date, policy: Policy) -> Frame:
    """Instalments that are not fully paid, with what is unpaid of them."""
    fallen_due = (
        instalments.filter(nw.col("due_on") < as_of)
        .with_columns(_INSTALMENT_DUE.alias("due"))
        .join(sums.select("loan_id", "paid"), on="loan_id", how="inner")
    )
    until_here = nw.col("due").cum_sum().over("loan_id", order_by=["due_on", "instalment_no"])
    left_for_it = fallen_due.with_columns((nw.col("paid") - (until_here - nw.col("due"))).alias("left")).with_columns(
        _at_least_nothing(nw.col("left")).alias("left")
    )
    return left_for_it.filter(nw.col("left") < nw.col("due")).with_columns(
        (nw.col("due") - nw.col("left")).alias("unpaid"),
        (nw.col("principal_due") - _principal_paid(policy)).alias("unpaid_principal"),
    )


def _principal_paid(policy: Policy) -> nw.Expr:
    """What is left for principal after the components that come before it in the policy's order."""
    order = policy.arrears.allocation_order.value
    left = nw.col("left")
    for component in order[: order.index("principal")]:
        left = left - nw.col(f"{component}_due")
    principal = nw.col("principal_due")
    return nw.when(left > principal).then(principal).otherwise(_at_least_nothing(left))


def _at_least_nothing(amount: nw.Expr) -> nw.Expr:
    return nw.when(amount < _NOTHING).then(nw.lit(_NOTHING)).otherwise(amount)
