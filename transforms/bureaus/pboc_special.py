"""Special transactions of an account: extensions, part paid early, relief, assets in lieu and others.

The record tells those up to the business date of which the bureau was not told before it: it refuses a transaction that
it has, by kind and day, and one that was booked late is not lost.
"""

from __future__ import annotations

from datetime import date

import narwhals as nw

from schemas.bureaus import pboc_codes as codes
from schemas.bureaus.pboc_facts import PBOC_SPECIAL_TRANSACTIONS
from schemas.bureaus.tagged import RECORD_NO, TaggedRecord
from transforms.books import Frame
from transforms.bureaus.pboc import PbocFacts
from transforms.bureaus.pboc_groups import GroupRows, group_rows
from transforms.bureaus.pboc_text import fact, is_untold

IS_EXTENDED = nw.col("extensions") > 0
"""Whether an extension is to be told, of accounts from `with_extensions`; null where none is."""

_GROUP = "AcctSpecTrstDspnSgmt.CagOfTrdInf"
_FACTS = {
    "ChanTranType": "special_transaction_code",
    "TranDate": "transacted_on",
    "TranAmt": "transaction_amount",
    "DueTranMon": "due_moved_months",
    "DetInfo": "transaction_details",
}


def special_of(accounts: Frame, layout: TaggedRecord, known: PbocFacts, as_of: date) -> GroupRows:
    """The special transactions that the records of these accounts tell.

    Args:
        accounts: RECORD_NO, `loan_id`.
        layout: of the record.
        known: the facts; those of special transactions count.
        as_of: business date.
    """
    told = accounts.select(RECORD_NO, "loan_id").join(_untold(known, as_of), on="loan_id", how="inner")
    values = {tag: fact(PBOC_SPECIAL_TRANSACTIONS, name) for tag, name in _FACTS.items()}
    return group_rows(told, layout, _GROUP, values)


def with_extensions(accounts: Frame, known: PbocFacts, as_of: date) -> Frame:
    """The accounts with `extensions`, how many their records tell, null for none.

    An extension by the bank is another kind of transaction, of which nothing public says that it has a report point.
    """
    extended = _untold(known, as_of).filter(nw.col("special_transaction_code") == codes.EXTENSION)
    return accounts.join(extended.group_by("loan_id").agg(nw.len().alias("extensions")), on="loan_id", how="left")


def _untold(known: PbocFacts, as_of: date) -> Frame:
    is_due = (nw.col("transacted_on") <= as_of) & is_untold("first_reported_on", as_of)
    return known.special_transactions.filter(is_due).select("loan_id", *_FACTS.values())
