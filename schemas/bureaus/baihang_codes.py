"""Code tables of Baihang Credit (百行征信): code to meaning."""

from __future__ import annotations

OPERATION = {"A": "add", "M": "change", "D": "delete"}

GUARANTEE = {
    "1": "credit, no security",
    "2": "mortgage",
    "3": "pledge",
    "4": "guarantee",
    "5": "a combination",
    "6": "other",
}

PURPOSE = {
    "1": "no set scene",
    "2": "education",
    "3": "medical beauty",
    "4": "rent",
    "5": "digital goods",
    "6": "car",
    "7": "decoration of a home",
    "8": "travel",
    "9": "farm production",
    "10": "business",
    "11": "general",
    "12": "shopping",
    "13": "daily consumption",
    "99": "other",
}

FIXED_CYCLE, FIXED_DATES = "1", "2"
REPAY_DATES = {FIXED_CYCLE: "every so many days", FIXED_DATES: "on dates that are listed"}

NORMAL, OVERDUE, THIRD_PARTY = "normal", "overdue", "thirdPartyPayIn30"
TERM_STATUS = {
    NORMAL: "paid as planned or not due",
    OVERDUE: "due and not fully paid",
    THIRD_PARTY: "paid by a third party within 30 days",
}

LOAN_NORMAL, LOAN_OVERDUE, LOAN_SETTLED, LOAN_CANCELLED = "1", "2", "3", "4"
LOAN_STATUS = {
    LOAN_NORMAL: "normal",
    LOAN_OVERDUE: "overdue",
    LOAN_SETTLED: "settled",
    LOAN_CANCELLED: "cancelled",
}

DEVICE = {"1": "telephone", "2": "computer", "3": "tablet", "99": "other"}

OPERATING_SYSTEM = {
    "1": "iOS",
    "2": "Android",
    "3": "Windows Phone",
    "4": "BlackBerry",
    "5": "Symbian",
    "6": "Windows",
    "7": "macOS",
    "99": "other",
}
