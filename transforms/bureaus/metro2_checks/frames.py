"""Frames of records made ready: one row a record, with what its segments and the previous period say beside it.

The same account in the previous period is the one with the same account number, letter by letter; only numbers in
L1 segments and identification numbers are compared without regard to case. Where a file has an account number
twice, the later record counts as the previous one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import narwhals as nw

from schemas.bureaus.fixed_width import RECORD_NO, SlotKind
from schemas.bureaus.metro2 import BASE
from transforms.books import Frame
from transforms.bureaus.metro2_checks.code_sets import ACCOUNT_NUMBER_CHANGES, NOT_ABOUT_BANKRUPTCY
from transforms.bureaus.metro2_checks.facts import ASSOCIATED, BEFORE, FLAGS, INFORMATION, before_name

_TEXTS = tuple(slot.name for slot in BASE.columns if slot.kind in {SlotKind.TEXT, SlotKind.NUMBER})
_AMOUNTS = tuple(slot.name for slot in BASE.columns if slot.kind is SlotKind.DOLLARS)
_NAME = ("surname", "first_name", "generation_code")


@dataclass(frozen=True)
class RecordFrames:
    """Records of one file, or of a part of it.

    Attributes:
        base: `record_no` and the columns of the base segment.
        appended: key of the segment (`j1`) to its rows, with `record_no`. A key that is not there is a segment that no
            record has.
    """

    base: Frame
    appended: Mapping[str, Frame] = field(default_factory=dict)


@dataclass(frozen=True)
class PreviousPeriod:
    """What the conditions need of the file before. Small: it may be computed once and used for every part of a file.

    Attributes:
        accounts: one row an account: `account_number` and values of `facts.BEFORE` by the names of `before_name`.
        renamed: `__account_key`, numbers in lower case to which L1 segments said that accounts change.
        deleted: `account_number` and names of consumers with ECOA code Z.
    """

    accounts: Frame
    renamed: Frame
    deleted: Frame


def previous_period(records: RecordFrames) -> PreviousPeriod:
    """The file before, as the conditions need it."""
    base = _beside_segments(records).filter(nw.col("account_number") != "")
    speaks = ~INFORMATION.is_in(NOT_ABOUT_BANKRUPTCY) | nw.col("__associated_speaks_of_bankruptcy")
    base = base.with_columns(speaks.alias("__speaks_of_bankruptcy"))
    accounts = _latest(base.select("account_number", *(nw.col(name).alias(before_name(name)) for name in BEFORE)))
    renames = nw.col("__change_indicator").is_in(ACCOUNT_NUMBER_CHANGES) & (nw.col("__new_account_key") != "")
    renamed = base.filter(renames).select(nw.col("__new_account_key").alias("__account_key")).unique()
    deleted = _consumers(records).filter(nw.col("ecoa_code") == "Z").select("account_number", *_NAME).unique()
    return PreviousPeriod(accounts, renamed, deleted)


def joined_periods(parts: Sequence[PreviousPeriod]) -> PreviousPeriod:
    """The file before, put together from what `previous_period` says of its parts."""
    return PreviousPeriod(
        accounts=_latest(nw.concat([part.accounts for part in parts])),
        renamed=nw.concat([part.renamed for part in parts]).unique(),
        deleted=nw.concat([part.deleted for part in parts]).unique(),
    )


def _latest(accounts: Frame) -> Frame:
    number = nw.col(before_name(RECORD_NO))
    return accounts.filter(number == number.max().over("account_number"))


def prepared(records: RecordFrames, period_on: date, previous: PreviousPeriod | None) -> Frame:
    """One row a record with the columns of the base segment, none of them null but dates, and those of `facts`.

    Args:
        records: of the period.
        period_on: the day that the file describes, activity date of its header.
        previous: of the period before; without it the columns about it are not there.
    """
    base = _beside_segments(records).with_columns(nw.lit(period_on).alias("__period_on"))
    base = base.with_columns(*[truth.alias(name) for name, truth in FLAGS.items()])
    return base if previous is None else _beside_previous(base, records, previous)


def _beside_previous(base: Frame, records: RecordFrames, previous: PreviousPeriod) -> Frame:
    accounts = previous.accounts.with_columns(nw.lit(True).alias("__has_previous"))
    renamed = previous.renamed.with_columns(nw.lit(True).alias("__is_renamed"))
    there = _consumers(records).filter(nw.col("ecoa_code") != "Z")
    returned = there.join(previous.deleted, on=["account_number", *_NAME], how="semi").select(RECORD_NO).unique()
    returned = returned.with_columns(nw.lit(True).alias("__has_returned_consumer"))
    joined = (
        base.join(accounts, on="account_number", how="left")
        .join(renamed, on="__account_key", how="left")
        .join(returned, on=RECORD_NO, how="left")
    )
    return joined.with_columns(nw.col("__has_previous", "__is_renamed", "__has_returned_consumer").fill_null(False))


def _beside_segments(records: RecordFrames) -> Frame:
    base = _filled(records.base, _TEXTS).with_columns(nw.col(*_AMOUNTS).fill_null(0))
    base = base.with_columns(
        nw.col("account_number").str.to_lowercase().alias("__account_key"),
        nw.col("identification_number").str.to_lowercase().alias("__identification_key"),
    )
    base = _beside_associated(base, records)
    for key, columns in _SEGMENTS.items():
        base = _beside(base, records.appended.get(key), columns)
    return base


_SEGMENTS: dict[str, dict[str, nw.Expr]] = {
    "k1": {"__has_k1": nw.lit(True)},
    "k2": {
        "__has_k2": nw.lit(True),
        "__sold_indicator": nw.col("purchased_sold_indicator").fill_null(""),
        "__sold_name": nw.col("purchased_sold_name").fill_null(""),
    },
    "k4": {"__balloon_amount": nw.col("balloon_amount").fill_null(0)},
    "l1": {
        "__change_indicator": nw.col("change_indicator").fill_null(""),
        "__new_account_key": nw.col("new_account_number").str.to_lowercase().fill_null(""),
        "__new_identification_key": nw.col("new_identification_number").str.to_lowercase().fill_null(""),
    },
}
"""Columns that a segment, which a record has at most once, puts beside the record."""

_WITHOUT: dict[str, bool | str | None] = {
    "__has_k1": False,
    "__has_k2": False,
    "__balloon_amount": None,
}
"""What these columns hold where a record has no such segment; the others hold an empty text."""


def _beside(base: Frame, segment: Frame | None, columns: dict[str, nw.Expr]) -> Frame:
    if segment is None:
        return base.with_columns(*[_without(name).alias(name) for name in columns])
    rows = segment.select(RECORD_NO, *(value.alias(name) for name, value in columns.items()))
    # A record has at most one such segment; were there two, a row of the record would become two.
    rows = rows.group_by(RECORD_NO).agg(nw.col(*columns).max())
    joined = base.join(rows, on=RECORD_NO, how="left")
    filled = [nw.col(name).fill_null(_WITHOUT.get(name, "")) for name in columns if _WITHOUT.get(name, "") is not None]
    return joined.with_columns(*filled) if filled else joined


def _without(name: str) -> nw.Expr:
    value = _WITHOUT.get(name, "")
    return nw.lit(value, nw.Int64) if value is None else nw.lit(value)


def _beside_associated(base: Frame, records: RecordFrames) -> Frame:
    frames = [records.appended[key] for key in ("j1", "j2") if key in records.appended]
    if not frames:
        return base.with_columns(*[nw.lit(False).alias(name) for name in ASSOCIATED])
    codes = nw.concat([frame.select(RECORD_NO, "ecoa_code", "consumer_information") for frame in frames])
    rows = _filled(codes, ("ecoa_code", "consumer_information")).select(
        RECORD_NO, *(truth.alias(name) for name, truth in ASSOCIATED.items())
    )
    joined = base.join(rows.group_by(RECORD_NO).agg(nw.col(*ASSOCIATED).any()), on=RECORD_NO, how="left")
    return joined.with_columns(nw.col(*ASSOCIATED).fill_null(False))


def _consumers(records: RecordFrames) -> Frame:
    """Every consumer who has a name: the borrower and the associated ones."""
    columns = (RECORD_NO, "account_number", *_NAME, "ecoa_code")
    frames = [records.base.select(*columns)]
    numbers = records.base.select(RECORD_NO, "account_number")
    for key in ("j1", "j2"):
        if key in records.appended:
            rows = records.appended[key].select(RECORD_NO, *_NAME, "ecoa_code")
            frames.append(rows.join(numbers, on=RECORD_NO, how="inner").select(*columns))
    return _filled(nw.concat(frames), columns[1:]).filter(nw.col("surname") != "")


def _filled(frame: Frame, names: tuple[str, ...]) -> Frame:
    return frame.with_columns(nw.col(*names).fill_null(""))
