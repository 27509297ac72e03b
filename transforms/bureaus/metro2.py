"""Cases to Metro 2 records: the state of each account at the end of a day, with its consumers and segments.

Identity joins here and nowhere before. What the lender's books don't say is not made up: it comes in as facts
(`schemas.bureaus.metro2_facts`), and where it is missing there the slot stays empty, and the layout or a condition of
`metro2_checks` asks for it. A report tells of late, current and paid accounts alike, so all figures are computed from
the books; for a loan in arrears they are those of `arrears`.

Source: Credit Reporting Resource Guide, as restated by public furnisher guides and by two public programs
(moov-io/metro2, cfpb/Metro2).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import narwhals as nw
from narwhals.typing import IntoDType

from schemas.bureaus import metro2_codes as codes
from schemas.bureaus.fixed_width import RECORD_NO, Segment, SlotKind
from schemas.bureaus.metro2 import BASE, LAYOUT
from schemas.bureaus.metro2_facts import METRO2_ACCOUNTS, SEGMENT_FACTS
from schemas.policy import Policy
from transforms.books import Books, Frame
from transforms.bureaus import metro2_status as status
from transforms.bureaus.metro2_checks import RecordFrames
from transforms.bureaus.metro2_checks.code_sets import DEROGATORY, PAID
from transforms.bureaus.metro2_compliance import compliance_codes
from transforms.bureaus.metro2_consumers import Consumers, consumers_of
from transforms.bureaus.metro2_lateness import bucket, codes_at_month_ends, first_delinquencies, lateness_on
from transforms.bureaus.metro2_money import (
    Ledger,
    balances,
    ledger_of,
    monthly,
    paid_off,
    payments_until,
    scheduled_payments,
    whole_dollars,
)
from transforms.keep import Keep, as_it_is
from transforms.repayment_history import MONTHS, month_ends_until

FIRST_RECORD_NO = 2
"""Number of the first record in a file: the header is 1."""

_TERMS = {"C": "LOC", "O": "001", "R": "REV"}
_LOANS = ("I", "M")
_DEFERRED = "D"
_NOTHING_OWED = ("05", *PAID)
_NOTHING_SCHEDULED = (*_NOTHING_OWED, "97")
_CHARGED_OFF = ("64", "97")
_SETTLED = "AU"

_TYPES: dict[SlotKind, IntoDType] = {
    SlotKind.TEXT: nw.String(),
    SlotKind.NUMBER: nw.String(),
    SlotKind.DOLLARS: nw.Int64(),
    SlotKind.DATE: nw.Date(),
    SlotKind.STAMP: nw.Datetime("us"),
}


@dataclass(frozen=True)
class Furnisher:
    """Who reports, as the bureaus know it.

    Attributes:
        identification_number: of the furnisher, at least 5 characters, the same every month.
        name: of the reporter, the same every month.
        address: street, city, state and zip in one text.
        telephone: ten digits.
        program_ids: slot of the header (`equifax_program_id`) to what that bureau has issued.
        program_on: when the program that makes the files was written.
        program_revision_on: when it was last changed.
    """

    identification_number: str
    name: str
    address: str
    telephone: str | None = None
    program_ids: tuple[tuple[str, str], ...] = ()
    program_on: date | None = None
    program_revision_on: date | None = None


@dataclass(frozen=True)
class Report:
    """What all records of one report share.

    Attributes:
        furnisher: who reports.
        as_of: day that the report describes, as a rule the end of a month.
        made_at: when it is made, time on the furnisher's wall without a zone.
        correction_indicator: `0`, or `1` when its records replace what was reported for the same period.

    Raises:
        ValueError: the correction indicator is not one of its codes.
    """

    furnisher: Furnisher
    as_of: date
    made_at: datetime
    correction_indicator: str = "0"

    def __post_init__(self) -> None:
        if self.correction_indicator not in codes.CORRECTION:
            raise ValueError(f"correction_indicator is not one of {', '.join(codes.CORRECTION)}")

    @property
    def header(self) -> dict[str, str | date | None]:
        """The columns of the file's header that are filled."""
        return {
            **dict(self.furnisher.program_ids),
            "activity_on": self.as_of,
            "created_on": self.made_at.date(),
            "program_on": self.furnisher.program_on,
            "program_revision_on": self.furnisher.program_revision_on,
            "reporter_name": self.furnisher.name,
            "reporter_address": self.furnisher.address,
            "reporter_telephone": self.furnisher.telephone,
        }


