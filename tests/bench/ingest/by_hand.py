"""The same rules as a data team would write them with pandas.

It reads less carefully: no cell is checked for full-width characters, no file for being whole or in its encoding, no
row knows its place in the file, no value at fault is kept.
"""

from datetime import date
from pathlib import Path

import pandas as pd

AS_OF = pd.Timestamp(date(2026, 6, 30))
ZONE = "Asia/Shanghai"
NOT_BEFORE = pd.Timestamp(date(1990, 1, 1))
EMPTY = ["", "NULL", "-", "—", "无"]
KEY = r"[A-Za-z0-9_-]{1,60}"
PAYMENT_COLUMNS = {
    "TXN_NO": "payment_id",
    "LOAN_NO": "loan_id",
    "TXN_TYPE": "payment_kind",
    "TXN_AMT": "payment_amount",
    "VALUE_DATE": "paid_on",
    "BOOK_DATE": "booked_on",
}
CONTACT_COLUMNS = {
    "催收流水号": "contact_id",
    "借据号": "loan_id",
    "催收时间": "contacted_at",
    "催收方式": "channel_code",
    "接触对象": "counterparty_code",
    "催收结果": "contact_outcome_code",
    "催收员工号": "staff_id",
    "证据编号": "evidence_id",
    "沟通内容": "transcript",
}
PAYMENT_KIND = {"还款": "payment", "冲正": "reversal"}
CHANNEL = {
    "电话": "call",
    "人工电话": "call",
    "智能语音": "robot_call",
    "短信": "sms",
    "微信": "wechat",
    "上门": "visit",
    "信函": "letter",
    "邮件": "email",
}
COUNTERPARTY = {"本人": "borrower", "第三人": "third_party", "未接触": "nobody"}
OUTCOME = {
    "承诺还款": "promised",
    "拒绝还款": "refused",
    "已沟通": "talked",
    "已送达": "delivered",
    "无人接听": "no_answer",
    "关机": "power_off",
    "空号": "number_void",
    "搬离": "moved",
    "已转告": "message_left",
}
WHO = {
    "promised": "borrower",
    "refused": "borrower",
    "talked": "borrower",
    "no_answer": "nobody",
    "power_off": "nobody",
    "number_void": "nobody",
    "message_left": "third_party",
}


def load(folder: Path, _engine: str):
    loans = pd.read_parquet(folder / "loans.parquet")["loan_id"]
    evidence = pd.read_parquet(folder / "evidence.parquet")["evidence_id"]
    return folder / "lender" / "extracts" / "2026-06-30", loans, evidence


def run(loaded):
    folder, loans, evidence = loaded
    return {"payments": payments(folder, loans), "contacts": contacts(folder, loans, evidence)}


def payments(folder: Path, loans: pd.Series):
    files = sorted(folder.glob("payments-*.parquet"))
    raw = pd.concat([pd.read_parquet(file, dtype_backend="pyarrow") for file in files], ignore_index=True)
    raw = raw.rename(columns=PAYMENT_COLUMNS)
    frame = raw.copy()
    for name in ("payment_id", "loan_id", "payment_kind", "paid_on", "booked_on"):
        frame[name] = cleaned(raw[name])
    texts = frame[["paid_on", "booked_on"]].copy()
    frame["payment_kind"] = coded(frame["payment_kind"], PAYMENT_KIND)
    for name in ("paid_on", "booked_on"):
        frame[name] = pd.to_datetime(texts[name].astype("str"), format="%Y%m%d", errors="coerce")
    frame["unreadable"] = texts["paid_on"].notna() & frame["paid_on"].isna()
    broken = {
        "payment_id.missing": frame["payment_id"].isna(),
        "payment_id.pattern": not_like(frame["payment_id"], KEY),
        "loan_id.missing": frame["loan_id"].isna(),
        "loan_id.pattern": not_like(frame["loan_id"], KEY),
        "payment_kind.missing": frame["payment_kind"].isna(),
        "payment_kind.code": frame["payment_kind"].notna() & ~frame["payment_kind"].isin(["payment", "reversal"]),
        "payment_amount.missing": frame["payment_amount"].isna(),
        "payment_amount.minimum": (frame["payment_amount"] < 0).fillna(False),
        "paid_on.unreadable": frame["unreadable"],
        "paid_on.missing": texts["paid_on"].isna(),
        "paid_on.too_early": frame["paid_on"] < NOT_BEFORE,
        "booked_on.unreadable": texts["booked_on"].notna() & frame["booked_on"].isna(),
        "booked_on.missing": texts["booked_on"].isna(),
        "booked_on.too_early": frame["booked_on"] < NOT_BEFORE,
        "payment_id.duplicate": repeated(frame, "payment_id"),
        "loan_id.orphan": frame["loan_id"].notna() & ~frame["loan_id"].isin(loans),
        "booked_on.after_as_of": frame["booked_on"] > AS_OF,
    }
    warnings = {
        "payment_amount.zero": (frame["payment_amount"] == 0).fillna(False),
        "paid_on.after_booked_on": frame["paid_on"] > frame["booked_on"],
    }
    return judged(frame, broken, warnings)


