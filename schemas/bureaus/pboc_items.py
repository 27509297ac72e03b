"""Items that several records of the PBoC's credit reference centre share, and the words their lists are written in.

Sources and how sure they are: see `schemas.bureaus.pboc`.
"""

from __future__ import annotations

from collections.abc import Mapping

from schemas.bureaus import pboc_codes as codes
from schemas.bureaus.tagged import CheckedAs, Item, Presence
from schemas.field import Sensitivity

KEY, IDENTITY = Sensitivity.KEY, Sensitivity.IDENTITY
MANDATORY, OPTIONAL, CONDITIONAL = Presence.MANDATORY, Presence.OPTIONAL, Presence.CONDITIONAL

ACCOUNT_TYPES = ("D1", "R1", "R4", "R2", "R3", "C1")
"""Types of accounts of persons, in the order of the guide's tables."""


def marks(text: str, account_types: tuple[str, ...] = ACCOUNT_TYPES) -> Mapping[str, Presence]:
    """Presence by account type from a row of the guide's table, such as `M M M - - -`."""
    return {kind: Presence(mark) for kind, mark in zip(account_types, text.split(), strict=True)}


def record_type(type_: str, meaning: str) -> Item:
    """The item that says the type of record again."""
    return Item("InfRecType", "N3", "信息记录类型", "type of record", codes={type_: meaning})


def own_code(tag: str, heading: str, description: str) -> Item:
    """A code of the institution, such as that of an account."""
    return Item(tag, "AN..60", heading, description, checked_as=CheckedAs.OWN_CODE, sensitivity=KEY)


def report_point(table: Mapping[str, str]) -> Item:
    """The item that says why there is a report now."""
    return Item("RptDateCode", "N2", "报告时点说明代码", "why there is a report now", codes=table)


def amount(tag: str, heading: str, description: str, presence: Presence | Mapping[str, Presence] = MANDATORY) -> Item:
    """A whole number of currency units."""
    return Item(tag, "uInt..15", heading, description, presence)


def periods(tag: str, heading: str, description: str, presence: Presence | Mapping[str, Presence] = MANDATORY) -> Item:
    """A number of periods."""
    return Item(tag, "uInt..3", heading, description, presence)


def day(tag: str, heading: str, description: str, presence: Presence | Mapping[str, Presence] = MANDATORY) -> Item:
    """A day."""
    return Item(tag, "Date", heading, description, presence)


def count_of(tag: str, heading: str, group: str) -> Item:
    """The number of groups that follow."""
    return Item(tag, "uInt", heading, "number of the entries that follow", counts=group)


def choice(
    tag: str,
    form: str,
    heading: str,
    description: str,
    table: Mapping[str, str],
    presence: Presence | Mapping[str, Presence] = MANDATORY,
) -> Item:
    """A value of a code table."""
    return Item(tag, form, heading, description, presence, table)


REPORTED_ON = day("RptDate", "信息报告日期", "day that the report describes")
NAME = Item("Name", "ANC..30", "姓名", "person's name", sensitivity=IDENTITY)
ID_TYPE = Item("IDType", "AN..2", "证件类型", "kind of identity number", codes=codes.ID_TYPE)
ID_NUMBER = Item(
    "IDNum",
    "ANC..20",
    "证件号码",
    "identity number",
    checked_as=CheckedAs.PERSON_NUMBER,
    kind_tag="IDType",
    sensitivity=IDENTITY,
)
MANAGED_BY = Item(
    "MngmtOrgCode", "AN14", "业务管理机构代码", "branch that manages the business", checked_as=CheckedAs.ORGANISATION
)
SOURCE_CODE = Item(
    "InfSurcCode", "AN20", "信息来源编码", "where the data come from", checked_as=CheckedAs.SOURCE_CODE, sensitivity=KEY
)
CURRENCY = Item("Cy", "AN3", "币种", "currency", checked_as=CheckedAs.CURRENCY)
