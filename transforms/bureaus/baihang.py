"""Cases to records of Baihang: the loan as it was made (D2), each term that is overdue (D3), its extension (D4).

Identity joins here and nowhere before. What the lender's books don't say is not made up: it comes in as `facts`, and
where it is missing there the value stays empty and the record breaks a rule of `baihang_checks`. Repayments of terms
that are not overdue any more are not made here.

That an extension is told by the items of D2, with those of the new schedule in their places, is a reading: one public
list of the items of D4 has these, their names in the file are not public.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import narwhals as nw
from narwhals.typing import IntoDType

from schemas.bureaus import baihang_codes as codes
from schemas.bureaus.baihang import D2, D3, D4
from schemas.bureaus.baihang_facts import BAIHANG_ACCOUNTS, FACT_OF_COLUMN, FIRST_FACT_YEAR
from schemas.bureaus.json_lines import JsonKind, JsonLinesLayout
from schemas.field import FieldType
from transforms.books import Books, Frame
from transforms.dues import amount_due
from transforms.keep import Keep, as_it_is
from transforms.local_time import local
from transforms.money import AMOUNT, NOTHING, at_least_nothing, money_of_spans
from transforms.schedules import spans_of_candidates

_TYPES: dict[JsonKind, IntoDType] = {
    JsonKind.TEXT: nw.String(),
    JsonKind.CODE: nw.String(),
    JsonKind.INTEGER: nw.Int64(),
    JsonKind.MONEY: nw.Decimal(18, 2),
    JsonKind.DATE: nw.Date(),
    JsonKind.TIME: nw.Datetime("us"),
    JsonKind.DATES: nw.String(),
}

_FIRST_VERSION = 1
_DOUBLINGS = 10
"""Due dates of at most 2 to the power of this are listed, 1024: more than any loan to a person has."""
_MOST_MARK = 30


@dataclass(frozen=True)
class Upload:
    """What all records of one upload share.

    Attributes:
        mark: letters and digits, at most 30, that no other upload of the institution has: with the kind of record and
            a number of eight digits it makes the `reqID`.
        operation: `A` add, `M` change, `D` delete.
        uploaded_at: when the records are made, time on the lender's wall without a zone.

    Raises:
        ValueError: the mark or the operation is not as said.
    """

    mark: str
    operation: str
    uploaded_at: datetime

    def __post_init__(self) -> None:
        if not (self.mark.isascii() and self.mark.isalnum() and len(self.mark) <= _MOST_MARK):
            raise ValueError(f"mark must be 1 to {_MOST_MARK} letters and digits")
        if self.operation not in codes.OPERATION:
            raise ValueError(f"operation is not one of {', '.join(codes.OPERATION)}")


def account_records(books: Books, cases: Frame, facts: Frame, time_zone: str, upload: Upload) -> Frame:
    """D2: `case_id` and the columns of the layout, one row a case, sorted by `reqID`.

    The loan is told as it was made, with the due dates of the first version of its schedule.

    Args:
        books: of the business date.
        cases: `case_id`, `loan_id`, each loan once.
        facts: `BAIHANG_ACCOUNTS`, each loan once at most.
        time_zone: of the clock times in the records, the lender's.
        upload: what the records share.
    """
    made = books.instalments.filter(nw.col("schedule_no") == _FIRST_VERSION)
    terms = _terms(made.join(cases.select("loan_id"), on="loan_id", how="semi"))
    joined = _accounts(books, cases, facts, time_zone, upload).join(terms, on="loan_id", how="left")
    return _records(joined, D2, "D2", ["loan_id"], upload)


def extension_records(books: Books, cases: Frame, facts: Frame, as_of: date, time_zone: str, upload: Upload) -> Frame:
    """D4: `case_id` and the columns of the layout, one row a case whose loan was extended, sorted by `reqID`.

    A loan was extended when another schedule than the first is in force and its last due date is later than that of the
    first, with which the loan was told. `totalTerm` and the dates are those of the schedule in force, so that the terms
    of D3 are numbered by them; all else is as in D2. A new schedule that ends no later gives no row.

    Args:
        books: of the business date.
        cases: `case_id`, `loan_id`, each loan once.
        facts: `BAIHANG_ACCOUNTS`, each loan once at most.
        as_of: business date, whose schedule counts.
        time_zone: of the clock times in the records, the lender's.
        upload: what the records share.
    """
    in_force = _later_in_force(books.schedules.join(cases.select("loan_id"), on="loan_id", how="semi"), as_of)
    terms = _terms(books.instalments.join(in_force, on=["loan_id", "schedule_no"], how="semi"))
    made = (
        books.instalments.filter(nw.col("schedule_no") == _FIRST_VERSION)
        .join(in_force, on="loan_id", how="semi")
        .group_by("loan_id")
        .agg(nw.col("due_on").max().alias("made_until"))
    )
    extended = terms.join(made, on="loan_id", how="inner").filter(nw.col("dueDate") > nw.col("made_until"))
    joined = _accounts(books, cases, facts, time_zone, upload).join(extended, on="loan_id", how="inner")
    return _records(joined, D4, "D4", ["loan_id"], upload)


def overdue_records(
    books: Books,
    cases: Frame,
    arrears: Frame,
    as_of: date,
    confirmed_at: datetime,
    upload: Upload,
    keep: Keep = as_it_is,
) -> Frame:
    """D3: `case_id` and the columns of the layout, one row an instalment that is missed, sorted by `reqID`.

    Instalments are those of the schedule in force; the figures of the loan are those of `arrears`.

    Args:
        books: of the business date.
        cases: `case_id`, `loan_id`, each loan once. A loan that is not in arrears gives no row.
        arrears: from `arrears_as_of`, or decisions, which have the same figures.
        as_of: business date.
        confirmed_at: when the state at the end of `as_of` was established, time on the lender's wall without a zone.
        upload: what the records share.
        keep: what the engine offers to compute a frame once that is used several times.
    """
    figures = arrears.select("loan_id", "overdue_days", "overdue_amount", "balance_amount")
    joined = (
        _identified(books, cases)
        .join(figures, on="loan_id", how="inner")
        .join(_missed(books, cases, as_of, keep), on="loan_id", how="inner")
        .with_columns(
            nw.col("instalment_no").alias("termNo"),
            nw.lit(codes.OVERDUE).alias("termStatus"),
            nw.col("due_on").alias("targetRepaymentDate"),
            nw.lit(None).alias("realRepaymentDate"),
            (nw.col("principal_due") + nw.col("interest_due") + nw.col("fee_due")).alias("plannedPayment"),
            (nw.col("due") - nw.col("left")).alias("targetRepayment"),
            nw.lit(NOTHING).alias("realRepayment"),
            nw.concat_str(nw.lit("D"), nw.col("overdue_days").cast(nw.String)).alias("overdueStatus"),
            nw.lit(confirmed_at).alias("statusConfirmAt"),
            nw.col("overdue_amount").alias("overdueAmount"),
            nw.col("balance_amount").alias("remainingAmount"),
            nw.lit(codes.LOAN_OVERDUE).alias("loanStatus"),
        )
    )
    return _records(joined, D3, "D3", ["loan_id", "instalment_no"], upload)


def _identified(books: Books, cases: Frame) -> Frame:
    """The cases with what identifies borrower and loan. Only a resident identity number can stand as `pid`."""
    borrowers = books.borrowers.select("borrower_id", "name", "id_type", "id_number", "mobile")
    return (
        cases.select("case_id", "loan_id")
        .join(books.loans.select("loan_id", "borrower_id"), on="loan_id", how="inner")
        .join(borrowers, on="borrower_id", how="inner")
        .with_columns(
            nw.col("loan_id").alias("loanId"),
            nw.when(nw.col("id_type") == "resident_id").then(nw.col("id_number")).alias("pid"),
        )
    )


def _accounts(books: Books, cases: Frame, facts: Frame, time_zone: str, upload: Upload) -> Frame:
    """What D2 and D4 say beside the terms."""
    return (
        _identified(books, cases)
        .join(books.loans.select("loan_id", "principal_amount"), on="loan_id", how="inner")
        .join(_printed_facts(facts, time_zone, upload.uploaded_at.date()), on="loan_id", how="left")
        .with_columns(
            nw.col("principal_amount").alias("loanAmount"),
            nw.lit(codes.FIXED_DATES).alias("targetRepayDateType"),
            nw.lit(-1).alias("termPeriod"),
            *(nw.lit(None).alias(name) for name in D2.names if name.startswith("device_")),
        )
    )


def _printed_facts(facts: Frame, time_zone: str, last_on: date) -> Frame:
    """The facts by the columns that they fill, instants as the lender's clock showed them."""
    first_on = date(FIRST_FACT_YEAR, 1, 1)
    types = {field.name: field.type for field in BAIHANG_ACCOUNTS.fields}
    return facts.select(
        "loan_id",
        *(
            (
                local(nw.col(fact), time_zone, first_on, last_on) if types[fact] is FieldType.INSTANT else nw.col(fact)
            ).alias(column)
            for column, fact in FACT_OF_COLUMN.items()
        ),
    )