@dataclass(frozen=True)
class Facts:
    """What the furnisher tells besides the books; contracts in `schemas.bureaus.metro2_facts`."""

    accounts: Frame
    consumers: Frame
    associations: Frame


@dataclass(frozen=True)
class Metro2Records:
    """The records of one report.

    Attributes:
        cases: `record_no`, `case_id`, `loan_id` of each record: what bears no name and is not sent.
        records: base and appended segments, each sorted by `record_no`; J1 and J2 within it by the consumer's key.
    """

    cases: Frame
    records: RecordFrames


def metro2_records(
    books: Books, cases: Frame, facts: Facts, report: Report, policy: Policy, keep: Keep = as_it_is
) -> Metro2Records:
    """The records of a report, one a case, numbered from FIRST_RECORD_NO on by account number.

    Args:
        books: of the business date.
        cases: `case_id`, `loan_id`, each loan once: late, current or paid ones.
        facts: what the books don't say.
        report: what the records share; its day is the business date.
        policy: gives the order in which components are paid, and whom it protects.
        keep: what the engine offers to compute a frame once that is used several times.
    """
    numbered = keep(_numbered(books, cases, facts))
    loans = numbered.select("loan_id")
    consumers = consumers_of(
        books, numbered.select("loan_id", "borrower_id"), facts.consumers, facts.associations, policy, keep
    )
    base = _base(books, numbered, consumers, loans, report, policy, keep)
    numbers = numbered.select("loan_id", RECORD_NO)
    appended = {
        "j1": _segment(LAYOUT.segment("j1"), consumers.j1, numbers, "borrower_id"),
        "j2": _segment(LAYOUT.segment("j2"), consumers.j2, numbers, "borrower_id"),
        **{key: _segment(LAYOUT.segment(key), _told(numbered, key), numbers) for key in SEGMENT_FACTS},
        "n1": _segment(LAYOUT.segment("n1"), consumers.n1, numbers),
    }
    return Metro2Records(
        numbered.select(RECORD_NO, "case_id", "loan_id").sort(RECORD_NO), RecordFrames(base.sort(RECORD_NO), appended)
    )


def _numbered(books: Books, cases: Frame, facts: Facts) -> Frame:
    """One row a case: its loan, what is told of the account, and the number of its record."""
    told = facts.accounts.select(*METRO2_ACCOUNTS.field_names)
    loans = books.loans.select("loan_id", "borrower_id", "principal_amount", "disbursed_on")
    acquired_on = nw.col("acquired_on")
    return (
        cases.select("case_id", "loan_id")
        .join(loans, on="loan_id", how="inner")
        .join(told, on="loan_id", how="left")
        .with_row_index(RECORD_NO, order_by=["account_number", "loan_id"])
        .with_columns(
            (nw.col(RECORD_NO).cast(nw.Int64) + FIRST_RECORD_NO).alias(RECORD_NO),
            nw.when(acquired_on.is_null()).then(nw.col("disbursed_on")).otherwise(acquired_on).alias("opened_on"),
        )
    )


