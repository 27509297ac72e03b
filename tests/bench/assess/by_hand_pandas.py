"""The assessment as a data team would write it with pandas: plain steps, the numbers of the policy in them.

Evidence files go to `lake.evidence`.
"""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import polars as pl

from lake.evidence import check_evidence
from tests.bench.assess.answers import decisions_answer
from tests.bench.assess.by_hand_pandas_arrears import arrears_of
from tests.bench.assess.by_hand_pandas_books import AS_OF, LOOK_BACK_FROM, read
from tests.bench.assess.by_hand_pandas_effort import effort_of
from tests.bench.assess.by_hand_pandas_identity import is_identity_valid

SHOWN_RULES = ["E0306", "E0307", "W0702"]


def load(folder: Path, _engine: str):
    return folder


def run(folder: Path) -> pd.DataFrame:
    arrears = arrears_of(folder)
    effort = effort_of(folder, arrears)
    return decisions_of(folder, arrears, effort)


def decisions_of(folder: Path, arrears: pd.DataFrame, effort: pd.DataFrame) -> pd.DataFrame:
    columns = ["borrower_id", "borrower_kind", "protection_code", "id_type", "id_number"]
    decisions = arrears.merge(read(folder, "borrowers", columns), on="borrower_id", how="left")
    decisions = decisions.merge(effort, on="loan_id", how="left")
    numbers = [name for name in effort.columns if name not in ("loan_id", "is_lost_contact", "last_contacted_at")]
    decisions[numbers] = decisions[numbers].fillna(0).astype("int64")
    decisions["is_lost_contact"] = decisions["is_lost_contact"].eq(True)
    decisions = with_rules(folder, decisions)
    evidence = read(folder, "evidence").merge(arrears[["loan_id", "first_missed_on"]], on="loan_id")
    evidence = evidence[evidence["obtained_on"] <= AS_OF]
    judgments = read(folder, "judgments", ["loan_id", "effective_on", "evidence_id"])
    judgments = judgments[judgments["effective_on"] <= AS_OF]
    hopeful = with_evidence(decisions, evidence.assign(is_intact=True), judgments)
    hopeful_ids = hopeful.loc[hopeful["is_reportable"], "loan_id"]
    looked_at = pl.from_pandas(evidence[evidence["loan_id"].isin(hopeful_ids)])
    found = check_evidence(folder / "evidence_files", looked_at).to_pandas()
    intact_ids = found.loc[found["finding_code"] == "intact", "evidence_id"]
    evidence["is_intact"] = evidence["evidence_id"].isin(intact_ids)
    decisions = with_evidence(decisions, evidence, judgments)
    return decisions.assign(as_of=AS_OF, policy_name="cn-2018", policy_version=1).sort_values("loan_id")


def with_rules(folder: Path, rows: pd.DataFrame) -> pd.DataFrame:
    disputes = read(folder, "disputes")
    is_answered = (disputes["answered_on"] <= AS_OF) & (disputes["dispute_outcome_code"] != "open")
    disputed = disputes.loc[(disputes["opened_on"] <= AS_OF) & ~is_answered, "loan_id"]
    agreements = read(folder, "agreements")
    is_kept = (agreements["agreed_on"] <= AS_OF) & (agreements["agreement_status_code"] == "kept")
    quarantine = read(folder, "quarantine")
    kept_out = rows["loan_id"].isin(quarantine["loan_id"].dropna())
    kept_out |= rows["borrower_id"].isin(quarantine["borrower_id"].dropna())
    episodes = rows[["loan_id", "episode_began_on"]].merge(
        read(folder, "reported"), on=["loan_id", "episode_began_on"], how="inner"
    )
    floor = rows["borrower_kind"].map({"person": 500_000, "enterprise": 5_000_000})
    return rows.assign(
        E0102=rows["overdue_amount"] >= floor,
        E0103=True,
        E0201=(rows["attempts"] >= 5) & (rows["attempt_days"] >= 3) & (rows["channels_used"] >= 2),
        E0202=(rows["right_party_contacts"] > 0) | rows["is_lost_contact"],
        E0301=rows["quiet_hour_contacts"] == 0,
        E0302=rows["over_frequency_contacts"] == 0,
        E0303=rows["third_party_contacts"] == 0,
        E0304=rows["stopped_contacts"] == 0,
        E0305=rows["represented_contacts"] == 0,
        E0306=rows["unregistered_contacts"] == 0,
        E0307=rows["unrecorded_contacts"] == 0,
        E0308=rows["language_breaches"] == 0,
        E0501=rows["product_code"].isin(["consumer", "business", "car"]),
        E0502=rows["annual_rate"].round(6) <= 0.36,
        E0601=~rows["loan_id"].isin(disputed),
        E0602=~rows["loan_id"].isin(agreements.loc[is_kept, "loan_id"]),
        E0603=rows["protection_code"] == "none",
        E0604=[
            is_identity_valid(*each) for each in rows[["borrower_kind", "id_type", "id_number"]].itertuples(index=False)
        ],
        E0605=~rows["loan_id"].isin(episodes["loan_id"]),
        E0701=~kept_out,
        W0702=bool(quarantine[["loan_id", "borrower_id"]].notna().any(axis=1).all()),
    )


def with_evidence(rows: pd.DataFrame, evidence: pd.DataFrame, judgments: pd.DataFrame) -> pd.DataFrame:
    intact = evidence[evidence["is_intact"]]
    kind, obtained_on = intact["evidence_kind"], intact["obtained_on"]
    able = intact.loc[(kind == "ability_to_pay") & (obtained_on >= LOOK_BACK_FROM), "loan_id"]
    refusing = intact.loc[(kind == "refusal") & (obtained_on >= intact["first_missed_on"]), "loan_id"]
    documents = intact[["loan_id", "evidence_id"]].assign(is_there=True)
    named = judgments.merge(documents, on=["loan_id", "evidence_id"], how="left")
    judged = named.loc[named["evidence_id"].isna() | named["is_there"].eq(True), "loan_id"]
    rows = rows.assign(
        is_ability_documented=rows["loan_id"].isin(able),
        is_refusal_documented=rows["loan_id"].isin(refusing),
        has_judgment=rows["loan_id"].isin(judged),
        E0401=~rows["loan_id"].isin(evidence.loc[~evidence["is_intact"], "loan_id"]),
    )
    rows["E0402"] = (rows["is_ability_documented"] & rows["is_refusal_documented"]) | rows["has_judgment"]
    rules = [name for name in rows.columns if re.fullmatch(r"E\d{4}", name) and name not in SHOWN_RULES]
    return rows.assign(is_reportable=rows[rules].all(axis=1))


def answer(folder: Path, decisions: pd.DataFrame):
    """Cents become decimals and timestamps dates again, which the other sides do while they are measured."""
    frame = pl.from_pandas(decisions)
    amounts = [
        name for name in frame.columns if name.startswith("overdue_") and name not in ("overdue_days", "overdue_months")
    ]
    exact = frame.with_columns(
        (pl.col(name).cast(pl.Decimal(18, 2)) / 100).cast(pl.Decimal(18, 2)) for name in [*amounts, "balance_amount"]
    )
    return decisions_answer(folder, exact)
