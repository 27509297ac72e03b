"""Cases to records of the generic list of delinquent borrowers. Identity joins here and nowhere before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import narwhals as nw

from schemas.bureaus.roster import ID_TYPE_PRINTED, LAYOUT
from schemas.field import FieldType
from schemas.policy import Policy
from transforms.books import Books, Frame
from transforms.calendar import add_months, days_until
from transforms.contract import select_typed
from transforms.decisions import numbered_by_priority
from transforms.identifiers import is_plausible_mobile
from transforms.local_time import local

_PRINTED_CHANNELS = (
    ("电话", ("call", "robot_call")),
    ("短信", ("sms",)),
    ("微信", ("wechat",)),
    ("上门", ("visit",)),
    ("信函", ("letter",)),
    ("邮件", ("email",)),
)


@dataclass(frozen=True)
class Institution:
    """Who reports: name of the lender or platform, and its unified social credit code."""

    platform_name: str
    platform_uscc: str


def roster_records(
    books: Books, frozen: Frame, decisions: Frame, institution: Institution, report_date: date, policy: Policy
) -> Frame:
    """The records of a batch with `case_id` before the columns of the layout, sorted by `serial`.

    Args:
        books: the ones that were decided on.
        frozen: `case_id`, `loan_id` of every case of the batch as it was frozen: serials are counted over all of them,
            so that a record that is removed later leaves the others as they were approved.
        decisions: of the business date of the freeze.
        institution: who reports.
        report_date: business date of the report.
        policy: gives priority and time zone.
    """
    borrowers = books.borrowers.select("borrower_id", "name", "id_type", "id_number", "mobile")
    loans = books.loans.select("loan_id", "principal_amount")
    joined = (
        frozen.select("case_id", "loan_id")
        .join(decisions, on="loan_id", how="inner")
        .join(loans, on="loan_id", how="inner")
        .join(borrowers, on="borrower_id", how="inner")
        .with_columns(
            _printed_id_type().alias("id_type"),
            # A telephone is an aid, not an identity: one that can't be right is left out, the record stays.
            nw.when(is_plausible_mobile(nw.col("mobile"))).then(nw.col("mobile")).alias("mobile"),
            nw.lit(institution.platform_name).alias("platform_name"),
            nw.lit(institution.platform_uscc).alias("platform_uscc"),
            nw.col("principal_amount").alias("total_borrowed"),
            nw.col("balance_amount").alias("outstanding_amount"),
            nw.col("first_missed_on").alias("default_start_date"),
            days_until(nw.col("first_missed_on"), report_date).alias("days_overdue"),
            _collection_status(report_date, policy).alias("collection_status"),
            nw.lit(report_date).alias("report_date"),
        )
    )
    types = {"case_id": FieldType.TEXT, **{column.name: column.type for column in LAYOUT}}
    return select_typed(numbered_by_priority(joined, "serial", policy), types).sort("serial")


def _printed_id_type() -> nw.Expr:
    printed = nw.lit(None, dtype=nw.String())
    for code, text in ID_TYPE_PRINTED.items():
        printed = nw.when(nw.col("id_type") == code).then(nw.lit(text)).otherwise(printed)
    return printed


def _collection_status(report_date: date, policy: Policy) -> nw.Expr:
    """Counts of attempts by channel, the day of the last one, and that the notice was delivered."""
    counts = nw.concat_str(
        *(_count_by_channel(word, channels) for word, channels in _PRINTED_CHANNELS), separator="、", ignore_nulls=True
    )
    first_on = add_months(report_date, -policy.effort.look_back_months.value)
    last_on = local(nw.col("last_contacted_at"), policy.time_zone, first_on, report_date).dt.to_string("%Y-%m-%d")
    last = nw.concat_str(nw.lit("最近一次"), last_on)
    return nw.concat_str(counts, last, nw.lit("已送达告知"), separator=",", ignore_nulls=True)


def _count_by_channel(word: str, channels: tuple[str, ...]) -> nw.Expr:
    attempts = nw.sum_horizontal(*(nw.col(f"{channel}_attempts") for channel in channels)).cast(nw.Int64)
    text = nw.concat_str(nw.lit(word), attempts.cast(nw.String), nw.lit("次"))
    return nw.when(attempts > 0).then(text)
