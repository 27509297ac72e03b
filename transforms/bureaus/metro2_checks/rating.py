"""Conditions on the payment rating, and on how the amounts of one record fit together.

Readings. A balloon amount is that of a K4 segment whatever its indicator; without K4 there is none. A close date is
missing or there, never compared with other days here.
"""

from __future__ import annotations

from transforms.bureaus.metro2_checks.condition import Condition
from transforms.bureaus.metro2_checks.facts import (
    BALANCE,
    BALLOON,
    HAS_BAD_RATING,
    HAS_CLOSE_DATE,
    HAS_NO_CHANGE,
    HAS_NO_CLOSE_DATE,
    IS_CURRENT,
    IS_DEFERRED,
    IS_LATE_OR_COLLECTION,
    IS_LINE,
    IS_LOAN,
    IS_TRANSFERRED_OR_PENDING,
    PAST_DUE,
    RATING,
    SCHEDULED,
    is_status,
)

CONDITIONS = (
    Condition(
        "Rating-APD-1",
        ("past_due", "account_status", "payment_rating"),
        "deed in lieu (89) with rating 0, and an amount is past due",
        is_status("89") & (RATING == "0") & (PAST_DUE > 0),
    ),
    Condition(
        "Rating-APD-2",
        ("past_due", "account_status", "payment_rating"),
        "deed in lieu or foreclosure completed (89, 94) with a late rating, and nothing is past due",
        is_status("89", "94") & HAS_BAD_RATING & (PAST_DUE == 0),
    ),
    Condition(
        "Balance-APD-1",
        ("past_due", "current_balance", "l1.change_indicator"),
        "an amount is past due without a balance, and the account number does not change",
        (BALANCE == 0) & HAS_NO_CHANGE & (PAST_DUE > 0),
    ),
    Condition(
        "Balance-APD-2",
        ("past_due", "current_balance"),
        "more is past due than is owed",
        BALANCE < PAST_DUE,
    ),
    Condition(
        "Balance-DateClosed-1",
        ("closed_on", "current_balance", "portfolio_type", "special_comment", "l1.change_indicator"),
        "a line of credit, mortgage or instalment loan with a balance and a close date",
        (IS_LINE | IS_LOAN) & (BALANCE > 0) & ~IS_TRANSFERRED_OR_PENDING & HAS_NO_CHANGE & HAS_CLOSE_DATE,
    ),
    Condition(
        "Balance-DateClosed-2",
        ("closed_on", "current_balance", "portfolio_type", "special_comment", "l1.change_indicator"),
        "an instalment loan or mortgage without a balance and without a close date",
        IS_LOAN & (BALANCE == 0) & ~IS_TRANSFERRED_OR_PENDING & HAS_NO_CHANGE & HAS_NO_CLOSE_DATE,
    ),
    Condition(
        "Balloon-Balance-1",
        ("current_balance", "k4.balloon_amount"),
        "less is owed than the balloon payment",
        BALANCE < BALLOON,
    ),
    Condition(
        "Deferred-SMPA-1",
        ("scheduled_payment", "account_status", "terms_frequency"),
        "a current or late account whose payments are deferred has a scheduled payment",
        (IS_CURRENT | IS_LATE_OR_COLLECTION) & IS_DEFERRED & (SCHEDULED > 0),
    ),
)
