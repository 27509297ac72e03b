"""Rules: whether the books are complete."""

from __future__ import annotations

import narwhals as nw

from schemas.policy import Policy
from transforms.rule import Rule

BOOKS_COMPLETE = "E0701"


def _are_books_complete(_policy: Policy) -> nw.Expr:
    return ~nw.col("has_quarantined_row")


def _are_quarantined_rows_attributed(_policy: Policy) -> nw.Expr:
    return nw.col("unattributed_rows") == 0


BOOKS_RULES: tuple[Rule, ...] = (
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
)
