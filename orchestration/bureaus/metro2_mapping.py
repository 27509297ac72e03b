"""The Metro 2 records of a batch in memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import narwhals as nw
import pyarrow as pa
import pyarrow.compute as pc

from delivery.formats.segmented_records import SegmentedRecords
from orchestration.assessed import Assessed
from orchestration.bureaus.form import Batch
from orchestration.bureaus.needed_settings import needed_settings
from orchestration.task_run import TaskRun
from schemas.bureaus.fixed_width import RECORD_NO
from schemas.bureaus.metro2 import BUREAU
from schemas.bureaus.metro2_facts import METRO2_FACTS
from transforms.bureaus.metro2 import Facts, Report, metro2_records
from transforms.bureaus.metro2_checks import RecordFrames


@dataclass(frozen=True)
class MappedRecords:
    """Records of a batch.

    Attributes:
        report: what all of them share.
        cases: `record_no`, `case_id`, `loan_id`, ascending.
        base: `record_no` and the columns of the base segment.
        appended: key of the segment to its rows.
    """

    report: Report
    cases: pa.Table
    base: pa.Table
    appended: dict[str, pa.Table]

    def frames(self, assessed: Assessed) -> RecordFrames:
        """For the checks, on the engine of an assessment."""
        return RecordFrames(
            assessed.lazy(self.base), {key: assessed.lazy(table) for key, table in self.appended.items()}
        )

    @property
    def to_write(self) -> SegmentedRecords:
        """For the writer."""
        return SegmentedRecords(_written(self.base), {key: _written(table) for key, table in self.appended.items()})

    def of_cases(self, case_ids: pa.Array) -> MappedRecords:
        """Those of some cases; numbers stay."""
        cases = self.cases.filter(pc.is_in(self.cases["case_id"], value_set=case_ids))
        numbers = cases[RECORD_NO].combine_chunks()
        return MappedRecords(
            self.report,
            cases,
            _with_numbers(self.base, numbers),
            {key: _with_numbers(table, numbers) for key, table in self.appended.items()},
        )

    def slice(self, first: int, records: int) -> MappedRecords:
        """So many records from one on, counted from 0."""
        return self.of_cases(self.cases["case_id"].slice(first, records).combine_chunks())


def mapped_records(run: TaskRun, assessed: Assessed, cases: pa.Table, batch: Batch) -> MappedRecords:
    """One record a case.

    Args:
        run: this try.
        assessed: what the batch is frozen from.
        cases: `case_id` and `loan_id`.
        batch: whose time the records bear, on the furnisher's wall.

    Raises:
        ArrearsError: `SITE_INVALID` without a block `metro2`; `FACTS_MISSING`.
    """
    made_at = run.clock.on_the_wall(batch.made_at)
    report = Report(needed_settings(run.site.metro2, BUREAU).furnisher, assessed.as_of, made_at)
    mapped = metro2_records(
        assessed.books,
        assessed.lazy(cases.select(["case_id", "loan_id"])),
        Facts(*assessed.facts_of(METRO2_FACTS)),
        report,
        assessed.policy,
        assessed.engine.keep,
    )
    return MappedRecords(
        report,
        assessed.collect(mapped.cases),
        assessed.collect(mapped.records.base),
        {key: assessed.collect(frame) for key, frame in mapped.records.appended.items()},
    )


def _with_numbers(table: pa.Table, numbers: pa.Array) -> pa.Table:
    return table.filter(pc.is_in(table[RECORD_NO], value_set=numbers))


def _written(table: pa.Table) -> Any:
    return nw.from_native(table, eager_only=True).to_polars()
