"""Conditions of our own that need the account numbers of the whole file, not a record alone.

They want two columns only, so that a file that is read in parts can be judged from what is kept of each part.
"""

from __future__ import annotations

import narwhals as nw

from schemas.bureaus.fixed_width import RECORD_NO
from transforms.books import Frame
from transforms.bureaus.metro2_checks.code_sets import DELETED, PAID
from transforms.bureaus.metro2_checks.condition import GUIDE, Condition
from transforms.bureaus.metro2_checks.facts import before, before_name
from transforms.bureaus.metro2_checks.frames import PreviousPeriod
from transforms.bureaus.metro2_checks.furnisher import FCRA_ACCURACY

_NEW = before_name("__new_account_key")
_IS_REPEATED = (nw.len().over("account_number") > 1) & (nw.col("account_number") != "")
_WAS_OPEN = ~before("account_status").is_in(("05", *PAID, *DELETED))

REPEATED = Condition(
    "Furnisher-Duplicate-1",
    ("account_number",),
    "the account number stands in more than one record of the file",
    _IS_REPEATED,
    GUIDE + ": an account number is unique",
)
DROPPED = Condition(
    "Furnisher-Missing-1",
    ("account_number",),
    "an account that was neither paid, transferred nor deleted in the previous file is not in this one",
    _WAS_OPEN,
    FCRA_ACCURACY,
    needs_previous=True,
)
WHOLE_FILE_CONDITIONS = (REPEATED, DROPPED)


def repeated_accounts(accounts: Frame) -> Frame:
    """Findings of Furnisher-Duplicate-1, every record of such a number. Numbers are compared letter by letter.

    Args:
        accounts: `record_no` and `account_number` of every record of the file.
    """
    found = accounts.filter(~nw.col("account_number").is_null()).with_columns(REPEATED.fires.alias("fires"))
    return _findings(found.filter(nw.col("fires")), REPEATED)


def dropped_accounts(accounts: Frame, previous: PreviousPeriod) -> Frame:
    """Findings of Furnisher-Missing-1. `record_no` is that of the previous file.

    An account that L1 announced to change its number goes on under the new one, so it is not missed.

    Args:
        accounts: `account_number` of every record of the file.
        previous: the file before.
    """
    numbers = accounts.select("account_number").filter(~nw.col("account_number").is_null())
    gone = previous.accounts.filter(DROPPED.fires).join(numbers, on="account_number", how="anti")
    keys = numbers.select(nw.col("account_number").str.to_lowercase().alias(_NEW))
    gone = gone.join(keys, on=_NEW, how="anti")
    return _findings(gone.with_columns(before(RECORD_NO).alias(RECORD_NO)), DROPPED)


def _findings(rows: Frame, condition: Condition) -> Frame:
    return rows.select(
        RECORD_NO,
        nw.lit(condition.condition_id).alias("condition_id"),
        nw.lit(condition.field_names[0]).alias("field_name"),
    )
