"""Files of the credit reference centre (征信中心) of the People's Bank of China, second generation of collection.

The centre gives its specification (version 2.0.0) to member institutions only. What is written here was put together
from public programs of vendors and institutions that report: mnwyl123/SmartPECR, flowergjj/PBCRS_1 and
wjianbin/credit-eladmin on GitHub among them. Two or more agree on names, order and presence of the items, on the file
name, on the 50 bytes of the header, on the line ends, on the limit of a line, and on the code of each rule. One tells
that a file holds at most 1,000,000 records and that the last record ends with CRLF too. Whether lengths count
characters or bytes is told by one: characters. Compare with the institution's own copy of the specification before the
first file is sent.

A file holds one type of record, in UTF-8: the header, then one `<Document>` a line, each line ended by CRLF.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from schemas.bureaus.pboc_account import ACCOUNT
from schemas.bureaus.pboc_agreement import AGREEMENT
from schemas.bureaus.pboc_enterprise import ENTERPRISE_ACCOUNT
from schemas.bureaus.pboc_person import FAMILY, PERSON
from schemas.bureaus.pboc_requests import (
    ACCOUNT_DELETION,
    CHANGED_CODE,
    CORRECTION,
    SEGMENT_DELETION,
    SPECIAL_EVENT,
)
from schemas.bureaus.tagged import TaggedForm, TaggedRecord
from schemas.errors import ArrearsError
from schemas.errors.seal import FILE_NAMES_EXHAUSTED

BUREAU = "pboc"
VERSION = "2.0.0"
FORM = TaggedForm(root="Document", line_end="\r\n", most_characters=10_000_000)
"""How records lie in a file. That the last one has a line end too is told by one source."""

RECORDS: dict[str, TaggedRecord] = {
    record.type: record
    for record in (
        PERSON,
        FAMILY,
        ACCOUNT,
        CHANGED_CODE,
        CORRECTION,
        SEGMENT_DELETION,
        ACCOUNT_DELETION,
        SPECIAL_EVENT,
        AGREEMENT,
        ENTERPRISE_ACCOUNT,
    )
}
"""Type of record to its layout."""

TYPES_WITHOUT_LAYOUT = {
    "114": "InBsInfDlt",
    "130": "InIDEfctInf",
    "134": "InIDEfctInfDlt",
    "140": "InCtfItgInf",
    "221": "InCtrctIDCagsInf",
    "222": "InCtrctMdfc",
    "223": "InCtrctDel",
    "224": "InCtrctEntDel",
    "230": "InSecAcctInf",
    "231": "InSecAcctIDCagsInf",
    "232": "InSecAcctMdfc",
    "233": "InSecAcctDel",
    "234": "InSecAcctEntDel",
    "310": "EnBasInf",
    "314": "EnBsInfDlt",
    "340": "EnCtfItgInf",
    "350": "EnIcdnRltpInf",
    "411": "EnAcctInfIDCagsInf",
    "412": "EnAcctInfMdfc",
    "413": "EnAcctInfDel",
    "414": "EnAcctInfEntDel",
    "510": "MotgaCltalCtrctInf",
    "511": "MoCIDCagsInf",
    "514": "MoCEntDel",
}
"""Types that the centre takes and that have no layout here, with their elements."""

MOST_RECORDS = 1_000_000
MOST_SERIAL = 999
HEADER_BYTES = 50

DATA, ALL_LOADED, FILE_REFUSED, SOME_REFUSED = 0, 1, 2, 3
"""Feedback flag in a file's name: data; all records loaded; the whole file refused; some records refused."""

_SEGMENT_CODE = re.compile(r"[0-9A-Za-z]{14}")
_NAME = re.compile(r"([0-9A-Za-z]{14})([0-9]{8})([0-9]{3})0([0-9]{3})([0-3])(?:\.(?:txt|enc|bad))?")
_HEADER = re.compile(
    r"A(?P<length>[0-9]{3})(?P<type>[0-9]{3})(?P<version>.{5})(?P<template>.{2})(?P<segment_code>[0-9A-Za-z]{14})"
    r"(?P<made_at>[0-9]{14})0(?P<count>[0-9]{7})"
)


