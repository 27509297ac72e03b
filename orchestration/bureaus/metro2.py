"""Metro 2 on the road of a report: one record a case, files in the plain character form, sealed as agreed.

No form in which a bureau answers to Metro 2 is public, so no file at the bureau is taken for an answer, and cases stay
sent.
"""

from __future__ import annotations

import io
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from delivery.bureaus import metro2
from orchestration.assessed import Assessed
from orchestration.bureaus.agreed_sealing import agreed_sealer
from orchestration.bureaus.form import Batch, BatchFacts, PartFile, Sealer, Validated
from orchestration.bureaus.metro2_findings import condition_findings, unanswered_findings
from orchestration.bureaus.metro2_layout import layout_faults
from orchestration.bureaus.metro2_mapping import MappedRecords, mapped_records
from orchestration.bureaus.metro2_previous import previous_of
from orchestration.bureaus.record_findings import CaseFinding, validated_cases
from orchestration.bureaus.unanswered import Unanswered
from orchestration.task_run import TaskRun
from schemas.bureaus.fixed_width import RECORD_NO
from schemas.bureaus.metro2 import BUREAU, LAYOUT
from schemas.bureaus.metro2_names import FileName, parts_of
from schemas.sealing import Sealing
from transforms.bureaus.metro2 import FIRST_RECORD_NO
from transforms.quality import Severity

_TOTALS = ("current_balance", "past_due")
_LINE_END = LAYOUT.line_end.encode("ascii")


@dataclass(frozen=True)
class Metro2Records:
    """Records of a batch, by account number."""

    run: TaskRun
    assessed: Assessed
    mapped: MappedRecords

    @property
    def cases(self) -> pa.Table:
        """`case_id` and `serial`, ascending."""
        held = self.mapped.cases
        serials = pc.add(pc.subtract(held[RECORD_NO], FIRST_RECORD_NO), 1).cast(pa.int64())
        return pa.table({"case_id": held["case_id"], "serial": serials})

    def lines(self) -> Sequence[bytes]:
        """Each record with its segments as it stands in the file, without the line's end."""
        _, *records = _file_of(self.mapped).split(_LINE_END)
        return records[: self.mapped.cases.num_rows]

    def validated(self, batch_id: str) -> Validated:
        """Ask for facts that are missing, what the layout does not take, and all conditions.

        Raises:
            ArrearsError: `VALIDATION_FAILED` when the set-aside are more than the policy's share.
        """
        return validated_cases(self.mapped.cases["case_id"].to_pylist(), self._findings(), self.assessed, batch_id)

    def _findings(self) -> Iterator[CaseFinding]:
        mapped, assessed = self.mapped, self.assessed
        cases = assessed.lazy(mapped.cases)
        yield from unanswered_findings(cases, assessed)
        case_of = dict(zip(mapped.cases[RECORD_NO].to_pylist(), mapped.cases["case_id"].to_pylist(), strict=True))
        for record_no, rule_id in layout_faults(mapped.to_write):
            yield CaseFinding(case_of[record_no], rule_id, Severity.CRITICAL, "the layout does not take the value")
        yield from condition_findings(mapped.frames(assessed), cases, assessed, previous_of(self.run, assessed))

    def parts(self, kept: Collection[str], facts: BatchFacts) -> Iterator[PartFile]:
        """Files of at most so many records; the number of the report goes on behind all that were used for the day."""
        held = self.mapped.of_cases(pa.array(list(kept), pa.string()))
        furnisher = held.report.furnisher.identification_number
        number = _next_number(furnisher, facts)
        for part in parts_of(furnisher, facts.as_of, number, held.cases.num_rows, facts.part_records):
            records = held.slice(part.first, part.records)
            yield PartFile(
                part_no=part.name.part,
                offset=part.first,
                records=part.records,
                amounts={name: str(pc.sum(records.base[name]).as_py() or 0) for name in _TOTALS},
                file_name=f"{part.name}{self.run.site.desk.sealing.suffix}",
                content=[_file_of(records)],
            )


class Metro2Form(Unanswered):
    """Metro 2 as a bureau."""

    name = BUREAU

    def records_of(self, run: TaskRun, assessed: Assessed, cases: pa.Table, batch: Batch) -> Metro2Records:
        """One record a case.

        Raises:
            ArrearsError: `SITE_INVALID` without a block `metro2`; `FACTS_MISSING`.
        """
        return Metro2Records(run, assessed, mapped_records(run, assessed, cases, batch))

    def sealer(self, run: TaskRun) -> Sealer:
        """As it was agreed with the bureaus."""
        return agreed_sealer(run)


def _file_of(records: MappedRecords) -> bytes:
    """A file in the clear, its trailer's totals counted anew."""
    file = io.BytesIO()
    metro2.write(file, records.report.header, [records.to_write])
    return file.getvalue()


def _next_number(furnisher: str, facts: BatchFacts) -> int:
    named = (FileName.of(_in_the_clear(name)) for name in facts.used_names)
    used = [name.batch for name in named if name and (name.furnisher, name.activity_on) == (furnisher, facts.as_of)]
    return max(used, default=0) + 1


def _in_the_clear(file_name: str) -> str:
    """A name without what says how the file is sealed, which may have been agreed anew since."""
    suffix = next((each.suffix for each in Sealing if file_name.endswith(each.suffix)), "")
    return file_name.removesuffix(suffix)
