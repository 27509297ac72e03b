"""Rules: how long and how much is overdue."""

from __future__ import annotations

from transforms import predicates
from transforms.rule import Rule
from transforms.rules.sources import NOTICE_2018

ARREARS_RULES: tuple[Rule, ...] = (
    Rule(
        "E0101",
        "arrears.long_overdue",
        "overdue for longer than the policy's calendar months or days",
        "逾期超过规定期限",
        "blocks",
        "loan",
        f"{NOTICE_2018}, criterion 2",
        "B",
        ("arrears.over_months", "arrears.min_days"),
        predicates.is_seriously_overdue,
    ),
    Rule(
        "E0102",
        "arrears.amount_floor",
        "overdue amount reaches the floor of the borrower's kind",
        "逾期金额达到起报标准",
        "blocks",
        "loan",
        f"{NOTICE_2018}, criterion 1: larger amounts first",
        "B",
        ("amounts.person_floor", "amounts.enterprise_floor"),
        predicates.is_amount_worth_a_report,
    ),
    Rule(
        "E0103",
        "arrears.not_obsolete",
        "arrears are not older than may be reported",
        "逾期未超过可报送的最长年限",
        "blocks",
        "loan",
        "15 USC 1681c(a)(4)-(5) and (c)(1) in the United States; no such limit before the end of the event in China",
        "A",
        ("arrears.max_age_months", "arrears.max_age_days"),
        predicates.is_young_enough,
    ),
)
