"""Instalments, schedules and payments of one chunk: amounts in cents until the frames are made."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from tests.bench.assess.portfolio import DAY, Chunk, months_after

CENTS = pl.Decimal(18, 2)


@dataclass
class Due:
    """Instalments of some version: `owner` is the loan's place in the chunk, amounts are cents."""

    owner: np.ndarray
    version: np.ndarray
    number: np.ndarray
    due_on: np.ndarray
    principal: np.ndarray
    interest: np.ndarray
    fee: np.ndarray
    penalty: np.ndarray

    @property
    def total(self) -> np.ndarray:
        return self.principal + self.interest + self.fee + self.penalty


@dataclass
class Paid:
    owner: np.ndarray
    is_reversal: np.ndarray
    amount: np.ndarray
    paid_on: np.ndarray
    booked_on: np.ndarray


def make_money(chunk: Chunk) -> dict[str, pl.DataFrame]:
    first = _first_schedule(chunk)
    paid = _paid_as_due(chunk, first)
    restructured, effective_on = _restructured(chunk)
    second = _second_schedule(chunk, restructured, effective_on)
    cut = np.full(chunk.loans, DAY + 1)
    cut[restructured] = effective_on
    paid = _kept(paid, paid.paid_on < cut[paid.owner])
    parts = [paid, _paid_on_second(chunk, second), _partly(chunk, first, cut)]
    payments = _joined(parts)
    payments = _joined([payments, *_reversed(chunk, payments)])
    due = Due(*(np.concatenate(pair) for pair in zip(vars(first).values(), vars(second).values(), strict=True)))
    return {
        "instalments": _instalment_frame(chunk, due),
        "schedules": _schedule_frame(chunk, restructured, effective_on),
        "payments": _payment_frame(chunk, payments),
    }


