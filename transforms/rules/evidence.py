"""Rules: what is documented. Files are looked at only for loans that pass everything else."""

from __future__ import annotations

import narwhals as nw

from schemas.policy import Policy
from transforms import predicates
from transforms.rule import Rule
from transforms.rules.sources import NOTICE_2018


def _is_evidence_intact(_policy: Policy) -> nw.Expr:
    return ~nw.col("has_doubtful_evidence")


def _is_unwilling_or_sentenced(_policy: Policy) -> nw.Expr:
    return predicates.is_unwilling_or_sentenced()


EVIDENCE_RULES: tuple[Rule, ...] = (
    Rule(
        "E0401",
        "evidence.intact",
        "every piece of evidence is there, unaltered",
        "证据文件完整未被篡改",
        "blocks",
        "evidence",
        f"{NOTICE_2018}, criterion 4; 消费金融公司管理办法 2024-04-18: records true, complete and traceable",
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
        f"{NOTICE_2018}, criterion 4; practice of platforms in 2018: effective judgments first",
        "B",
        ("evidence.max_ability_age_months",),
        _is_unwilling_or_sentenced,
    ),
)
