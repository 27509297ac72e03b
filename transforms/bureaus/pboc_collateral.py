"""What secures a loan: the contracts of pledge and mortgage that the record of its account names.

The bureau is told of all contracts in force, at the first report of the account and whenever they changed: a contract
came that it was not told of, or one was released and it does not know. Where none is left nothing is told, as no public
text says how the segment would stand empty. A collection account has no such segment.
"""

from __future__ import annotations

from datetime import date

import narwhals as nw

from schemas.bureaus.tagged import RECORD_NO, TaggedRecord
from transforms.books import Frame
from transforms.bureaus.pboc import Institution, PbocFacts
from transforms.bureaus.pboc_groups import GroupRows, group_rows
from transforms.bureaus.pboc_text import is_untold, own_code

_GROUP = "MotgaCltalCtrctInfSgmt.CccInf"


def collateral_of(
    accounts: Frame, layout: TaggedRecord, known: PbocFacts, institution: Institution, as_of: date
) -> GroupRows:
    """The contracts that the records of these accounts name.

    Args:
        accounts: RECORD_NO, `loan_id`, `is_first`, `is_collection`.
        layout: of the record.
        known: the facts; those of collateral contracts count.
        institution: who reports.
        as_of: business date.
    """
    is_released = (nw.col("released_on") <= as_of).fill_null(False)
    contracts = known.collateral_contracts.select(
        "loan_id",
        "collateral_contract_number",
        is_released.alias("is_released"),
        nw.when(is_released)
        .then(is_untold("release_reported_on", as_of))
        .otherwise(is_untold("first_reported_on", as_of))
        .alias("is_changed"),
    )
    may_tell = accounts.filter(~nw.col("is_collection")).select(RECORD_NO, "loan_id", "is_first")
    joined = may_tell.join(contracts, on="loan_id", how="inner")
    changed = joined.filter(nw.col("is_first") | nw.col("is_changed")).select(RECORD_NO)
    named = joined.filter(~nw.col("is_released")).join(changed, on=RECORD_NO, how="semi")
    return group_rows(named, layout, _GROUP, {"Ccc": own_code(institution, "collateral_contract_number")})
