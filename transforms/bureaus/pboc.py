"""What all mappings to records of the PBoC's credit reference centre share: who reports, facts, and what comes out.

Each record type has a module of its own, `pboc_*`. Identity joins there and nowhere before. What the lender's books
don't say is not made up: it comes in as facts, and where it is missing there the item stays empty and the record breaks
a check.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from transforms.books import Frame

_SEGMENT_CODE = re.compile(r"[A-Za-z0-9]{14}")
_SOURCE_CODE = re.compile(r"[A-Za-z0-9]{20}")


@dataclass(frozen=True)
class Institution:
    """Who reports.

    Attributes:
        segment_code: the code of 14 letters and digits that the bureau gave: every code of an account, agreement or
            guarantee begins with it.
        source_code: source of the basic information of persons (InfSurcCode), the segment code and 6 characters more.

    Raises:
        ValueError: a code is not as said.
    """

    segment_code: str
    source_code: str

    def __post_init__(self) -> None:
        if not _SEGMENT_CODE.fullmatch(self.segment_code):
            raise ValueError("segment_code must be 14 letters and digits")
        if not (_SOURCE_CODE.fullmatch(self.source_code) and self.source_code.startswith(self.segment_code)):
            raise ValueError("source_code must be the segment code and 6 letters and digits")


@dataclass(frozen=True)
class PbocFacts:
    """What the books don't say; contracts in `schemas.bureaus.pboc_facts`."""

    accounts: Frame
    enterprise_accounts: Frame
    persons: Frame
    guarantees: Frame
    credit_agreements: Frame
    collateral_contracts: Frame
    special_transactions: Frame


@dataclass(frozen=True)
class PbocRecords:
    """Records of one type, all of them text as in the file.

    Attributes:
        records: one row a record, sorted. First keys that stay with the lender: `case_id` and `loan_id` (records about
            a person `borrower_id`, about a credit agreement `agreement_number`) and `serial`, counted from 1 over all
            cases of the type, so that a record that is removed later leaves the others as they were. Then `record_no`,
            the record's line in a file that begins with a header and has all of them, and the columns of the layout: a
            truth for each segment, a text for each item. Null is a tag that is not there, "" one that is empty.
        groups: path of a group to its rows: `record_no` and a text for each item.
    """

    records: Frame
    groups: Mapping[str, Frame] = field(default_factory=lambda: MappingProxyType({}))
