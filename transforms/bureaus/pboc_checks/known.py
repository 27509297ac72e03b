"""What the bureau has of the accounts of persons: what it was sent and did not refuse.

One set of frames is kept, and grows with each file that was accepted (`known_after`). The codes of an account are those
that it has now.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import narwhals as nw

from schemas.bureaus import pboc_codes as codes
from schemas.bureaus.pboc import RECORDS
from schemas.bureaus.tagged import RECORD_NO
from transforms.books import Frame
from transforms.bureaus.pboc_checks.frames import PbocFrames, prepared, prepared_group
from transforms.bureaus.pboc_checks.values import (
    BASE,
    BETWEEN,
    MONTHLY,
    PLAN,
    TRANSACTION_GROUP,
    clean,
    clean_name,
    has,
    text,
)

REPORTS: Final = (
    *("acct_code", "rpt_date", "acct_type", "id_type", "id_num", "month", "acct_status", "class_on", "plan_from"),
    *(f"has_{mark}" for mark in codes.SEGMENT_MARK),
)
TRANSACTIONS: Final = ("acct_code", "tran_date", "chan_tran_type")
EVENTS: Final = ("acct_code", "opetn_type", "month", "flag", "rpt_date")
CODES: Final = ("old_code", "new_code")


@dataclass(frozen=True)
class KnownAccounts:
    """What the bureau has. All columns are text but those of marks, which are truths; days and months as in records.

    Attributes:
        reports: one row an account and day of report (210): columns REPORTS. `acct_status` is that of the monthly
            segment or of the one between months, `class_on` the day of the class of risk there, `plan_from` the first
            day of an instalment plan, `has_H` whether segment H stands there.
        transactions: special transactions (210, segment K): columns TRANSACTIONS.
        events: special events (215): columns EVENTS.
        codes: codes that were replaced (211) and what by: columns CODES.
    """

    reports: Frame
    transactions: Frame
    events: Frame
    codes: Frame


def known_accounts(frames: PbocFrames) -> KnownAccounts:
    """What the bureau has after the first records of accounts (210) that it was sent."""
    rows, transactions = _reports(frames)
    events = rows.head(0).select(*(nw.lit("").alias(name) for name in EVENTS))
    replaced = rows.head(0).select(*(nw.lit("").alias(name) for name in CODES))
    return KnownAccounts(rows, transactions, events, replaced)


def known_after(known: KnownAccounts, record_type: str, frames: PbocFrames) -> KnownAccounts:
    """What the bureau has after it has taken more records. Keep it in memory or on disk from one file to the next.

    Args:
        known: before.
        record_type: 210 to 215; others change nothing.
        frames: the records that were accepted, all of that type.
    """
    after = _AFTER.get(record_type)
    return known if after is None else after(known, frames)


def valid_events(events: Frame) -> Frame:
    """Events that hold: valid ones that no later record has made void."""
    key = ["acct_code", "opetn_type", "month"]
    voided = events.filter(nw.col("flag") == "0").group_by(key).agg(nw.col("rpt_date").max().alias("voided_on"))
    rows = events.filter(nw.col("flag") == "1").join(voided, on=key, how="left")
    return rows.filter(nw.col("voided_on").is_null() | (nw.col("voided_on") < nw.col("rpt_date"))).select(*EVENTS)


def _reports(frames: PbocFrames) -> tuple[Frame, Frame]:
    record = RECORDS["210"]
    rows = prepared(frames, record)
    reports = rows.select(
        text(BASE, "AcctCode").alias("acct_code"),
        text(BASE, "RptDate").alias("rpt_date"),
        text(BASE, "AcctType").alias("acct_type"),
        text(BASE, "IDType").alias("id_type"),
        text(BASE, "IDNum").alias("id_num"),
        clean(MONTHLY, "Month").alias("month"),
        _of_either("AcctStatus").alias("acct_status"),
        _of_either("FiveCateAdjDate").alias("class_on"),
        clean(PLAN, "SpecEfctDate").alias("plan_from"),
        *(has(element).alias(f"has_{mark}") for mark, element in codes.SEGMENT_MARK.items()),
    )
    beside = prepared_group(frames, record, TRANSACTION_GROUP)
    if beside is None:
        return reports, reports.head(0).select(*(nw.lit("").alias(name) for name in TRANSACTIONS))
    group, owners = beside
    codes_of = owners.select(RECORD_NO, text(BASE, "AcctCode").alias("acct_code"))
    transactions = group.join(codes_of, on=RECORD_NO, how="inner").select(
        "acct_code", nw.col(clean_name("TranDate")).alias("tran_date"), nw.col("ChanTranType").alias("chan_tran_type")
    )
    return reports, transactions


def _of_either(tag: str) -> nw.Expr:
    """A value of the monthly segment, or of the one between months; null where neither has it filled."""
    month, between = text(MONTHLY, tag), text(BETWEEN, tag)
    return nw.coalesce(nw.when(month != "").then(month), nw.when(between != "").then(between))


def _after_reports(known: KnownAccounts, frames: PbocFrames) -> KnownAccounts:
    reports, transactions = _reports(frames)
    return replace(
        known,
        reports=nw.concat([known.reports, reports]),
        transactions=nw.concat([known.transactions, transactions]),
    )


def _after_codes(known: KnownAccounts, frames: PbocFrames) -> KnownAccounts:
    changed = frames.records.select(
        nw.col("OdBnesCode").str.strip_chars().alias("old_code"),
        nw.col("NwBnesCode").str.strip_chars().alias("new_code"),
    )
    return KnownAccounts(
        reports=_renamed(known.reports, changed, REPORTS),
        transactions=_renamed(known.transactions, changed, TRANSACTIONS),
        events=_renamed(known.events, changed, EVENTS),
        codes=nw.concat([_renamed_codes(known.codes, changed), changed]),
    )


def _renamed(rows: Frame, changed: Frame, columns: tuple[str, ...]) -> Frame:
    joined = rows.join(changed, left_on="acct_code", right_on="old_code", how="left")
    code = nw.coalesce(nw.col("new_code"), nw.col("acct_code")).alias("acct_code")
    return joined.with_columns(code).select(*columns)


def _renamed_codes(rows: Frame, changed: Frame) -> Frame:
    again = changed.select(nw.col("old_code").alias("new_code"), nw.col("new_code").alias("newest_code"))
    joined = rows.join(again, on="new_code", how="left")
    return joined.select("old_code", nw.coalesce(nw.col("newest_code"), nw.col("new_code")).alias("new_code"))


def _after_corrections(known: KnownAccounts, frames: PbocFrames) -> KnownAccounts:
    rows = prepared(frames, RECORDS["212"])
    mark = text("BsSgmt", "MdfcSgmtCode")
    changes = rows.filter(mark.is_in(["B", "H", "I", "J"])).select(
        text("BsSgmt", "ModRecCode").alias("acct_code"),
        text("BsSgmt", "RptDate").alias("rpt_date"),
        nw.when(mark == "B").then(text(BASE, "IDType")).alias("new_id_type"),
        nw.when(mark == "B").then(text(BASE, "IDNum")).alias("new_id_num"),
        clean(MONTHLY, "Month").alias("new_month"),
        _of_either("AcctStatus").alias("new_acct_status"),
        _of_either("FiveCateAdjDate").alias("new_class_on"),
        clean(PLAN, "SpecEfctDate").alias("new_plan_from"),
    )
    names = ("id_type", "id_num", "month", "acct_status", "class_on", "plan_from")
    key = ["acct_code", "rpt_date"]
    newest = changes.group_by(key).agg(*(nw.col(f"new_{name}").max() for name in names))
    joined = known.reports.join(newest, on=key, how="left")
    corrected = joined.with_columns(*(nw.coalesce(nw.col(f"new_{name}"), nw.col(name)).alias(name) for name in names))
    return replace(known, reports=corrected.select(*REPORTS))


def _after_segment_deletions(known: KnownAccounts, frames: PbocFrames) -> KnownAccounts:
    rows = prepared(frames, RECORDS["213"])
    # A missing end of the range is the first or the last day that there can be.
    asked = rows.select(
        nw.col("DelRecCode").alias("acct_code"),
        nw.col("DelSgmtCode").alias("mark"),
        nw.col(clean_name("DelStartDate")).fill_null("1901-01-01").alias("from"),
        nw.col(clean_name("DelEndDate")).fill_null("2099-12-31").alias("to"),
    )
    key = ["acct_code", "rpt_date"]
    hit = known.reports.select(*key).join(asked, on="acct_code", how="inner")
    hit = hit.filter((nw.col("rpt_date") >= nw.col("from")) & (nw.col("rpt_date") <= nw.col("to")))
    marks = list(codes.DELETABLE_MARK)
    gone = hit.group_by(key).agg(*((nw.col("mark") == mark).max().alias(f"gone_{mark}") for mark in marks))
    joined = known.reports.join(gone, on=key, how="left").with_columns(
        nw.col(*(f"gone_{mark}" for mark in marks)).fill_null(False)
    )
    is_gone = nw.col("gone_H") | nw.col("gone_J")
    cleared: list[nw.Expr] = [
        nw.when(~is_gone).then(nw.col(name)).alias(name) for name in ("month", "acct_status", "class_on")
    ]
    cleared.append(nw.when(~nw.col("gone_I")).then(nw.col("plan_from")).alias("plan_from"))
    cleared += [(nw.col(f"has_{mark}") & ~nw.col(f"gone_{mark}")).alias(f"has_{mark}") for mark in marks]
    return replace(known, reports=joined.with_columns(*cleared).select(*REPORTS))


def _after_deletions(known: KnownAccounts, frames: PbocFrames) -> KnownAccounts:
    gone = frames.records.select(nw.col("DelRecCode").str.strip_chars().alias("acct_code"))
    return replace(
        known,
        reports=known.reports.join(gone, on="acct_code", how="anti"),
        transactions=known.transactions.join(gone, on="acct_code", how="anti"),
        events=known.events.join(gone, on="acct_code", how="anti"),
    )


def _after_events(known: KnownAccounts, frames: PbocFrames) -> KnownAccounts:
    rows = prepared(frames, RECORDS["215"])
    events = rows.select(
        nw.col("AcctCode").alias("acct_code"),
        nw.col("OpetnType").alias("opetn_type"),
        nw.col("Month").alias("month"),
        nw.col("Flag").alias("flag"),
        nw.col("RptDate").alias("rpt_date"),
    )
    return replace(known, events=nw.concat([known.events, events]))


_AFTER: dict[str, Callable[[KnownAccounts, PbocFrames], KnownAccounts]] = {
    "210": _after_reports,
    "211": _after_codes,
    "212": _after_corrections,
    "213": _after_segment_deletions,
    "214": _after_deletions,
    "215": _after_events,
}
