"""Everything of one chunk that is neither money nor contact: people, documents, courts, disputes, stops."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import polars as pl

from tests.bench.assess.portfolio import DAY, Chunk
from tests.bench.assess.portfolio_contacts import Contacts
from tests.bench.assess.portfolio_identity import identity_numbers
from tests.bench.assess.portfolio_money import CENTS, key_of

PRODUCTS = np.array(["consumer"] * 12 + ["business"] * 3 + ["car"] * 3 + ["student", "down_payment"])
PROTECTIONS = np.array(["none"] * 48 + ["deceased", "bankrupt"])


def make_files(root: Path, count: int) -> pl.DataFrame:
    """Small real files with what a lender would declare of them."""
    rng = np.random.default_rng([3, count])
    rows = []
    for number in range(count):
        path = Path(f"{number % 64:02d}") / f"{number:05d}.bin"
        content = rng.bytes(int(rng.integers(200, 4_000)))
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
        rows.append((path.as_posix(), len(content), hashlib.sha256(content).hexdigest()))
    return pl.DataFrame(rows, schema=["file_path", "file_bytes", "file_sha256"], orient="row")


def make_people(chunk: Chunk) -> dict[str, pl.DataFrame]:
    rng = chunk.rng
    loan, borrower = pl.Series(chunk.loan_no), pl.Series(chunk.borrower + chunk.first)
    loans = pl.DataFrame({"loan": loan, "borrower": borrower, "principal": chunk.principal, "rate": chunk.rate}).select(
        key_of("L", pl.col("loan")).alias("loan_id"),
        key_of("B", pl.col("borrower")).alias("borrower_id"),
        pl.Series("product_code", PRODUCTS[rng.integers(0, len(PRODUCTS), chunk.loans)]),
        (pl.col("principal").cast(CENTS) / 100).cast(CENTS).alias("principal_amount"),
        (pl.col("rate").cast(pl.Decimal(18, 6)) / 10_000).cast(pl.Decimal(9, 6)).alias("annual_rate"),
        pl.Series("disbursed_on", chunk.disbursed_on),
        pl.Series("matures_on", _last_due(chunk)),
    )
    first_loan = np.flatnonzero(np.diff(chunk.borrower, prepend=-1))
    is_person = chunk.is_person[first_loan]
    count = len(is_person)
    kind = np.where(is_person, "person", "enterprise")
    borrowers = pl.DataFrame({"borrower": np.arange(count) + chunk.first}).select(
        key_of("B", pl.col("borrower")).alias("borrower_id"),
        pl.Series("borrower_kind", kind),
        pl.Series("name", np.where(is_person, "测试借款人", "测试商贸有限公司")),
        pl.Series("id_type", np.where(is_person, "resident_id", "uscc")),
        identity_numbers(rng, is_person).alias("id_number"),
        (pl.lit("138") + (pl.col("borrower") % 100_000_000).cast(pl.String).str.zfill(8)).alias("mobile"),
        pl.lit(None, dtype=pl.String).alias("email"),
        pl.Series("protection_code", PROTECTIONS[rng.integers(0, len(PROTECTIONS), count)]),
    )
    return {"borrowers": borrowers, "loans": loans, "liabilities": _liabilities(chunk, count)}


def _last_due(chunk: Chunk) -> np.ndarray:
    return chunk.due_on[np.cumsum(chunk.term) - 1]


def _liabilities(chunk: Chunk, borrowers: int) -> pl.DataFrame:
    places = chunk.chosen(0.08)
    other = (chunk.borrower[places] + 1 + chunk.rng.integers(0, max(borrowers - 1, 1), len(places))) % borrowers
    is_guarantor = chunk.rng.random(len(places)) < 0.5
    frame = pl.DataFrame({"loan": places + chunk.first, "borrower": other + chunk.first})
    return frame.select(
        key_of("L", pl.col("loan")).alias("loan_id"),
        key_of("B", pl.col("borrower")).alias("borrower_id"),
        pl.Series("liability_code", np.where(is_guarantor, "guarantor", "co_borrower")),
        pl.lit(None, dtype=CENTS).alias("liable_amount"),
    )


def make_documents(chunk: Chunk, contacts: Contacts, files: pl.DataFrame) -> dict[str, pl.DataFrame]:
    rng = chunk.rng
    is_recorded = contacts.is_recorded
    owner, kinds, days = [contacts.owner[is_recorded]], [], []
    recorded_on = (contacts.at[is_recorded] + np.timedelta64(8, "h")).astype("datetime64[D]")
    kinds.append(np.full(len(owner[0]), "recording"))
    days.append(np.minimum(recorded_on, DAY))
    for kind, share in (("ability_to_pay", 0.65), ("refusal", 0.65), ("identity", 0.3), ("receipt", 0.2)):
        places = chunk.chosen(share, chunk.is_long)
        begins = DAY - 800 if kind == "ability_to_pay" else chunk.stopped_on[places] - 20
        owner.append(places)
        kinds.append(np.full(len(places), kind))
        days.append(chunk.days_between(np.broadcast_to(begins, len(places)), np.full(len(places), DAY)))
    judged = chunk.chosen(0.06, chunk.is_long)
    documented_from = sum(map(len, owner))
    owner.append(judged)
    kinds.append(np.full(len(judged), "judgment_document"))
    days.append(chunk.days_between(chunk.stopped_on[judged] + 60, np.full(len(judged), DAY)))
    evidence = _evidence(chunk, np.concatenate(owner), np.concatenate(kinds), np.concatenate(days), files)
    return {
        "evidence": evidence,
        "judgments": _judgments(chunk, judged, documented_from),
        "disputes": _disputes(chunk),
        "agreements": _agreements(chunk),
        "stops": _stops(chunk),
        "quarantine": _quarantine(chunk),
        "reported": _reported(chunk, rng),
    }


def _evidence(
    chunk: Chunk, owner: np.ndarray, kinds: np.ndarray, days: np.ndarray, files: pl.DataFrame
) -> pl.DataFrame:
    """A few rows declare another hash or size than the file has, or name a file that is not there or not inside."""
    rng, count = chunk.rng, len(owner)
    drawn = rng.random(count)
    named = files[rng.integers(0, files.height, count)]
    flaw = pl.Series("drawn", drawn)
    frame = named.with_columns(pl.Series("loan", owner + chunk.first), flaw)
    return frame.select(
        key_of("E", pl.int_range(pl.len(), dtype=pl.Int64) + chunk.first * 10).alias("evidence_id"),
        key_of("L", pl.col("loan")).alias("loan_id"),
        pl.Series("evidence_kind", kinds),
        pl.when(pl.col("drawn") < 0.001)
        .then(pl.lit("missing/") + pl.col("file_path"))
        .when(pl.col("drawn") < 0.0013)
        .then(pl.lit("../") + pl.col("file_path"))
        .otherwise("file_path")
        .alias("file_path"),
        (pl.col("file_bytes") + (pl.col("drawn") > 0.999).cast(pl.Int64)).alias("file_bytes"),
        pl.when(pl.col("drawn").is_between(0.5, 0.501))
        .then(pl.lit("0" * 64))
        .otherwise("file_sha256")
        .alias("file_sha256"),
        pl.Series("obtained_on", days),
    )


def _judgments(chunk: Chunk, judged: np.ndarray, documented_from: int) -> pl.DataFrame:
    rng, count = chunk.rng, len(judged)
    effective_on = chunk.days_between(chunk.stopped_on[judged] + 60, np.full(count, DAY + 20))
    number = pl.Series("number", judged + chunk.first)
    evidence_no = pl.Series("evidence", np.arange(count) + documented_from + chunk.first * 10)
    is_documented = pl.Series("is_documented", rng.random(count) < 0.8)
    return pl.DataFrame([number, evidence_no, is_documented]).select(
        key_of("J", pl.col("number")).alias("judgment_id"),
        key_of("L", pl.col("number")).alias("loan_id"),
        pl.lit("白榆县人民法院").alias("court_name"),
        pl.format("（2025）虚99民初{}号", "number").alias("judgment_number"),
        pl.Series("effective_on", effective_on),
        pl.when("is_documented").then(key_of("E", pl.col("evidence"))).alias("evidence_id"),
    )


def _disputes(chunk: Chunk) -> pl.DataFrame:
    rng = chunk.rng
    places = np.concatenate([chunk.chosen(0.03, chunk.is_stopped), chunk.chosen(0.001)])
    places = np.unique(places)
    opened_on = chunk.days_between(chunk.disbursed_on[places] + 1, np.full(len(places), DAY))
    is_answered = rng.random(len(places)) < 0.6
    outcome = np.where(
        is_answered, np.array(["corrected", "upheld", "recorded"])[rng.integers(0, 3, len(places))], "open"
    )
    answered_on = np.minimum(opened_on + rng.integers(1, 20, len(places)), DAY)
    return pl.DataFrame({"number": places + chunk.first, "answered": answered_on, "is_answered": is_answered}).select(
        key_of("D", pl.col("number")).alias("dispute_id"),
        key_of("L", pl.col("number")).alias("loan_id"),
        pl.Series("opened_on", opened_on),
        pl.when("is_answered").then("answered").alias("answered_on"),
        pl.Series("dispute_outcome_code", outcome),
    )


def _agreements(chunk: Chunk) -> pl.DataFrame:
    places = chunk.chosen(0.05, chunk.is_stopped)
    status = np.array(["kept", "broken", "broken", "ended"])[chunk.rng.integers(0, 4, len(places))]
    agreed_on = chunk.days_between(chunk.stopped_on[places], np.full(len(places), DAY))
    return pl.DataFrame({"number": places + chunk.first}).select(
        key_of("A", pl.col("number")).alias("agreement_id"),
        key_of("L", pl.col("number")).alias("loan_id"),
        pl.Series("agreed_on", agreed_on),
        pl.Series("agreement_status_code", status),
    )


def _stops(chunk: Chunk) -> pl.DataFrame:
    """Requests and lawyers' notices of borrowers; some borrowers have several, a quarter was withdrawn."""
    rng = chunk.rng
    places = np.concatenate([chunk.chosen(0.05, chunk.is_stopped), chunk.chosen(0.002)])
    count = len(places)
    begins = (DAY - 1).astype("datetime64[us]") - rng.integers(0, 86_400 * 500, count).astype("timedelta64[s]")
    ends = begins + rng.integers(3_600, 86_400 * 90, count).astype("timedelta64[s]")
    frame = pl.DataFrame(
        {
            "number": np.arange(count) + chunk.first,
            "borrower": chunk.borrower[places] + chunk.first,
            "stopped_at": begins,
            "ends": ends,
            "is_lifted": (rng.random(count) < 0.25) & (ends < DAY.astype("datetime64[us]")),
        }
    )
    return frame.select(
        key_of("T", pl.col("number")).alias("stop_id"),
        key_of("B", pl.col("borrower")).alias("borrower_id"),
        pl.Series("stop_kind_code", np.where(rng.random(count) < 0.8, "do_not_contact", "lawyer")),
        pl.col("stopped_at").cast(pl.Datetime("us")).dt.replace_time_zone("UTC"),
        pl.when("is_lifted")
        .then(pl.col("ends").cast(pl.Datetime("us")).dt.replace_time_zone("UTC"))
        .alias("lifted_at"),
    )


