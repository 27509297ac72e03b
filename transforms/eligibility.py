"""The rules that decide whether a loan in arrears may be reported. Ids are never reused or renumbered.

Evidence comes last, because files are looked at only for loans that pass everything else.
"""

from __future__ import annotations

from collections.abc import Iterable

import narwhals as nw

from schemas.policy import Policy
from transforms import predicates
from transforms.rule import Rule

BOOKS_COMPLETE = "E0701"

_NOTICE_2018 = "互金整治办《关于报送P2P平台借款人逃废债信息的通知》2018-08-08"


def _is_long_overdue(policy: Policy) -> nw.Expr:
    return predicates.is_overdue_for_more_than(policy.arrears.over_months.value)


def _is_reached_or_lost(_policy: Policy) -> nw.Expr:
    return predicates.is_reached_or_lost()


def _is_quiet_kept(_policy: Policy) -> nw.Expr:
    return nw.col("quiet_hour_contacts") == 0


def _is_frequency_kept(_policy: Policy) -> nw.Expr:
    return nw.col("over_frequency_days") == 0


def _are_third_parties_left_alone(policy: Policy) -> nw.Expr:
    return nw.col("third_party_contacts") <= policy.conduct.max_third_party_contacts.value


def _is_undisputed(_policy: Policy) -> nw.Expr:
    return ~nw.col("has_open_dispute")


def _is_without_agreement(_policy: Policy) -> nw.Expr:
    return ~nw.col("has_kept_agreement")


def _is_identity_valid(_policy: Policy) -> nw.Expr:
    return predicates.is_identity_valid()


def _are_books_complete(_policy: Policy) -> nw.Expr:
    return ~nw.col("has_quarantined_row")


def _are_quarantined_rows_attributed(_policy: Policy) -> nw.Expr:
    return nw.col("unattributed_rows") == 0


def _is_evidence_intact(_policy: Policy) -> nw.Expr:
    return ~nw.col("has_doubtful_evidence")


def _is_unwilling_or_sentenced(_policy: Policy) -> nw.Expr:
    return predicates.is_unwilling_or_sentenced()


