"""Conditions on the dates of one record.

Readings. Seven years are calendar years; 29 February plus seven years is 28 February. The close date "differs" from
that of the last payment also when only one of them is filled; when neither is, they do not differ.
"""

from __future__ import annotations

from transforms.bureaus.metro2_checks.condition import Condition
from transforms.bureaus.metro2_checks.facts import (
    CLOSED_ON,
    DELINQUENT_ON,
    HAS_NO_CLOSE_DATE,
    INFORMATION_ON,
    IS_CLOSED_BY_CONSUMER,
    IS_LOAN,
    IS_PAID,
    LAST_PAID_ON,
    PAID_AMOUNT,
)
from transforms.calendar import months_later

CONDITIONS = (
    Condition(
        "CCC-DateClosed-1",
        ("closed_on", "compliance_condition"),
        "closed at the consumer's request (XA) without a close date",
        IS_CLOSED_BY_CONSUMER & HAS_NO_CLOSE_DATE,
    ),
    Condition(
        "DOAI-DOFD-1",
        ("account_information_on", "first_delinquency_on"),
        "the record describes a day more than seven years after the first delinquency",
        months_later(DELINQUENT_ON, 84) < INFORMATION_ON,
    ),
    Condition(
        "DOAI-PaymentAmount-1",
        ("account_information_on", "actual_payment"),
        "an amount was paid, and the record does not say which day it describes",
        INFORMATION_ON.is_null() & (PAID_AMOUNT > 0),
    ),
    Condition(
        "DTCL-DOLP-1",
        ("closed_on", "last_payment_on", "account_status", "portfolio_type"),
        "a paid instalment loan or mortgage whose close date is not the date of the last payment",
        IS_LOAN
        & IS_PAID
        & ((CLOSED_ON != LAST_PAID_ON).fill_null(False) | (CLOSED_ON.is_null() != LAST_PAID_ON.is_null())),
    ),
)
