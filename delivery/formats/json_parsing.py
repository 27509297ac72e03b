"""One line of JSON to the values of a record, exactly: for lines that are not printed as the writer prints them.

Nothing in a line is evaluated. A key that stands twice is refused, as two readers could take different values.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias

from delivery.formats import cells
from delivery.formats.cells import NOT_A_DATE, NOT_AN_INTEGER, NOT_MONEY
from schemas.bureaus.json_lines import (
    INTEGER_DIGITS,
    MONEY_DIGITS,
    JsonField,
    JsonKind,
    JsonLinesLayout,
    JsonObject,
)

Value: TypeAlias = str | int | Decimal | date | datetime | None

NOT_JSON = "not_json"
NOT_AN_OBJECT = "not_an_object"
REPEATED_KEY = "repeated_key"
NOT_TEXT = "not_text"
NOT_A_CODE = "not_a_code"
NOT_A_TIME = "not_a_time"
ABSENT = "absent"
UNKNOWN_KEY = "unknown_key"

BROKEN = frozenset(
    {
        NOT_JSON,
        NOT_AN_OBJECT,
        REPEATED_KEY,
        NOT_TEXT,
        NOT_A_CODE,
        NOT_AN_INTEGER,
        NOT_MONEY,
        NOT_A_DATE,
        NOT_A_TIME,
    }
)
"""What makes a record unreadable: it is left out."""

MESSAGES = {
    **{code: cells.MESSAGES[code] for code in (NOT_AN_INTEGER, NOT_MONEY, NOT_A_DATE)},
    NOT_JSON: "is not JSON",
    NOT_AN_OBJECT: "is not a JSON object",
    REPEATED_KEY: "holds a key twice",
    NOT_TEXT: "is not a text",
    NOT_A_CODE: "is neither a text nor a whole number",
    NOT_A_TIME: "is not a time of the form yyyy-mm-ddThh:mm:ss without a zone",
    ABSENT: "is left out, an empty value is written as null",
    UNKNOWN_KEY: "holds a key that the layout does not have",
}

_INTEGER = re.compile(rf"-?(?:0|[1-9][0-9]{{0,{INTEGER_DIGITS - 1}}})")
_MONEY = re.compile(rf"-?(?:0|[1-9][0-9]{{0,{MONEY_DIGITS - 1}}})(?:\.[0-9]{{1,2}})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}")


class _NumberText(str):
    """A number as it stands in the line."""

    __slots__ = ()


class _RepeatedKeyError(ValueError):
    """An object holds a key twice."""


@dataclass
class ParsedLine:
    """What a line holds.

    Attributes:
        values: by column; complete when the record is not broken.
        faults: column, or None for the record as a whole, and code.
    """

    values: dict[str, Value] = field(default_factory=dict)
    faults: list[tuple[str | None, str]] = field(default_factory=list)

    @property
    def is_broken(self) -> bool:
        """Whether the record can't be read."""
        return any(code in BROKEN for _, code in self.faults)


def parse_line(line: str, layout: JsonLinesLayout) -> ParsedLine:
    """The values of one line. Never raises because of what is in it."""
    parsed = ParsedLine()
    try:
        given = _DECODER.decode(line)
    except _RepeatedKeyError:
        parsed.faults.append((None, REPEATED_KEY))
        return parsed
    except (ValueError, RecursionError):
        parsed.faults.append((None, NOT_JSON))
        return parsed
    fill_from(given, layout, parsed)
    return parsed


def fill_from(given: object, layout: JsonLinesLayout, parsed: ParsedLine) -> None:
    """Puts the values of a decoded object, and what is wrong with them, into `parsed`."""
    if not isinstance(given, dict):
        parsed.faults.append((None, NOT_AN_OBJECT))
        return
    if set(given) - set(layout.record_keys):
        parsed.faults.append((None, UNKNOWN_KEY))
    for one in layout.fields:
        if isinstance(one, JsonField):
            _fill(parsed, one.name, one, given)
        else:
            _fill_members(parsed, one, given)


def decoded(line: str) -> object:
    """The JSON of a line, numbers as they are written.

    Raises:
        ValueError: it is not JSON, or holds a key twice.
        RecursionError: it is nested too deep.
    """
    return _DECODER.decode(line)


def _fill(parsed: ParsedLine, column: str, one: JsonField, given: dict[str, object]) -> None:
    if one.name not in given and not one.is_required:
        parsed.faults.append((column, ABSENT))
    try:
        parsed.values[column] = _value(given.get(one.name), one.kind)
    except _WrongValueError as wrong:
        parsed.faults.append((column, wrong.code))


def _fill_members(parsed: ParsedLine, one: JsonObject, given: dict[str, object]) -> None:
    held = given.get(one.name)
    columns = [one.column(member) for member in one.members]
    if held is None or held == "":
        parsed.values |= dict.fromkeys(columns)
        if one.name not in given:
            parsed.faults.append((one.name, ABSENT))
        return
    if not isinstance(held, dict):
        parsed.faults.append((one.name, NOT_AN_OBJECT))
        return
    if set(held) - {member.name for member in one.members}:
        parsed.faults.append((one.name, UNKNOWN_KEY))
    for column, member in zip(columns, one.members, strict=True):
        _fill(parsed, column, member, held)


class _WrongValueError(Exception):
    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def _value(given: object, kind: JsonKind) -> Value:
    if given is None or (given == "" and not isinstance(given, _NumberText)):
        return None
    match kind:
        case JsonKind.INTEGER:
            return int(_matched(given, _INTEGER, NOT_AN_INTEGER))
        case JsonKind.MONEY:
            return Decimal(_matched(given, _MONEY, NOT_MONEY)).quantize(Decimal("0.01"))
        case JsonKind.DATE:
            return _day(_text(given, NOT_A_DATE))
        case JsonKind.TIME:
            return _instant(_text(given, NOT_A_TIME))
        case JsonKind.CODE:
            return _clean(str(given), NOT_A_CODE) if isinstance(given, str) else _refuse(NOT_A_CODE)
        case _:
            return _text(given, NOT_TEXT)


def _refuse(code: str) -> str:
    raise _WrongValueError(code)


def _clean(text: str, code: str) -> str:
    """The text, if it has no half of a surrogate pair, which JSON can hold and UTF-8 can't."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _WrongValueError(code) from None
    return text


def _text(given: object, code: str) -> str:
    return _clean(given, code) if isinstance(given, str) and not isinstance(given, _NumberText) else _refuse(code)


def _matched(given: object, pattern: re.Pattern[str], code: str) -> str:
    return given if isinstance(given, str) and pattern.fullmatch(given) else _refuse(code)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text if _DATE.fullmatch(text) else "")
    except ValueError:
        raise _WrongValueError(NOT_A_DATE) from None


def _instant(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text if _TIME.fullmatch(text) else "")
    except ValueError:
        raise _WrongValueError(NOT_A_TIME) from None


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    held = dict(pairs)
    if len(held) != len(pairs):
        raise _RepeatedKeyError
    return held


def _no_constant(_: str) -> object:
    raise ValueError("no number of JSON")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_float=_NumberText, parse_int=_NumberText, parse_constant=_no_constant
)


def faults_in_order(parsed: ParsedLine) -> Iterator[tuple[str | None, str]]:
    """What is wrong with a line: of a broken record only what breaks it."""
    for column, code in parsed.faults:
        if code in BROKEN or not parsed.is_broken:
            yield column, code
