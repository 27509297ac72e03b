"""What the bureau has beside the records that it is to be sent, as columns; checks against it: `history_checks`.

An account that was cancelled and opened again (event 12) is closed no more. Days of the class of risk are compared
with the latest before the report and the earliest after it, which are the neighbours when those are in order.
"""

from __future__ import annotations

from collections.abc import Mapping

import narwhals as nw

from schemas.bureaus import pboc_codes as codes
from schemas.bureaus.tagged import RECORD_NO, TaggedRecord
from transforms.books import Frame
from transforms.bureaus.pboc_checks.known import KnownAccounts, valid_events
from transforms.bureaus.pboc_checks.values import (
    MONTHLY,
    PARTY_GROUP,
    PLAN,
    TRANSACTION_GROUP,
    clean_name,
    is_filled,
    month_of,
)

ACCOUNT_CODE: Mapping[str, str] = {
    "210": "AcctBsSgmt.AcctCode",
    "211": "OdBnesCode",
    "212": "BsSgmt.ModRecCode",
    "213": "DelRecCode",
    "214": "DelRecCode",
    "215": "AcctCode",
}
"""Type of record to the column of the account's code."""
_REPORT_DAY = {"210": "AcctBsSgmt.RptDate", "212": "AcctBsSgmt.RptDate", "215": "RptDate"}
_MONTH = {"210": f"{MONTHLY}.Month", "212": f"{MONTHLY}.Month", "215": "Month"}
_GAP_MONTH = {"210": "AcctBsSgmt.RptDate", "212": "AcctBsSgmt.RptDate", "215": "Month"}
_SEGMENTS_OF_STATE = ("H", "J")


def fact(name: str) -> nw.Expr:
    """A column of what the bureau has."""
    return nw.col(f"known {name}")


def is_ending(account_type: nw.Expr, status: nw.Expr) -> nw.Expr:
    """Whether a state ends an account: closed or cancelled, for a collection account ended."""
    is_collection = account_type == "C1"
    return (is_collection & (status == codes.COLLECTION_ENDED)) | (~is_collection & status.is_in(list(codes.CLOSED)))


def beside_known(rows: Frame, known: KnownAccounts, record: TaggedRecord) -> Frame:
    """Records about accounts of persons, from `prepared`, with columns of what the bureau has; others as they are."""
    if record.type not in ACCOUNT_CODE:
        return rows
    code = ACCOUNT_CODE[record.type]
    events = valid_events(known.events)
    rows = _left(rows, _accounts(known.reports), code)
    rows = _left(rows, _events_of_accounts(events), code)
    rows = _left(rows, known.codes.select("old_code").unique().with_columns(_true("replaced")), code, "old_code")
    is_unknown = fact("account type").is_null() & is_filled(nw.col(code)) & fact("replaced").is_null()
    rows = rows.with_columns(is_unknown.alias("known is new"), fact("replaced").fill_null(False))
    if record.type == "211":
        return _beside_new_codes(rows, known)
    if record.type in _REPORT_DAY:
        rows = _beside_days(rows, known, events, record.type)
    if record.type in {"210", "212"}:
        rows = _beside_plans(_beside_classes(rows, known.reports, record.type), known.reports, record.type)
    if record.type == "213":
        rows = _beside_ranges(rows, events)
    return rows


def beside_known_rows(rows: Frame, owners: Frame, known: KnownAccounts, path: str, record: TaggedRecord) -> Frame:
    """Rows of a group with whether the bureau has the transaction, or who it has as the borrower.

    Args:
        rows: of the group, from `prepared_group`.
        owners: their records, from there too.
        known: what the bureau has.
        path: of the group.
        record: layout of the records.
    """
    if record.type not in {"210", "212"}:
        return rows
    codes_of = owners.select(RECORD_NO, nw.col(ACCOUNT_CODE[record.type]).alias("known code"))
    rows = rows.join(codes_of, on=RECORD_NO, how="left")
    if path == PARTY_GROUP:
        borrowers = known.reports.group_by("acct_code").agg(
            nw.col("id_type").max().alias("known id type"), nw.col("id_num").max().alias("known id number")
        )
        return _left(rows, borrowers, "known code")
    if path == TRANSACTION_GROUP:
        stored = known.transactions.unique().with_columns(_true("transaction"))
        keys = ["known code", clean_name("TranDate"), "ChanTranType"]
        rows = rows.join(stored, left_on=keys, right_on=["acct_code", "tran_date", "chan_tran_type"], how="left")
        return rows.with_columns(fact("transaction").fill_null(False))
    return rows


