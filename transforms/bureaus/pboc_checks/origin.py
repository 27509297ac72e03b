"""Checks that all records share: whose they are, when they are from, whether their groups are as many as they say.

Whether there are unknown tags or a segment twice is seen where the file is read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

import narwhals as nw

from schemas.bureaus.tagged import RECORD_NO, CheckedAs, Item, TaggedRecord
from transforms.books import Frame
from transforms.bureaus.pboc_checks.check import NO_TAG, Check, Needs, Question
from transforms.bureaus.pboc_checks.items import ALL_RECORDS
from transforms.bureaus.pboc_checks.values import clean_name, is_filled, rows_name

OTHER_RECORD = Check("ABR000", "R0000101", "the record says that it is of another type", records=ALL_RECORDS)
AFTER_FILE = Check("ABR001", "R0000102", "the report's day is after the day of the file", records=ALL_RECORDS)
REPEATED = Check("ABR002", "R0000201", "two records of the file have the same key", records=ALL_RECORDS)
OTHER_PROVIDER = Check(
    "ABE002",
    "I0001301",
    "a code does not begin with the segment code of the institution",
    records=ALL_RECORDS,
    needs=Needs.PROVIDER,
)
NOT_REGISTERED = Check(
    "ABE003",
    "I0001302",
    "the branch is not registered",
    records=("110", "210", "212", "220", "410"),
    needs=Needs.REGISTERED,
)
AFTER_REPORT = Check(
    "ABE007",
    "I0000501",
    "a day of business is after the report's day",
    records=("110", "210", "212", "220", "410"),
)
MISCOUNTED = Check(
    "ABE010", "I0000701", "a group stands there another number of times than is said", records=ALL_RECORDS
)
ROW_REPEATED = Check("ABE011", "I0000702", "two rows of a group are the same", records=ALL_RECORDS)
CHECKS = (
    *(OTHER_RECORD, AFTER_FILE, REPEATED, OTHER_PROVIDER, NOT_REGISTERED, AFTER_REPORT, MISCOUNTED, ROW_REPEATED),
)

_REPORT_DAY = "RptDate"
_CODES = frozenset({CheckedAs.OWN_CODE, CheckedAs.SOURCE_CODE})
_BUSINESS_DAYS = frozenset(
    {
        *("OpenDate", "SettDate", "FiveCateAdjDate", "LatRpyDate", "CloseDate", "SpecEfctDate", "TranDate"),
        *("ConEffDate", "BalChgDate", "LatAgrrRpyDate", "DOB", "IDInfoUpDate", "FcsInfoUpDate", "SpsInfoUpDate"),
        *("EduInfoUpDate", "OctpnInfoUpDate", "ResiInfoUpDate", "MlgInfoUpDate", "IncInfoUpDate"),
    }
)
"""Tags of days that are not after the report's, in any record that has them."""


@dataclass(frozen=True)
class Origin:
    """What is known of the file.

    Attributes:
        file_at: time of its making, from its header.
        provider: segment code of the institution, 14 characters; without it no code is compared with it.
        registered: codes of branches that the bureau has registered; without them no branch is looked up.
    """

    file_at: datetime
    provider: str | None = None
    registered: Collection[str] | None = None


def report_day(record: TaggedRecord) -> str | None:
    """Column of the report's day, None where the record has none."""
    return next((column for column, item in record.columns.items() if item.tag == _REPORT_DAY), None)


def record_questions(record: TaggedRecord, origin: Origin) -> Iterator[Question]:
    """What is asked of every record."""
    day = report_day(record)
    for column, item in record.columns.items():
        if item.tag == "InfRecType":
            said = nw.col(column)
            yield Question(OTHER_RECORD, NO_TAG, is_filled(said) & (said != record.type))
        yield from _asked(column, item, origin, day)
    if day is not None:
        yield Question(AFTER_FILE, _REPORT_DAY, nw.col(clean_name(day)) > origin.file_at.date().isoformat())


def count_questions(record: TaggedRecord, path: str) -> Iterator[Question]:
    """What is asked of every segment with a group."""
    element, _, group = path.rpartition(".")
    for item in record.segments[element].items:
        if item.counts == group:
            is_other = nw.col(clean_name(f"{element}.{item.tag}")) != nw.col(rows_name(path))
            yield Question(MISCOUNTED, item.tag, is_other)


def group_questions(record: TaggedRecord, path: str, origin: Origin) -> Iterator[Question]:
    """What is asked of every row of a group."""
    group = record.groups[path]
    for item in group.items:
        yield from _asked(item.tag, item, origin, report_day(record))
    segment = record.segments[path.rpartition(".")[0]]
    counts = next((item.tag for item in segment.items if item.counts == group.element), NO_TAG)
    same = nw.len().over(RECORD_NO, *(item.tag for item in group.items))
    yield Question(ROW_REPEATED, counts, same > 1)


def _asked(column: str, item: Item, origin: Origin, day: str | None) -> Iterator[Question]:
    value = nw.col(column)
    if origin.provider is not None and item.checked_as in _CODES:
        is_other = is_filled(value) & ~value.str.starts_with(origin.provider)
        yield Question(OTHER_PROVIDER, item.tag, is_other)
    if origin.registered is not None and item.checked_as is CheckedAs.ORGANISATION:
        yield Question(NOT_REGISTERED, item.tag, is_filled(value) & ~value.is_in(list(origin.registered)))
    if day is not None and item.tag in _BUSINESS_DAYS:
        yield Question(AFTER_REPORT, item.tag, nw.col(clean_name(column)) > nw.col(clean_name(day)))


def repeated_records(keys: Frame, record: TaggedRecord) -> Frame:
    """Findings of ABR002: every record whose key another has too.

    Args:
        keys: `record_no` and the columns of the layout's key, of all records of the file.
        record: their layout.
    """
    named = {column: f"key {place}" for place, column in enumerate(record.key)}
    trimmed = keys.select(
        RECORD_NO,
        *(nw.col(column).str.strip_chars(" \t\u3000").fill_null("").alias(name) for column, name in named.items()),
    )
    tag = _KEY_TAGS.get(record.type, NO_TAG)
    return trimmed.filter(nw.len().over(*named.values()) > 1).select(
        RECORD_NO,
        nw.lit(REPEATED.code).alias("code"),
        nw.lit(tag).alias("field"),
        nw.lit(REPEATED.rule_id).alias("rule_id"),
    )


_KEY_TAGS = {"110": "InfSurcCode", "120": "InfSurcCode", "210": "AcctCode", "220": "ContractCode", "410": "AcctCode"}