@dataclass(frozen=True)
class FileName:
    """Name of one file, 30 characters and the ending: `.txt` in the clear, `.enc` packed.

    Attributes:
        segment_code: of the institution, 14 letters and digits that the centre gives (数据提供机构区段码).
        made_on: day when the file is made.
        record_type: such as 210.
        serial: from 1 to 999; with it no name is used twice.
        flag: what the file is: DATA or an answer of the centre.

    Raises:
        ValueError: a part of the name does not fit the pattern.
    """

    segment_code: str
    made_on: date
    record_type: str
    serial: int
    flag: int = DATA

    def __post_init__(self) -> None:
        if not _SEGMENT_CODE.fullmatch(self.segment_code):
            raise ValueError("segment code must be 14 letters and digits")
        if self.record_type not in RECORDS and self.record_type not in TYPES_WITHOUT_LAYOUT:
            raise ValueError(f"record type {self.record_type} is not known")
        if not 1 <= self.serial <= MOST_SERIAL:
            raise ValueError(f"serial {self.serial} is not between 1 and {MOST_SERIAL}")
        if self.flag not in {DATA, ALL_LOADED, FILE_REFUSED, SOME_REFUSED}:
            raise ValueError(f"flag {self.flag} is not between 0 and 3")

    @property
    def stem(self) -> str:
        """The 30 characters without the ending."""
        return f"{self.segment_code}{self.made_on:%Y%m%d}{self.record_type}0{self.serial:03d}{self.flag}"

    @property
    def plain(self) -> str:
        """Name of the file in the clear."""
        return f"{self.stem}.txt"

    @property
    def packed(self) -> str:
        """Name of the packed file."""
        return f"{self.stem}.enc"

    def answered(self, flag: int) -> FileName:
        """Name of the centre's answer to this file."""
        return FileName(self.segment_code, self.made_on, self.record_type, self.serial, flag)

    @classmethod
    def of(cls, file_name: str) -> FileName | None:
        """The parts of a name, with or without an ending; None when it is not of this pattern."""
        match = _NAME.fullmatch(file_name)
        if match is None:
            return None
        segment_code, day, record_type, serial, flag = match.groups()
        try:
            return cls(segment_code, datetime.strptime(day, "%Y%m%d").date(), record_type, int(serial), int(flag))  # noqa: DTZ007 - a day has no zone
        except ValueError:
            return None


def free_names(used: Iterable[str], segment_code: str, made_on: date, record_type: str) -> Iterator[FileName]:
    """Names for new files that no file has had, one after the other.

    Args:
        used: names that were ever used, answers among them, with or without endings; others are passed over.
        segment_code: of the institution.
        made_on: day when the files are made.
        record_type: such as 210.

    Raises:
        ArrearsError: FILE_NAMES_EXHAUSTED when the one after 999 is asked for.
        ValueError: a part of the name does not fit the pattern.
    """
    names = (FileName.of(each) for each in used)
    taken = (
        each.serial
        for each in names
        if each is not None
        and (each.segment_code, each.made_on, each.record_type) == (segment_code, made_on, record_type)
    )
    for serial in range(max(taken, default=0) + 1, MOST_SERIAL + 1):
        yield FileName(segment_code, made_on, record_type, serial)
    raise ArrearsError(FILE_NAMES_EXHAUSTED, bureau=BUREAU, record_kind=record_type, day=made_on, last=MOST_SERIAL)


@dataclass(frozen=True)
class Header:
    """First line of a file, 50 characters of one byte.

    Attributes:
        record_type: such as 210.
        segment_code: of the institution.
        made_at: wall-clock time of the institution, without a zone, whole seconds.
        record_count: records in the file.
        version: of the records.
        template: two characters; the right ones for the type when not given.

    Raises:
        ValueError: a value does not fit its place.
    """

    record_type: str
    segment_code: str
    made_at: datetime
    record_count: int
    version: str = VERSION
    template: str = ""

    def __post_init__(self) -> None:
        if not self.template:
            object.__setattr__(self, "template", template_of(self.record_type))
        if not _HEADER.fullmatch(self.line):
            raise ValueError("a value does not fit its place in the header")

    @property
    def line(self) -> str:
        """The line without its end."""
        return (
            f"A{HEADER_BYTES:03d}{self.record_type}{self.version}{self.template}{self.segment_code}"
            f"{self.made_at:%Y%m%d%H%M%S}0{self.record_count:07d}"
        )

    @classmethod
    def of(cls, line: str) -> Header | None:
        """The header that a line holds, whether or not the centre allows its version and template; None for others."""
        match = _HEADER.fullmatch(line)
        if match is None or match["length"] != f"{HEADER_BYTES:03d}":
            return None
        try:
            made_at = datetime.strptime(match["made_at"], "%Y%m%d%H%M%S")  # noqa: DTZ007 - wall-clock time
            return cls(
                match["type"],
                match["segment_code"],
                made_at,
                int(match["count"]),
                match["version"],
                match["template"],
            )
        except ValueError:
            return None


def template_of(record_type: str) -> str:
    """Template of the header for a type of record: `10` for persons (110), two blanks for all others."""
    record = RECORDS.get(record_type)
    return record.template if record is not None else "  "
