"""All checks on records for the PBoC's credit reference centre, asked in one pass.

Findings have `record_no`, `code` (FbCode of the bureau's feedback), `field` (FbMsg: a tag, or 0000) and `rule_id`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

import narwhals as nw

from schemas.bureaus.pboc import RECORDS
from schemas.bureaus.tagged import RECORD_NO, TaggedRecord
from transforms.books import Frame
from transforms.bureaus.pboc_checks import (
    account_days,
    agreement,
    between,
    enterprise,
    history,
    history_checks,
    items,
    monthly,
    numbers,
    origin,
    parties,
    person,
    presence,
    requests,
    requests_known,
    terms,
)
from transforms.bureaus.pboc_checks.check import Check, Needs, Question, questions_of
from transforms.bureaus.pboc_checks.frames import PbocFrames, counted, prepared, prepared_group
from transforms.bureaus.pboc_checks.known import KnownAccounts
from transforms.bureaus.pboc_checks.origin import Origin, repeated_records
from transforms.bureaus.pboc_checks.values import any_of

_WITH_TAGS: tuple[Check, ...] = (
    *presence.CHECKS,
    *terms.CHECKS,
    *parties.CHECKS,
    *monthly.CHECKS,
    *between.CHECKS,
    *account_days.CHECKS,
    *account_days.TRANSACTION_CHECKS,
    *history_checks.CHECKS,
    *person.CHECKS,
    *agreement.CHECKS,
    *requests.CHECKS,
    *requests_known.CHECKS,
    *enterprise.CHECKS,
    *enterprise.TRANSACTION_CHECKS,
)
_OF_LAYOUTS: tuple[Check, ...] = (*items.CHECKS, *numbers.CHECKS, *origin.CHECKS)

CHECKS: dict[str, Check] = {check.code: check for check in reversed((*_OF_LAYOUTS, *_WITH_TAGS))}
"""Every check by its code."""

FINDING = ("code", "field", "rule_id")
_CODE, _RULE_ID = 6, 8


def judge(
    frames: PbocFrames,
    record_type: str,
    file_at: datetime,
    known: KnownAccounts | None = None,
    registered: Collection[str] | None = None,
    *,
    provider: str | None = None,
) -> Frame:
    """Findings of all checks on the records of a whole file, by record, code and field, each of them once.

    Args:
        frames: the records. A part of a file can be judged by itself, but for records with the same key.
        record_type: such as 210.
        file_at: when the file is made, as in its header.
        known: what the bureau has already; without it nothing is compared with that.
        registered: codes of branches that the bureau has registered; without them no branch is looked up.
        provider: segment code of the institution; without it no code is compared with it.

    Raises:
        KeyError: the type of record has no layout.
    """
    record = RECORDS[record_type]
    parts = judge_part(frames, record_type, file_at, known, registered, provider=provider)
    repeated = repeated_records(keys_of(frames, record_type), record)
    return nw.concat([parts, repeated]).sort(RECORD_NO, *FINDING)


def judge_part(
    frames: PbocFrames,
    record_type: str,
    file_at: datetime,
    known: KnownAccounts | None = None,
    registered: Collection[str] | None = None,
    *,
    provider: str | None = None,
) -> Frame:
    """As `judge`, without asking for records with the same key (`repeated_records`), and in no order."""
    record = RECORDS[record_type]
    source = Origin(file_at, provider, registered)
    rows = prepared(frames, record)
    found = [_findings(rows, _record_questions(record, source))]
    if known is not None:
        # By itself, so that joins move only the columns that are compared.
        asked = list(_of_checks(record, None, Needs.KNOWN))
        found += [_findings(history.beside_known(rows, known, record), asked)] if asked else []
    for path in record.groups:
        found.append(_findings(counted(frames, record, path), _count_questions(record, path)))
        beside = prepared_group(frames, record, path)
        if beside is not None:
            found += _group_findings(*beside, record, path, source, known)
    return nw.concat(found).unique() if len(found) > 1 else found[0]


def keys_of(frames: PbocFrames, record_type: str) -> Frame:
    """What `repeated_records` needs of the records of a part.

    Raises:
        KeyError: the type of record has no layout.
    """
    there = set(frames.records.collect_schema().names())
    return frames.records.select(
        RECORD_NO,
        *(
            nw.col(column) if column in there else nw.lit(None, dtype=nw.String).alias(column)
            for column in RECORDS[record_type].key
        ),
    )


def _group_findings(
    rows: Frame, owners: Frame, record: TaggedRecord, path: str, source: Origin, known: KnownAccounts | None
) -> Iterator[Frame]:
    yield _findings(rows, _group_questions(record, path, source))
    asked = list(_of_checks(record, path, Needs.KNOWN))
    if known is not None and asked:
        yield _findings(history.beside_known_rows(rows, owners, known, path, record), asked)


def _record_questions(record: TaggedRecord, source: Origin) -> Iterator[Question]:
    grouped = {record.segment_of[path] for path in record.groups}
    yield from items.item_questions(record, [each for each in (None, *record.segments) if each not in grouped])
    yield from numbers.number_questions(record)
    yield from origin.record_questions(record, source)
    yield from _of_checks(record, None, Needs.NOTHING)


def _count_questions(record: TaggedRecord, path: str) -> Iterator[Question]:
    yield from items.item_questions(record, [record.segment_of[path]])
    yield from origin.count_questions(record, path)


def _group_questions(record: TaggedRecord, path: str, source: Origin) -> Iterator[Question]:
    yield from items.group_questions(record, path)
    yield from numbers.group_number_questions(record, path)
    yield from origin.group_questions(record, path, source)
    yield from _of_checks(record, path, Needs.NOTHING)


def _of_checks(record: TaggedRecord, path: str | None, needs: Needs) -> Iterator[Question]:
    for check in _WITH_TAGS:
        if record.type in check.records and check.group == path and check.needs is needs:
            yield from questions_of(check)


def _findings(rows: Frame, questions: Iterable[Question]) -> Frame:
    asked: dict[str, list[nw.Expr]] = {}
    for question in questions:
        check = question.check
        asked.setdefault(f"{check.code}{check.rule_id:{_RULE_ID}}{question.tag}", []).append(question.fires)
    judged = rows.select(RECORD_NO, *(any_of(*truths).alias(name) for name, truths in asked.items()))
    if judged.implementation.is_polars():
        # Few records have findings. Engines that push filters down would ask every question twice.
        judged = judged.filter(nw.any_horizontal(*asked, ignore_nulls=True))
    long = judged.unpivot(on=list(asked), index=[RECORD_NO], variable_name="asked", value_name="fires")
    name = nw.col("asked")
    return long.filter(nw.col("fires")).select(
        RECORD_NO,
        name.str.slice(0, _CODE).alias("code"),
        name.str.slice(_CODE + _RULE_ID).alias("field"),
        name.str.slice(_CODE, _RULE_ID).alias("rule_id"),
    )
