"""Which version of a schedule was in force when, for the loans that may be in arrears."""

from __future__ import annotations

from datetime import date

import narwhals as nw

from transforms.books import Books, Frame
from transforms.dues import amount_due
from transforms.keep import Keep
from transforms.money import counts_on, signed_amount

FIRST_DAY = date(1900, 1, 1)
"""On which version 1 of every schedule is taken to begin."""
_NO_END = date(9999, 12, 31)


def spans_of_candidates(books: Books, as_of: date, keep: Keep) -> Frame:
    """One row a version of a schedule that was ever in force until `as_of`, of each loan that may be in arrears.

    Columns: `span_no` (grows with loan, then version), `loan_no`, `loan_id`, `borrower_id`, `disbursed_on`,
    `schedule_no`, `begins_on`, `ends_on` (the first day on which it is not in force any more).

    A loan may be in arrears when more of version 1 fell due than ever came in, or when it has another version.

    Args:
        books: of the business date.
        as_of: business date.
        keep: computes the candidates once; they are few, and finding them reads all instalments and payments.
    """
    later = books.schedules.filter((nw.col("schedule_effective_on") <= as_of) & (nw.col("schedule_no") > 1)).select(
        "loan_id", "schedule_no", nw.col("schedule_effective_on").alias("begins_on")
    )
    candidates = nw.concat([_short_of_money(books, as_of), later.select("loan_id")])
    loans = keep(
        books.loans.select("loan_id", "borrower_id", "disbursed_on")
        .join(candidates, on="loan_id", how="semi")
        .with_row_index("loan_no", order_by="loan_id")
        .with_columns(nw.col("loan_no").cast(nw.Int64))
    )
    first = loans.with_columns(
        nw.lit(1).cast(nw.Int64).alias("schedule_no"), nw.lit(FIRST_DAY).cast(nw.Date).alias("begins_on")
    )
    versions = nw.concat([first, loans.join(later, on="loan_id", how="inner").select(*first.columns)])
    ends = (
        versions.select("loan_id", "schedule_no")
        .join(later.rename({"schedule_no": "later_no", "begins_on": "later_begins_on"}), on="loan_id", how="inner")
        .filter(nw.col("later_no") > nw.col("schedule_no"))
        .group_by("loan_id", "schedule_no")
        .agg(nw.col("later_begins_on").min().alias("ends_on"))
    )
    return (
        versions.join(ends, on=["loan_id", "schedule_no"], how="left")
        .with_columns(nw.col("ends_on").fill_null(nw.lit(_NO_END).cast(nw.Date)))
        .filter(nw.col("begins_on") < nw.col("ends_on"))
        .with_row_index("span_no", order_by=["loan_no", "schedule_no"])
        .with_columns(nw.col("span_no").cast(nw.Int64))
    )


def _short_of_money(books: Books, as_of: date) -> Frame:
    """`loan_id` of loans of whose version 1 more fell due before `as_of` than came in."""
    fallen = (
        books.instalments.filter((nw.col("due_on") < as_of) & (nw.col("schedule_no") == 1))
        .select("loan_id", amount_due().alias("fallen_due"))
        .group_by("loan_id")
        .agg(nw.col("fallen_due").sum())
    )
    paid = (
        books.payments.filter(counts_on() <= as_of)
        .select("loan_id", signed_amount().alias("paid"))
        .group_by("loan_id")
        .agg(nw.col("paid").sum())
    )
    joined = fallen.join(paid, on="loan_id", how="left")
    is_short = nw.col("paid").is_null() | (nw.col("fallen_due") > nw.col("paid"))
    return joined.filter(is_short & (nw.col("fallen_due") > 0)).select("loan_id")
