"""Collection effort by hand in pandas."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from tests.bench.assess.by_hand_pandas_books import AS_OF, LOOK_BACK_FROM, read
from tests.bench.assess.by_hand_pandas_language import contacts_at_fault

CHANNELS = ["call", "robot_call", "sms", "wechat", "visit", "letter", "email"]
QUIET_CHANNELS = ["call", "robot_call", "sms", "wechat", "visit", "email"]


def effort_of(folder: Path, arrears: pd.DataFrame) -> pd.DataFrame:
    contacts = read(folder, "contacts").merge(arrears[["loan_id", "borrower_id", "first_missed_on"]], on="loan_id")
    local = contacts["contacted_at"].dt.tz_convert("Asia/Shanghai").dt.tz_localize(None)
    contacts["day"], contacts["hour"] = local.dt.normalize(), local.dt.hour
    since = contacts["first_missed_on"].clip(lower=LOOK_BACK_FROM)
    contacts = contacts[contacts["day"].between(since, AS_OF)].sort_values(["loan_id", "contacted_at", "contact_id"])
    contacts = contacts.reset_index(drop=True)
    channel, outcome = contacts["channel_code"], contacts["contact_outcome_code"]
    contacts["quiet_hour"] = ((contacts["hour"] >= 22) | (contacts["hour"] < 8)) & channel.isin(QUIET_CHANNELS)
    contacts["over_frequency"] = one_too_many(contacts, ["call", "robot_call"], 3) | one_too_many(
        contacts, ["visit"], 1
    )
    contacts["third_party"] = contacts["counterparty_code"] == "third_party"
    contacts["stopped"] = is_stopped(folder, contacts, "do_not_contact")
    contacts["represented"] = is_stopped(folder, contacts, "lawyer")
    contacts["unregistered"] = channel.isin(["call", "visit"]) & ~is_registered(folder, contacts)
    is_due = channel.isin(["call", "robot_call"]) & (contacts["counterparty_code"] != "nobody")
    contacts["unrecorded"] = is_due & ~is_recorded(folder, contacts)
    contacts["language"] = is_forbidden(contacts)
    unlawful = contacts[["quiet_hour", "over_frequency", "stopped", "represented", "language"]].any(axis=1)
    contacts["attempt"] = ~unlawful & ~contacts["third_party"]
    contacts["reached"] = (contacts["counterparty_code"] == "borrower") & outcome.isin(
        ["promised", "refused", "talked"]
    )
    contacts["right_party"] = contacts["attempt"] & contacts["reached"]
    contacts["sign"] = contacts["attempt"] & outcome.isin(["power_off", "number_void", "moved"])
    return effort_by_loan(contacts)


def effort_by_loan(contacts: pd.DataFrame) -> pd.DataFrame:
    counted = {
        "attempt": "attempts",
        "right_party": "right_party_contacts",
        "sign": "unreachable_signs",
        "quiet_hour": "quiet_hour_contacts",
        "third_party": "third_party_contacts",
        "over_frequency": "over_frequency_contacts",
        "stopped": "stopped_contacts",
        "represented": "represented_contacts",
        "unregistered": "unregistered_contacts",
        "unrecorded": "unrecorded_contacts",
        "language": "language_breaches",
        "reached": "reached",
    }
    effort = contacts.groupby("loan_id")[list(counted)].sum().rename(columns=counted)
    attempts, signs = contacts[contacts["attempt"]], contacts[contacts["sign"]]
    by_channel = attempts.groupby(["loan_id", "channel_code"]).size().unstack(fill_value=0)
    for name in CHANNELS:
        effort[f"{name}_attempts"] = by_channel.get(name, 0)
    effort["attempt_days"] = attempts.groupby("loan_id")["day"].nunique()
    effort["channels_used"] = attempts.groupby("loan_id")["channel_code"].nunique()
    effort["sign_channels"] = signs.groupby("loan_id")["channel_code"].nunique()
    effort = effort.fillna(0).astype("int64")
    effort["is_lost_contact"] = (
        (effort["reached"] == 0) & (effort["unreachable_signs"] >= 3) & (effort["sign_channels"] >= 2)
    )
    effort["last_contacted_at"] = attempts.groupby("loan_id")["contacted_at"].max()
    return effort.drop(columns=["reached", "sign_channels"]).reset_index()


def one_too_many(contacts: pd.DataFrame, channels: list[str], most: int) -> pd.Series:
    limited = contacts[contacts["channel_code"].isin(channels)]
    before = limited.groupby(["loan_id", "day"]).cumcount()
    return (before >= most).reindex(contacts.index, fill_value=False)


def is_stopped(folder: Path, contacts: pd.DataFrame, kind: str) -> pd.Series:
    stops = read(folder, "stops")
    stops = stops[stops["stop_kind_code"] == kind]
    asked = contacts.loc[contacts["channel_code"].isin(QUIET_CHANNELS), ["borrower_id", "contacted_at"]].reset_index()
    paired = asked.merge(stops, on="borrower_id")
    at = paired["contacted_at"]
    holds = (paired["stopped_at"] <= at) & ~(paired["lifted_at"] <= at)
    return contacts.index.to_series().isin(paired.loc[holds, "index"])


def is_registered(folder: Path, contacts: pd.DataFrame) -> pd.Series:
    staff = read(folder, "staff").set_index("staff_id")
    begins = contacts["staff_id"].map(staff["registered_from_on"])
    until = contacts["staff_id"].map(staff["registered_until_on"])
    return (begins <= contacts["day"]) & ~(until < contacts["day"])


def is_recorded(folder: Path, contacts: pd.DataFrame) -> pd.Series:
    evidence = read(folder, "evidence", ["evidence_id", "loan_id", "evidence_kind"])
    recordings = evidence[evidence["evidence_kind"] == "recording"].set_index("evidence_id")
    return contacts["evidence_id"].map(recordings["loan_id"]).eq(contacts["loan_id"])


def is_forbidden(contacts: pd.DataFrame) -> pd.Series:
    spoken = contacts.loc[contacts["transcript"].notna(), ["contact_id", "transcript"]]
    return contacts["contact_id"].isin(contacts_at_fault(spoken))
