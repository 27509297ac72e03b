"""Records 210 of persons and 410 of enterprises of a batch in memory, cut into files of the PBoC's centre."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any, BinaryIO

import narwhals as nw
import pyarrow as pa

from delivery.bureaus import pboc
from delivery.formats.tagged_records import TaggedRecords, records_schema
from delivery.formats.tagged_writer import printed_lines
from orchestration.assessed import Assessed
from orchestration.bureaus.form import BatchFacts, PartFile
from orchestration.bureaus.pboc_settings import PbocSettings
from schemas.bureaus.pboc import FORM, MOST_RECORDS, RECORDS, FileName, free_names
from schemas.bureaus.pboc_facts import (
    PBOC_ACCOUNTS,
    PBOC_COLLATERAL_CONTRACTS,
    PBOC_CREDIT_AGREEMENTS,
    PBOC_ENTERPRISE_ACCOUNTS,
    PBOC_GUARANTEES,
    PBOC_PERSONS,
    PBOC_SPECIAL_TRANSACTIONS,
)
from schemas.bureaus.tagged import TaggedRecord
from transforms.bureaus.pboc import Institution, PbocFacts, PbocRecords
from transforms.bureaus.pboc_enterprise import enterprise_records
from transforms.bureaus.pboc_monthly import monthly_records

_MAKERS: dict[str, Callable[..., PbocRecords]] = {"210": monthly_records, "410": enterprise_records}
"""Types of record of a batch, in the order of their serials."""

TOTALLED = ("AcctBal", "TotOverd")
"""Tags whose amounts are added up over a part."""


@dataclass(frozen=True)
class RecordsOfType:
    """The records of one type.

    Attributes:
        record_type: 210 or 410.
        case_ids: the case of each record, in their order.
        records: numbered from 2 on, as in a file that holds all of them.
    """

    record_type: str
    case_ids: list[str]
    records: TaggedRecords

    @property
    def layout(self) -> TaggedRecord:
        """Of the type."""
        return RECORDS[self.record_type]

    def lines(self) -> list[bytes]:
        """Each record as it stands in a file, without the line's end."""
        end = len(FORM.line_end)
        pieces = printed_lines([self.records], self.layout, FORM)
        return [line[:-end].encode() for piece in pieces for line in piece.lines]

    def kept(self, case_ids: Collection[str]) -> RecordsOfType:
        """Without the records of other cases; those that stay keep their numbers."""
        is_kept = nw.new_series("case_id", self.case_ids, nw.String(), backend="polars").is_in(list(case_ids))
        left = [case_id for case_id, stays in zip(self.case_ids, is_kept, strict=True) if stays]
        return RecordsOfType(self.record_type, left, self.records.kept(is_kept.to_native()))


def batch_records(assessed: Assessed, cases: pa.Table, settings: PbocSettings) -> tuple[RecordsOfType, ...]:
    """The records of all cases: those of persons, then those of enterprises.

    Args:
        assessed: what the batch is frozen from.
        cases: `case_id` and `loan_id` of every case.
        settings: of the site.

    Raises:
        ArrearsError: `FACTS_MISSING`.
    """
    frozen = assessed.lazy(cases.select(["case_id", "loan_id"]))
    arguments = (
        assessed.books,
        frozen,
        assessed.decisions,
        assessed.party_decisions,
        _known(assessed),
        Institution(settings.segment_code, settings.source_code),
        assessed.as_of,
        assessed.policy,
        assessed.engine.keep,
    )
    return tuple(_collected(assessed, kind, make(*arguments)) for kind, make in _MAKERS.items())


def _known(assessed: Assessed) -> PbocFacts:
    """The facts that these records need. What the centre is told of persons' lives is not asked for.

    Collateral and special transactions are facts of lenders that have any.
    """
    accounts, enterprise_accounts, guarantees = assessed.facts_of(
        [PBOC_ACCOUNTS, PBOC_ENTERPRISE_ACCOUNTS, PBOC_GUARANTEES]
    )
    persons, agreements = (
        assessed.lazy(dataset.arrow_schema().empty_table()) for dataset in (PBOC_PERSONS, PBOC_CREDIT_AGREEMENTS)
    )
    collateral, special = (
        assessed.facts_or_none_of(dataset) for dataset in (PBOC_COLLATERAL_CONTRACTS, PBOC_SPECIAL_TRANSACTIONS)
    )
    return PbocFacts(accounts, enterprise_accounts, persons, guarantees, agreements, collateral, special)


def _collected(assessed: Assessed, record_type: str, made: PbocRecords) -> RecordsOfType:
    rows = _polars(assessed.collect(made.records))
    layout = RECORDS[record_type]
    groups = {path: _polars(assessed.collect(group)) for path, group in made.groups.items()}
    return RecordsOfType(
        record_type,
        rows["case_id"].to_list(),
        TaggedRecords(
            rows.select(records_schema(layout).names()).to_native(),
            {path: group.to_native() for path, group in groups.items() if len(group)},
        ),
    )


def _polars(table: pa.Table) -> nw.DataFrame[Any]:
    return nw.from_arrow(table, backend="polars")


def files_of(
    of_types: Collection[RecordsOfType], facts: BatchFacts, settings: PbocSettings, made_at: datetime
) -> Iterator[PartFile]:
    """The files of the records, by type; in memory is one part after the other.

    Args:
        of_types: without the records that were taken out.
        facts: of the batch.
        settings: of the site.
        made_at: wall-clock time of the institution, without a zone; its day is in the names.

    Raises:
        ArrearsError: `FILE_NAMES_EXHAUSTED`, `LINE_TOO_LONG`.
    """
    part_no, offset = 0, 0
    most = min(facts.part_records, MOST_RECORDS)
    for of_type in of_types:
        if not of_type.records.height:
            continue
        names = free_names(facts.used_names, settings.segment_code, made_at.date(), of_type.record_type)
        for piece in of_type.records.slices(most):
            for name, content, records in _written(piece, names, made_at, settings.part_characters):
                part_no += 1
                yield PartFile(part_no, offset, records.height, _totals(records, of_type), name.packed, [content])
                offset += records.height


def _written(
    piece: TaggedRecords, names: Iterator[FileName], made_at: datetime, characters: int | None
) -> Iterator[tuple[FileName, bytes, TaggedRecords]]:
    """The files that a piece needs, with the records of each."""
    files: list[BytesIO] = []

    @contextmanager
    def opened(_name: FileName) -> Iterator[BinaryIO]:
        files.append(BytesIO())
        yield files[-1]

    limits = pboc.FileLimits(records=MOST_RECORDS, characters=characters)
    written = pboc.write_files(opened, names, made_at, [piece], limits)
    first = 0
    for (name, count), file in zip(written, files, strict=True):
        yield name, file.getvalue(), TaggedRecords(piece.records[first : first + count])
        first += count


def _totals(records: TaggedRecords, of_type: RecordsOfType) -> dict[str, str]:
    """Sums of the amounts, in whole yuan."""
    rows: nw.DataFrame[Any] = nw.from_native(records.records, eager_only=True)
    return {
        tag: str(sum(_sum(rows, column) for column, item in of_type.layout.columns.items() if item.tag == tag))
        for tag in TOTALLED
    }


def _sum(rows: nw.DataFrame[Any], column: str) -> int:
    amounts = nw.when(nw.col(column) != "").then(nw.col(column)).cast(nw.Int64())
    return int(rows.select(amounts.alias(column))[column].sum())
