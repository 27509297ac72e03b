"""All conditions on Metro 2 records, asked in one pass."""

from __future__ import annotations

from datetime import date

import narwhals as nw

from schemas.bureaus.fixed_width import RECORD_NO
from transforms.books import Frame
from transforms.bureaus.metro2_checks import (
    account_change,
    bankruptcy,
    comments,
    dates,
    furnisher,
    furnisher_previous,
    rating,
    status,
    types,
)
from transforms.bureaus.metro2_checks import previous as previous_conditions
from transforms.bureaus.metro2_checks.condition import Condition
from transforms.bureaus.metro2_checks.frames import PreviousPeriod, RecordFrames, prepared
from transforms.bureaus.metro2_checks.furnisher_books import BOOK_CONDITIONS
from transforms.bureaus.metro2_checks.whole_file import WHOLE_FILE_CONDITIONS

ROW_CONDITIONS: tuple[Condition, ...] = (
    *status.CONDITIONS,
    *rating.CONDITIONS,
    *dates.CONDITIONS,
    *bankruptcy.CONDITIONS,
    *comments.CONDITIONS,
    *types.CONDITIONS,
    *account_change.CONDITIONS,
    *previous_conditions.CONDITIONS,
    *furnisher.CONDITIONS,
    *furnisher_previous.CONDITIONS,
)
"""Those that `check_records` asks."""

CONDITIONS: dict[str, Condition] = {
    condition.condition_id: condition for condition in (*ROW_CONDITIONS, *WHOLE_FILE_CONDITIONS, *BOOK_CONDITIONS)
}
"""Every condition by its id."""


def judge_records(records: RecordFrames, period_on: date, previous: PreviousPeriod | None = None) -> Frame:
    """The records on which some condition fires: `record_no` and a boolean column a condition, named by its id.

    Args:
        records: of one file, or of a part of it: a record is judged by itself and its account's previous one.
        period_on: the day that the file describes, activity date of its header.
        previous: the file before, from `previous_period`; without it no condition compares with it.
    """
    asked = [condition for condition in ROW_CONDITIONS if previous is not None or not condition.needs_previous]
    judged = prepared(records, period_on, previous).select(
        RECORD_NO, *(condition.fires.fill_null(False).alias(condition.condition_id) for condition in asked)
    )
    return judged.filter(nw.any_horizontal(*(condition.condition_id for condition in asked), ignore_nulls=True))


def findings_of(judged: Frame) -> Frame:
    """Findings: `record_no`, `condition_id`, `field_name`, one row for each condition that fires on a record.

    Each condition takes its rows by itself, as most are rare and a long frame of every answer would be a hundred times
    as long as the records. So it reads `judged` many times: it is fast on one that is in memory.

    Args:
        judged: from `judge_records`.
    """
    columns = set(judged.collect_schema().names())
    return nw.concat(
        [
            judged.filter(nw.col(condition.condition_id)).select(
                RECORD_NO,
                nw.lit(condition.condition_id).alias("condition_id"),
                nw.lit(condition.field_names[0]).alias("field_name"),
            )
            for condition in ROW_CONDITIONS
            if condition.condition_id in columns
        ]
    )


def check_records(records: RecordFrames, period_on: date, previous: PreviousPeriod | None = None) -> Frame:
    """Findings of all conditions on records; `judge_records` and `findings_of` in one, lazily.

    For a handful of records. For many, keep the outcome of `judge_records` in memory and ask `findings_of` about that.
    """
    return findings_of(judge_records(records, period_on, previous))
