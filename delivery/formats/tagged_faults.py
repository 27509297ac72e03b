"""What can be wrong in the form of a file of tagged records, and the list of what is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from delivery.formats.violation import Violation


class Fault(Enum):
    """One rule of form; the value says it in words."""

    BYTE_ORDER_MARK = "the file begins with a byte order mark"
    NOT_UTF8 = "is not UTF-8"
    LINE_END = "does not end with CRLF, or holds a CR within"
    EMPTY_LINE = "is empty"
    LINE_TOO_LONG = "has more characters than a line may have"
    FILE_TOO_LARGE = "the file is larger than the reader takes in, the rest was not read"
    TOO_MANY_RECORDS = "the file holds more records than it may, the rest was not read"
    FILE_EMPTY = "the file holds nothing"
    NO_HEADER = "the file does not begin with a header"
    HEADER = "is not a header of this bureau"
    HEADER_COUNT = "the number of records in the header is not that of the file"
    VERSION = "version or template is not the one of this type of record"
    FILE_NAME = "the name of the file is not of this bureau's pattern"
    SEGMENT_CODE = "the segment code is not that of the institution"
    NAME_DIFFERS = "segment code, day or type of record are not the same in the name and in the header"
    NAME_USED = "the name of the file was used before"
    UNKNOWN_TYPE = "is a type of record that can't be read here"
    NOT_XML = "is not a well-formed document of XML"
    MARKUP_REFUSED = "holds a declaration, an instruction or a comment, which no record has"
    WRONG_ROOT = "begins with another element than a record"
    OTHER_RECORD = "holds a record of another type than the file"
    TOO_DEEP = "has elements within elements where a value should stand"
    UNKNOWN_TAG = "holds a tag that does not belong there"
    REPEATED_TAG = "holds a tag twice"
    REPEATED_SEGMENT = "holds a segment twice"
    ATTRIBUTE = "holds a tag with an attribute"
    LOOSE_TEXT = "holds text between tags"
    SEGMENT_ORDER = "has segments in another order than the layout"
    EMPTY_SEGMENT = "is a segment with nothing in it"
    BASE64 = "is not Base64 of a record in UTF-8"
    COUNT = "is not the number of entries that follow"
    FEEDBACK_COUNT = "the number of refused records in the header is not that of the file"
    LINE_NUMBER = "is not the number of a line"


BROKEN = frozenset(
    {
        Fault.NOT_UTF8,
        Fault.EMPTY_LINE,
        Fault.LINE_TOO_LONG,
        Fault.NOT_XML,
        Fault.MARKUP_REFUSED,
        Fault.WRONG_ROOT,
        Fault.OTHER_RECORD,
        Fault.TOO_DEEP,
        Fault.REPEATED_TAG,
        Fault.REPEATED_SEGMENT,
        Fault.LOOSE_TEXT,
    }
)
"""What makes a record unreadable: it is left out."""


OF_THE_NAME = frozenset({Fault.FILE_NAME, Fault.NAME_USED})
"""What is wrong with the name of a file, whatever stands in it."""


class Found(NamedTuple):
    """A fault of one line; the field is a name of the layout, None when the line as a whole is meant."""

    line: int
    fault: Fault
    field: str | None = None


@dataclass
class FoundList:
    """Faults of a piece of a file: all are counted, and some are kept.

    Attributes:
        most: that are kept.
        held: those that are kept.
        count: of all.
    """

    most: int
    held: list[Found] = field(default_factory=list)
    count: int = 0

    def add(self, line: int, fault: Fault, name: str | None = None) -> None:
        """Adds a fault of one line."""
        self.count += 1
        if len(self.held) < self.most:
            self.held.append(Found(line, fault, name))

    def add_all(self, lines: npt.NDArray[np.int64], fault: Fault) -> None:
        """Adds a fault of several lines."""
        self.count += len(lines)
        self.held += [Found(line, fault) for line in lines[: self.most - len(self.held)].tolist()]

    def add_list(self, others: FoundList) -> None:
        """Adds the faults of another list."""
        self.count += others.count
        self.held += others.held[: self.most - len(self.held)]


class FaultLog:
    """Counts every fault, and lists those of a file up to a limit.

    Attributes:
        found: faults that were not taken yet.
    """

    def __init__(self, codes: Mapping[Fault, str], limit: int) -> None:
        self._codes = codes
        self.found = FoundList(limit)

    def add(self, found: Iterable[Found]) -> None:
        """Adds faults."""
        for each in found:
            self.found.add(*each)

    def taken(self) -> tuple[tuple[Violation, ...], int]:
        """What was added since, by line, and how much it was."""
        listed = tuple(
            Violation(
                None if each.fault in OF_THE_NAME else each.line, each.field, self._codes[each.fault], each.fault.value
            )
            for each in sorted(self.found.held, key=lambda each: each.line)
        )
        count = self.found.count
        self.found = FoundList(self.found.most - len(listed))
        return listed, count
