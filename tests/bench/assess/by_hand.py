"""Arrears, effort and eleven of the rules as a data team would write them with pandas: one script, numbers in it."""

import json
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

AS_OF = pd.Timestamp(date(2026, 6, 30))
LOOK_BACK_FROM = AS_OF - pd.DateOffset(months=24)
CHANNELS = ["call", "robot_call", "sms", "wechat", "visit", "letter", "email"]
QUIET_CHANNELS = ["call", "robot_call", "sms", "wechat", "visit", "email"]
NUMPY_TYPES = {
    "decimal128(18, 2)": pa.float64(),
    "decimal128(9, 6)": pa.float64(),
    "date32[day]": pa.timestamp("us"),
}
DUE = ["principal_due", "interest_due", "fee_due", "penalty_due"]


def load(folder: Path, _engine: str):
    return json.loads((folder / "files.json").read_text(encoding="utf-8"))


def run(files):
    arrears = arrears_of(files)
    effort = effort_of(files, arrears)
    return decisions_of(files, arrears, effort)


def read(files, name: str, columns: list[str]) -> pd.DataFrame:
    """Amounts as floats and dates as timestamps before pandas sees them: as objects they take ten times as long."""
    table = pq.read_table(files[name], columns=columns)
    plain = pa.schema([field.with_type(NUMPY_TYPES.get(str(field.type), field.type)) for field in table.schema])
    return table.cast(plain).to_pandas()


def in_cents(amounts: pd.Series) -> pd.Series:
    return (amounts * 100).round().astype("int64")


def arrears_of(files) -> pd.DataFrame:
    instalments = read(files, "instalments", ["loan_id", "instalment_no", "due_on", *DUE])
    for name in DUE:
        instalments[name] = in_cents(instalments[name])
    instalments["due"] = instalments[DUE].sum(axis=1)
    payments = read(files, "payments", ["loan_id", "payment_kind", "payment_amount", "paid_on"])
    payments = payments[payments["paid_on"] <= AS_OF]
    cents = in_cents(payments["payment_amount"])
    payments["signed"] = cents.where(payments["payment_kind"] != "reversal", -cents)
    paid = payments.groupby("loan_id")["signed"].sum().clip(lower=0)

    fallen = instalments[instalments["due_on"] < AS_OF].sort_values(["loan_id", "due_on", "instalment_no"])
    fallen["paid"] = fallen["loan_id"].map(paid).fillna(0).astype("int64")
    until_here = fallen.groupby("loan_id")["due"].cumsum()
    fallen["left"] = (fallen["paid"] - (until_here - fallen["due"])).clip(lower=0)
    missed = fallen[fallen["left"] < fallen["due"]].copy()
    missed["unpaid"] = missed["due"] - missed["left"]
    other = missed["fee_due"] + missed["interest_due"] + missed["penalty_due"]
    principal_paid = (missed["left"] - other).clip(lower=0)
    missed["unpaid_principal"] = missed["principal_due"] - principal_paid.clip(upper=missed["principal_due"])
    arrears = missed.groupby("loan_id").agg(
        first_missed_on=("due_on", "min"),
        overdue_cents=("unpaid", "sum"),
        overdue_principal_cents=("unpaid_principal", "sum"),
    )
    arrears["overdue_days"] = (AS_OF - arrears["first_missed_on"]).dt.days
    return arrears.reset_index()


