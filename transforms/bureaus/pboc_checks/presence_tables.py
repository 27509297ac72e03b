"""Which segments a loan account's record has at which point, as the bureau's rules print it.

A line is a point, types of account, marks of segments that must stand there and marks of those that must not. The
limit's segment (F) hangs on more than the type, see `presence`. Points that a type of account does not have are beside.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

ALL, CARD, LOANS = ("D1", "R1", "R4", "R2", "R3"), ("R2",), ("D1", "R1", "R4", "R3")
FIRST = "first"
"""The point of an account that the bureau does not have yet, whatever the record says."""


@dataclass(frozen=True)
class Line:
    """What records of some types have at some points."""

    points: tuple[str, ...]
    types: tuple[str, ...]
    required: str = ""
    forbidden: str = ""


@dataclass(frozen=True)
class Codes:
    """Feedback codes and rule ids of a point: for what must stand there, and for what must not."""

    required: tuple[str, str]
    forbidden: tuple[str, str]


LINES_210: Final = (
    Line(("10",), LOANS, "C H", "G I J K"),
    Line(("10",), CARD, "C H", "G J K"),
    Line(("10",), ("C1",), "C G J", "E F H I"),
    Line(("31", FIRST), LOANS, "C H", "G I J"),
    Line(("31", FIRST), CARD, "C H", "G J"),
    Line((FIRST,), ("C1",), "C G J", "E F H I"),
    Line(("20", "30", "32"), LOANS, "H", "G I J"),
    Line(("20", "30", "32"), CARD, "H", "G J"),
    Line(("20",), ("C1",), "J", "E F H I"),
    Line(("40",), ("D1", "R1", "R2", "R4"), "J", "C D E F G H I K"),
    Line(("40",), ("C1",), "J", "E F H I"),
)
CODES_210: Final = {
    "10": Codes(("BLR000", "R2100101"), ("BLR001", "R2100102")),
    "31": Codes(("BLR002", "R2100103"), ("BLR003", "R2100104")),
    FIRST: Codes(("BLR004", "R2101215"), ("BLR005", "R2101214")),
    "30": Codes(("BLR006", "R2100107"), ("BLR007", "R2100108")),
    "40": Codes(("BLR008", "R2100109"), ("BLR009", "R2100110")),
    "20": Codes(("BLR010", "R2100111"), ("BLR011", "R2100112")),
    "32": Codes(("BLR012", "R2100113"), ("BLR013", "R2100114")),
}
NOT_AT_210: Final = {"30": ("C1",), "31": ("C1",), "32": ("C1",), "40": ("R3",)}
LIMIT_REQUIRED_210: Final = ("10", "31", FIRST)
LIMIT_FORBIDDEN_210: Final = ("10", "20", "30", "31", "32", FIRST)

_CLEAN = ("D1", "R1", "R4")
LINES_410: Final = (
    Line(("10", FIRST), _CLEAN, "C H", "G"),
    Line(("10",), ("D2",), "C H", "E F"),
    Line((FIRST,), ("D2",), "C H", "E F G"),
    Line(("10", FIRST), ("C1",), "C H", "E F"),
    Line(("20",), _CLEAN, "H", "G"),
    Line(("20", "32", "33", "41", "49"), ("D2",), "H", "E F"),
    Line(("20", "33", "41", "49"), ("C1",), "H", "D E F G"),
    Line(("31",), ("D1",), "C", "G"),
    Line(("32", "33", "41"), ("D1", "R4"), "H", "G"),
    Line(("42",), ("D1", "R4"), "H I", "G"),
    Line(("49",), _CLEAN, "H", "G"),
)
CODES_410: Final = {
    "10": Codes(("CLR000", "R4100101"), ("CLR001", "R4100102")),
    "20": Codes(("CLR002", "R4100103"), ("CLR003", "R4100104")),
    "31": Codes(("CLR004", "R4100105"), ("CLR005", "R4100106")),
    "32": Codes(("CLR006", "R4100107"), ("CLR007", "R4100108")),
    "33": Codes(("CLR008", "R4100109"), ("CLR009", "R4100110")),
    "41": Codes(("CLR010", "R4100111"), ("CLR011", "R4100112")),
    "42": Codes(("CLR012", "R4100113"), ("CLR013", "R4100114")),
    "49": Codes(("CLR014", "R4100115"), ("CLR015", "R4100116")),
}
NOT_AT_410: Final = {
    "31": ("D2", "R1", "R4", "C1"),
    "32": ("R1", "C1"),
    "33": ("R1",),
    "41": ("R1",),
    "42": ("D2", "R1", "C1"),
}
LIMIT_REQUIRED_410: Final = ("10",)
LIMIT_FORBIDDEN_410: Final = ("10", "20", "32", "33", "41", "42", "49")
