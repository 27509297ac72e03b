"""The hashed list for an alliance: made from a list of the roster, and matched with a member's own list."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from delivery.bureaus import roster
from delivery.bureaus.roster_hashed import AllianceKey, hashed_list, keyed_persons, matched
from delivery.formats.delimited import write_delimited
from orchestration.bureau_files import opened_file
from schemas.bureaus.layout import DelimitedLayout
from schemas.bureaus.roster import HASHED_LAYOUT, LAYOUT
from schemas.errors import ArrearsError
from schemas.errors.evidence_pack import ALLIANCE_LIST_UNFIT

KEY_VARIABLE = "ARREARS_ALLIANCE_KEY"


def alliance_key(key_id: str) -> AllianceKey:
    """The key of that number, its hexadecimal text in the variable ARREARS_ALLIANCE_KEY.

    Raises:
        ArrearsError: ALLIANCE_KEY_INVALID.
    """
    return AllianceKey.of_text(key_id, os.environ.get(KEY_VARIABLE, ""))


def hashed_file(file: Path, key: AllianceKey) -> bytes:
    """The hashed list of a list in the clear, as a CSV file.

    Raises:
        ArrearsError: FILE_NOT_READABLE; ALLIANCE_LIST_UNFIT when it is no list, or some record of it can't be read.
    """
    return write_delimited(hashed_list(_records(file, LAYOUT), key), HASHED_LAYOUT)


def matches_in(shared: Path, own: Path, key: AllianceKey) -> pa.Table:
    """`serial` in our own list with `overdue_band` and `report_date` of each person on the shared one, by serial.

    Raises:
        ArrearsError: as `hashed_file`.
    """
    persons = keyed_persons(_records(own, LAYOUT).select(["serial", "id_type", "id_number"]), key)
    return (
        matched(_records(shared, HASHED_LAYOUT), persons)
        .select(["serial", "overdue_band", "report_date"])
        .sort_by("serial")
    )


def match_lines(found: pa.Table) -> Iterator[str]:
    """The matches as text: a heading, then a line a match."""
    yield "serial,overdue_band,report_date"
    for row in found.to_pylist():
        yield f"{row['serial']},{row['overdue_band']},{row['report_date']}"


def _records(file: Path, layout: DelimitedLayout) -> pa.Table:
    with opened_file(file) as source:
        part = next(roster.read(source))
    if part.layout is not layout or part.violation_count:
        raise ArrearsError(ALLIANCE_LIST_UNFIT, file=file, wanted=layout.name, violations=part.violation_count)
    return part.records
