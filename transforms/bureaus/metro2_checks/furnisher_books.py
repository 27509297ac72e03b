"""Conditions of our own that compare a record with the furnisher's books: what no file can answer by itself.

Readings. The facts are those of the day that the record describes. Lateness counts from the due date of the oldest
instalment that is missed; by it a status of 11 or 71 to 84 must be the one of its days, other statuses say nothing
of days. A date of first delinquency is near when it lies at most 3 days from 30 days after the due date at which
the unbroken lateness began, as months have 28 to 31 days. A compliance code that says an investigation runs is XB,
XD, XF or XJ.
"""

from __future__ import annotations

import narwhals as nw

from schemas.bureaus.fixed_width import RECORD_NO
from transforms.books import Frame
from transforms.bureaus.metro2_checks.code_sets import DELETED, LATE, LEAST_LATE_DAYS
from transforms.bureaus.metro2_checks.condition import GUIDE, Condition, Severity
from transforms.bureaus.metro2_checks.facts import COMPLIANCE, DELINQUENT_ON, STATUS, is_status
from transforms.bureaus.metro2_checks.frames import RecordFrames
from transforms.bureaus.metro2_checks.furnisher import FCRA_ACCURACY
from transforms.calendar import days_later

FCRA_DISPUTE = "15 USC 1681s-2(a)(3): a disputed account is not reported without notice of the dispute"
_SLACK_DAYS = 3
_DISPUTED = ("XB", "XD", "XF", "XJ")
_IS_KNOWN = nw.col("__is_known")
_IS_DELETED = STATUS.is_in(DELETED)
_BEGAN_ON = nw.col("lateness_began_on")


def _status_of_days() -> nw.Expr:
    days = nw.col("overdue_days")
    expected: nw.Expr = nw.lit("11")
    for status, least in LEAST_LATE_DAYS.items():
        expected = nw.when(days >= least).then(nw.lit(status)).otherwise(expected)
    return expected


BOOK_CONDITIONS = (
    Condition(
        "Furnisher-Status-1",
        ("account_status",),
        "the status (11, 71 to 84) is not the one of the days overdue in the books",
        is_status("11", *LATE) & ~nw.col("overdue_days").is_null() & (_status_of_days() != STATUS),
        FCRA_ACCURACY,
    ),
    Condition(
        "Furnisher-DOFD-5",
        ("first_delinquency_on", "account_status"),
        "late (71 to 84, 93, 97), and the first delinquency is not within 3 days of 30 days after the due date",
        _IS_KNOWN
        & is_status(*LATE, "93", "97")
        & (
            (days_later(_BEGAN_ON, 30 - _SLACK_DAYS) > DELINQUENT_ON)
            | (days_later(_BEGAN_ON, 30 + _SLACK_DAYS) < DELINQUENT_ON)
        ),
        GUIDE + ": the date of first delinquency is that of the first 30 days' lateness",
    ),
    Condition(
        "Furnisher-Dispute-1",
        ("compliance_condition",),
        "a dispute is open, and no compliance code says so (XB, XD, XF, XJ)",
        _IS_KNOWN & nw.col("has_open_dispute").fill_null(False) & ~COMPLIANCE.is_in(_DISPUTED) & ~_IS_DELETED,
        FCRA_DISPUTE,
    ),
    Condition(
        "Furnisher-Withheld-1",
        ("account_number",),
        "the books say not to report the account (legal hold, kept settlement, death), and it is not deleted",
        _IS_KNOWN & nw.col("is_withheld").fill_null(False) & ~_IS_DELETED,
        FCRA_ACCURACY,
        Severity.BLOCK,
    ),
    Condition(
        "Furnisher-Delete-3",
        ("account_status",),
        "deleted (DA, DF) without a reason in the books",
        _IS_DELETED & (nw.col("deletion_reason").fill_null("") == ""),
        FCRA_ACCURACY,
    ),
    Condition(
        "Furnisher-Unknown-1",
        ("account_number",),
        "the books do not know the account number",
        ~_IS_KNOWN,
        FCRA_ACCURACY,
    ),
)


def check_against_books(records: RecordFrames, facts: Frame) -> Frame:
    """Findings: `record_no`, `condition_id`, `field_name`.

    Args:
        records: of one file, or of a part of it.
        facts: one row an account: `account_number`, `overdue_days`, `lateness_began_on` (due date at which the unbroken
            lateness began), `has_open_dispute`, `is_withheld`, `deletion_reason`; what is not known is null.
    """
    looked_at = ("account_status", "compliance_condition")
    base = records.base.select(RECORD_NO, "account_number", "first_delinquency_on", nw.col(*looked_at).fill_null(""))
    known = facts.with_columns(nw.lit(True).alias("__is_known"))
    judged = base.join(known, on="account_number", how="left").with_columns(_IS_KNOWN.fill_null(False))
    return nw.concat(
        [
            judged.filter(condition.fires.fill_null(False)).select(
                RECORD_NO,
                nw.lit(condition.condition_id).alias("condition_id"),
                nw.lit(condition.field_names[0]).alias("field_name"),
            )
            for condition in BOOK_CONDITIONS
        ]
    )