def _later_in_force(schedules: Frame, as_of: date) -> Frame:
    """`loan_id` and `schedule_no` of the schedules in force that are not the first ones."""
    later = schedules.filter((nw.col("schedule_effective_on") <= as_of) & (nw.col("schedule_no") > _FIRST_VERSION))
    return later.group_by("loan_id").agg(nw.col("schedule_no").max())


def _terms(instalments: Frame) -> Frame:
    """`totalTerm`, `firstRepaymentDate`, `dueDate` and `targetRepayDateList` of loans, one schedule each."""
    terms = instalments.select("loan_id", "instalment_no", "due_on")
    totals = terms.group_by("loan_id").agg(
        nw.len().alias("totalTerm"),
        nw.col("due_on").min().alias("firstRepaymentDate"),
        nw.col("due_on").max().alias("dueDate"),
    )
    by_due_date = ["due_on", "instalment_no"]
    # A text that holds the dates of 1, then 2, 4, 8 ... instalments from each one on; that of the first holds all.
    listed = terms.with_columns(nw.col("due_on").dt.to_string("%Y-%m-%d").alias("dates"))
    for doubling in range(_DOUBLINGS):
        following = nw.col("dates").shift(-(2**doubling)).over("loan_id", order_by=by_due_date)
        listed = listed.with_columns(following.alias("following")).with_columns(
            nw.concat_str("dates", "following", separator=",", ignore_nulls=True).alias("dates")
        )
    position = nw.col("one").cum_sum().over("loan_id", order_by=by_due_date)
    lists = (
        listed.with_columns(nw.lit(1).alias("one"))
        .with_columns(position.alias("position"))
        .filter(nw.col("position") == 1)
        .select("loan_id", nw.col("dates").alias("targetRepayDateList"))
    )
    is_listed = nw.col("totalTerm") <= 2**_DOUBLINGS
    return totals.join(lists, on="loan_id", how="inner").with_columns(
        nw.when(is_listed).then(nw.col("targetRepayDateList")).alias("targetRepayDateList")
    )


