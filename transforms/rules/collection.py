"""Rules: whether necessary collection was made."""

from __future__ import annotations

import narwhals as nw

from schemas.policy import Policy
from transforms import predicates
from transforms.rule import Rule
from transforms.rules.sources import NOTICE_2018


def _is_reached_or_lost(_policy: Policy) -> nw.Expr:
    return predicates.is_reached_or_lost()


COLLECTION_RULES: tuple[Rule, ...] = (
    Rule(
        "E0201",
        "collection.made",
        "enough attempts to collect, on enough days, by enough channels",
        "已进行必要催收",
        "blocks",
        "collection",
        f"{NOTICE_2018}, criterion 3",
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
        f"{NOTICE_2018}, criterion 3 and data item 是否失联",
        "B",
        (
            "effort.right_party_outcomes",
            "effort.unreachable_outcomes",
            "effort.min_unreachable_signs",
            "effort.min_unreachable_channels",
        ),
        _is_reached_or_lost,
    ),
)