def _first_schedule(chunk: Chunk) -> Due:
    rng, owner = chunk.rng, chunk.owner
    part = chunk.principal // chunk.term
    principal = part[owner]
    is_last = chunk.number == chunk.term[owner]
    principal = np.where(is_last, (chunk.principal - part * (chunk.term - 1))[owner], principal)
    interest = (chunk.principal * chunk.rate // 120_000)[owner]
    fee = np.where(rng.random(chunk.loans) < 0.4, rng.integers(500, 3_000, chunk.loans), 0)[owner]
    is_missed = (chunk.number >= chunk.stop_no[owner]) & (chunk.due_on < DAY)
    late_days = (DAY - chunk.due_on).astype(np.int64)
    penalty = np.where(is_missed, (principal + interest) * late_days // 2_000, 0)
    one = np.ones(len(owner), dtype=np.int64)
    return Due(owner, one, chunk.number, chunk.due_on, principal, interest, fee, penalty)


def _paid_as_due(chunk: Chunk, due: Due) -> Paid:
    """Most a few days before they fall due, some late, a few so late that the next falls due before."""
    rng = chunk.rng
    paid_no = np.flatnonzero(due.number < chunk.stop_no[due.owner])
    drawn = rng.random(len(paid_no))
    days = np.where(drawn < 0.85, -rng.integers(0, 6, len(drawn)), rng.integers(1, 21, len(drawn)))
    days = np.where(drawn > 0.97, rng.integers(21, 61, len(drawn)), days)
    paid_on = np.maximum(due.due_on[paid_no] + days, chunk.disbursed_on[due.owner[paid_no]])
    return _booked(chunk, due.owner[paid_no], due.total[paid_no], paid_on, rng.integers(0, 3, len(paid_no)))


def _booked(chunk: Chunk, owner: np.ndarray, amount: np.ndarray, paid_on: np.ndarray, days: np.ndarray) -> Paid:
    paid = Paid(owner, np.zeros(len(owner), dtype=bool), amount, paid_on, np.minimum(paid_on + days, DAY))
    return _kept(paid, paid_on <= DAY)


def _restructured(chunk: Chunk) -> tuple[np.ndarray, np.ndarray]:
    """Loans with a second schedule and the day from which it is in force; a few days are still to come."""
    loans = chunk.chosen(0.006, chunk.disbursed_on < DAY - 90)
    begins = chunk.disbursed_on[loans] + 45
    effective_on = chunk.days_between(begins, np.full(len(loans), DAY - 10))
    is_coming = chunk.rng.random(len(loans)) < 0.05
    return loans, np.where(is_coming, DAY + 15, effective_on)


def _second_schedule(chunk: Chunk, loans: np.ndarray, effective_on: np.ndarray) -> Due:
    """Six to twelve instalments; a tenth of the schedules begin with one that fell due before."""
    rng = chunk.rng
    term = rng.integers(6, 13, len(loans))
    place = np.repeat(np.arange(len(loans)), term)
    number = np.arange(len(place)) - np.repeat(np.cumsum(term) - term, term) + 1
    shift = np.where(rng.random(len(loans)) < 0.1, 2, 0)
    start = months_after(effective_on, np.zeros(len(loans), dtype=np.int64))
    due_on = months_after(start[place], number - shift[place])
    rest = np.maximum(chunk.principal[loans] // 2 // term, 1)[place]
    interest = (chunk.principal[loans] * chunk.rate[loans] // 240_000)[place]
    nothing = np.zeros(len(place), dtype=np.int64)
    return Due(loans[place], nothing + 2, number, due_on, rest, interest, nothing, nothing)


def _paid_on_second(chunk: Chunk, due: Due) -> Paid:
    rng = chunk.rng
    paid_no = np.flatnonzero((due.due_on <= DAY) & (rng.random(len(due.owner)) < 0.8))
    paid_on = due.due_on[paid_no] + rng.integers(-3, 12, len(paid_no))
    return _booked(chunk, due.owner[paid_no], due.total[paid_no], paid_on, rng.integers(0, 3, len(paid_no)))


def _partly(chunk: Chunk, due: Due, cut: np.ndarray) -> Paid:
    """A third of those who stopped still paid something."""
    rng = chunk.rng
    is_stop = (due.number == chunk.stop_no[due.owner]) & (due.due_on < DAY)
    stops = np.flatnonzero(is_stop)
    stops = stops[rng.random(len(stops)) < 0.33]
    amount = (due.total[stops] * rng.uniform(0.1, 2.5, len(stops))).astype(np.int64)
    paid_on = due.due_on[stops] + rng.integers(1, 90, len(stops))
    paid = _booked(chunk, due.owner[stops], amount, paid_on, rng.integers(0, 3, len(stops)))
    return _kept(paid, paid.paid_on < cut[paid.owner])


def _reversed(chunk: Chunk, paid: Paid) -> list[Paid]:
    """Four in a thousand are taken back, most of them paid again."""
    rng = chunk.rng
    places = np.flatnonzero(rng.random(len(paid.owner)) < 0.004)
    owner, amount = paid.owner[places], paid.amount[places]
    value_on = paid.paid_on[places] + rng.integers(0, 4, len(places))
    booked_on = np.maximum(value_on, paid.booked_on[places]) + rng.integers(0, 25, len(places))
    back = _kept(Paid(owner, np.ones(len(owner), dtype=bool), amount, value_on, booked_on), booked_on <= DAY)
    again_on = booked_on + rng.integers(1, 11, len(places))
    again = _booked(chunk, owner, amount, again_on, rng.integers(0, 3, len(places)))
    return [back, _kept(again, rng.random(len(again.owner)) < 0.8)]


def _kept(paid: Paid, which: np.ndarray) -> Paid:
    return Paid(*(values[which] for values in vars(paid).values()))


def _joined(parts: list[Paid]) -> Paid:
    return Paid(*(np.concatenate(values) for values in zip(*(vars(part).values() for part in parts), strict=True)))


def key_of(letter: str, number: pl.Expr) -> pl.Expr:
    return pl.concat_str(pl.lit(letter), number.cast(pl.String).str.zfill(8))


def _instalment_frame(chunk: Chunk, due: Due) -> pl.DataFrame:
    frame = pl.DataFrame(
        {
            "loan_id": due.owner + chunk.first,
            "schedule_no": due.version,
            "instalment_no": due.number,
            "due_on": due.due_on,
            "principal_due": due.principal,
            "interest_due": due.interest,
            "fee_due": due.fee,
            "penalty_due": due.penalty,
        }
    ).sort("loan_id", "schedule_no", "instalment_no")
    return frame.with_columns(
        key_of("L", pl.col("loan_id")).alias("loan_id"),
        *(
            (pl.col(f"{name}_due").cast(CENTS) / 100).cast(CENTS)
            for name in ("principal", "interest", "fee", "penalty")
        ),
    )


def _schedule_frame(chunk: Chunk, loans: np.ndarray, effective_on: np.ndarray) -> pl.DataFrame:
    frame = pl.DataFrame({"loan_id": loans + chunk.first, "schedule_effective_on": effective_on})
    return frame.select(
        key_of("L", pl.col("loan_id")).alias("loan_id"),
        pl.lit(2, dtype=pl.Int64).alias("schedule_no"),
        "schedule_effective_on",
    )


def _payment_frame(chunk: Chunk, paid: Paid) -> pl.DataFrame:
    """In the order in which they were booked, as a lender numbers them."""
    order = np.argsort(paid.booked_on, kind="stable")
    frame = pl.DataFrame(
        {
            "loan_id": paid.owner[order] + chunk.first,
            "is_reversal": paid.is_reversal[order],
            "payment_amount": paid.amount[order],
            "paid_on": paid.paid_on[order],
            "booked_on": paid.booked_on[order],
        }
    )
    # Room for forty payments a loan, so that no two chunks number alike.
    return frame.select(
        key_of("P", pl.int_range(pl.len(), dtype=pl.Int64) + chunk.first * 40).alias("payment_id"),
        key_of("L", pl.col("loan_id")).alias("loan_id"),
        pl.when("is_reversal").then(pl.lit("reversal")).otherwise(pl.lit("payment")).alias("payment_kind"),
        (pl.col("payment_amount").cast(CENTS) / 100).cast(CENTS),
        "paid_on",
        "booked_on",
    )