def _true(name: str) -> nw.Expr:
    return nw.lit(True).alias(f"known {name}")


def _left(rows: Frame, facts: Frame, code: str, key: str = "acct_code") -> Frame:
    return rows.join(facts, left_on=code, right_on=key, how="left")


def _accounts(reports: Frame) -> Frame:
    status, day = nw.col("acct_status"), nw.col("rpt_date")
    is_end = is_ending(nw.col("acct_type"), status)
    # Flags first: an aggregation of a conditional is not lazy on every engine.
    flagged = reports.with_columns(
        nw.when(~status.is_null()).then(day).alias("status_day"),
        nw.when(is_end).then(day).alias("closed_day"),
        *(nw.when(nw.col(f"has_{mark}")).then(day).alias(f"day_{mark}") for mark in codes.SEGMENT_MARK),
        *(nw.when(nw.col(f"has_{mark}") & is_end).then(day).alias(f"closed_{mark}") for mark in _SEGMENTS_OF_STATE),
    )
    return flagged.group_by("acct_code").agg(
        nw.col("acct_type").max().alias("known account type"),
        day.max().alias("known last day"),
        nw.col("month").max().alias("known last month"),
        nw.col("status_day").max().alias("known status day"),
        nw.col("closed_day").max().alias("known closed day"),
        *(nw.col(f"day_{mark}").max().alias(f"known last {mark}") for mark in codes.SEGMENT_MARK),
        *(nw.col(f"closed_{mark}").max().alias(f"known closed {mark}") for mark in _SEGMENTS_OF_STATE),
    )


def _events_of_accounts(events: Frame) -> Frame:
    kind, day = nw.col("opetn_type"), nw.col("rpt_date")
    flagged = events.with_columns(
        nw.when(kind == codes.CARD_REOPENED).then(day).alias("reopened"),
        nw.when(kind == codes.TRANSFERRED_OUT).then(day).alias("transferred"),
    )
    return flagged.group_by("acct_code").agg(
        day.max().alias("known last event"),
        nw.col("reopened").max().alias("known reopened day"),
        nw.col("transferred").max().alias("known transferred day"),
    )


def _beside_days(rows: Frame, known: KnownAccounts, events: Frame, record_type: str) -> Frame:
    code, day, month = ACCOUNT_CODE[record_type], _REPORT_DAY[record_type], _MONTH[record_type]
    clean_day, clean_month = clean_name(day), clean_name(month)
    same_day = known.reports.select("acct_code", "rpt_date", *(f"has_{mark}" for mark in codes.SEGMENT_MARK))
    same_day = same_day.group_by("acct_code", "rpt_date").agg(
        *(nw.col(f"has_{mark}").max().alias(f"known same day {mark}") for mark in codes.SEGMENT_MARK),
        nw.len().alias("known same day"),
    )
    rows = rows.join(same_day, left_on=[code, clean_day], right_on=["acct_code", "rpt_date"], how="left")
    event_day = events.select("acct_code", "rpt_date").unique().with_columns(_true("event that day"))
    rows = rows.join(event_day, left_on=[code, clean_day], right_on=["acct_code", "rpt_date"], how="left")
    in_month = events.select("acct_code", "month", "opetn_type").with_columns(
        (nw.col("opetn_type") == codes.BILL_SKIPPED).alias("is_skipped")
    )
    in_month = in_month.group_by("acct_code", "month").agg(
        nw.col("is_skipped").max().alias("known bill skipped"), nw.len().alias("known events of month")
    )
    rows = rows.join(in_month, left_on=[code, clean_month], right_on=["acct_code", "month"], how="left")
    months = nw.concat(
        [
            known.reports.filter(nw.col("has_H")).select("acct_code", "month", "rpt_date"),
            events.select("acct_code", "month", "rpt_date"),
        ]
    )
    latest = months.group_by("acct_code", "month").agg(nw.col("rpt_date").max().alias("known month's day"))
    rows = rows.join(latest, left_on=[code, clean_month], right_on=["acct_code", "month"], how="left")
    reported = (
        known.reports.filter(nw.col("has_H"))
        .group_by("acct_code", "month")
        .agg(
            nw.col("rpt_date").max().alias("known month's report"),
            nw.col("acct_status").max().alias("known month's status"),
        )
    )
    rows = rows.join(reported, left_on=[code, clean_month], right_on=["acct_code", "month"], how="left")
    if record_type == "215":
        same = events.select("acct_code", "opetn_type", "month").unique().with_columns(_true("same event"))
        keys = [code, "OpetnType", clean_month]
        rows = rows.join(same, left_on=keys, right_on=["acct_code", "opetn_type", "month"], how="left")
        rows = rows.with_columns(fact("same event").fill_null(False))
    rows = rows.with_columns(
        *(fact(name).fill_null(False) for name in ("event that day", "bill skipped")),
        *(fact(f"same day {mark}").fill_null(False) for mark in codes.SEGMENT_MARK),
    )
    return _beside_gaps(rows, known.reports, events, record_type)


