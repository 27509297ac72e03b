"""The contacts that count for loans in arrears, without what was said in them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import narwhals as nw

from schemas.policy import Policy
from transforms.books import Books, Frame
from transforms.calendar import add_months
from transforms.keep import Keep
from transforms.local_time import local, require_utc, start_of_day

_READ = (
    "contact_id",
    "loan_id",
    "contacted_at",
    "channel_code",
    "counterparty_code",
    "contact_outcome_code",
    "staff_id",
    "evidence_id",
)


def books_with_contacts_that_count(books: Books, arrears: Frame, as_of: date, policy: Policy, keep: Keep) -> Books:
    """The same books with the contacts that count only, without what was said in them.

    Counted again they are the same, so a step gives the same rows from these books, and reads far less.

    Args:
        books: of the business date.
        arrears: contract `ARREARS`.
        as_of: business date.
        policy: whose look-back holds.
        keep: computes them once.
    """
    return replace(books, contacts=keep(contacts_that_count(books, arrears, as_of, policy).select(*_READ)))


def contacts_that_count(books: Books, arrears: Frame, as_of: date, policy: Policy) -> Frame:
    """One row a contact that counts for a loan in arrears, in no order.

    A contact counts when its local day lies from the first missed date and from the look-back's first day to `as_of`,
    all inclusive. Columns are those of `contacts` but the transcript, `borrower_id` of the loan, `local_at` (the clock
    on the wall in the policy's time zone) and `local_on`.

    Raises:
        ValueError: the engine was opened with another time zone than UTC.
    """
    require_utc(books.contacts, "contacted_at")
    zone = policy.time_zone
    first_on = add_months(as_of, -policy.effort.look_back_months.value)
    at = nw.col("contacted_at")
    return (
        books.contacts.select(*_READ)
        .filter(at >= start_of_day(first_on, zone), at < start_of_day(as_of + timedelta(days=1), zone))
        .join(arrears.select("loan_id", "borrower_id", "first_missed_on"), on="loan_id", how="inner")
        .with_columns(local(at, zone, first_on, as_of).alias("local_at"))
        .with_columns(nw.col("local_at").dt.date().alias("local_on"))
        .filter(nw.col("local_on") >= nw.col("first_missed_on"))
        .drop("first_missed_on")
    )