def _missed(books: Books, cases: Frame, as_of: date, keep: Keep) -> Frame:
    """The missed instalments of the schedules in force, with `due` and `left`, the part of it that money covers."""
    spans = (
        spans_of_candidates(books, as_of, keep)
        .filter(nw.col("ends_on") > as_of)
        .join(cases.select("loan_id"), on="loan_id", how="semi")
    )
    paid = (
        money_of_spans(books.payments, spans, as_of)
        .group_by("span_no")
        .agg(nw.col("money").sum().alias("paid"))
        .with_columns(at_least_nothing(nw.col("paid")).alias("paid"))
    )
    due_until = nw.col("due").cum_sum().over("span_no", order_by=["due_on", "instalment_no"])
    left = at_least_nothing(nw.col("paid") - (nw.col("due_until") - nw.col("due")))
    return (
        books.instalments.join(spans.select("loan_id", "schedule_no", "span_no"), on=["loan_id", "schedule_no"])
        .with_columns(amount_due().cast(AMOUNT).alias("due"))
        .with_columns(due_until.cast(AMOUNT).alias("due_until"))
        .join(paid, on="span_no", how="left")
        .with_columns(nw.col("paid").fill_null(NOTHING))
        .with_columns(left.alias("left"))
        .filter((nw.col("due_on") < as_of) & (nw.col("left") < nw.col("due")))
        .select("loan_id", "instalment_no", "due_on", "principal_due", "interest_due", "fee_due", "due", "left")
    )


def _records(joined: Frame, layout: JsonLinesLayout, kind: str, order: list[str], upload: Upload) -> Frame:
    number = (nw.col("serial") + 1).cast(nw.String).str.zfill(8)
    numbered = joined.with_row_index("serial", order_by=order).with_columns(
        nw.concat_str(nw.lit(f"{upload.mark}{kind}"), number).alias("reqID"),
        nw.lit(upload.operation).alias("opCode"),
        nw.lit(upload.uploaded_at).alias("uploadTs"),
    )
    columns = (nw.col(column).cast(_TYPES[field.kind]) for column, field in layout)
    return numbered.select("case_id", *columns).sort("reqID")
