"""Which cases are noticed, which go into a batch, which must leave it. Pure: the ledger's states come in as a frame.

`heads` is one row a case of one bureau: `case_id`, `loan_id`, `state` (as in the ledger), `grace_ends_on` (empty before
a notice was delivered). A case is one episode: a decision of another episode belongs to another case.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import narwhals as nw

from schemas.policy import Policy
from transforms.books import Books, Frame
from transforms.decisions import in_priority_order
from transforms.eligibility import failing_rules
from transforms.facts import loans_in_quarantine
from transforms.grace import has_grace_ended
from transforms.rules.books import BOOKS_COMPLETE

BEFORE_NOTICE = ("found", "unnoticed")
READY_AFTER_GRACE = ("noticed", "rework")


@dataclass(frozen=True)
class Selection:
    """What becomes of the cases that are not on their way already.

    Attributes:
        chosen: grace ended and still reportable, in priority order; `case_id`, `grace_ends_on` and all of the decision.
        set_aside: grace ended and not reportable now; `case_id`, `loan_id`, `failing_rules` (ids parted by commas).
        cured: the episode ended; `case_id`, `loan_id`.
        waiting: grace not ended; `case_id`, `loan_id`, `grace_ends_on`.
    """

    chosen: Frame
    set_aside: Frame
    cured: Frame
    waiting: Frame


def case_id_of(bureau: str) -> nw.Expr:
    """The identity of the case that a row with `loan_id` and `episode_began_on` belongs to."""
    return nw.concat_str(
        nw.lit(bureau), nw.col("loan_id"), nw.col("episode_began_on").dt.to_string("%Y%m%d"), separator="-"
    ).alias("case_id")


def select_for_notice(decisions: Frame, heads: Frame, bureau: str, policy: Policy) -> Frame:
    """Reportable cases without a delivered notice, new or failed, in priority order: the decision and `case_id`."""
    past_notice = heads.filter(~nw.col("state").is_in(BEFORE_NOTICE)).select("case_id")
    reportable = decisions.filter(nw.col("is_reportable")).with_columns(case_id_of(bureau))
    return in_priority_order(reportable.join(past_notice, on="case_id", how="anti"), policy)


def select_cases(books: Books, decisions: Frame, heads: Frame, as_of: date, bureau: str, policy: Policy) -> Selection:
    """Part the cases that can still go into a batch.

    A case without a decision is cured only when the books know its loan and lost no row of it: a loan or an instalment
    in quarantine must not pass for a payment. Such a case is set aside with the rule that asks for complete books.
    """
    is_ready_state = nw.col("state").is_in(READY_AFTER_GRACE)
    has_ended = has_grace_ended(nw.col("grace_ends_on"), as_of)
    open_heads = heads.filter(nw.col("state").is_in((*BEFORE_NOTICE, *READY_AFTER_GRACE)))
    decided = decisions.with_columns(case_id_of(bureau))
    in_arrears = open_heads.join(decided.drop("loan_id"), on="case_id", how="inner").filter(is_ready_state)
    gone = open_heads.join(decided.select("case_id"), on="case_id", how="anti")
    lost = gone.join(_known_loans(books), on="loan_id", how="anti").filter(is_ready_state & has_ended)
    set_aside = nw.concat(
        [
            in_arrears.filter(has_ended & ~nw.col("is_reportable")).select(
                "case_id", "loan_id", failing_rules(policy).alias("failing_rules")
            ),
            lost.select("case_id", "loan_id", nw.lit(BOOKS_COMPLETE).alias("failing_rules")),
        ]
    )
    return Selection(
        chosen=in_priority_order(in_arrears.filter(has_ended & nw.col("is_reportable")), policy),
        set_aside=set_aside.sort("case_id"),
        cured=gone.join(_known_loans(books), on="loan_id", how="semi").select("case_id", "loan_id").sort("case_id"),
        waiting=in_arrears.filter(~has_ended).select("case_id", "loan_id", "grace_ends_on").sort("case_id"),
    )


def re_check(books: Books, decisions: Frame, frozen: Frame, bureau: str, policy: Policy) -> Frame:
    """Which frozen cases must be dropped: `case_id`, `loan_id`, `cause`, `failing_rules`, sorted by case.

    `cause` is `paid` (nothing overdue now, or another episode; no failing rules) or `rules` (ids parted by commas).

    Args:
        books: the newest.
        decisions: made from them.
        frozen: `case_id`, `loan_id` of every record of the batch.
        bureau: the batch's.
        policy: that judges now.
    """
    decided = decisions.with_columns(case_id_of(bureau)).select(
        "case_id", "is_reportable", failing_rules(policy).alias("rules_of_decision")
    )
    known = _known_loans(books).with_columns(nw.lit(True).alias("is_known"))
    looked_up = (
        frozen.select("case_id", "loan_id")
        .join(decided, on="case_id", how="left")
        .join(known, on="loan_id", how="left")
        .filter(~nw.col("is_reportable").fill_null(False))
    )
    is_gone, is_known = nw.col("is_reportable").is_null(), nw.col("is_known").fill_null(False)
    when_gone = nw.when(is_known).then(nw.lit("")).otherwise(nw.lit(BOOKS_COMPLETE))
    return looked_up.select(
        "case_id",
        "loan_id",
        nw.when(is_gone & is_known).then(nw.lit("paid")).otherwise(nw.lit("rules")).alias("cause"),
        nw.when(is_gone).then(when_gone).otherwise(nw.col("rules_of_decision")).alias("failing_rules"),
    ).sort("case_id")


def _known_loans(books: Books) -> Frame:
    """Loans of which no row was kept out of the books."""
    return books.loans.select("loan_id").join(loans_in_quarantine(books), on="loan_id", how="anti")