def _base(
    books: Books, numbered: Frame, consumers: Consumers, loans: Frame, report: Report, policy: Policy, keep: Keep
) -> Frame:
    as_of = report.as_of
    ledger = ledger_of(books, loans, as_of, keep)
    joined = numbered.join(paid_off(ledger, as_of), on="loan_id", how="left")
    joined = joined.with_columns(status.paid_on(as_of).alias("paid_on"))
    days = (status.judged_on(as_of).alias("judged_on"), status.derogatory_on(as_of).alias("derogatory_on"))
    joined = keep(joined.with_columns(*days))
    for told in (
        keep(_lateness(ledger, joined, as_of)),
        balances(ledger, as_of, policy),
        scheduled_payments(ledger, as_of),
        payments_until(books, loans, as_of),
        compliance_codes(books, numbered, as_of),
        consumers.borrowers,
    ):
        joined = joined.join(told, on="loan_id", how="left")
    ends = month_ends_until(as_of - timedelta(days=1), MONTHS)
    described = (
        keep(joined)
        .with_columns(status.account_status(as_of).alias("account_status"))
        .with_columns(status.payment_rating(as_of).alias("payment_rating"))
        .with_columns(
            status.payment_history(ends).alias("payment_history"),
            _first_delinquency().alias("first_delinquency_on"),
            *_amounts(),
            *_days(as_of),
            _terms().alias("terms_duration"),
            _comment(as_of).alias("special_comment"),
            nw.col("last_paid_on").alias("last_payment_on"),
            nw.lit(report.made_at).alias("time_stamp"),
            nw.lit(report.correction_indicator).alias("correction_indicator"),
            nw.lit(report.furnisher.identification_number).alias("identification_number"),
            nw.lit(None, dtype=nw.String()).alias("cycle_identifier"),
        )
    )
    return described.select(RECORD_NO, *_typed(BASE))


def _lateness(ledger: Ledger, joined: Frame, as_of: date) -> Frame:
    """`loan_id` and all that is known of how late the account was, and when."""
    loans = ledger.spans.select("loan_id", "loan_no").unique()
    days = joined.join(loans, on="loan_id", how="inner").select("loan_no", "judged_on")
    derogatory = joined.join(loans, on="loan_id", how="inner").select(
        "loan_no", nw.col("derogatory_on").alias("judged_on")
    )
    now = lateness_on(ledger, days.with_columns(nw.lit(as_of).cast(nw.Date).alias("judged_on")))
    then = lateness_on(ledger, days).select("loan_no", bucket(nw.col("late_days")).alias("rating_then"))
    ends = month_ends_until(as_of - timedelta(days=1), MONTHS)
    return (
        loans.join(now.rename({"late_days": "late_days_now"}), on="loan_no", how="left")
        .join(then, on="loan_no", how="left")
        .join(first_delinquencies(ledger, derogatory, as_of), on="loan_no", how="left")
        .join(codes_at_month_ends(ledger, ends), on="loan_no", how="left")
        .drop("loan_no")
    )


def _first_delinquency() -> nw.Expr:
    """Told by an earlier creditor, or counted; of a bankruptcy on an account that is not late the petition."""
    told, counted = nw.col("first_delinquency_on"), nw.col("late_since_on")
    began_on = nw.when(told.is_null()).then(counted).otherwise(told)
    is_derogatory = nw.col("account_status").is_in(DEROGATORY) | status.has_bad_rating()
    return nw.when(is_derogatory.fill_null(False)).then(began_on).otherwise(nw.col("petitioned_on"))


def _amounts() -> list[nw.Expr]:
    code, portfolio = nw.col("account_status"), nw.col("portfolio_type")
    nothing = nw.lit(0).cast(nw.Int64)
    balance = nw.when(code.is_in(_NOTHING_OWED)).then(nothing).otherwise(whole_dollars(nw.col("balance")))
    is_late = code.is_in(DEROGATORY) & ~code.is_in(_NOTHING_OWED)
    late = nw.when(is_late).then(whole_dollars(nw.col("late"))).otherwise(nothing)
    is_without = code.is_in(_NOTHING_SCHEDULED) | (nw.col("terms_frequency") == _DEFERRED)
    scheduled = monthly(nw.col("instalment"), nw.col("terms_frequency"))
    principal, highest = nw.col("principal_amount"), nw.col("highest_credit")
    is_loan = portfolio.is_in(_LOANS)
    return [
        balance.alias("current_balance"),
        nw.when(code == "97").then(balance).otherwise(late).alias("past_due"),
        nw.when(is_without.fill_null(False)).then(nothing).otherwise(scheduled).alias("scheduled_payment"),
        whole_dollars(nw.col("received")).alias("actual_payment"),
        whole_dollars(nw.when(is_loan).then(principal).otherwise(highest)).alias("highest_credit"),
        nw.when(is_loan).then(nothing).otherwise(whole_dollars(nw.col("credit_limit"))).alias("credit_limit"),
        nw.when(code.is_in(_CHARGED_OFF))
        .then(whole_dollars(nw.col("charged_off_amount")))
        .otherwise(nothing)
        .alias("original_charge_off"),
    ]