def effort_of(files, arrears: pd.DataFrame) -> pd.DataFrame:
    columns = ["loan_id", "contacted_at", "channel_code", "counterparty_code", "contact_outcome_code"]
    contacts = read(files, "contacts", columns).merge(arrears[["loan_id", "first_missed_on"]], on="loan_id")
    local = contacts["contacted_at"].dt.tz_convert("Asia/Shanghai").dt.tz_localize(None)
    day = local.dt.normalize()
    counts = (day >= contacts["first_missed_on"]) & (day >= LOOK_BACK_FROM) & (day <= AS_OF)
    contacts = contacts.assign(day=day, hour=local.dt.hour)[counts]
    channel, outcome = contacts["channel_code"], contacts["contact_outcome_code"]
    is_quiet = ((contacts["hour"] >= 22) | (contacts["hour"] < 8)) & channel.isin(QUIET_CHANNELS)
    is_third = contacts["counterparty_code"] == "third_party"
    reached = (contacts["counterparty_code"] == "borrower") & outcome.isin(["promised", "refused", "talked"])
    attempt = ~is_quiet & ~is_third
    sign = attempt & outcome.isin(["power_off", "number_void", "moved"])
    contacts = contacts.assign(is_quiet=is_quiet, is_third=is_third, attempt=attempt, reached=reached, sign=sign)
    contacts["right_party"] = contacts["attempt"] & contacts["reached"]
    effort = contacts.groupby("loan_id")[["attempt", "is_quiet", "is_third", "reached", "right_party", "sign"]].sum()
    tried, signs = contacts[contacts["attempt"]], contacts[contacts["sign"]]
    effort["days"] = tried.groupby("loan_id")["day"].nunique()
    effort["channels"] = tried.groupby("loan_id")["channel_code"].nunique()
    effort["sign_channels"] = signs.groupby("loan_id")["channel_code"].nunique()
    for name, channels, limit in (("calls", ["call", "robot_call"], 3), ("visits", ["visit"], 1)):
        per_day = contacts[contacts["channel_code"].isin(channels)].groupby(["loan_id", "day"]).size()
        effort[name] = (per_day > limit).groupby("loan_id").sum()
    effort = effort.fillna(0)
    effort["lost"] = (effort["reached"] == 0) & (effort["sign"] >= 3) & (effort["sign_channels"] >= 2)
    return effort.reset_index()


def decisions_of(files, arrears: pd.DataFrame, effort: pd.DataFrame) -> pd.DataFrame:
    loans = read(files, "loans", ["loan_id", "borrower_id", "product_code", "annual_rate"])
    borrowers = read(files, "borrowers", ["borrower_id", "borrower_kind"])
    found = (
        arrears.merge(loans, on="loan_id").merge(borrowers, on="borrower_id").merge(effort, on="loan_id", how="left")
    )
    numbers = [name for name in effort.columns if name not in ("loan_id", "lost")]
    found[numbers] = found[numbers].fillna(0)
    found["lost"] = found["lost"].eq(True)
    disputes = read(files, "disputes", ["loan_id", "opened_on", "answered_on", "dispute_outcome_code"])
    answered = (disputes["answered_on"] <= AS_OF) & (disputes["dispute_outcome_code"] != "open")
    disputed = disputes[(disputes["opened_on"] <= AS_OF) & ~answered]["loan_id"]
    agreements = read(files, "agreements", ["loan_id", "agreed_on", "agreement_status_code"])
    is_kept = (agreements["agreed_on"] <= AS_OF) & (agreements["agreement_status_code"] == "kept")
    floor = found["borrower_kind"].map({"person": 500_000, "enterprise": 5_000_000})
    return found.assign(
        E0101=found["first_missed_on"] + pd.DateOffset(months=6) < AS_OF,
        E0102=found["overdue_cents"] >= floor,
        E0201=(found["attempt"] >= 5) & (found["days"] >= 3) & (found["channels"] >= 2),
        E0202=(found["right_party"] > 0) | found["lost"],
        E0301=found["is_quiet"] == 0,
        E0302=(found["calls"] == 0) & (found["visits"] == 0),
        E0303=found["is_third"] == 0,
        E0501=found["product_code"].isin(["consumer", "business", "car"]),
        E0502=found["annual_rate"] <= 0.36,
        E0601=~found["loan_id"].isin(disputed),
        E0602=~found["loan_id"].isin(agreements[is_kept]["loan_id"]),
    )


def answer(files, decisions: pd.DataFrame):
    rules = [name for name in decisions.columns if name.startswith("E0")]
    told = {
        "loans_in_arrears": len(decisions),
        "overdue_cents": int(decisions["overdue_cents"].sum()),
        "overdue_principal_cents": int(decisions["overdue_principal_cents"].sum()),
        "overdue_days": int(decisions["overdue_days"].sum()),
        "attempts": int(decisions["attempt"].sum()),
        "lost_contacts": int(decisions["lost"].sum()),
        **{rule: int(decisions[rule].sum()) for rule in rules},
    }
    return len(read(files, "loans", ["loan_id"])), told
