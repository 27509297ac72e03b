"""Files of the roster: the list, its hashed variant and the bureau's answers; as CSV or as a workbook (XLSX).

Which of them a file is, is told by what is in it: workbooks by their first bytes, layouts by their headings.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from itertools import islice
from typing import Any, BinaryIO

import narwhals as nw
import pyarrow as pa

from delivery.formats.delimited import WRONG_HEADINGS, ReadLimits, ReadRecords, read_delimited, write_delimited
from delivery.formats.delimited_json import GivenRecords, masked_records, printed_records, records_of_json
from delivery.formats.spreadsheet import write_spreadsheet
from delivery.formats.spreadsheet_package import PackageLimits
from delivery.formats.spreadsheet_reading import SpreadsheetLimits, is_workbook, read_spreadsheet
from delivery.formats.violation import Violation
from schemas.bureaus.layout import DelimitedLayout
from schemas.bureaus.roster import FEEDBACK_LAYOUT, HASHED_LAYOUT, LAYOUT
from transforms.bureaus.roster_checks import judge_records, record_rules
from transforms.bureaus.roster_hashed import hashed_rules, judge_hashed
from transforms.quality.rule import RowRule, Severity

LAYOUTS = (LAYOUT, HASHED_LAYOUT, FEEDBACK_LAYOUT)
NOT_A_RECORD = "not_a_record"

_NOT_A_RECORD_MESSAGE = "holds no record of this bureau as `arrears read --unmask` prints it"
_LINE = "#line"
_OVERDUE = "not_overdue_enough"


class Form(StrEnum):
    """Kinds of file."""

    CSV = "csv"
    XLSX = "xlsx"


@dataclass(frozen=True)
class RosterLimits:
    """Most that the reader takes in.

    Attributes:
        records: of the file and its lines, and how many violations are listed.
        package: of a workbook's container.
    """

    records: ReadLimits = field(default_factory=ReadLimits)
    package: PackageLimits = field(default_factory=PackageLimits)


@dataclass(frozen=True)
class ReadPart:
    """All of a file.

    Attributes:
        layout: of the records, None when the file has the headings of none.
        found: the records and what is wrong in the form.
    """

    layout: DelimitedLayout | None
    found: ReadRecords

    @property
    def records(self) -> pa.Table:
        """The records without a violation, typed by the layout."""
        return self.found.records

    @property
    def violations(self) -> tuple[Violation, ...]:
        """What is wrong in the form, as far as the limit allows."""
        return self.found.violations

    @property
    def violation_count(self) -> int:
        """Number of all violations of the form."""
        return self.found.violation_count


_DEFAULT_LIMITS = RosterLimits()


def write(file: BinaryIO, records: Any, form: Form = Form.CSV, layout: DelimitedLayout = LAYOUT) -> int:
    """Writes one file and returns the number of records.

    Args:
        file: open for writing bytes.
        records: columns of the layout.
        form: kind of the file.
        layout: of the list, the hashed list, or an answer.

    Raises:
        ArrearsError: RECORDS_LACK_COLUMNS, RECORDS_BREAK_LAYOUT as `write_delimited`.
    """
    writes = {Form.CSV: write_delimited, Form.XLSX: write_spreadsheet}
    file.write(writes[form](records, layout))
    return len(records)


def read(file: BinaryIO, limits: RosterLimits = _DEFAULT_LIMITS) -> Iterator[ReadPart]:
    """Reads a file that anybody may have written; one part. Never raises because of what is in it."""
    data = file.read(max(limits.records.file_bytes, limits.package.file_bytes) + 1)
    if is_workbook(data):
        sheet = read_spreadsheet(data, LAYOUTS, SpreadsheetLimits(limits.package, limits.records))
        yield ReadPart(sheet.layout, sheet.found)
        return
    layout = _layout_of(data)
    lines = _without_totals(data) if layout is FEEDBACK_LAYOUT else data
    yield ReadPart(layout, read_delimited(lines, layout or LAYOUT, limits.records))


def check(
    file: BinaryIO,
    as_of: date | None = None,
    overdue_months: int | None = None,
    limits: RosterLimits = _DEFAULT_LIMITS,
) -> Iterator[Violation]:
    """What is wrong in a file, in its form and in its sense, as far as the limit allows.

    Args:
        file: open for reading bytes.
        as_of: the business date that is reported; None takes the newest report date in the file.
        overdue_months: calendar months that a borrower must be overdue for more than, from the policy; None does not
            judge it.
        limits: how much is taken in, and how many violations are listed.
    """
    found = judged(file, as_of, overdue_months, limits)
    wrongs = (wrong for severity, wrong in found if severity is Severity.CRITICAL)
    return islice(wrongs, limits.records.violations)


def doubts(
    file: BinaryIO,
    as_of: date | None = None,
    overdue_months: int | None = None,
    limits: RosterLimits = _DEFAULT_LIMITS,
) -> Iterator[Violation]:
    """What may be wrong and needs a look, such as more owed than twice what was lent; arguments as in `check`."""
    found = judged(file, as_of, overdue_months, limits)
    return islice((doubt for severity, doubt in found if severity is Severity.WARNING), limits.records.violations)


def judged(
    file: BinaryIO,
    as_of: date | None = None,
    overdue_months: int | None = None,
    limits: RosterLimits = _DEFAULT_LIMITS,
) -> Iterator[tuple[Severity, Violation]]:
    """What `check` and `doubts` say, in one pass over the file; arguments as there."""
    for part in read(file, limits):
        yield from ((Severity.CRITICAL, wrong) for wrong in part.violations)
        if part.layout is not None:
            yield from _senseless(part.found, part.layout, as_of, overdue_months)


def judged_given(
    lines: Sequence[str], as_of: date | None = None, overdue_months: int | None = None
) -> list[tuple[Severity, Violation]]:
    """As `judged`, of records as JSON lines; by line. A line that holds no record is `not_a_record`."""
    records = given(lines)
    found = [(Severity.CRITICAL, Violation(no, None, NOT_A_RECORD, _NOT_A_RECORD_MESSAGE)) for no in records.refused]
    for layout in LAYOUTS:
        if (read_records := records.found.get(layout.name)) is not None:
            found += [(Severity.CRITICAL, wrong) for wrong in read_records.violations]
            found += _senseless(read_records, layout, as_of, overdue_months)
    return sorted(found, key=lambda each: each[1].place)


def printed(part: ReadPart) -> Iterator[str]:
    """A part as JSON lines, identity masked."""
    return iter(()) if part.layout is None else masked_records(part.found, part.layout)


def printed_unmasked(part: ReadPart) -> Iterator[str]:
    """A part as JSON lines with identity in the clear."""
    return iter(()) if part.layout is None else printed_records(part.found, part.layout)


def given(lines: Sequence[str]) -> GivenRecords:
    """The records of JSON lines as `printed_unmasked` prints them."""
    return records_of_json(lines, LAYOUTS, ReadLimits())


def _without_totals(answer: bytes) -> bytes:
    """An answer without its last line, which has the totals; `delivery.feedback` compares them."""
    body, line_end, last = answer.rstrip(b"\r\n").rpartition(b"\n")
    return body + line_end if last.startswith(b"#,") else answer


def _layout_of(data: bytes) -> DelimitedLayout | None:
    """The layout whose headings the first line has."""
    head = data.partition(b"\n")[0]
    for layout in LAYOUTS:
        if all(wrong.code != WRONG_HEADINGS for wrong in read_delimited(head, layout).violations):
            return layout
    return None


def _senseless(
    found: ReadRecords, layout: DelimitedLayout, as_of: date | None, overdue_months: int | None
) -> list[tuple[Severity, Violation]]:
    """What the rules of sense find, by line, what is wrong before what is in doubt."""
    if not found.line_numbers or layout is FEEDBACK_LAYOUT:
        return []
    lines = nw.new_series(_LINE, list(found.line_numbers), nw.Int64(), backend="pyarrow")
    records = nw.from_native(found.records, eager_only=True).with_columns(lines)
    rules, outcome = _judged(records, layout, as_of, overdue_months)
    wrong = [(line, rule) for rule in rules for line in outcome[_LINE].filter(~outcome[rule.rule_id])]
    return [
        (rule.severity, Violation(line, rule.field_name, rule.rule_id.rpartition(".")[2], rule.text))
        for line, rule in sorted(wrong, key=lambda each: (each[0], each[1].severity is Severity.WARNING))
    ]


def _judged(
    records: nw.DataFrame[Any], layout: DelimitedLayout, as_of: date | None, overdue_months: int | None
) -> tuple[Sequence[RowRule], nw.DataFrame[Any]]:
    frame = records.lazy("polars")
    if layout is HASHED_LAYOUT:
        return hashed_rules(), judge_hashed(frame).collect("polars")
    rules = record_rules(overdue_months=overdue_months or 0)
    if overdue_months is None:
        rules = tuple(rule for rule in rules if not rule.rule_id.endswith(_OVERDUE))
    newest = records["report_date"].max()
    outcome = judge_records(frame, as_of=as_of or newest, overdue_months=overdue_months or 0)
    return rules, outcome.collect("polars")
