"""Sets of codes that the conditions speak of, as data. Codes and their meanings: `schemas.bureaus.metro2_codes`."""

from __future__ import annotations

from typing import Final

Codes = tuple[str, ...]

LATE: Final[Codes] = ("71", "78", "80", "82", "83", "84")
LATE_OR_COLLECTION: Final[Codes] = (*LATE, "93")
OVERDUE: Final[Codes] = (*LATE, "93", "97")
PAID: Final[Codes] = ("13", "61", "62", "63", "64", "65")
DELETED: Final[Codes] = ("DA", "DF")
DEROGATORY: Final[Codes] = ("61", "62", "63", "64", "65", *LATE, "88", "89", "93", "94", "95", "96", "97")
"""Statuses that are derogatory by themselves; 05 and 13 are so only with a rating of BAD_RATINGS."""

BAD_RATINGS: Final[Codes] = ("1", "2", "3", "4", "5", "6", "G", "L")
RATED: Final[Codes] = ("05", "13", "62", "65", "88", "89", "94", "95")

TRANSFERRED: Final[Codes] = ("AH", "AT", "O")
TRANSFERRED_OR_PENDING: Final[Codes] = (*TRANSFERRED, "BB", "BE")
NOTHING_OWED: Final[Codes] = ("AU", "AX", "BP", "C", "AH", "AT", "O", "BC", "BF", "BJ", "AS")
STILL_PAST_DUE: Final[Codes] = ("BD", "BG", "BI", "BK", "BA", "BO")
STILL_OWED: Final[Codes] = (*STILL_PAST_DUE, "CP")

LINE_TYPES: Final[Codes] = ("15", "43", "47", "89", "7A", "9B")
CARD_TYPES: Final[Codes] = ("18", "37", "43", "2A", "8A")
VEHICLE_TYPES: Final[Codes] = ("00", "13", "3A")
LIMITLESS_TYPES: Final[Codes] = (
    *("0A", "0C", "0F", "2C", "5A", "5B", "6A", "6B", "6D", "7B", "9A", "01", "02", "03", "04", "05", "06", "08"),
    *("10", "11", "13", "17", "19", "20", "25", "26", "47", "48", "77", "91"),
)
"""Loans, for which no credit limit is reported."""
LOAN_TYPES: Final[Codes] = (*LIMITLESS_TYPES, "00", "3A")
LIMITED_TYPES: Final[Codes] = ("0G", "2A", "7A", "8A", "9B", "07", "15", "18", "37", "43", "47", "89")
PREPAID_LEASE_TYPES: Final[Codes] = (
    *("00", "01", "02", "03", "04", "05", "06", "10", "11", "13", "17", "20", "29"),
    *("65", "66", "67", "68", "69", "70", "71", "72", "73", "74", "75", "91", "95"),
    *("0A", "0F", "3A", "6A", "6D", "7B", "9A"),
)
COLLECTOR_TYPES: Final[Codes] = ("48", "0C", "77")
"""Collection agency or attorney, debt buyer, returned check: opened means placed or purchased."""

DISCHARGED: Final[Codes] = ("E", "F", "G", "H")
BANKRUPT: Final[Codes] = ("A", "B", "C", "D", "E", "F", "G", "H", "Z", "V", "1A")
REAFFIRMED = "R"
NOT_ABOUT_BANKRUPTCY: Final[Codes] = ("", "T", "U")
"""Consumer information that says nothing of a bankruptcy: none, can't be located, located now."""

ACCOUNT_NUMBER_CHANGES: Final[Codes] = ("1", "3")
IDENTIFICATION_CHANGES: Final[Codes] = ("2", "3")
CHANGES: Final[Codes] = ("1", "2", "3")

HISTORY_OF_LATE: Final[dict[str, Codes]] = {
    "1": ("71",),
    "2": ("78",),
    "3": ("80",),
    "4": ("82",),
    "5": ("83",),
    "6": ("84",),
}
HISTORY_OF_OTHERS: Final[dict[str, Codes]] = {
    "G": ("62", "93"),
    "H": ("65", "94"),
    "J": ("61", "95"),
    "K": ("63", "96"),
    "L": ("64", "97"),
}
"""Code with which the history begins to the statuses of the previous period that ask for it."""

JUMPS: Final = {
    "71": ("80", "82", "83", "84"),
    "78": ("82", "83", "84"),
    "80": ("83", "84"),
    "82": ("84",),
}
"""Statuses that can't be reached within one month from another one."""

LEAST_LATE_DAYS: Final = {"71": 30, "78": 60, "80": 90, "82": 120, "83": 150, "84": 180}
