"""Conditions on the consumers of a record: bankruptcy, and who died.

Readings. "Anyone" is the borrower and every J1 and J2. A record without associated consumers has none who died, so
a lone borrower who died fires ECOA-J1J2-1. What was discharged is suspect when an amount is zero or less, as the
CFPB has it, in every status but 05, 13, 61 to 65, DA and DF.
"""

from __future__ import annotations

import narwhals as nw

from transforms.bureaus.metro2_checks.code_sets import BANKRUPT
from transforms.bureaus.metro2_checks.condition import Condition
from transforms.bureaus.metro2_checks.facts import (
    BALANCE,
    DELINQUENT_ON,
    INFORMATION,
    IS_ANYBODY_BANKRUPT,
    IS_ANYBODY_DISCHARGED,
    IS_DELETED,
    IS_PAID,
    PAST_DUE,
    SCHEDULED,
    any_of,
    is_status,
)

_IS_DISCHARGED = IS_ANYBODY_DISCHARGED & ~any_of(is_status("05"), IS_PAID, IS_DELETED)
_WHO = ("consumer_information", "j1.consumer_information", "j2.consumer_information")

CONDITIONS = (
    Condition(
        "Bankruptcy-APD-1",
        ("past_due", *_WHO, "account_status"),
        "somebody's debt was discharged, the account is neither paid, transferred nor deleted, and nothing is past due",
        _IS_DISCHARGED & (PAST_DUE <= 0),
    ),
    Condition(
        "Bankruptcy-Balance-1",
        ("current_balance", *_WHO, "account_status"),
        "somebody's debt was discharged, the account is neither paid, transferred nor deleted, and nothing is owed",
        _IS_DISCHARGED & (BALANCE <= 0),
    ),
    Condition(
        "Bankruptcy-SMPA-1",
        ("scheduled_payment", *_WHO, "account_status"),
        "somebody's debt was discharged, the account is neither paid, transferred nor deleted, no payment is scheduled",
        _IS_DISCHARGED & (SCHEDULED <= 0),
    ),
    Condition(
        "Bankruptcy-DOFD-1",
        ("first_delinquency_on", *_WHO),
        "somebody is bankrupt or reaffirmed the debt, and there is no date of first delinquency",
        IS_ANYBODY_BANKRUPT & DELINQUENT_ON.is_null(),
    ),
    Condition(
        "Bankruptcy-ECOA-1",
        ("consumer_information", "j1.ecoa_code", "j2.ecoa_code"),
        "the borrower is bankrupt, and an associated consumer is an authorised user",
        INFORMATION.is_in(BANKRUPT) & nw.col("__associated_is_authorised"),
    ),
    Condition(
        "ECOA-J1J2-1",
        ("ecoa_code", "j1.ecoa_code", "j2.ecoa_code"),
        "the borrower is deceased, and no associated consumer is",
        (nw.col("ecoa_code") == "X") & ~nw.col("__associated_is_deceased"),
    ),
)