def _days(as_of: date) -> list[nw.Expr]:
    code, told = nw.col("account_status"), nw.col("closed_on")
    closed: nw.Expr = nw.when(told <= as_of).then(told)
    for statuses, day in (
        (("89",), "deed_in_lieu_on"),
        (("94",), "foreclosed_on"),
        (("05",), "transferred_on"),
        (PAID, "paid_on"),
    ):
        closed = nw.when(code.is_in(statuses)).then(nw.col(day)).otherwise(closed)
    described = nw.when(code.is_in(PAID)).then(nw.col("paid_on")).otherwise(nw.lit(as_of).cast(nw.Date))
    return [closed.alias("closed_on"), described.alias("account_information_on")]


def _terms() -> nw.Expr:
    """As told; else what the portfolio has, or the number of months of an instalment loan paid by the month."""
    told, portfolio = nw.col("terms_duration"), nw.col("portfolio_type")
    is_monthly = (portfolio == "I") & (nw.col("terms_frequency") == "M")
    terms: nw.Expr = nw.when(is_monthly).then(nw.col("terms").cast(nw.String).str.zfill(3))
    for kind, text in _TERMS.items():
        terms = nw.when(portfolio == kind).then(nw.lit(text)).otherwise(terms)
    return nw.when(told.is_null()).then(terms).otherwise(told)


def _comment(as_of: date) -> nw.Expr:
    told, was_settled = nw.col("special_comment"), (nw.col("settled_on") <= as_of).fill_null(False)
    settled = was_settled & nw.col("account_status").is_in(PAID)
    return nw.when(told.is_null() & settled).then(nw.lit(_SETTLED)).otherwise(told)


def _told(numbered: Frame, key: str) -> Frame:
    """One row a loan of which some fact of a segment is told."""
    names = SEGMENT_FACTS[key]
    told = numbered.filter(nw.any_horizontal(*(~nw.col(name).is_null() for name in names), ignore_nulls=True))
    columns = [nw.col("loan_id"), *(_dollars_or_as_told(LAYOUT.segment(key), name) for name in names)]
    return told.select(*columns, *([_change_indicator().alias("change_indicator")] if key == "l1" else []))


def _dollars_or_as_told(segment: Segment, name: str) -> nw.Expr:
    is_dollars = segment.slot(name).kind is SlotKind.DOLLARS
    return (whole_dollars(nw.col(name)) if is_dollars else nw.col(name)).alias(name)


def _change_indicator() -> nw.Expr:
    has_number, has_id = (~nw.col(name).is_null() for name in ("new_account_number", "new_identification_number"))
    one = nw.when(has_id).then(nw.lit("2")).otherwise(nw.lit("1"))
    return nw.when(has_number & has_id).then(nw.lit("3")).otherwise(one)


def _segment(segment: Segment, rows: Frame, numbers: Frame, *then_by: str) -> Frame:
    joined = rows.join(numbers, on="loan_id", how="inner").sort(RECORD_NO, *then_by)
    return joined.select(RECORD_NO, *_typed(segment))


def _typed(segment: Segment) -> list[nw.Expr]:
    return [nw.col(slot.name).cast(_TYPES[slot.kind]) for slot in segment.columns]
