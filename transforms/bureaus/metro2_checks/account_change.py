"""Conditions on the L1 segment: which number changes, and to what.

Readings. Numbers are compared without regard to case. A number that is not filled is no new value: it neither
equals the current one nor differs from it. The third conditions hold for a filled new value whatever the change
indicator says.
"""

from __future__ import annotations

from transforms.bureaus.metro2_checks.condition import Condition
from transforms.bureaus.metro2_checks.facts import (
    ACCOUNT_KEY,
    CHANGE,
    CHANGES_ACCOUNT_NUMBER,
    CHANGES_IDENTIFICATION,
    IDENTIFICATION_KEY,
    NEW_ACCOUNT_KEY,
    NEW_IDENTIFICATION_KEY,
)

_INDICATOR = "l1.change_indicator"
_ID = ("l1.new_identification_number", "identification_number", _INDICATOR)
_NUMBER = ("l1.new_account_number", "account_number", _INDICATOR)
_HAS_ID = NEW_IDENTIFICATION_KEY != ""
_HAS_NUMBER = NEW_ACCOUNT_KEY != ""

CONDITIONS = (
    Condition(
        "AccountChange-ID-1",
        (_ID[0], _INDICATOR),
        "the identification number changes (2, 3), and there is no new one",
        CHANGES_IDENTIFICATION & ~_HAS_ID,
    ),
    Condition(
        "AccountChange-Number-1",
        (_NUMBER[0], _INDICATOR),
        "the account number changes (1, 3), and there is no new one",
        CHANGES_ACCOUNT_NUMBER & ~_HAS_NUMBER,
    ),
    Condition(
        "AccountChange-ID-2",
        (_ID[0], _INDICATOR),
        "only the account number changes (1), and there is a new identification number",
        (CHANGE == "1") & _HAS_ID,
    ),
    Condition(
        "AccountChange-Number-2",
        (_NUMBER[0], _INDICATOR),
        "only the identification number changes (2), and there is a new account number",
        (CHANGE == "2") & _HAS_NUMBER,
    ),
    Condition(
        "AccountChange-ID-3",
        _ID,
        "the new identification number is the current one",
        _HAS_ID & (NEW_IDENTIFICATION_KEY == IDENTIFICATION_KEY),
    ),
    Condition(
        "AccountChange-Number-3",
        _NUMBER,
        "the new account number is the current one",
        _HAS_NUMBER & (NEW_ACCOUNT_KEY == ACCOUNT_KEY),
    ),
    Condition(
        "AccountChange-ID-4",
        _ID,
        "only the account number changes (1), and the new identification number differs from the current one",
        (CHANGE == "1") & _HAS_ID & (NEW_IDENTIFICATION_KEY != IDENTIFICATION_KEY),
    ),
    Condition(
        "AccountChange-Number-4",
        _NUMBER,
        "only the identification number changes (2), and the new account number differs from the current one",
        (CHANGE == "2") & _HAS_NUMBER & (NEW_ACCOUNT_KEY != ACCOUNT_KEY),
    ),
)
