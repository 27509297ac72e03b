"""Conditions of our own against the same account in the previous file, the last one that was accepted.

Readings. A rise of the balance after charge-off counts as explained when a special comment or a compliance code
stands there, or when the record says that it is a correction. The history moves on by one month between two files:
what stood first last time stands second now.
"""

from __future__ import annotations

import narwhals as nw

from transforms.bureaus.metro2_checks.code_sets import DELETED
from transforms.bureaus.metro2_checks.condition import GUIDE, Condition
from transforms.bureaus.metro2_checks.facts import (
    BALANCE,
    COMMENT,
    COMPLIANCE,
    HAS_PREVIOUS,
    HISTORY,
    IS_DELETED,
    IS_RENAMED,
    before,
    is_status,
    was_status,
)
from transforms.bureaus.metro2_checks.furnisher import FCRA_ACCURACY

_IS_CORRECTION = nw.col("correction_indicator") == "1"


def _own(condition_id: str, field_names: tuple[str, ...], text: str, fires: nw.Expr, source: str) -> Condition:
    return Condition(condition_id, field_names, text, fires, source, needs_previous=True)


CONDITIONS = (
    _own(
        "Furnisher-Balance-1",
        ("current_balance", "account_status", "special_comment", "compliance_condition"),
        "the balance rose after the charge-off (97 in both periods), and nothing in the record explains it",
        was_status("97")
        & is_status("97")
        & (before("current_balance") < BALANCE)
        & (COMMENT == "")
        & (COMPLIANCE == "")
        & ~_IS_CORRECTION,
        FCRA_ACCURACY,
    ),
    _own(
        "Furnisher-History-3",
        ("payment_history",),
        "months that both files tell of differ, and the record is no correction",
        HAS_PREVIOUS
        & (HISTORY != "")
        & (before("payment_history") != "")
        & (HISTORY.str.slice(1, 23) != before("payment_history").str.slice(0, 23))
        & ~_IS_CORRECTION,
        FCRA_ACCURACY,
    ),
    _own(
        "Furnisher-Delete-1",
        ("account_status",),
        "an account deleted last period (DA, DF) is reported again",
        was_status(*DELETED) & ~IS_DELETED,
        FCRA_ACCURACY,
    ),
    _own(
        "Furnisher-Delete-2",
        ("account_status",),
        "an account is deleted (DA, DF) that the previous file does not hold",
        IS_DELETED & ~HAS_PREVIOUS & ~IS_RENAMED,
        GUIDE + ": a deletion removes what was reported",
    ),
)
