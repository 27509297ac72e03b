"""The assessment as an expert of Polars would write it by hand for this one policy, as fast as can be.

Loans are numbers as soon as they are known to matter, money is cents, and "the state at the end of a day" is one sorted
join on a number made of loan and day. Transcripts go to `by_hand_language`, evidence files to `lake.evidence`.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl

from lake.evidence import check_evidence
from tests.bench.assess.answers import decisions_answer
from tests.bench.assess.by_hand_language import lexicons
from tests.bench.assess.by_hand_polars_arrears import arrears_of
from tests.bench.assess.by_hand_polars_days import AS_OF, LOOK_BACK_FROM
from tests.bench.assess.by_hand_polars_effort import effort_of
from transforms.decisions import decisions_dataset

BLOCKING = (
    *("E0101", "E0102", "E0103", "E0201", "E0202", "E0301", "E0302", "E0303", "E0304", "E0305", "E0308"),
    *("E0501", "E0502", "E0601", "E0602", "E0603", "E0604", "E0605", "E0701"),
)
MONEY = pl.Decimal(18, 2)
DECISIONS = decisions_dataset()
SSN = (
    "^(00[1-9]|0[1-9][0-9]|[1-578][0-9]{2}|6[0-57-9][0-9]|66[0-57-9])(0[1-9]|[1-9][0-9])"
    "(000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})$"
)


def load(folder: Path, _engine: str):
    return folder, lexicons()


def run(loaded):
    folder, known = loaded
    books = {path.name: pl.scan_parquet(path / "*.parquet") for path in (folder / "books").iterdir()}
    arrears = arrears_of(books)
    effort = effort_of(books, arrears, known)
    return decisions_of(books, arrears, effort, folder / "evidence_files")


def decisions_of(books, arrears: pl.DataFrame, effort: pl.DataFrame, root: Path) -> pl.DataFrame:
    asked = with_facts(books, arrears, effort)
    evidence = (
        books["evidence"]
        .filter(pl.col("obtained_on") <= AS_OF)
        .join(arrears.lazy().select("loan", "loan_id", "first_missed_on"), on="loan_id")
        .collect(engine="streaming")
    )
    judgments = (
        books["judgments"]
        .filter(pl.col("effective_on") <= AS_OF)
        .join(arrears.lazy().select("loan", "loan_id"), on="loan_id")
        .select("loan", "evidence_id")
        .collect()
    )
    if_intact = decided(asked, evidence.with_columns(pl.lit(True).alias("is_intact")), judgments)
    hopeful = if_intact.filter("is_reportable").select("loan")
    found = pl.DataFrame(check_evidence(root, evidence.join(hopeful, on="loan", how="semi")))
    intact = found.filter(pl.col("finding_code") == "intact").select("evidence_id", pl.lit(True).alias("is_intact"))
    looked_at = evidence.join(intact, on="evidence_id", how="left").with_columns(pl.col("is_intact").fill_null(False))
    money = [name for name in arrears.columns if name.startswith("overdue_") or name == "balance_amount"]
    amounts = [name for name in money if name not in ("overdue_days", "overdue_months")]
    return (
        decided(asked, looked_at, judgments)
        .with_columns((pl.col(name).cast(MONEY) / 100).cast(MONEY) for name in amounts)
        .with_columns(
            pl.lit(AS_OF).alias("as_of"), pl.lit("cn-2018").alias("policy_name"), pl.lit(1).alias("policy_version")
        )
        .select(DECISIONS.field_names)
        .sort("loan_id")
    )


def with_facts(books, arrears: pl.DataFrame, effort: pl.DataFrame) -> pl.DataFrame:
    """Everything but documents, and the rules that follow from it."""
    borrowers = books["borrowers"].select("borrower_id", "borrower_kind", "protection_code", "id_type", "id_number")
    loans = arrears.lazy().join(borrowers, on="borrower_id", how="left").collect(engine="streaming")
    rows = loans.lazy().join(effort.lazy(), on="loan", how="left").sort("loan")
    counts = [name for name in effort.columns if name not in ("loan", "is_lost_contact", "last_contacted_at")]
    rows = rows.with_columns(
        *(pl.col(name).cast(pl.Int64).fill_null(0) for name in counts), pl.col("is_lost_contact").fill_null(False)
    )
    amount, kind = pl.col("overdue_amount"), pl.col("borrower_kind")
    return rows.with_columns(
        ((kind == "person") & (amount >= 500_000) | (kind == "enterprise") & (amount >= 5_000_000)).alias("E0102"),
        pl.lit(True).alias("E0103"),
        ((pl.col("attempts") >= 5) & (pl.col("attempt_days") >= 3) & (pl.col("channels_used") >= 2)).alias("E0201"),
        ((pl.col("right_party_contacts") > 0) | pl.col("is_lost_contact")).alias("E0202"),
        (pl.col("quiet_hour_contacts") == 0).alias("E0301"),
        (pl.col("over_frequency_contacts") == 0).alias("E0302"),
        (pl.col("third_party_contacts") == 0).alias("E0303"),
        (pl.col("stopped_contacts") == 0).alias("E0304"),
        (pl.col("represented_contacts") == 0).alias("E0305"),
        (pl.col("unregistered_contacts") == 0).alias("E0306"),
        (pl.col("unrecorded_contacts") == 0).alias("E0307"),
        (pl.col("language_breaches") == 0).alias("E0308"),
        pl.col("product_code").is_in(["consumer", "business", "car"]).alias("E0501"),
        (pl.col("annual_rate") <= Decimal("0.36")).alias("E0502"),
        ~pl.col("loan_id").is_in(disputed(books).implode()).alias("E0601"),
        ~pl.col("loan_id").is_in(agreed(books).implode()).alias("E0602"),
        (pl.col("protection_code") == "none").alias("E0603"),
        identity_valid().alias("E0604"),
        ~pl.col("loan_id").is_in(reported(books, arrears).implode()).alias("E0605"),
        *complete(books),
    ).collect()


def disputed(books) -> pl.Series:
    is_answered = (pl.col("answered_on") <= AS_OF).fill_null(False) & (pl.col("dispute_outcome_code") != "open")
    disputes = books["disputes"].filter(pl.col("opened_on") <= AS_OF, ~is_answered)
    return disputes.select("loan_id").collect().to_series()


def agreed(books) -> pl.Series:
    is_kept = (pl.col("agreed_on") <= AS_OF) & (pl.col("agreement_status_code") == "kept")
    return books["agreements"].filter(is_kept).select("loan_id").collect().to_series()


def reported(books, arrears: pl.DataFrame) -> pl.Series:
    told = books["reported"].join(arrears.lazy(), on=["loan_id", "episode_began_on"], how="semi")
    return told.select("loan_id").collect().to_series()


def complete(books) -> list[pl.Expr]:
    kept_out = books["quarantine"].select("loan_id", "borrower_id").collect()
    loans = kept_out["loan_id"].drop_nulls()
    borrowers = kept_out["borrower_id"].drop_nulls()
    nobody = kept_out.filter(pl.col("loan_id").is_null(), pl.col("borrower_id").is_null()).height
    is_hit = pl.col("loan_id").is_in(loans.implode()) | pl.col("borrower_id").is_in(borrowers.implode())
    return [(~is_hit).alias("E0701"), pl.lit(nobody == 0).alias("W0702")]


def decided(asked: pl.DataFrame, evidence: pl.DataFrame, judgments: pl.DataFrame) -> pl.DataFrame:
    kind, intact, obtained_on = pl.col("evidence_kind"), pl.col("is_intact"), pl.col("obtained_on")
    documented = evidence.group_by("loan").agg(
        (intact & (kind == "ability_to_pay") & (obtained_on >= LOOK_BACK_FROM)).any().alias("is_ability_documented"),
        (intact & (kind == "refusal") & (obtained_on >= pl.col("first_missed_on")))
        .any()
        .alias("is_refusal_documented"),
        intact.all().alias("E0401"),
    )
    intact_ids = evidence.filter("is_intact").select("loan", "evidence_id", pl.lit(True).alias("is_there"))
    in_effect = judgments.join(intact_ids, on=["loan", "evidence_id"], how="left").filter(
        pl.col("evidence_id").is_null() | pl.col("is_there")
    )
    flags = ("is_ability_documented", "is_refusal_documented")
    return (
        asked.join(documented, on="loan", how="left")
        .with_columns(
            *(pl.col(flag).fill_null(False) for flag in flags),
            pl.col("E0401").fill_null(True),
            pl.col("loan").is_in(in_effect["loan"].unique().implode()).alias("has_judgment"),
        )
        .with_columns((pl.col(flags[0]) & pl.col(flags[1]) | pl.col("has_judgment")).alias("E0402"))
        .with_columns(pl.all_horizontal(*BLOCKING, "E0401", "E0402").alias("is_reportable"))
    )


def identity_valid() -> pl.Expr:
    number, kind, id_type = pl.col("id_number"), pl.col("borrower_kind"), pl.col("id_type")
    person = (id_type == "resident_id") & resident_id(number) | (id_type == "ssn") & number.str.contains(SSN)
    enterprise = (id_type == "uscc") & uscc(number) | (id_type == "ein") & number.str.contains(r"^[0-9]{9}$")
    return ((kind == "person") & person | (kind == "enterprise") & enterprise).fill_null(False)


def resident_id(number: pl.Expr) -> pl.Expr:
    born_on = number.str.slice(6, 8).str.to_date("%Y%m%d", strict=False)
    is_born = born_on.is_between(date(1901, 1, 1), date(2099, 12, 31)).fill_null(False)
    total = weighted(number, (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2, 1), "0123456789X")
    return number.str.contains(r"^[0-9]{17}[0-9X]$") & is_born & (total % 11 == 1)


def uscc(code: pl.Expr) -> pl.Expr:
    weights = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28, 1)
    total = weighted(code, weights, "0123456789ABCDEFGHJKLMNPQRTUWXY")
    organisation = weighted(code.str.slice(8, 8), (3, 7, 9, 10, 5, 8, 4, 2), "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    check = weighted(code.str.slice(16, 1), (1,), "0123456789X")
    shape = r"^[1-9ANY][0-9ABCDEFGHJKLMNPQRTUWXY]{15}[0-9X][0-9ABCDEFGHJKLMNPQRTUWXY]$"
    return code.str.contains(shape) & (total % 31 == 0) & ((organisation + check) % 11 == 0)


def weighted(text: pl.Expr, weights: tuple[int, ...], alphabet: str) -> pl.Expr:
    values = {character: value for value, character in enumerate(alphabet)}
    digits = (
        text.str.slice(place, 1).replace_strict(values, default=0, return_dtype=pl.Int64) * weight
        for place, weight in enumerate(weights)
    )
    return pl.sum_horizontal(digits)


def answer(loaded, decisions: pl.DataFrame):
    folder, _ = loaded
    return decisions_answer(folder, decisions)
