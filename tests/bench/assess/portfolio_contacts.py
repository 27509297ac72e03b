"""Contacts of one chunk, what was said in them, and the recordings of the calls."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from tests.bench.assess.portfolio import DAY, Chunk
from tests.bench.assess.portfolio_money import key_of
from tests.bench.assess.portfolio_text import transcripts

CHANNELS = np.array(["call", "robot_call", "sms", "wechat", "visit", "letter", "email"])
CALL, ROBOT_CALL, _, _, VISIT, _, _ = range(7)
CHANNEL_SHARES = (0.45, 0.2, 0.15, 0.06, 0.06, 0.04, 0.04)
BORROWER, THIRD_PARTY, NOBODY = range(3)
COUNTERPARTIES = np.array(["borrower", "third_party", "nobody"])
SPOKEN = np.array(["talked", "promised", "refused", "talked"])
PHONE_FAILED = np.array(["no_answer", "no_answer", "power_off", "number_void"])
VISIT_FAILED = np.array(["no_answer", "moved"])
SHANGHAI = np.timedelta64(8, "h")


@dataclass
class Contacts:
    """One value a contact, in the order of time; `owner` is the loan's place in the chunk."""

    owner: np.ndarray
    at: np.ndarray
    channel: np.ndarray
    counterparty: np.ndarray
    outcome: np.ndarray
    is_rude: np.ndarray
    is_recorded: np.ndarray


def make_contacts(chunk: Chunk, staff: int) -> tuple[dict[str, pl.DataFrame], Contacts]:
    made = _contacts(chunk)
    rng, count = chunk.rng, len(made.owner)
    recorded = np.flatnonzero(made.is_recorded)
    evidence_no = np.full(count, -1)
    evidence_no[recorded] = np.arange(len(recorded))
    # A few name the recording of another loan.
    wrong = recorded[rng.random(len(recorded)) < 0.002]
    evidence_no[wrong] = np.maximum(evidence_no[wrong] - 1, 0)
    is_staffed = np.isin(made.channel, [CALL, VISIT]) & (rng.random(count) < 0.99)
    frame = pl.DataFrame(
        {
            "loan_id": made.owner + chunk.first,
            "contacted_at": made.at,
            "channel_code": CHANNELS[made.channel],
            "counterparty_code": COUNTERPARTIES[made.counterparty],
            "contact_outcome_code": made.outcome,
            "staff_no": rng.integers(0, staff, count),
            "is_staffed": is_staffed,
            "evidence_no": evidence_no,
            "transcript": transcripts(rng, made.outcome, made.counterparty != NOBODY, made.is_rude),
        }
    )
    contacts = frame.select(
        key_of("C", pl.int_range(pl.len(), dtype=pl.Int64) + chunk.first * 10).alias("contact_id"),
        key_of("L", pl.col("loan_id")).alias("loan_id"),
        pl.col("contacted_at").cast(pl.Datetime("us")).dt.replace_time_zone("UTC"),
        "channel_code",
        "counterparty_code",
        "contact_outcome_code",
        pl.when("is_staffed").then(key_of("S", pl.col("staff_no"))).alias("staff_id"),
        pl.when(pl.col("evidence_no") >= 0)
        .then(key_of("E", pl.col("evidence_no") + chunk.first * 10))
        .alias("evidence_id"),
        "transcript",
    )
    return {"contacts": contacts}, made


def make_staff(staff: int) -> pl.DataFrame:
    """Collectors; some left the register, some came late."""
    rng = np.random.default_rng([7, staff])
    drawn = rng.random(staff)
    first_day = np.where(drawn < 0.02, DAY - rng.integers(30, 700, staff), DAY - 2_000)
    last_day = DAY - rng.integers(1, 700, staff)
    return pl.DataFrame({"staff_no": np.arange(staff), "registered_from_on": first_day, "until": last_day}).select(
        key_of("S", pl.col("staff_no")).alias("staff_id"),
        "registered_from_on",
        pl.when(pl.lit(drawn > 0.97)).then("until").alias("registered_until_on"),
    )


