"""Rules: whether collection was lawful."""

from __future__ import annotations

import narwhals as nw

from schemas.policy import Policy
from transforms.rule import Rule


def _is_quiet_kept(_policy: Policy) -> nw.Expr:
    return nw.col("quiet_hour_contacts") == 0


def _is_frequency_kept(_policy: Policy) -> nw.Expr:
    return nw.col("over_frequency_contacts") == 0


def _are_third_parties_left_alone(policy: Policy) -> nw.Expr:
    return nw.col("third_party_contacts") <= policy.conduct.max_third_party_contacts.value


def _is_request_kept(_policy: Policy) -> nw.Expr:
    return nw.col("stopped_contacts") == 0


def _is_lawyer_respected(_policy: Policy) -> nw.Expr:
    return nw.col("represented_contacts") == 0


def _is_staff_registered(_policy: Policy) -> nw.Expr:
    return nw.col("unregistered_contacts") == 0


def _is_recorded(_policy: Policy) -> nw.Expr:
    return nw.col("unrecorded_contacts") == 0


def _is_language_lawful(_policy: Policy) -> nw.Expr:
    return nw.col("language_breaches") == 0


CONDUCT_RULES: tuple[Rule, ...] = (
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
        "no contact beyond what the limits allow",
        "催收频次未超限",
        "blocks",
        "collection",
        "GB/T 45251-2025; 12 CFR 1006.14(b)(2)",
        "B",
        ("conduct.frequency", "conduct.after_talk"),
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
        "E0304",
        "conduct.stop_requests",
        "no contact after the borrower asked not to be contacted",
        "借款人要求停止联系后未再联系",
        "blocks",
        "collection",
        "中国银行业协会催收工作指引(试行) 2026-01-30: stop on request; applied to the borrower by own choice",
        "C",
        ("conduct.stop_channels",),
        _is_request_kept,
        breach="stopped",
    ),
    Rule(
        "E0305",
        "conduct.lawyers",
        "no contact with a borrower after a lawyer's notice",
        "收到律师函后未直接联系借款人",
        "blocks",
        "collection",
        "12 CFR 1006.6: attorney represented; in China by choice of this project",
        "B",
        ("conduct.stop_channels",),
        _is_lawyer_respected,
        breach="represented",
    ),
    Rule(
        "E0306",
        "conduct.registered_staff",
        "a registered collector stands for every contact by staff",
        "催收人员均已登记在册",
        "blocks",
        "collection",
        "GB/T 45251-2025 part 5.2; the register is a choice of this project",
        "C",
        ("conduct.staffed_channels",),
        _is_staff_registered,
        breach="unregistered",
    ),
    Rule(
        "E0307",
        "conduct.recorded",
        "every call that reached somebody has a recording",
        "接通电话均有录音",
        "blocks",
        "collection",
        "消费金融公司管理办法 2024-04-18: records true, objective, complete and traceable; sound by own choice",
        "C",
        ("conduct.recorded_channels",),
        _is_recorded,
        breach="unrecorded",
    ),
    Rule(
        "E0308",
        "conduct.language",
        "no threat, insult, disclosure, impersonation or invented consequence in a transcript",
        "催收用语无威胁、侮辱、泄露、冒充或虚假后果",
        "blocks",
        "collection",
        "GB/T 45251-2025; 中国银行业协会催收工作指引(试行) 2026-01-30: forbidden conduct",
        "B",
        ("language.lexicons", "language.blocking"),
        _is_language_lawful,
        breach="language",
    ),
)
