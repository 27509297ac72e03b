"""Checks on the opening segment (C) of a person's account: business, repayment, housing loans.

Readings. Contract number and first-home flag of a housing loan are asked of D1 alone, as other types have no such
tags. "Must appear together" means with a value.
"""

from __future__ import annotations

from schemas.bureaus import pboc_codes as codes
from transforms.bureaus.pboc_checks.check import NO_TAG, Check
from transforms.bureaus.pboc_checks.values import (
    OPENING,
    any_of,
    clean,
    is_after_any,
    is_filled,
    is_not_zero,
    is_other_than,
    is_type,
    text,
)

_MODE, _BUSINESS, _DETAIL = text(OPENING, "RepayMode"), text(OPENING, "BusiLines"), text(OPENING, "BusiDtlLines")
_CONTRACT, _FIRST_HOME = text(OPENING, "LoanConCode"), text(OPENING, "FirstHouLoanFlag")
_CARD_TAIL = r"\A(?:[0-9]{4}|NULL|MULT)\z"
_FOUR_LETTERS = r"\A[0-9A-Za-z]{4}\z"

CHECKS = (
    Check(
        "BLE009",
        "I2100C06",
        "the account was opened after it falls due",
        {NO_TAG: is_after_any(clean(OPENING, "OpenDate"), clean(OPENING, "DueDate"))},
    ),
    Check(
        "BLE028",
        "I2100C02",
        "an aggregated repayment (RepayMode 90) that is not monthly (RepayFreqcy 03)",
        {"RepayFreqcy": (_MODE == codes.AGGREGATED) & is_other_than(text(OPENING, "RepayFreqcy"), ("03",))},
    ),
    Check(
        "BLE029",
        "I2100A05",
        "a way of repayment that accounts of the type don't have",
        {
            "RepayMode": any_of(
                *(
                    is_type(account_type) & _MODE.is_in([code for code in codes.REPAY_MODE if code not in table])
                    for account_type, table in codes.REPAY_MODE_BY_TYPE.items()
                )
            )
        },
    ),
    Check(
        "BLE031",
        "I2100C03",
        "the card's last characters are neither four digits nor NULL nor MULT",
        {
            "CreditID": text(OPENING, "CreditID").str.contains(_FOUR_LETTERS)
            & ~text(OPENING, "CreditID").str.contains(_CARD_TAIL)
        },
    ),
    Check(
        "BLE035",
        "I2100A07",
        "a card (R2, R3) of another line than 2, or a collection account (C1) of another line than 5 and 6",
        {
            "BusiLines": any_of(
                *(
                    is_type(account_type) & _BUSINESS.is_in([code for code in codes.BUSINESS if code not in table])
                    for account_type, table in codes.BUSINESS_BY_TYPE.items()
                )
            )
        },
    ),
    Check(
        "BLE036",
        "I2100C04",
        "a kind of business that does not belong to the line of business",
        {
            NO_TAG: any_of(
                *(
                    (line == _BUSINESS) & _DETAIL.is_in([code for code in codes.BUSINESS_DETAIL if code not in kinds])
                    for line, kinds in codes.BUSINESS_PAIRS.items()
                )
            )
        },
    ),
    Check(
        "BLE038",
        "I2100C05",
        "repaid without instalments (RepayMode 2x), and the number of instalments is not 0",
        {"RepayPrd": _MODE.str.starts_with("2") & is_not_zero(clean(OPENING, "RepayPrd"))},
    ),
    Check(
        "BLE050",
        "I2100C07",
        "a housing loan (11) without contract number and first-home flag, or another loan with them",
        {
            NO_TAG: is_type("D1")
            & any_of(
                (_DETAIL == codes.HOUSING) & ~(is_filled(_CONTRACT) & is_filled(_FIRST_HOME)),
                is_other_than(_DETAIL, (codes.HOUSING,)) & ~(_CONTRACT.is_null() & _FIRST_HOME.is_null()),
            )
        },
    ),
)