def _contacts(chunk: Chunk) -> Contacts:
    rng = chunk.rng
    expected = np.where(chunk.is_long, 22.0, np.where(chunk.is_stopped, 8.0, 0.9))
    owner = np.repeat(np.arange(chunk.loans), rng.poisson(expected))
    count = len(owner)
    channel = rng.choice(len(CHANNELS), count, p=CHANNEL_SHARES)
    counterparty = _counterparty(chunk, owner, channel)
    at = _instants(chunk, owner)
    is_rude = (rng.random(chunk.loans) < 0.05)[owner] & (rng.random(count) < 0.3)
    reached = counterparty != NOBODY
    is_recorded = np.isin(channel, [CALL, ROBOT_CALL]) & reached & (rng.random(count) < 0.98)
    outcome = _outcome(rng, channel, counterparty)
    order = np.argsort(at, kind="stable")
    made = (owner, at, channel, counterparty, outcome, is_rude, is_recorded)
    return Contacts(*(values[order] for values in made))


def _counterparty(chunk: Chunk, owner: np.ndarray, channel: np.ndarray) -> np.ndarray:
    """A quarter of those who stopped long ago is never reached; for one loan in twelve others are asked."""
    rng, count = chunk.rng, len(owner)
    is_lost = (chunk.is_long & (rng.random(chunk.loans) < 0.25))[owner]
    is_asking = (rng.random(chunk.loans) < 0.08)[owner]
    reached = (rng.random(count) < 0.5) & np.isin(channel, [CALL, ROBOT_CALL, VISIT, 3]) & ~is_lost
    counterparty = np.where(reached, BORROWER, NOBODY)
    is_third = is_asking & np.isin(channel, [CALL, VISIT]) & (rng.random(count) < 0.15)
    return np.where(is_third, THIRD_PARTY, counterparty)


def _instants(chunk: Chunk, owner: np.ndarray) -> np.ndarray:
    """UTC; mostly since the borrower stopped, in daytime, a few loans at night or many times on one day."""
    rng, count = chunk.rng, len(owner)
    is_since = rng.random(count) < 0.93
    begins = np.where(is_since & chunk.is_stopped[owner], chunk.stopped_on[owner] + 1, chunk.disbursed_on[owner])
    day = chunk.days_between(begins, np.full(count, DAY))
    is_burst = (rng.random(chunk.loans) < 0.03)[owner] & (rng.random(count) < 0.3)
    burst_on = chunk.days_between(np.minimum(chunk.stopped_on, DAY), np.full(chunk.loans, DAY))
    day = np.where(is_burst, burst_on[owner], day)
    second = rng.integers(9 * 3600, 20 * 3600 + 1800, count)
    is_night = (rng.random(chunk.loans) < 0.05)[owner] & (rng.random(count) < 0.2)
    second = np.where(is_night, rng.integers(22 * 3600, 24 * 3600, count), second)
    return day.astype("datetime64[us]") + second.astype("timedelta64[s]") - SHANGHAI


def _outcome(rng: np.random.Generator, channel: np.ndarray, counterparty: np.ndarray) -> np.ndarray:
    count = len(channel)
    outcome = np.full(count, "delivered")
    outcome = np.where(counterparty == BORROWER, SPOKEN[rng.integers(0, len(SPOKEN), count)], outcome)
    failed = counterparty == NOBODY
    by_phone = failed & np.isin(channel, [CALL, ROBOT_CALL])
    outcome = np.where(by_phone, PHONE_FAILED[rng.integers(0, len(PHONE_FAILED), count)], outcome)
    outcome = np.where(failed & (channel == VISIT), VISIT_FAILED[rng.integers(0, 2, count)], outcome)
    return np.where(counterparty == THIRD_PARTY, "message_left", outcome)