def _quarantine(chunk: Chunk) -> pl.DataFrame:
    rng = chunk.rng
    places = chunk.chosen(0.001)
    count = len(places)
    is_borrower = rng.random(count) < 0.2
    names_none = ~is_borrower & (rng.random(count) < 0.1)
    frame = pl.DataFrame({"loan": places + chunk.first, "borrower": chunk.borrower[places] + chunk.first})
    return frame.select(
        pl.Series("dataset_name", np.where(is_borrower, "borrowers", "payments")),
        pl.Series("source_file", np.where(is_borrower, "borrowers.csv", "payments.csv")),
        (pl.int_range(pl.len(), dtype=pl.Int64) + chunk.first * 10 + 1).alias("source_row"),
        pl.when(pl.Series(is_borrower))
        .then(key_of("B", pl.col("borrower")))
        .otherwise(key_of("P", pl.col("loan") + 90_000_000))
        .alias("row_key"),
        pl.when(pl.Series(~is_borrower & ~names_none)).then(key_of("L", pl.col("loan"))).alias("loan_id"),
        pl.when(pl.Series(is_borrower)).then(key_of("B", pl.col("borrower"))).alias("borrower_id"),
        pl.when(pl.Series(is_borrower))
        .then(pl.lit("borrowers.name.missing"))
        .otherwise(pl.lit("payments.paid_on.unreadable"))
        .alias("rule_id"),
        pl.when(pl.Series(is_borrower)).then(pl.lit("name")).otherwise(pl.lit("paid_on")).alias("field_name"),
        pl.lit(None, dtype=pl.String).alias("masked_value"),
    )


def _reported(chunk: Chunk, rng: np.random.Generator) -> pl.DataFrame:
    """Most tell of the episode that still lasts, some of an older one."""
    places = chunk.chosen(0.04, chunk.is_long)
    began_on = chunk.stopped_on[places] - np.where(rng.random(len(places)) < 0.2, 90, 0)
    return pl.DataFrame({"loan": places + chunk.first}).select(
        key_of("L", pl.col("loan")).alias("loan_id"),
        pl.Series("episode_began_on", began_on),
        pl.Series("reported_on", np.minimum(began_on + 200, DAY)),
    )
