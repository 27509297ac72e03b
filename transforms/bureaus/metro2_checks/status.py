"""Conditions on the account status: what must go with it in amounts, dates and payments.

Readings. "Past due = 0" is exactly zero, and an amount that is not filled is zero. "Status not" holds for a status
that is not filled. "No L1" is `HAS_NO_CHANGE`: an L1 segment that changes the identification number alone is no
change of the account number. "Not deferred" asks for the terms frequency only, not for a K4 segment. "Opened more
than 60 days before the period" is opened plus 60 days before the day that the file describes.
"""

from __future__ import annotations

from transforms.bureaus.metro2_checks.code_sets import VEHICLE_TYPES
from transforms.bureaus.metro2_checks.condition import Condition
from transforms.bureaus.metro2_checks.facts import (
    BALANCE,
    CHARGE_OFF,
    COMMENT,
    DELINQUENT_ON,
    HAS_BAD_RATING,
    HAS_CLOSE_DATE,
    HAS_NO_CHANGE,
    HAS_NO_CLOSE_DATE,
    IS_CLOSED_BY_CONSUMER,
    IS_CURRENT,
    IS_DEFERRED,
    IS_DELETED,
    IS_DEROGATORY,
    IS_INSTALMENT,
    IS_LATE,
    IS_LATE_OR_COLLECTION,
    IS_LINE,
    IS_LINE_OR_CARD,
    IS_LOAN,
    IS_MORTGAGE,
    IS_OPEN,
    IS_OVERDUE,
    IS_REVOLVING,
    IS_TRANSFERRED,
    IS_TRANSFERRED_OR_PENDING,
    OPENED_ON,
    PAID_AMOUNT,
    PAST_DUE,
    PERIOD_ON,
    RATING,
    SCHEDULED,
    TYPE,
    any_of,
    is_status,
)
from transforms.calendar import days_later

_SETTLED = is_status("05", "13", "61", "62", "63", "64", "65")
_IS_PREPAID = COMMENT == "BS"

PAST_DUE_CONDITIONS = (
    Condition(
        "Status-APD-1",
        ("past_due", "account_status"),
        "status 05, 11, 13 or 61 to 65, and an amount is past due",
        (_SETTLED | IS_CURRENT) & (PAST_DUE > 0),
    ),
    Condition(
        "Status-APD-2",
        ("past_due", "account_status"),
        "status 71 to 84, 93 or 97, and nothing is past due",
        IS_OVERDUE & (PAST_DUE == 0),
    ),
    Condition(
        "Status-APD-3",
        ("past_due", "account_status", "portfolio_type", "account_type"),
        "a vehicle surrendered or repossessed (95, 96; portfolio I, type 00, 13 or 3A), and nothing is past due",
        is_status("95", "96") & IS_INSTALMENT & TYPE.is_in(VEHICLE_TYPES) & (PAST_DUE == 0),
    ),
)

BALANCE_CONDITIONS = (
    Condition(
        "Status-Balance-1",
        ("current_balance", "account_status"),
        "status 05, 13 or 61 to 65 with a balance",
        _SETTLED & (BALANCE > 0),
    ),
    Condition(
        "Status-Balance-2",
        ("current_balance", "account_status"),
        "status 71 to 84, 93 or 97 without a balance",
        IS_OVERDUE & (BALANCE == 0),
    ),
    Condition(
        "Status-Balance-3",
        ("current_balance", "account_status"),
        "surrendered or repossessed (95, 96) without a balance",
        is_status("95", "96") & (BALANCE == 0),
    ),
    Condition(
        "Status-Balance-4",
        ("current_balance", "account_status", "portfolio_type", "special_comment", "compliance_condition"),
        "a current instalment loan or mortgage without a balance, neither prepaid lease nor closed by the consumer",
        IS_LOAN & IS_CURRENT & (BALANCE == 0) & ~_IS_PREPAID & ~IS_CLOSED_BY_CONSUMER,
    ),
    Condition(
        "Status-Balance-5",
        ("current_balance", "account_status", "portfolio_type", "account_type"),
        "a current line of credit or card without a balance",
        IS_CURRENT & (BALANCE == 0) & IS_LINE_OR_CARD,
    ),
    Condition(
        "Status-Balance-6",
        ("current_balance", "account_status"),
        "claim filed with the government or deed in lieu (88, 89) without a balance",
        is_status("88", "89") & (BALANCE == 0),
    ),
    Condition(
        "Status-Balance-7",
        ("current_balance", "account_status", "payment_rating", "compliance_condition"),
        "foreclosure completed (94) with a late rating and without a balance, not closed by the consumer",
        is_status("94") & HAS_BAD_RATING & (BALANCE == 0) & ~IS_CLOSED_BY_CONSUMER,
    ),
    Condition(
        "Status-Balance-8",
        ("current_balance", "account_status", "portfolio_type", "special_comment", "l1.change_indicator"),
        "an instalment loan or mortgage without a balance in a status that has one",
        IS_LOAN
        & (BALANCE == 0)
        & HAS_NO_CHANGE
        & ~IS_TRANSFERRED_OR_PENDING
        & ~(is_status("13", "62", "64") | IS_DELETED)
        & ~(IS_INSTALMENT & is_status("61", "63", "88", "95", "96"))
        & ~(IS_MORTGAGE & is_status("65", "94")),
    ),
    Condition(
        "Status-Balance-9",
        ("current_balance", "account_status", "portfolio_type", "special_comment", "l1.change_indicator"),
        "a line of credit, open or revolving account without a balance in a status that has one",
        any_of(IS_LINE, IS_OPEN, IS_REVOLVING)
        & (BALANCE == 0)
        & HAS_NO_CHANGE
        & ~IS_TRANSFERRED
        & ~(is_status("11", "13", "62", "64") | IS_DELETED)
        & ~(IS_LINE & is_status("65", "88", "89", "94"))
        & ~(IS_OPEN & is_status("88")),
    ),
    Condition(
        "Status-Balance-10",
        ("current_balance", "account_status", "portfolio_type", "special_comment", "l1.change_indicator"),
        "a balance in a status that has none",
        (BALANCE > 0)
        & HAS_NO_CHANGE
        & ~IS_TRANSFERRED
        & ~any_of(IS_CURRENT, IS_OVERDUE, IS_DELETED)
        & ~(IS_INSTALMENT & is_status("95", "96"))
        & ~(IS_OPEN & is_status("88"))
        & ~((IS_LINE | IS_MORTGAGE) & is_status("88", "89", "94")),
    ),
    Condition(
        "Status-ChargeOff-1",
        ("original_charge_off", "account_status"),
        "an amount charged off in a status other than 64 and 97",
        (is_status("05", "11", "13", "62", "65", "89", "93") | IS_LATE) & (CHARGE_OFF > 0),
    ),
    Condition(
        "Status-ChargeOff-2",
        ("original_charge_off", "account_status"),
        "charged off (64, 97) without the amount charged off",
        is_status("64", "97") & (CHARGE_OFF == 0),
    ),
)

