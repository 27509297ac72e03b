"""Refused records as a bureau sends them back: its faults as frames, and the records themselves out of their Base64."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from delivery.formats.tagged_alike import Lines
from delivery.formats.tagged_faults import Fault, FaultLog, Found, FoundList
from delivery.formats.tagged_framing import is_utf8
from delivery.formats.tagged_reader import ReadPart, records_of_lines
from delivery.formats.tagged_records import TaggedRecords, group_schema, records_schema
from delivery.formats.violation import Violation
from schemas.bureaus.pboc_feedback import FAULT, REFUSED_RECORD, WITHOUT_TAG
from schemas.bureaus.tagged import RECORD_NO, TaggedForm, TaggedRecord

REFUSALS = pl.Schema({RECORD_NO: pl.Int64(), "code": pl.String(), "tag": pl.String()})
"""One row a fault: line of the data file, null when the answer does not tell it; code; tag, null when it is no single
one. Tags with one name in several segments are told apart by nothing but the record."""

LINE_TEXT = "line"
"""Column of the line of a refused record."""

_ANSWER_LINE = "answer_line"
_MOST_LINE_NO = 10_000_000
_NOT_UTF8 = b"\xff"


@dataclass(frozen=True)
class AnswerPart:
    """A piece of an answer.

    Attributes:
        refusals: columns of REFUSALS, in the order of the answer.
        records: the refused records that came back and can be read, numbered as in the data file; None when their type
            is not known.
        violations: what is wrong with the answer itself, by its lines, as far as the limit for the whole file allows.
        violation_count: of the piece.
    """

    refusals: pl.DataFrame
    records: TaggedRecords | None
    violations: tuple[Violation, ...]
    violation_count: int


def answers_of(refusals: pl.DataFrame, lines: pl.DataFrame, first: int) -> TaggedRecords:
    """Records of an answer.

    Args:
        refusals: columns of REFUSALS, in the order of RECORD_NO.
        lines: RECORD_NO and LINE_TEXT of the records refused, without line ends.
        first: line of the first of them in the answer.
    """
    counted = (
        refusals.group_by(RECORD_NO, maintain_order=True)
        .len()
        .join(lines.select(RECORD_NO, LINE_TEXT), on=RECORD_NO, how="left", maintain_order="left")
    )
    numbered = counted.with_columns(pl.int_range(first, first + pl.len(), dtype=pl.Int64).alias(_ANSWER_LINE))
    records = numbered.select(
        pl.col(_ANSWER_LINE).alias(RECORD_NO),
        pl.col(RECORD_NO).cast(pl.String).alias("ErrRecId"),
        pl.col("len").cast(pl.String).alias("FbErrNum"),
        pl.col(LINE_TEXT).cast(pl.Binary).bin.encode("base64").fill_null("").alias("ErrRec"),
    )
    faults = refusals.join(
        numbered.select(RECORD_NO, _ANSWER_LINE), on=RECORD_NO, how="left", maintain_order="left", nulls_equal=True
    ).select(
        pl.col(_ANSWER_LINE).alias(RECORD_NO),
        pl.col("code").alias("FbCode"),
        pl.col("tag").fill_null(WITHOUT_TAG).alias("FbMsg"),
    )
    return TaggedRecords(
        records.select(records_schema(REFUSED_RECORD).names()),
        {FAULT.element: faults.select(group_schema(FAULT).names())} if faults.height else {},
    )


def opened(part: ReadPart, layout: TaggedRecord | None, form: TaggedForm, lines_less: int, log: FaultLog) -> AnswerPart:
    """A piece of an answer with the records in it.

    Args:
        part: as it was read.
        layout: of the records in the data file, None when they can't be read.
        form: how records lie in the data file.
        lines_less: by how much the answer's line numbers are less than those of the data file.
        log: takes what is wrong in the part beyond what the part says.
    """
    if part.layout is not REFUSED_RECORD or part.records is None:
        return AnswerPart(REFUSALS.to_frame(), None, part.violations, part.violation_count)
    answers = part.records
    numbered = answers.records.select(
        pl.col(RECORD_NO).alias(_ANSWER_LINE),
        _line_number(pl.col("ErrRecId"), lines_less).alias(RECORD_NO),
        _line_number(pl.col("FbErrNum"), 0).alias("told"),
        pl.col("ErrRecId"),
        pl.col("ErrRec"),
    )
    empty = group_schema(FAULT).to_frame()
    faults = answers.groups.get(FAULT.element, empty).rename({RECORD_NO: _ANSWER_LINE})
    refusals = faults.join(
        numbered.select(_ANSWER_LINE, RECORD_NO), on=_ANSWER_LINE, how="left", maintain_order="left"
    ).select(
        RECORD_NO,
        pl.col("FbCode").alias("code"),
        pl.when(pl.col("FbMsg").is_in([WITHOUT_TAG, ""])).then(None).otherwise(pl.col("FbMsg")).alias("tag"),
    )
    counts = faults.group_by(_ANSWER_LINE).len()
    counted = numbered.join(counts, on=_ANSWER_LINE, how="left", maintain_order="left")
    log.add(_found(counted, pl.col("told").is_null() | (pl.col("told") != pl.col("len").fill_null(0)), Fault.COUNT))
    is_no_number = pl.col(RECORD_NO).is_null() & (pl.col("ErrRecId").fill_null("") != "")
    log.add(_found(numbered, is_no_number, Fault.LINE_NUMBER))
    records = _returned(numbered, layout, form, log) if layout is not None else None
    violations, count = log.taken()
    together = sorted([*part.violations, *violations], key=lambda each: each.place)
    return AnswerPart(refusals, records, tuple(together), part.violation_count + count)


_FIELDS = {Fault.COUNT: "FbErrNum", Fault.LINE_NUMBER: "ErrRecId", Fault.BASE64: "ErrRec"}


def _found(frame: pl.DataFrame, is_wrong: pl.Expr, fault: Fault) -> Iterator[Found]:
    for line in frame.filter(is_wrong)[_ANSWER_LINE]:
        yield Found(line, fault, _FIELDS[fault])


def _line_number(text: pl.Expr, lines_less: int) -> pl.Expr:
    is_number = text.str.contains(r"\A[0-9]{1,8}\z")
    number = pl.when(is_number).then(text).cast(pl.Int64, strict=False) + lines_less
    return pl.when(number <= _MOST_LINE_NO).then(number)


def _returned(numbered: pl.DataFrame, layout: TaggedRecord, form: TaggedForm, log: FaultLog) -> TaggedRecords:
    """The records that came back, those with a line number first told only."""
    text = pl.col("ErrRec").str.replace_all(r"[ \t\r\n]", "")
    held = numbered.filter((text != "") & text.is_not_null()).with_columns(
        text.str.decode("base64", strict=False).alias(LINE_TEXT)
    )
    is_text = pl.Series(is_utf8(held[LINE_TEXT].fill_null(_NOT_UTF8)))
    log.add(_found(held, ~pl.lit(is_text), Fault.BASE64))
    held = held.filter(is_text)
    by_answer = _read_texts(held[LINE_TEXT], held[_ANSWER_LINE], layout, form, log)
    numbers = held.filter(pl.col(RECORD_NO).is_not_null()).unique(RECORD_NO, keep="first", maintain_order=True)
    return _renumbered(by_answer, numbers.select(_ANSWER_LINE, RECORD_NO))


def _read_texts(
    texts: pl.Series, numbers: pl.Series, layout: TaggedRecord, form: TaggedForm, log: FaultLog
) -> TaggedRecords:
    start, end = f"<{form.root}>".encode(), f"</{form.root}>".encode()
    wrapped = [text if text.lstrip().startswith(start) else b"".join((start, text, end)) for text in texts]
    ends = np.cumsum(np.array([len(text) for text in wrapped], np.int64))
    starts = np.concatenate([np.zeros(min(len(ends), 1), np.int64), ends[:-1]])
    lines = Lines(b"".join(wrapped), starts, ends, numbers.to_numpy().astype(np.int64))
    found = FoundList(log.found.most)
    records = records_of_lines(lines, layout, form, found)
    log.found.add_list(FoundList(found.most, [_in_returned(each) for each in found.held], found.count))
    return records


def _in_returned(found: Found) -> Found:
    """A fault in a record that came back, told of the item that holds it."""
    return found._replace(field=found.field or _FIELDS[Fault.BASE64])


def _renumbered(records: TaggedRecords, numbers: pl.DataFrame) -> TaggedRecords:
    """The records with the numbers that they have in the data file, in that order."""

    def of(frame: pl.DataFrame) -> pl.DataFrame:
        renamed = frame.rename({RECORD_NO: _ANSWER_LINE})
        joined = renamed.join(numbers, on=_ANSWER_LINE, how="inner", maintain_order="left")
        return joined.select(frame.columns).sort(RECORD_NO, maintain_order=True)

    groups = {path: of(rows) for path, rows in records.groups.items()}
    return TaggedRecords(of(records.records), {path: rows for path, rows in groups.items() if rows.height})