RULES: tuple[Rule, ...] = (
    Rule(
        "E0101",
        "arrears.long_overdue",
        "overdue for more than the policy's calendar months",
        "逾期超过规定月数",
        "blocks",
        "loan",
        f"{_NOTICE_2018}, criterion 2",
        "B",
        ("arrears.over_months",),
        _is_long_overdue,
    ),
    Rule(
        "E0102",
        "arrears.amount_floor",
        "overdue amount reaches the floor of the borrower's kind",
        "逾期金额达到起报标准",
        "blocks",
        "loan",
        f"{_NOTICE_2018}, criterion 1: larger amounts first",
        "B",
        ("amounts.person_floor", "amounts.enterprise_floor"),
        predicates.is_amount_worth_a_report,
    ),
    Rule(
        "E0201",
        "collection.made",
        "enough attempts to collect, on enough days, by enough channels",
        "已进行必要催收",
        "blocks",
        "collection",
        f"{_NOTICE_2018}, criterion 3",
        "B",
        ("effort.min_attempts", "effort.min_days", "effort.min_channels", "effort.look_back_months"),
        predicates.is_collection_made,
    ),
    Rule(
        "E0202",
        "collection.reached_or_lost",
        "borrower was reached, or is demonstrably lost",
        "已联系到本人或确认失联",
        "blocks",
        "collection",
        f"{_NOTICE_2018}, criterion 3 and data item 是否失联",
        "B",
        (
            "effort.right_party_outcomes",
            "effort.unreachable_outcomes",
            "effort.min_unreachable_signs",
            "effort.min_unreachable_channels",
        ),
        _is_reached_or_lost,
    ),
    Rule(
        "E0301",
        "conduct.quiet_hours",
        "no contact in the quiet hours",
        "无禁止时段催收",
        "blocks",
        "collection",
        "GB/T 45251-2025; 中国银行业协会催收工作指引(试行) 2026-01-30",
        "B",
        ("conduct.quiet_from", "conduct.quiet_until", "conduct.quiet_channels"),
        _is_quiet_kept,
        breach="quiet_hours",
    ),
    Rule(
        "E0302",
        "conduct.frequency",
        "no day with more contacts than allowed",
        "催收频次未超限",
        "blocks",
        "collection",
        "GB/T 45251-2025",
        "B",
        ("conduct.frequency",),
        _is_frequency_kept,
        breach="frequency",
    ),
    Rule(
        "E0303",
        "conduct.third_parties",
        "nobody but the borrower was collected from",
        "未向无关第三人催收",
        "blocks",
        "collection",
        "GB/T 45251-2025; 中国银行业协会催收工作指引(试行) 2026-01-30; 消费金融公司管理办法 2024-04-18",
        "B",
        ("conduct.max_third_party_contacts",),
        _are_third_parties_left_alone,
        breach="third_parties",
    ),
    Rule(
        "E0501",
        "loan.product_allowed",
        "product is one that may be reported",
        "产品属于可报送范围",
        "blocks",
        "loan",
        "practice of platforms in 2018: student and down-payment loans left out",
        "B",
        ("exclusions.allowed_products",),
        predicates.is_product_reported,
    ),
    Rule(
        "E0502",
        "loan.rate_cap",
        "annual rate at origination is not above the cap",
        "年化利率未超上限",
        "blocks",
        "loan",
        "法释〔2015〕18号 article 26",
        "C",
        ("exclusions.max_annual_rate",),
        predicates.is_rate_lawful,
    ),
    Rule(
        "E0601",
        "loan.undisputed",
        "no dispute is open",
        "无未决异议",
        "blocks",
        "loan",
        "征信业管理条例 article 25",
        "A",
        (),
        _is_undisputed,
    ),
    Rule(
        "E0602",
        "loan.no_agreement_kept",
        "no repayment agreement is being kept",
        "无正在履行的还款协议",
        "blocks",
        "loan",
        f"{_NOTICE_2018}, criterion 4: who pays as agreed does not refuse",
        "B",
        (),
        _is_without_agreement,
    ),
    Rule(
        "E0603",
        "borrower.unprotected",
        "borrower is under no protection",
        "借款人无受保护情形",
        "blocks",
        "borrower",
        f"{_NOTICE_2018}, criterion 4: evasion needs a borrower who can pay",
        "C",
        ("exclusions.protections",),
        predicates.is_unprotected,
    ),
    Rule(
        "E0604",
        "borrower.identity_valid",
        "identity number fits the borrower's kind and its check digits",
        "证件号码校验有效",
        "blocks",
        "borrower",
        "GB 11643; GB 32100",
        "A",
        (),
        _is_identity_valid,
    ),
    Rule(
        BOOKS_COMPLETE,
        "books.complete",
        "no row of the extracts that names the loan or its borrower was kept out",
        "该笔借款数据完整无隔离行",
        "blocks",
        "books",
        "个人信息保护法 article 8; 征信业管理条例 article 23: accuracy; texts not read for this project",
        "C",
        (),
        _are_books_complete,
    ),
    Rule(
        "W0702",
        "books.rows_attributed",
        "every row that was kept out of the books names its loan",
        "隔离行均可归属到借款",
        "warns",
        "books",
        "choice of the lender: a payment that names no loan may be anybody's",
        "C",
        (),
        _are_quarantined_rows_attributed,
    ),
    Rule(
        "E0401",
        "evidence.intact",
        "every piece of evidence is there, unaltered",
        "证据文件完整未被篡改",
        "blocks",
        "evidence",
        f"{_NOTICE_2018}, criterion 4; 消费金融公司管理办法 2024-04-18: records true, complete and traceable",
        "B",
        (),
        _is_evidence_intact,
    ),
    Rule(
        "E0402",
        "evidence.unwilling_or_sentenced",
        "ability to pay and refusal are documented, or a judgment is in effect",
        "有偿还能力且拒不还款的证据,或有生效判决",
        "blocks",
        "evidence",
        f"{_NOTICE_2018}, criterion 4; practice of platforms in 2018: effective judgments first",
        "B",
        ("evidence.max_ability_age_months",),
        _is_unwilling_or_sentenced,
    ),
)


def blocking_rules(policy: Policy) -> tuple[Rule, ...]:
    """The rules of which every one must be met for a report under this policy."""
    return tuple(rule for rule in RULES if rule.is_blocking(policy))


def failing_rules(policy: Policy) -> nw.Expr:
    """Ids of the blocking rules that are not met, in order, parted by commas; empty text when all are."""
    failed = (nw.when(~nw.col(rule.rule_id)).then(nw.lit(rule.rule_id)) for rule in blocking_rules(policy))
    return nw.concat_str(*failed, separator=",", ignore_nulls=True)


def telling_rules(failing_rule_ids: Iterable[str]) -> list[str]:
    """Of the rules that a loan fails, those that say something about it.

    Evidence is looked at only for loans that pass all else; for the others its rules fail unseen and say nothing.
    """
    failing = list(failing_rule_ids)
    unseen = {rule.rule_id for rule in RULES if rule.scope == "evidence"}
    return [rule_id for rule_id in failing if rule_id not in unseen] or failing
