"""Compliance condition code of an account, from its disputes and from who closed it.

An open dispute is told as one (XB; XF of a billing error). One that was answered is told as resolved (XH), or that the
consumer disagrees (XC, XG) where that is so or nobody could decide. A code stands until a fact says that it was taken
back; then XR removes it. An account closed at the consumer's request is XA, or XD, XE, XJ with the dispute.

Source: 15 USC 1681s-2(a)(3); Credit Reporting Resource Guide, field 20, as restated by public furnisher guides.
"""

from __future__ import annotations

from datetime import date

import narwhals as nw

from transforms.books import Books, Frame
from transforms.facts import loans_in_dispute

_OPEN = {False: "XB", True: "XF"}
_DISAGREED = {False: "XC", True: "XG"}
_RESOLVED = "XH"
_CLOSED = "XA"
_CLOSED_WITH = {"XB": "XD", "XC": "XE", "XF": "XJ"}
"""Code of a dispute to that of an account which the consumer closed besides; the others stand alone."""


def compliance_codes(books: Books, accounts: Frame, as_of: date) -> Frame:
    """`loan_id`, `compliance_condition` of every account; null where there is nothing to tell.

    Args:
        books: of the business date.
        accounts: contract `METRO2_ACCOUNTS`.
        as_of: day of the report.
    """
    past = books.disputes.filter(nw.col("opened_on") <= as_of)
    latest = past.group_by("loan_id").agg(
        nw.col("opened_on").max().alias("disputed_on"),
        (nw.col("dispute_outcome_code") == "recorded").any().alias("is_undecided"),
    )
    joined = (
        accounts.select("loan_id", "is_closed_by_consumer", "is_billing_dispute", "is_disagreed", "closed_on")
        .join(accounts.select("loan_id", "compliance_removed_on"), on="loan_id", how="left")
        .join(latest, on="loan_id", how="left")
        .join(loans_in_dispute(books, as_of), on="loan_id", how="left")
    )
    return joined.select("loan_id", _code(as_of).alias("compliance_condition"))


def _code(as_of: date) -> nw.Expr:
    is_billing = _holds("is_billing_dispute")
    was_removed = (nw.col("compliance_removed_on") <= as_of).fill_null(False)
    is_past = was_removed & (nw.col("disputed_on") <= nw.col("compliance_removed_on")).fill_null(True)
    code: nw.Expr = nw.lit(None, dtype=nw.String())
    code = nw.when(~nw.col("disputed_on").is_null()).then(nw.lit(_RESOLVED)).otherwise(code)
    disagrees = ~nw.col("disputed_on").is_null() & (_holds("is_disagreed") | _holds("is_undecided"))
    code = nw.when(disagrees).then(_by_act(_DISAGREED, is_billing)).otherwise(code)
    code = nw.when(is_past).then(nw.lit("XR")).otherwise(code)
    code = nw.when(_holds("has_open_dispute")).then(_by_act(_OPEN, is_billing)).otherwise(code)
    was_closed = _holds("is_closed_by_consumer") & (nw.col("closed_on") <= as_of).fill_null(False)
    closed = nw.when(code.is_null() | (code == "XR") | (code == _RESOLVED)).then(nw.lit(_CLOSED)).otherwise(code)
    for dispute, both in _CLOSED_WITH.items():
        closed = nw.when(code == dispute).then(nw.lit(both)).otherwise(closed)
    return nw.when(was_closed).then(closed).otherwise(code)


def _by_act(codes: dict[bool, str], is_billing: nw.Expr) -> nw.Expr:
    return nw.when(is_billing).then(nw.lit(codes[True])).otherwise(nw.lit(codes[False]))


def _holds(truth: str) -> nw.Expr:
    return nw.col(truth).fill_null(False)
