"""Conditions on the special comment: what must go with it in amounts, dates, status and segments.

Readings. SCC-Status-5 lists the statuses that it leaves out; a paid status (13, 61 to 65) is not among them, so it
fires. In SCC-DateClosed-3 and SCC-Status-5 "no L1" is that the account number does not change, in SCC-
AccountChange-1 any of the changes 1, 2 and 3 will do.
"""

from __future__ import annotations

from transforms.bureaus.metro2_checks.code_sets import CHANGES, NOTHING_OWED, STILL_OWED, STILL_PAST_DUE
from transforms.bureaus.metro2_checks.condition import Condition
from transforms.bureaus.metro2_checks.facts import (
    BALANCE,
    CHANGE,
    COMMENT,
    HAS_CLOSE_DATE,
    HAS_K2,
    HAS_NO_CHANGE,
    HAS_NO_CLOSE_DATE,
    IS_CURRENT,
    IS_DELETED,
    IS_INSTALMENT,
    IS_LINE,
    IS_MORTGAGE,
    IS_OVERDUE,
    IS_PAID,
    IS_TRANSFERRED,
    PAST_DUE,
    SOLD_INDICATOR,
    SOLD_NAME,
    any_of,
    is_status,
)

CONDITIONS = (
    Condition(
        "SCC-AccountChange-1",
        ("l1.change_indicator", "special_comment"),
        "transferred to another company (O) without an L1 segment that says what changes",
        (COMMENT == "O") & ~CHANGE.is_in(CHANGES),
    ),
    Condition(
        "SCC-APD-1",
        ("past_due", "special_comment"),
        "a comment by which nothing is owed here, and an amount is past due",
        COMMENT.is_in(NOTHING_OWED) & (PAST_DUE > 0),
    ),
    Condition(
        "SCC-Balance-1",
        ("current_balance", "special_comment"),
        "a comment by which nothing is owed here, with a balance",
        COMMENT.is_in(NOTHING_OWED) & (BALANCE > 0),
    ),
    Condition(
        "SCC-APD-2",
        ("past_due", "special_comment"),
        "a comment by which something is still owed (BD, BG, BI, BK, BA, BO), and nothing is past due",
        COMMENT.is_in(STILL_PAST_DUE) & (PAST_DUE <= 0),
    ),
    Condition(
        "SCC-Balance-2",
        ("current_balance", "special_comment"),
        "a comment by which something is still owed (BD, BG, BI, BK, CP, BA, BO) without a balance",
        COMMENT.is_in(STILL_OWED) & (BALANCE <= 0),
    ),
    Condition(
        "SCC-DateClosed-1",
        ("closed_on", "special_comment"),
        "foreclosure started or forbearance (BO, CP) with a close date",
        COMMENT.is_in(("BO", "CP")) & HAS_CLOSE_DATE,
    ),
    Condition(
        "SCC-DateClosed-2",
        ("closed_on", "special_comment"),
        "closed at the credit grantor's request (M) without a close date",
        (COMMENT == "M") & HAS_NO_CLOSE_DATE,
    ),
    Condition(
        "SCC-DateClosed-3",
        ("closed_on", "special_comment", "current_balance", "l1.change_indicator"),
        "sold or transferred (AH, AT, O) without a balance, without a close date and under the same account number",
        IS_TRANSFERRED & (BALANCE == 0) & HAS_NO_CHANGE & HAS_NO_CLOSE_DATE,
    ),
    Condition(
        "SCC-PurchasedSold-1",
        ("k2.purchased_sold_indicator", "special_comment"),
        "purchased by another company (AH) without a K2 segment that says sold to (2)",
        (COMMENT == "AH") & (~HAS_K2 | (SOLD_INDICATOR != "2")),
    ),
    Condition(
        "SCC-PurchasedSold-2",
        ("k2.purchased_sold_name", "special_comment"),
        "purchased by another company (AH), and K2 does not name it",
        (COMMENT == "AH") & HAS_K2 & (SOLD_NAME == ""),
    ),
    Condition(
        "SCC-Status-1",
        ("account_status", "special_comment"),
        "lease satisfied (BC, BF) in another status than 13, or paid or settled (AU, AX, BP, C) in one not paid",
        (COMMENT.is_in(("BC", "BF")) & ~is_status("13")) | (COMMENT.is_in(("AU", "AX", "BP", "C")) & ~IS_PAID),
    ),
    Condition(
        "SCC-Status-2",
        ("account_status", "special_comment"),
        "line suspended, lease balance owing or forbearance (AP, BD, CP) in a paid status",
        COMMENT.is_in(("AP", "BD", "CP")) & IS_PAID,
    ),
    Condition(
        "SCC-Status-3",
        ("account_status", "special_comment"),
        "transferred to recovery (BA) in a status that is not late, charged off, foreclosed or repossessed",
        (COMMENT == "BA") & ~(IS_OVERDUE | is_status("88", "89", "94", "95", "96")),
    ),
    Condition(
        "SCC-Status-4",
        ("account_status", "special_comment"),
        "foreclosure started (BO) in a status that is paid or past it (88, 89, 94)",
        (COMMENT == "BO") & (IS_PAID | is_status("88", "89", "94")),
    ),
    Condition(
        "SCC-Status-5",
        ("account_status", "special_comment", "current_balance", "portfolio_type", "l1.change_indicator"),
        "sold or transferred (AH, AT, O) without a balance and under the same account number in a status that is final",
        IS_TRANSFERRED
        & (BALANCE == 0)
        & HAS_NO_CHANGE
        & ~any_of(IS_CURRENT, IS_OVERDUE, IS_DELETED)
        & ~(IS_INSTALMENT & is_status("96"))
        & ~((IS_LINE | IS_MORTGAGE) & is_status("89", "94")),
    ),
)
