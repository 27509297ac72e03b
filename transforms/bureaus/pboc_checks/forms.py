"""Forms of values, as patterns: what a day, a month, a whole number looks like, and what letters are.

Days are from 1901-01-01 to 2099-12-31 and such as the calendar has. A text that looks like a day and is none is another
fault than one that does not.
"""

from __future__ import annotations

from typing import Final

from schemas.bureaus.tagged import CheckedAs, Item, TagKind

_YEAR = "(?:19(?:0[1-9]|[1-9][0-9])|20[0-9][0-9])"
_LEAP_YEAR = "(?:(?:19|20)(?:0[48]|[2468][048]|[13579][26])|2000)"
_DAY_OF_YEAR = (
    "(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    "|02-(?:0[1-9]|1[0-9]|2[0-8]))"
)
_CLEAN: Final = {
    TagKind.DATE: rf"\A(?:{_YEAR}-{_DAY_OF_YEAR}|{_LEAP_YEAR}-02-29)\z",
    TagKind.MONTH: rf"\A{_YEAR}-(?:0[1-9]|1[0-2])\z",
    TagKind.YEAR: rf"\A{_YEAR}\z",
}
LOOKS: Final = {
    TagKind.DATE: r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}\z",
    TagKind.MONTH: r"\A[0-9]{4}-[0-9]{2}\z",
    TagKind.YEAR: r"\A[0-9]{4}\z",
}
"""What has the shape of a day, month or year, whether or not there is such a one."""

CAPITALS: Final = r"\A[A-Z]{3}\z"
_CAPITALS_OF: Final = frozenset({CheckedAs.CURRENCY, CheckedAs.COUNTRY})
_MOST_REPEATED = 1000
"""Longer lengths are not counted by a pattern."""


def has_clean(item: Item) -> bool:
    """Whether the item is a day, month, year or whole number, and so has clean values."""
    return not item.codes and (item.kind in _CLEAN or item.kind is TagKind.WHOLE)


def pattern(item: Item) -> str | None:
    """What a value of the item must match; None for free text and codes of a table."""
    if item.codes or item.kind is TagKind.TEXT:
        return None
    if item.checked_as in _CAPITALS_OF:
        return CAPITALS
    if item.kind is TagKind.WHOLE:
        more = f"{{0,{item.length - 1}}}" if item.length <= _MOST_REPEATED else "*"
        return rf"\A(?:0|[1-9][0-9]{more})\z"
    letters = "[0-9]" if item.kind is TagKind.DIGITS else "[0-9A-Za-z]"
    length = f"{item.length}" if item.is_fixed else f"1,{item.length}"
    return _CLEAN.get(item.kind, rf"\A{letters}{{{length}}}\z")
