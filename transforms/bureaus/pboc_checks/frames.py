"""Frames of records made ready: spaces around values gone, values of days and numbers that are of their form beside.

Every column of the layout is there afterwards; others stay. Nothing here raises, whatever the text is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import narwhals as nw

from schemas.bureaus import pboc_codes as codes
from schemas.bureaus.tagged import RECORD_NO, Item, Segment, TaggedRecord
from transforms.books import Frame
from transforms.bureaus.pboc_checks.forms import has_clean, pattern
from transforms.bureaus.pboc_checks.values import any_of, clean_name, has_name, rows_name, type_name

_SPACES = " \t\u3000"
ACCOUNT_TYPES = tuple(dict.fromkeys((*codes.ACCOUNT_TYPE, *codes.ENTERPRISE_ACCOUNT_TYPE)))
_ACCOUNT_TYPE = "AcctBsSgmt.AcctType"
_CORRECTION = "212"
_CONTEXT = ("AcctCode", "ModRecCode", "AcctType", "IDType", "IDNum", "RptDate", "OpenDate", "CloseDate", "LoanAmt")
"""Tags of a record that the rows of its groups are compared with."""
_HEAD_OF_CORRECTION = {"AcctBsSgmt.AcctType": "BsSgmt.AcctType", "AcctBsSgmt.RptDate": "BsSgmt.RptDate"}


@dataclass(frozen=True)
class PbocFrames:
    """Records of one type, of a file or of a part of it. All values are text.

    Attributes:
        records: one row a record: `record_no`, a truth for each segment by its element, a text for each item.
        groups: path of the group to its rows, with `record_no`. A path that is not there is a group that no record has.
    """

    records: Frame
    groups: Mapping[str, Frame] = field(default_factory=dict)


def prepared(frames: PbocFrames, record: TaggedRecord) -> Frame:
    """One row a record, with the columns of `values`. In 212 the head stands for the base segment that it lacks.

    A segment with a group counts as there when its element is; see `counted`.
    """
    absent = {element: nw.lit(False) for element in record.segments}
    rows = _complete(_values(frames.records, record, record.columns), absent)
    return _with(rows, [_stands(segment).alias(has_name(element)) for element, segment in record.segments.items()])


def counted(frames: PbocFrames, record: TaggedRecord, path: str) -> Frame:
    """One row for each record in which the segment of a group stands, with the segment's values and its rows counted.

    Args:
        frames: of the records.
        record: their layout.
        path: of the group.
    """
    element = path.rpartition(".")[0]
    rows = _complete(frames.records, {element: nw.lit(False)}).filter(nw.col(element))
    wanted = {column: item for column, item in record.columns.items() if record.segment_of[column] == element}
    rows = _beside_count(_ready(rows, wanted), frames.groups.get(path), path)
    filled = [~nw.col(column).is_null() for column in wanted]
    return rows.with_columns(any_of(*filled, nw.col(rows_name(path)) != "0").alias(has_name(element)))


def prepared_group(frames: PbocFrames, record: TaggedRecord, path: str) -> tuple[Frame, Frame] | None:
    """The rows of a group, with what their record says beside, and that alone; None when no record has the group.

    Args:
        frames: of the records.
        record: their layout.
        path: of the group.
    """
    rows = frames.groups.get(path)
    if rows is None:
        return None
    rows = _ready(rows, {item.tag: item for item in record.groups[path].items})
    # Records without such rows, which are most, are not made ready once more.
    owners = frames.records.join(rows.select(RECORD_NO).unique(), on=RECORD_NO, how="semi")
    wanted = {column: item for column, item in record.columns.items() if item.tag in _CONTEXT}
    records = _values(owners, record, wanted)
    names = [name for name in records.collect_schema().names() if _is_context(name)]
    return rows.join(records.select(RECORD_NO, *names), on=RECORD_NO, how="inner"), records


def _values(rows: Frame, record: TaggedRecord, items: Mapping[str, Item]) -> Frame:
    rows = _ready(rows, items)
    if record.type == _CORRECTION:
        beside = {
            name(column): name(head) for column, head in _HEAD_OF_CORRECTION.items() for name in (str, clean_name)
        }
        there = set(rows.collect_schema().names())
        rows = rows.with_columns(nw.col(head).alias(column) for column, head in beside.items() if head in there)
    if _ACCOUNT_TYPE not in items and record.type != _CORRECTION:
        return rows
    kinds = nw.col(_ACCOUNT_TYPE)
    return rows.with_columns((kinds == each).fill_null(False).alias(type_name(each)) for each in ACCOUNT_TYPES)


def _ready(rows: Frame, items: Mapping[str, Item]) -> Frame:
    absent = {column: nw.lit(None, dtype=nw.String) for column in items}
    rows = _complete(rows, absent).with_columns(nw.col(*items).str.strip_chars(_SPACES))
    return _with(rows, _clean_values(items))


def _is_context(name: str) -> bool:
    return name.startswith("is ") or name.rpartition(".")[2] in _CONTEXT


def _complete(rows: Frame, absent: Mapping[str, nw.Expr]) -> Frame:
    there = set(rows.collect_schema().names())
    return _with(rows, [value.alias(column) for column, value in absent.items() if column not in there])


def _with(rows: Frame, columns: list[nw.Expr]) -> Frame:
    return rows.with_columns(*columns) if columns else rows


def _clean_values(items: Mapping[str, Item]) -> list[nw.Expr]:
    return [
        nw.when(nw.col(column).str.contains(pattern(item) or "")).then(nw.col(column)).alias(clean_name(column))
        for column, item in items.items()
        if has_clean(item)
    ]


def _stands(segment: Segment) -> nw.Expr:
    stands = nw.col(segment.element).fill_null(False)
    if segment.groups or not segment.items:
        return stands
    return stands & any_of(*(~nw.col(f"{segment.element}.{item.tag}").is_null() for item in segment.items))


def _beside_count(rows: Frame, group: Frame | None, path: str) -> Frame:
    if group is None:
        return rows.with_columns(nw.lit("0").alias(rows_name(path)))
    counted = group.group_by(RECORD_NO).agg(nw.len().cast(nw.String).alias(rows_name(path)))
    return rows.join(counted, on=RECORD_NO, how="left").with_columns(nw.col(rows_name(path)).fill_null("0"))
