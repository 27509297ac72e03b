"""The bureau's own reading of a delivered list: bytes to rows, rows to a verdict each."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sandbox.bureau.identifiers import real_date
from sandbox.bureau.rules import (
    HEADINGS,
    RECORD_RULES,
    REPEATED_PERSON,
    REPEATED_SERIAL,
    TEXT_FIELDS,
    UNGUARDED_FORMULA,
    FileFacts,
    Row,
    is_formula,
    is_whole_number,
    without_guard,
)

MOST_RECORDS = 100_000

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_BARE_LINE_END = re.compile(r"(?<!\r)\n|\r(?!\n)")
_FILE_NAME = re.compile(r"[A-Za-z0-9-]{1,40}_([0-9]{8})_[A-Za-z0-9-]{1,60}_[0-9]{3}\.csv\.p7m")
_TEXT_PLACES = tuple(Row._fields.index(name) for name in TEXT_FIELDS)


class FileRefusedError(Exception):
    """The file as a whole is not taken.

    Attributes:
        code: one of `FILE_CODES`.
    """

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True)
class Verdict:
    """What becomes of one record.

    Attributes:
        serial: number that the sender gave it.
        code: why it is rejected, the first reason in the order of the rules; None when it is accepted.
    """

    serial: int
    code: str | None


def date_in_name(file_name: str) -> date:
    """The date that a file's name carries.

    Raises:
        FileRefusedError: F003.
    """
    match = _FILE_NAME.fullmatch(file_name)
    digits = match.group(1) if match else ""
    named_on = real_date(f"{digits[:4]}-{digits[4:6]}-{digits[6:]}")
    if named_on is None:
        raise FileRefusedError("F003")
    return named_on


def judge(content: bytes, facts: FileFacts) -> tuple[Verdict, ...]:
    """A verdict on each record of a list, in the order of the file.

    Raises:
        FileRefusedError: F004 to F009, F011; then no record is judged.
    """
    printed = _read(content)
    if not printed:
        raise FileRefusedError("F008")
    if len(printed) > MOST_RECORDS:
        raise FileRefusedError("F009")
    if not all(is_whole_number(row.serial) and row.serial != "0" for row in printed):
        raise FileRefusedError("F011")
    serials = Counter(row.serial for row in printed)
    persons: set[tuple[str, str, str]] = set()
    verdicts = []
    for row in printed:
        code = REPEATED_SERIAL if serials[row.serial] > 1 else _first_broken(row, facts)
        person = (row.id_type, row.id_number, row.default_start_date)
        if code is None and person in persons:
            code = REPEATED_PERSON
        persons.add(person)
        verdicts.append(Verdict(int(row.serial), code))
    return tuple(verdicts)


def _read(content: bytes) -> list[Row]:
    if not content.startswith(_BYTE_ORDER_MARK):
        raise FileRefusedError("F004")
    try:
        text = content[len(_BYTE_ORDER_MARK) :].decode("utf-8")
    except UnicodeDecodeError:
        raise FileRefusedError("F004") from None
    if _BARE_LINE_END.search(text) or not text.endswith("\r\n"):
        raise FileRefusedError("F006")
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error:
        raise FileRefusedError("F007") from None
    if tuple(lines[0]) != tuple(HEADINGS):
        raise FileRefusedError("F005")
    if any(len(line) != len(HEADINGS) for line in lines[1:]):
        raise FileRefusedError("F007")
    return [Row(*line) for line in lines[1:]]


def _first_broken(printed: Row, facts: FileFacts) -> str | None:
    if any(is_formula(printed[place]) for place in _TEXT_PLACES):
        return UNGUARDED_FORMULA
    row = _unguarded(printed)
    return next((rule.code for rule in RECORD_RULES if rule.is_broken(row, facts)), None)


def _unguarded(printed: Sequence[str]) -> Row:
    return Row(*(without_guard(cell) if place in _TEXT_PLACES else cell for place, cell in enumerate(printed)))
