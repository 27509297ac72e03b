"""Baihang on the road of a report: records of loans, extensions and overdue terms as JSON lines, in Baihang's packing.

The form in which Baihang answers is not public, so no file at the bureau is taken for an answer, and cases stay sent.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from delivery.bureaus import baihang
from delivery.formats.json_cells import record_texts
from orchestration.assessed import Assessed
from orchestration.bureaus.baihang_mapping import mapped_records, record_findings, to_write
from orchestration.bureaus.baihang_parts import KINDS_IN_ORDER, OVERDUE, Slice, slices_of
from orchestration.bureaus.baihang_sealing import CrySealer, cry_sealer
from orchestration.bureaus.form import Batch, BatchFacts, PartFile, Validated
from orchestration.bureaus.needed_settings import needed_settings
from orchestration.bureaus.record_findings import validated_cases
from orchestration.bureaus.unanswered import Unanswered
from orchestration.task_run import TaskRun
from schemas.bureaus.baihang import BUREAU, LAYOUTS, MOST_RECORDS_PER_FILE, free_names

_TOTALS = {"D2": "loanAmount", "D4": "loanAmount", OVERDUE: "targetRepayment"}


@dataclass(frozen=True)
class BaihangRecords:
    """Records of a batch.

    Attributes:
        assessed: what the batch is frozen from.
        institution: as file names begin with it.
        made_at: when the records were made, on the lender's wall.
        cases: `case_id` and `serial`, by loan.
        records: kind to `case_id` and the columns of the layout, by loan.
    """

    assessed: Assessed
    institution: str
    made_at: datetime
    cases: pa.Table
    records: dict[str, pa.Table]

    def lines(self) -> Sequence[bytes]:
        """All records of each case as they stand in the files, the kinds in the order of their files, LF between."""
        texts: dict[str, list[str]] = {case_id: [] for case_id in self.cases["case_id"].to_pylist()}
        for kind in KINDS_IN_ORDER:
            held = self.records[kind]
            printed = record_texts(to_write(held), LAYOUTS[kind]).to_list()
            for case_id, text in zip(held["case_id"].to_pylist(), printed, strict=True):
                texts[case_id].append(text)
        return ["\n".join(of_case).encode() for of_case in texts.values()]

    def validated(self, batch_id: str) -> Validated:
        """Ask what the writer and the rules of sense do not take.

        Raises:
            ArrearsError: `VALIDATION_FAILED` when the set-aside are more than the policy's share.
        """
        case_ids = self.cases["case_id"].to_pylist()
        findings = record_findings(self.records, case_ids, self.assessed, self.made_at)
        return validated_cases(case_ids, findings, self.assessed, batch_id)

    def parts(self, kept: Collection[str], facts: BatchFacts) -> Iterator[PartFile]:
        """Files per kind, their numbers behind all that were used for the kind and day."""
        case_ids = pa.array(list(kept), pa.string())
        held = {
            kind: table.filter(pc.is_in(table["case_id"], value_set=case_ids)) for kind, table in self.records.items()
        }
        terms = Counter(held[OVERDUE]["case_id"].to_pylist())
        in_order = self.cases["case_id"].filter(pc.is_in(self.cases["case_id"], value_set=case_ids)).to_pylist()
        slices = list(
            slices_of(
                {kind: table.num_rows for kind, table in held.items()},
                [terms[case_id] for case_id in in_order],
                min(facts.part_records, MOST_RECORDS_PER_FILE),
            )
        )
        names = _names(self.institution, slices, facts)
        for part_no, each in enumerate(slices, start=1):
            records = held[each.kind].slice(each.first, each.records)
            total = _TOTALS[each.kind]
            yield PartFile(
                part_no=part_no,
                offset=each.first_case,
                records=each.cases,
                amounts={total: str(pc.sum(records[total].cast(pa.decimal128(38, 2))).as_py())},
                file_name=next(names[each.kind]),
                content=[_file_of(each.kind, records)],
            )


class BaihangForm(Unanswered):
    """Baihang as a bureau."""

    name = BUREAU

    def records_of(self, run: TaskRun, assessed: Assessed, cases: pa.Table, batch: Batch) -> BaihangRecords:
        """The records of each case.

        Raises:
            ArrearsError: `SITE_INVALID` without a block `baihang`; `FACTS_MISSING`.
        """
        settings = needed_settings(run.site.baihang, BUREAU)
        made_at = run.clock.on_the_wall(batch.made_at)
        by_loan = cases.select(["case_id", "loan_id"]).sort_by("loan_id")
        serials = pa.array(range(1, by_loan.num_rows + 1), pa.int64())
        return BaihangRecords(
            assessed,
            settings.institution,
            made_at,
            pa.table({"case_id": by_loan["case_id"], "serial": serials}),
            mapped_records(run, assessed, by_loan, batch, made_at),
        )

    def sealer(self, run: TaskRun) -> CrySealer:
        """Baihang's packing."""
        return cry_sealer(run)


def _file_of(kind: str, records: pa.Table) -> bytes:
    file = io.BytesIO()
    baihang.write(file, kind, [to_write(records)])
    return file.getvalue()


def _names(institution: str, slices: Sequence[Slice], facts: BatchFacts) -> dict[str, Iterator[str]]:
    """Kind to the names of its files."""
    counts = Counter(each.kind for each in slices)
    return {
        kind: iter([name.packed for name in free_names(institution, kind, facts.as_of, count, facts.used_names)])
        for kind, count in counts.items()
    }