DATE_CONDITIONS = (
    Condition(
        "Status-DateClosed-1",
        ("closed_on", "account_status"),
        "status 05, 13, 62, 64 or 65 without a close date",
        is_status("05", "13", "62", "64", "65") & HAS_NO_CLOSE_DATE,
    ),
    Condition(
        "Status-DateClosed-2",
        ("closed_on", "account_status", "compliance_condition"),
        "status 11, 71 to 84, 93 or 97 with a close date, not closed by the consumer",
        (IS_CURRENT | IS_OVERDUE) & HAS_CLOSE_DATE & ~IS_CLOSED_BY_CONSUMER,
    ),
    Condition(
        "Status-DateClosed-3",
        ("closed_on", "account_status"),
        "deed in lieu or foreclosure completed (89, 94) without a close date",
        is_status("89", "94") & HAS_NO_CLOSE_DATE,
    ),
    Condition(
        "Status-DOFD-1",
        ("first_delinquency_on", "account_status", "payment_rating"),
        "a derogatory status, or 05 or 13 with a late rating, without a date of first delinquency",
        DELINQUENT_ON.is_null() & (IS_DEROGATORY | (is_status("05", "13") & HAS_BAD_RATING)),
    ),
    Condition(
        "Status-DOFD-2",
        ("first_delinquency_on", "account_status", "payment_rating"),
        "status 11, or 05 or 13 with rating 0, with a date of first delinquency",
        ~DELINQUENT_ON.is_null() & (IS_CURRENT | (is_status("05", "13") & (RATING == "0"))),
    ),
)

PAYMENT_CONDITIONS = (
    Condition(
        "Status-PaymentAmount-1",
        ("actual_payment", "account_status", "portfolio_type", "terms_frequency", "opened_on"),
        "a current instalment loan or mortgage, not deferred and opened more than 60 days ago, and nothing was paid",
        IS_LOAN & IS_CURRENT & ~IS_DEFERRED & (days_later(OPENED_ON, 60) < PERIOD_ON) & (PAID_AMOUNT == 0),
    ),
    Condition(
        "Status-SMPA-1",
        ("scheduled_payment", "account_status"),
        "status 05, 13, 62, 64, 65 or 97 with a scheduled payment",
        is_status("05", "13", "62", "64", "65", "97") & (SCHEDULED > 0),
    ),
    Condition(
        "Status-SMPA-2",
        ("scheduled_payment", "account_status", "portfolio_type", "account_type", "compliance_condition"),
        "a late line of credit or card without a scheduled payment, neither closed by the consumer nor deferred",
        IS_LATE_OR_COLLECTION & ~IS_CLOSED_BY_CONSUMER & ~IS_DEFERRED & (SCHEDULED == 0) & IS_LINE_OR_CARD,
    ),
    Condition(
        "Status-SMPA-3",
        ("scheduled_payment", "account_status", "portfolio_type", "special_comment", "compliance_condition"),
        "a current or late instalment loan without a scheduled payment, neither prepaid lease, closed nor deferred",
        IS_INSTALMENT
        & (IS_CURRENT | IS_LATE_OR_COLLECTION)
        & ~IS_CLOSED_BY_CONSUMER
        & ~_IS_PREPAID
        & ~IS_DEFERRED
        & (SCHEDULED == 0),
    ),
    Condition(
        "Status-SMPA-4",
        ("scheduled_payment", "account_status", "portfolio_type", "account_type", "compliance_condition"),
        "a current line of credit or card without a scheduled payment, neither closed by the consumer nor deferred",
        IS_CURRENT & ~IS_CLOSED_BY_CONSUMER & ~IS_DEFERRED & (SCHEDULED == 0) & IS_LINE_OR_CARD,
    ),
)

CONDITIONS = (*PAST_DUE_CONDITIONS, *BALANCE_CONDITIONS, *DATE_CONDITIONS, *PAYMENT_CONDITIONS)
