"""Checks of what the layout says about each item and segment: there, filled, of its form, a code of its table.

Readings. A tag that hangs on another item (`CONDITIONAL`) may be missing, except those of `ALWAYS_THERE`; public
programs differ on the tags of guarantors. The segment of another account type has checks of its own, and its items
have none there. Codes that have a check of their own against the account type are only looked up in the whole table.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import narwhals as nw

from schemas.bureaus import pboc_codes as codes
from schemas.bureaus.tagged import Item, Presence, Segment, TaggedRecord
from transforms.bureaus.pboc_checks.check import Check, Question
from transforms.bureaus.pboc_checks.forms import LOOKS, has_clean, pattern
from transforms.bureaus.pboc_checks.frames import ACCOUNT_TYPES
from transforms.bureaus.pboc_checks.values import clean_name, has, is_filled, is_other_than, is_type

ALL_RECORDS = ("110", "120", "210", "211", "212", "213", "214", "215", "220", "410")

TAG_MISSING = Check("ABD000", "S0000101", "a tag that must always be there is missing", records=ALL_RECORDS)
SEGMENT_EMPTY = Check("ABD001", "S0000102", "a segment holds no item", records=ALL_RECORDS)
VALUE_MISSING = Check("ABE000", "I0000101", "a value that must be there is empty or only spaces", records=ALL_RECORDS)
VALUE_WRONG = Check(
    "ABE001", "I0000201", "a value is of another form, too long, or not in its code table", records=ALL_RECORDS
)
DAY_OUT_OF_RANGE = Check(
    "ABE008",
    "I0000601",
    "a day, month or year that the calendar does not have or outside 1901 to 2099",
    records=ALL_RECORDS,
)
NOT_OF_TYPE = Check(
    "BLD000", "S2100101", "a tag is missing that accounts of the type have, or there and they have none"
)
NOT_OF_ENTERPRISE_TYPE = Check(
    "CLD000",
    "S4100101",
    "a tag is missing that accounts of the type have, or there and they have none",
    records=("410",),
)
CHECKS = (TAG_MISSING, SEGMENT_EMPTY, VALUE_MISSING, VALUE_WRONG, DAY_OUT_OF_RANGE, NOT_OF_TYPE, NOT_OF_ENTERPRISE_TYPE)

ALWAYS_THERE = frozenset({"CloseDate", "RpyPrct", "NxtAgrrRpyDate"})
_RECORD_TYPE = "InfRecType"
_BY_TYPE: Mapping[str, Mapping[str, codes.Table]] = {
    "AcctStatus": codes.ACCOUNT_STATUS_BY_TYPE,
    "RpyStatus": codes.REPAY_STATUS_BY_TYPE,
    "ChanTranType": codes.SPECIAL_TRANSACTION_BY_TYPE,
}
"""Tags of records about a person's account whose codes differ between types and are looked up in no other check."""


def item_questions(record: TaggedRecord, elements: Collection[str | None]) -> Iterator[Question]:
    """What is asked of every item and segment of a record, those of groups left out.

    Args:
        record: the layout.
        elements: of the segments that are asked about, None for the items in the record itself.
    """
    for element in elements:
        if element is not None and record.segments[element].items:
            yield Question(SEGMENT_EMPTY, element, nw.col(element).fill_null(False) & ~has(element))
    for column, item in record.columns.items():
        inside = record.segment_of[column]
        if inside in elements:
            is_there = nw.lit(True) if inside is None else has(inside)
            segment = None if inside is None else record.segments[inside]
            yield from _asked(record, column, item, is_there, segment)


def group_questions(record: TaggedRecord, path: str) -> tuple[Question, ...]:
    """What is asked of every item in the rows of a group."""
    return tuple(
        question
        for item in record.groups[path].items
        for question in _asked(record, item.tag, item, nw.lit(True), None)
    )


def _asked(
    record: TaggedRecord, column: str, item: Item, is_there: nw.Expr, segment: Segment | None
) -> Iterator[Question]:
    value = nw.col(column)
    tag = item.tag
    if isinstance(item.presence, Presence):
        if _stands(item, item.presence):
            yield Question(TAG_MISSING, tag, is_there & value.is_null())
        if item.presence is Presence.MANDATORY:
            yield Question(VALUE_MISSING, tag, value == "")
    else:
        yield from _asked_by_type(record, item, value, is_there, segment)
    if tag != _RECORD_TYPE:
        yield from _asked_of_form(record, column, item)


def _asked_by_type(
    record: TaggedRecord, item: Item, value: nw.Expr, is_there: nw.Expr, segment: Segment | None
) -> Iterator[Question]:
    types = [each for each in ACCOUNT_TYPES if segment is None or _has_segment(record, segment, each)]
    presence = {each: item.presence_for(each) for each in types}
    absent = [each for each, mark in presence.items() if mark is Presence.ABSENT]
    stands = [each for each, mark in presence.items() if _stands(item, mark)]
    filled = [each for each, mark in presence.items() if mark is Presence.MANDATORY]
    check = TAG_MISSING if not absent else NOT_OF_ENTERPRISE_TYPE if record.type == "410" else NOT_OF_TYPE
    if stands:
        yield Question(check, item.tag, is_there & value.is_null() & is_type(*stands))
    if absent:
        yield Question(check, item.tag, is_there & ~value.is_null() & is_type(*absent))
    if filled:
        yield Question(VALUE_MISSING, item.tag, (value == "") & is_type(*filled))


def _has_segment(record: TaggedRecord, segment: Segment, account_type: str) -> bool:
    known = codes.ENTERPRISE_ACCOUNT_TYPE if record.type == "410" else codes.ACCOUNT_TYPE
    return account_type in known and segment.presence_for(account_type) is not Presence.ABSENT


def _stands(item: Item, presence: Presence) -> bool:
    if presence is Presence.CONDITIONAL:
        return item.tag in ALWAYS_THERE
    return presence is not Presence.ABSENT


def _asked_of_form(record: TaggedRecord, column: str, item: Item) -> Iterator[Question]:
    value = nw.col(column)
    if item.codes:
        yield Question(VALUE_WRONG, item.tag, is_other_than(value, item.codes))
        tables = _BY_TYPE.get(item.tag, {}) if record.type in {"210", "212"} else {}
        for account_type, table in tables.items():
            is_wrong = is_type(account_type) & is_other_than(value, table)
            yield Question(VALUE_WRONG, item.tag, is_wrong)
    elif item.kind in LOOKS:
        # The pattern is only looked for in what is no such day, which is rare.
        odd = nw.when(nw.col(clean_name(column)).is_null() & is_filled(value)).then(value)
        looks = odd.str.contains(LOOKS[item.kind])
        yield Question(VALUE_WRONG, item.tag, ~looks)
        yield Question(DAY_OUT_OF_RANGE, item.tag, looks)
    elif has_clean(item):
        yield Question(VALUE_WRONG, item.tag, is_filled(value) & nw.col(clean_name(column)).is_null())
    elif (form := pattern(item)) is not None:
        yield Question(VALUE_WRONG, item.tag, is_filled(value) & ~value.str.contains(form))
    else:
        yield Question(VALUE_WRONG, item.tag, value.str.len_chars() > item.length)
