"""A whole Metro 2 file checked: its form, every condition on its records, and what only the file as a whole tells.

Records are judged some hundred thousand at a time: the conditions are many and each looks at few columns, so asking
them of small pieces costs more than the records themselves. Of a file that is read nothing is kept but the account
numbers. The day that the file describes is the activity date of its header; where that is missing it is the latest
date of account information of the records read with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import islice
from typing import Any, BinaryIO

import narwhals as nw

from delivery.bureaus import metro2
from delivery.formats.segmented_reader import ReadPart, SegmentedLimits
from delivery.formats.segmented_records import SegmentedRecords, concatenated
from delivery.formats.violation import Violation
from schemas.bureaus.fixed_width import RECORD_NO
from schemas.bureaus.metro2 import LAYOUT
from transforms.books import Frame
from transforms.bureaus.metro2_checks import (
    CONDITIONS,
    PreviousPeriod,
    RecordFrames,
    dropped_accounts,
    findings_of,
    joined_periods,
    judge_records,
    previous_period,
    repeated_accounts,
)
from transforms.bureaus.metro2_checks.whole_file import DROPPED

NOT_A_RECORD = "not_a_record"
_NOT_A_RECORD_MESSAGE = "the line holds no record of this layout"
_FILE = 1
"""Line of a violation of the file as a whole: that of its header."""
_RECORDS_AT_A_TIME = 100_000
_DEFAULT_LIMITS = SegmentedLimits()


def check_file(
    file: BinaryIO, previous: PreviousPeriod | None = None, limits: SegmentedLimits = _DEFAULT_LIMITS
) -> Iterator[Violation]:
    """What is wrong or suspect in a file that anybody may have written, as far as the limit allows.

    Batch of records by batch, first form, then conditions, each by its id as code; account numbers that stand twice,
    and accounts that are gone, come at the end. Never raises because of what is in the file.

    Args:
        file: open for reading bytes.
        previous: the file before, from `previous_of`; without it no condition compares with it.
        limits: how much is taken in, and how many violations are listed.
    """
    return islice(_Check(previous).of_file(file, limits), limits.violations)


def check_given(
    lines: Iterable[str], previous: PreviousPeriod | None = None, limits: SegmentedLimits = _DEFAULT_LIMITS
) -> Iterator[Violation]:
    """What is wrong or suspect in records given as JSON lines, numbered by their lines.

    The form of a file is not asked, as there is none; a line that holds no record is NOT_A_RECORD.

    Args:
        lines: as `metro2.printed_unmasked` prints them.
        previous: as in `check_file`.
        limits: how many violations are listed.
    """
    return islice(_given_wrongs(lines, previous), limits.violations)


def previous_of(file: BinaryIO, limits: SegmentedLimits = _DEFAULT_LIMITS) -> PreviousPeriod:
    """The file before, as the conditions need it. Records that can't be read are passed over.

    Args:
        file: open for reading bytes.
        limits: how much is taken in.
    """
    batches = _batches(metro2.read(file, limits))
    return _in_memory(joined_periods([_in_memory(previous_period(_frames(_records(parts)))) for parts in batches]))


class _Check:
    """State of the check of one file."""

    def __init__(self, previous: PreviousPeriod | None) -> None:
        self._previous = previous
        self._activity_on: date | None = None
        self._numbers: list[nw.DataFrame[Any]] = []

    def of_file(self, file: BinaryIO, limits: SegmentedLimits) -> Iterator[Violation]:
        """All that is wrong in a file."""
        for parts in _batches(metro2.read(file, limits)):
            for part in parts:
                yield from part.violations
                if part.header is not None:
                    self._activity_on = part.header["activity_on"][0]
            yield from self.of_records(_records(parts))
        yield from self.of_whole_file()

    def of_records(self, records: SegmentedRecords, activity_on: date | None = None) -> Iterator[Violation]:
        """What the conditions find in some records, in the order of the file."""
        self._activity_on = activity_on or self._activity_on
        base = nw.from_native(records.base, eager_only=True)
        self._numbers.append(base.select(RECORD_NO, "account_number"))
        period_on = self._activity_on or base["account_information_on"].max()
        if period_on is None:
            return
        # Held, as one look for each condition would judge all records again.
        judged = judge_records(_frames(records), period_on, self._previous).collect("polars").lazy()
        yield from _violations(findings_of(judged))

    def of_whole_file(self) -> Iterator[Violation]:
        """What the account numbers of all records tell."""
        accounts = nw.concat(self._numbers).lazy()
        yield from _violations(repeated_accounts(accounts))
        if self._previous is not None:
            gone = dropped_accounts(accounts, self._previous).sort(RECORD_NO).collect("polars")
            for number in gone[RECORD_NO].to_list():
                yield Violation(_FILE, DROPPED.field_names[0], DROPPED.condition_id, _dropped_message(number))


def _given_wrongs(lines: Iterable[str], previous: PreviousPeriod | None) -> Iterator[Violation]:
    given = metro2.given(lines)
    for line in given.refused:
        yield Violation(line, None, NOT_A_RECORD, _NOT_A_RECORD_MESSAGE)
    check = _Check(previous)
    yield from check.of_records(given.records, None if given.header is None else given.header["activity_on"][0])
    yield from check.of_whole_file()


def _batches(parts: Iterable[ReadPart]) -> Iterator[list[ReadPart]]:
    """The parts of a file, so many at a time that they are worth judging; at least one batch."""
    waiting: list[ReadPart] = []
    for part in parts:
        waiting.append(part)
        if sum(each.records.base.height for each in waiting) >= _RECORDS_AT_A_TIME:
            yield waiting
            waiting = []
    yield waiting


def _records(parts: list[ReadPart]) -> SegmentedRecords:
    return concatenated([part.records for part in parts], LAYOUT)


def _violations(findings: Frame) -> Iterator[Violation]:
    found = findings.sort(RECORD_NO, "condition_id").select(RECORD_NO, "condition_id", "field_name")
    for record_no, condition_id, field_name in found.collect("polars").iter_rows():
        yield Violation(record_no, field_name, condition_id, CONDITIONS[condition_id].text)


def _dropped_message(record_no: int) -> str:
    return f"{DROPPED.text} (record {record_no} of the previous file)"


def _frames(records: SegmentedRecords) -> RecordFrames:
    return RecordFrames(_lazy(records.base), {key: _lazy(frame) for key, frame in records.appended.items()})


def _lazy(frame: Any) -> Frame:
    held: nw.DataFrame[Any] = nw.from_native(frame, eager_only=True)
    return held.lazy()


def _in_memory(period: PreviousPeriod) -> PreviousPeriod:
    return PreviousPeriod(
        *(frame.collect("polars").lazy() for frame in (period.accounts, period.renamed, period.deleted))
    )
