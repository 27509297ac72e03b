"""Rules: loans and borrowers that are never reported."""

from __future__ import annotations

import narwhals as nw

from schemas.policy import Policy
from transforms import predicates
from transforms.rule import Rule
from transforms.rules.sources import NOTICE_2018


def _is_unreported(_policy: Policy) -> nw.Expr:
    return ~nw.col("is_reported")


def _is_undisputed(_policy: Policy) -> nw.Expr:
    return ~nw.col("has_open_dispute")


def _is_without_agreement(_policy: Policy) -> nw.Expr:
    return ~nw.col("has_kept_agreement")


def _is_identity_valid(_policy: Policy) -> nw.Expr:
    return predicates.is_identity_valid()


EXCLUSION_RULES: tuple[Rule, ...] = (
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
        f"{NOTICE_2018}, criterion 4: who pays as agreed does not refuse",
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
        f"{NOTICE_2018}, criterion 4: evasion needs a borrower who can pay",
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
        "E0605",
        "loan.not_reported",
        "the bureau was not told of this episode before",
        "本次逾期此前未报送",
        "blocks",
        "loan",
        "征信业管理条例 article 23: accuracy; text not read for this project. One report an episode",
        "C",
        (),
        _is_unreported,
    ),
)