def _beside_gaps(rows: Frame, reports: Frame, events: Frame, record_type: str) -> Frame:
    """Whether the record is about a month after a card was cancelled and before it was reopened."""
    code, column = ACCOUNT_CODE[record_type], clean_name(_GAP_MONTH[record_type])
    reopened = events.filter(nw.col("opetn_type") == codes.CARD_REOPENED).select(
        "acct_code", nw.col("rpt_date").alias("reopened_on"), month_of(nw.col("month")).alias("reopened_in")
    )
    cancelled = reports.filter(nw.col("acct_status") == "4").select(
        "acct_code", nw.col("rpt_date").alias("cancelled_on")
    )
    pairs = reopened.join(cancelled, on="acct_code", how="inner").filter(nw.col("cancelled_on") < nw.col("reopened_on"))
    gaps = pairs.group_by("acct_code", "reopened_in").agg(nw.col("cancelled_on").max())
    asked = rows.select(RECORD_NO, nw.col(code).alias("acct_code"), month_of(nw.col(column)).alias("asked_month"))
    hit = asked.join(gaps, on="acct_code", how="inner").filter(
        (nw.col("asked_month") > month_of(nw.col("cancelled_on"))) & (nw.col("asked_month") < nw.col("reopened_in"))
    )
    found = hit.select(RECORD_NO).unique().with_columns(_true("in gap"))
    return rows.join(found, on=RECORD_NO, how="left").with_columns(fact("in gap").fill_null(False))


def _beside_classes(rows: Frame, reports: Frame, record_type: str) -> Frame:
    code, day = ACCOUNT_CODE[record_type], clean_name(_REPORT_DAY[record_type])
    stored = reports.filter(~nw.col("class_on").is_null()).select("acct_code", "rpt_date", "class_on")
    asked = rows.select(RECORD_NO, nw.col(code).alias("acct_code"), nw.col(day).alias("asked_on"))
    pairs = asked.join(stored, on="acct_code", how="inner").with_columns(
        nw.when(nw.col("rpt_date") < nw.col("asked_on")).then(nw.col("class_on")).alias("before"),
        nw.when(nw.col("rpt_date") > nw.col("asked_on")).then(nw.col("class_on")).alias("after"),
    )
    found = pairs.group_by(RECORD_NO).agg(
        nw.col("before").max().alias("known class before"), nw.col("after").min().alias("known class after")
    )
    return rows.join(found, on=RECORD_NO, how="left")


def _beside_plans(rows: Frame, reports: Frame, record_type: str) -> Frame:
    code, start = ACCOUNT_CODE[record_type], clean_name(f"{PLAN}.SpecEfctDate")
    plans = reports.filter(~nw.col("plan_from").is_null()).group_by("acct_code", "plan_from")
    latest = plans.agg(nw.col("rpt_date").max().alias("known plan's day"))
    return rows.join(latest, left_on=[code, start], right_on=["acct_code", "plan_from"], how="left")


def _beside_ranges(rows: Frame, events: Frame) -> Frame:
    start, end = nw.col(clean_name("DelStartDate")), nw.col(clean_name("DelEndDate"))
    asked = rows.select(RECORD_NO, nw.col("DelRecCode").alias("acct_code"), start.alias("from"), end.alias("to"))
    day = nw.col("rpt_date")
    hit = asked.join(events.select("acct_code", "rpt_date"), on="acct_code", how="inner").filter(
        (nw.col("from").is_null() | (day >= nw.col("from"))) & (nw.col("to").is_null() | (day <= nw.col("to")))
    )
    found = hit.select(RECORD_NO).unique().with_columns(_true("event in range"))
    return rows.join(found, on=RECORD_NO, how="left").with_columns(fact("event in range").fill_null(False))


def _beside_new_codes(rows: Frame, known: KnownAccounts) -> Frame:
    used = known.reports.select("acct_code").unique().with_columns(_true("new code in use"))
    rows = _left(rows, used, "NwBnesCode")
    former = known.codes.group_by("old_code").agg(nw.col("new_code").max().alias("known now"))
    rows = _left(rows, former, "NwBnesCode", "old_code")
    return rows.with_columns(fact("new code in use").fill_null(False))