def contacts(folder: Path, loans: pd.Series, evidence: pd.Series):
    raw = pd.read_csv(folder / "contacts.csv", encoding="gb18030", dtype="str", keep_default_na=False)
    frame = raw.rename(columns=CONTACT_COLUMNS).apply(cleaned)
    frame["channel_code"] = coded(frame["channel_code"], CHANNEL)
    frame["counterparty_code"] = coded(frame["counterparty_code"], COUNTERPARTY)
    frame["contact_outcome_code"] = coded(frame["contact_outcome_code"], OUTCOME)
    text = frame["contacted_at"]
    local = pd.to_datetime(text, format="%Y-%m-%d %H:%M:%S", errors="coerce")
    frame["contacted_at"] = local.dt.tz_localize(ZONE, ambiguous="NaT", nonexistent="NaT").dt.tz_convert("UTC")
    frame["unreadable"] = text.notna() & frame["contacted_at"].isna()
    wanted = frame["contact_outcome_code"].map(WHO)
    broken = {
        "contact_id.missing": frame["contact_id"].isna(),
        "contact_id.pattern": not_like(frame["contact_id"], KEY),
        "loan_id.missing": frame["loan_id"].isna(),
        "loan_id.pattern": not_like(frame["loan_id"], KEY),
        "contacted_at.unreadable": frame["unreadable"],
        "contacted_at.missing": text.isna(),
        "contacted_at.too_early": frame["contacted_at"] < NOT_BEFORE.tz_localize("UTC"),
        "channel_code.missing": frame["channel_code"].isna(),
        "channel_code.code": frame["channel_code"].notna() & ~frame["channel_code"].isin(set(CHANNEL.values())),
        "counterparty_code.missing": frame["counterparty_code"].isna(),
        "counterparty_code.code": frame["counterparty_code"].notna()
        & ~frame["counterparty_code"].isin(set(COUNTERPARTY.values())),
        "contact_outcome_code.missing": frame["contact_outcome_code"].isna(),
        "contact_outcome_code.code": frame["contact_outcome_code"].notna()
        & ~frame["contact_outcome_code"].isin(set(OUTCOME.values())),
        "staff_id.pattern": not_like(frame["staff_id"], KEY),
        "evidence_id.pattern": not_like(frame["evidence_id"], KEY),
        "contact_id.duplicate": repeated(frame, "contact_id"),
        "loan_id.orphan": frame["loan_id"].notna() & ~frame["loan_id"].isin(loans),
        "evidence_id.orphan": frame["evidence_id"].notna() & ~frame["evidence_id"].isin(evidence),
        "contacted_at.after_as_of": frame["contacted_at"] >= (AS_OF + pd.Timedelta(days=1)).tz_localize(ZONE),
    }
    warnings = {
        "counterparty_code.contradicts_outcome": wanted.notna()
        & frame["counterparty_code"].isin(set(COUNTERPARTY.values()))
        & (wanted != frame["counterparty_code"]),
        "staff_id.missing_for_person": frame["channel_code"].isin(["call", "visit"]) & frame["staff_id"].isna(),
    }
    return judged(frame, broken, warnings)


def cleaned(column: pd.Series) -> pd.Series:
    text = column.str.strip()
    return text.mask(text.isin(EMPTY))


def coded(column: pd.Series, codes: dict[str, str]) -> pd.Series:
    return column.map(codes).fillna(column)


def not_like(column: pd.Series, pattern: str) -> pd.Series:
    return column.notna() & ~column.str.fullmatch(pattern).fillna(True).astype(bool)


def repeated(frame: pd.DataFrame, key: str) -> pd.Series:
    """Equal rows from the second on, differing rows with one key all."""
    same_key = frame[frame[key].notna() & frame.duplicated(key, keep=False)]
    kinds = same_key.drop_duplicates().groupby(key).size()
    differs = same_key[key].map(kinds) > 1
    refused = same_key.index[differs | same_key.duplicated()]
    return pd.Series(frame.index.isin(refused), index=frame.index)


def judged(frame: pd.DataFrame, broken: dict[str, pd.Series], warnings: dict[str, pd.Series]):
    is_bad = pd.concat(broken, axis=1).any(axis=1)
    return frame[~is_bad], frame[is_bad], {**broken, **warnings}


def answer(_loaded, results):
    told = {}
    for name, (good, bad, broken) in results.items():
        counts = {f"{name}.{rule}": int(mask.sum()) for rule, mask in broken.items()}
        told[name] = {"good": len(good), "bad": len(bad), "broken": {rule: n for rule, n in counts.items() if n}}
    return sum(each["good"] + each["bad"] for each in told.values()), told
