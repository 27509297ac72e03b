"""Rows broken on purpose: extra rows in the extracts, each breaking one rule of the contract.

They hang on healthy loans or on nothing, so they leave the true book as it is. Two exceptions: the loans of the profile
`broken_payment` each have a payment that cannot be read; and the first of two rows with the same key is a sound row.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np
import polars as pl

FLAW, FLAWED_FIELD = "flaw", "flawed_field"
EXACT, CONFLICTING = "exact", "conflicting"
_HEAD_ROWS = 100_000
_LEAST_ROWS = 80
_FAR_DUE = date(2099, 1, 1)

Cell = str | int | Decimal | date | None


@dataclass(frozen=True)
class Break:
    """One way to break a row: kind of rule, field at fault, and the cells to take turns with."""

    kind: str
    field: str
    cells: tuple[Cell, ...]


_NOTHING: tuple[Cell, ...] = ("", "NULL", "-", "   ")
_NO_LOAN: tuple[Cell, ...] = ("L9999991", "L9999992", "L9999993")
_NO_DAY = "2026-02-30"

BREAKS: dict[str, tuple[Break, ...]] = {
    "borrowers": (
        Break("contradicts_type", "id_number", ("99000119900101123", "990001900101123")),
        Break("pattern", "id_number", ("9900011990010112345", "990001-19900101-123")),
        Break("missing", "name", _NOTHING),
        Break("code", "borrower_kind", ("其他",)),
        Break("code", "protection_code", ("未知情形",)),
        Break("missing", "id_number", _NOTHING),
    ),
    "loans": (
        Break("unreadable", "disbursed_on", ("2026/2/30", "2025/13/1")),
        Break("minimum", "principal_amount", ("-12,000.00", "-1")),
        Break("orphan", "borrower_id", ("B9999991", "B9999992")),
        Break("code", "product_code", ("游戏充值",)),
        Break("missing", "principal_amount", _NOTHING),
        Break("unreadable", "principal_amount", ("壹万元整", "12,000.0.0")),
        Break("too_early", "disbursed_on", ("1900/1/1",)),
        Break("missing", "matures_on", _NOTHING),
    ),
    "liabilities": (
        Break("orphan", "borrower_id", ("B9999991", "B9999992")),
        Break("code", "liability_code", ("介绍人",)),
        Break("orphan", "loan_id", _NO_LOAN),
        Break("minimum", "liable_amount", ("-5,000.00",)),
        Break("missing", "liability_code", _NOTHING),
    ),
    "schedules": (
        Break("before_disbursed_on", "schedule_effective_on", ("19950101",)),
        Break("orphan", "loan_id", _NO_LOAN),
        Break("unreadable", "schedule_effective_on", ("20260230",)),
        Break("first_version", "schedule_no", ("1",)),
        Break("missing", "schedule_effective_on", _NOTHING),
    ),
    "instalments": (
        Break("minimum", "principal_due", (Decimal("-100.00"), Decimal("-0.01"))),
        Break("orphan", "loan_id", _NO_LOAN),
        Break("missing", "due_on", (None,)),
        Break("too_early", "due_on", (date(1900, 1, 1),)),
        Break("orphan", "schedule_no", (7,)),
    ),
    "payments": (
        Break("unreadable", "paid_on", ("20260230", "20251301", "2026")),
        Break("minimum", "payment_amount", (Decimal("-500.00"),)),
        Break("orphan", "loan_id", _NO_LOAN),
        Break("code", "payment_kind", ("代扣",)),
        Break("missing", "payment_amount", (None,)),
        Break("missing", "loan_id", (None,)),
        Break("too_early", "booked_on", ("19000101",)),
    ),
    "evidence": (
        Break("missing", "file_sha256", _NOTHING),
        Break("orphan", "loan_id", _NO_LOAN),
        Break("pattern", "file_sha256", ("d41d8cd98f00b204e9800998ecf8427e",)),
        Break("minimum", "file_bytes", ("-1",)),
        Break("code", "evidence_kind", ("照片",)),
        Break("unreadable", "obtained_on", (_NO_DAY,)),
        Break("too_early", "obtained_on", ("1899-12-30",)),
    ),
    "contacts": (
        Break("unreadable", "contacted_at", (f"{_NO_DAY} 10:15:00", "2026-03-05 25:61:00")),
        Break("code", "channel_code", ("传真",)),
        Break("orphan", "loan_id", _NO_LOAN),
        Break("missing", "counterparty_code", _NOTHING),
        Break("orphan", "evidence_id", ("E9999991-010",)),
        Break("too_early", "contacted_at", ("1899-12-30 00:00:00",)),
        Break("code", "contact_outcome_code", ("其他",)),
    ),
    "staff": (
        Break("before_registered_from_on", "registered_until_on", ("20010101",)),
        Break("unreadable", "registered_from_on", ("20260230",)),
        Break("missing", "registered_from_on", _NOTHING),
    ),
    "stops": (
        Break("before_stopped_at", "lifted_at", ("2001/1/1 9:30",)),
        Break("orphan", "borrower_id", ("B9999991", "B9999992")),
        Break("unreadable", "stopped_at", ("2026/2/30 9:30",)),
        Break("code", "stop_kind_code", ("其他",)),
        Break("missing", "stopped_at", _NOTHING),
    ),
    "judgments": (
        Break("orphan", "loan_id", _NO_LOAN),
        Break("unreadable", "effective_on", ("20260230",)),
        Break("missing", "court_name", _NOTHING),
        Break("too_early", "effective_on", ("19000101",)),
    ),
    "disputes": (
        Break("unreadable", "opened_on", ("2026/2/30",)),
        Break("code", "dispute_outcome_code", ("撤回",)),
        Break("orphan", "loan_id", _NO_LOAN),
        Break("missing", "opened_on", _NOTHING),
    ),
    "agreements": (
        Break("unreadable", "agreed_on", (_NO_DAY,)),
        Break("code", "agreement_status_code", ("协商中",)),
        Break("orphan", "loan_id", _NO_LOAN),
        Break("missing", "agreement_status_code", _NOTHING),
    ),
}

_KEYS = {
    "borrowers": ("borrower_id", "BX"),
    "loans": ("loan_id", "LX"),
    "payments": ("payment_id", "PX"),
    "evidence": ("evidence_id", "EX"),
    "contacts": ("contact_id", "CX"),
    "staff": ("staff_id", "SX"),
    "stops": ("stop_id", "TX"),
    "judgments": ("judgment_id", "JX"),
    "disputes": ("dispute_id", "DX"),
    "agreements": ("agreement_id", "AX"),
}
# These have a row a loan; the last part of their key is no number of their own.
_LAST_KEYS = {"instalments": "instalment_no", "liabilities": "borrower_id", "schedules": "schedule_no"}
_CONFLICTS: dict[str, tuple[str, Cell]] = {
    "borrowers": ("email", "other@mail.example"),
    "loans": ("principal_amount", "99,999.00"),
    "liabilities": ("liable_amount", "99.00"),
    "schedules": ("schedule_effective_on", "20990101"),
    "instalments": ("fee_due", Decimal("99.99")),
    "payments": ("payment_amount", Decimal("99.99")),
    "evidence": ("file_bytes", "99"),
    "contacts": ("staff_id", "S0999"),
    "staff": ("registered_from_on", "20010101"),
    "stops": ("lifted_at", "2099/1/1 9:30"),
    "judgments": ("court_name", "松坞市人民法院"),
    "disputes": ("opened_on", "2020/1/5"),
    "agreements": ("agreed_on", "2020-01-05"),
}
# A sound extra row carries these cells, so that it asks for nothing else and changes no loan's arrears.
_HARMLESS: dict[str, dict[str, Cell]] = {
    "payments": {"payment_kind": "还款", "payment_amount": Decimal("8.88")},
    "contacts": {"evidence_id": ""},
    "judgments": {"evidence_id": ""},
    "schedules": {"schedule_effective_on": "20980101"},
    "instalments": {"schedule_no": 1, "due_on": _FAR_DUE, "penalty_due": Decimal("0.00")},
    "agreements": {"agreement_status_code": "已结束"},
}


def with_broken_rows(
    rng: np.random.Generator,
    frame: pl.DataFrame,
    dataset: str,
    *,
    share: float,
    block: int,
    healthy: pl.Series,
    broken_payments: pl.Series,
) -> pl.DataFrame:
    """The frame with broken rows mixed in, and two columns that say what is wrong with which field.

    Args:
        rng: source of chance.
        frame: rows as exported, under names of the contract.
        dataset: name of the dataset.
        share: broken rows as a share of the sound ones; at least one row is broken, unless there are few.
        block: number of the block, part of the keys of extra rows.
        healthy: keys of loans that extra rows may hang on.
        broken_payments: keys of loans that each get a payment that cannot be read.
    """
    count = max(round(share * len(frame)), int(share > 0 and len(frame) >= _LEAST_ROWS))
    breaks = BREAKS[dataset]
    plan = np.arange(count) % (len(breaks) + 2)
    if dataset == "payments":
        plan = np.concatenate([np.zeros(len(broken_payments), dtype=np.int64), plan])
    extras = _Extras(rng, frame, dataset, block, healthy)
    parts, place = [_marked(frame, None, None)], [np.arange(len(frame), dtype=np.float64)]
    for index in range(len(breaks) + 2):
        wanted = int((plan == index).sum())
        if wanted == 0:
            continue
        rows = extras.rows(wanted)
        at = rng.random(wanted) * min(len(frame), _HEAD_ROWS)
        if index >= len(breaks):
            kind = EXACT if index == len(breaks) else CONFLICTING
            parts += [_marked(rows, None, None), _twins(rows, dataset, kind)]
            place += [at, at + rng.random(wanted) * (len(frame) - at)]
        else:
            if dataset == "payments" and index == 0:
                rows = _first_loans(rows, broken_payments)
            parts.append(_broken(rows, breaks[index]))
            place.append(at)
    return pl.concat(parts)[np.argsort(np.concatenate(place), kind="stable")]


class _Extras:
    """Sound extra rows: copies of sound rows under new keys, on healthy loans."""

    def __init__(
        self, rng: np.random.Generator, frame: pl.DataFrame, dataset: str, block: int, healthy: pl.Series
    ) -> None:
        self._rng, self._dataset, self._block, self._healthy = rng, dataset, block, healthy
        self._frame = frame.filter(_may_be_copied(dataset, healthy))
        if self._is_once_a_loan:
            self._healthy = healthy.filter(~healthy.is_in(_taken(frame).implode()))
            self._healthy = self._healthy[rng.permutation(len(self._healthy))]
        self._made = 0

    def rows(self, count: int) -> pl.DataFrame:
        """Some more rows, none with a key that was there before."""
        rows = self._frame[self._rng.integers(0, len(self._frame), count)]
        if self._is_once_a_loan:
            rows = rows.with_columns(self._healthy[self._made : self._made + count].alias("loan_id"))
        elif "loan_id" in rows.columns and self._dataset != "loans":
            loans = self._healthy[self._rng.integers(0, len(self._healthy), count)]
            rows = rows.with_columns(loans.alias("loan_id"))
        serials = np.arange(self._made, self._made + count, dtype=np.int64)
        self._made += count
        for field, cell in _HARMLESS.get(self._dataset, {}).items():
            rows = rows.with_columns(_column(rows, field, [cell] * count))
        if self._is_once_a_loan:
            is_party = "borrower_id" in rows.columns
            return rows.with_columns(pl.lit(self._frame["borrower_id"][0]).alias("borrower_id")) if is_party else rows
        if self._dataset == "instalments":
            return rows.with_columns(pl.Series("instalment_no", 1_000 + serials).cast(pl.Int32))
        key, prefix = _KEYS[self._dataset]
        fresh = f"{prefix}{self._block:03d}-" + pl.Series(serials).cast(pl.String).str.zfill(5)
        return rows.with_columns(fresh.alias(key))

    @property
    def _is_once_a_loan(self) -> bool:
        return self._dataset in ("liabilities", "schedules")


def _taken(frame: pl.DataFrame) -> pl.Series:
    """Loans that have such a row, and the own loan of the party that extra rows name."""
    if "borrower_id" not in frame.columns:
        return frame["loan_id"]
    return pl.concat([frame["loan_id"], "L" + frame["borrower_id"][:1].str.slice(1)])


def _may_be_copied(dataset: str, healthy: pl.Series) -> pl.Expr:
    """Loans of sound borrowers only, and no open dispute."""
    if dataset == "loans":
        return pl.col("loan_id").is_in(healthy.implode())
    return pl.col("answered_on") != "" if dataset == "disputes" else pl.lit(True)


def _broken(rows: pl.DataFrame, how: Break) -> pl.DataFrame:
    cells = [how.cells[index % len(how.cells)] for index in range(len(rows))]
    return _marked(rows.with_columns(_column(rows, how.field, cells)), how.kind, how.field)


def _twins(rows: pl.DataFrame, dataset: str, kind: str) -> pl.DataFrame:
    if kind == CONFLICTING:
        field, cell = _CONFLICTS[dataset]
        rows = rows.with_columns(_column(rows, field, [cell] * len(rows)))
    return _marked(rows, f"duplicate_{kind}", _LAST_KEYS.get(dataset) or _KEYS[dataset][0])


def _first_loans(rows: pl.DataFrame, loans: pl.Series) -> pl.DataFrame:
    return rows.with_columns(pl.concat([loans, rows["loan_id"][len(loans) :]]).alias("loan_id"))


def _column(rows: pl.DataFrame, field: str, cells: list[Cell]) -> pl.Series:
    return pl.Series(field, cells, dtype=rows.schema[field])


def _marked(rows: pl.DataFrame, kind: str | None, field: str | None) -> pl.DataFrame:
    return rows.with_columns(
        pl.lit(kind, dtype=pl.String).alias(FLAW), pl.lit(field, dtype=pl.String).alias(FLAWED_FIELD)
    )
