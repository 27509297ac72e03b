"""The PBoC's credit reference centre on the road of a report: records 210 of persons and 410 of enterprises.

Serials run over the batch: persons first, then enterprises. Record types are files of their own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import pyarrow as pa

from orchestration.assessed import Assessed
from orchestration.bureaus.form import Answer, Batch, BatchFacts, Part, PartFile, Validated
from orchestration.bureaus.pboc_answers import answered_file, read_answer
from orchestration.bureaus.pboc_packing import PackingSealer, packing_of, packing_sealer, settings_of
from orchestration.bureaus.pboc_records import RecordsOfType, batch_records, files_of
from orchestration.bureaus.pboc_settings import PbocSettings
from orchestration.bureaus.pboc_validation import findings_of, write_report
from orchestration.bureaus.record_findings import validated_cases
from orchestration.task_run import TaskRun
from schemas.bureaus.pboc import BUREAU
from schemas.errors import ArrearsError
from schemas.errors.approval import VALIDATION_FAILED


@dataclass(frozen=True)
class PbocBatch:
    """Records of a batch, by type."""

    run: TaskRun
    assessed: Assessed
    settings: PbocSettings
    of_types: tuple[RecordsOfType, ...]

    @property
    def case_ids(self) -> list[str]:
        """The cases in the order of their serials."""
        return [case_id for of_type in self.of_types for case_id in of_type.case_ids]

    @property
    def cases(self) -> pa.Table:
        """`case_id` and `serial`, ascending from 1."""
        case_ids = self.case_ids
        serials = pa.array(range(1, len(case_ids) + 1), pa.int64())
        return pa.table({"case_id": pa.array(case_ids, pa.string()), "serial": serials})

    def lines(self) -> Sequence[bytes]:
        """Each record as it stands in its file, without the line's end."""
        return [line for of_type in self.of_types for line in of_type.lines()]

    def validated(self, batch_id: str) -> Validated:
        """Ask the checks of the centre; a record with any finding is set aside.

        Raises:
            ArrearsError: `VALIDATION_FAILED` when the set-aside are more than the policy's share, or a check of the
                whole fails.
        """
        file_at = _wall_time(self.run)
        found = [(of_type, findings_of(of_type, file_at, self.settings)) for of_type in self.of_types]
        every = [finding for _, findings in found for finding in findings]
        validated = validated_cases(self.case_ids, every, self.assessed, batch_id)
        share = self.assessed.policy.ingest.max_quarantine_share.value
        folder = self.run.site.data_docs / batch_id
        outcomes = [write_report(of_type, findings, share, folder) for of_type, findings in found if of_type.case_ids]
        if not outcomes:
            return validated
        docs_url = f"/arrears/validation/{batch_id}/index.html"
        if critical := [finding.rule_id for outcome in outcomes for finding in outcome.critical]:
            raise ArrearsError(VALIDATION_FAILED, batch=batch_id, rules=critical, report=docs_url)
        warnings = [finding.as_json() for outcome in outcomes for finding in outcome.warnings]
        return replace(validated, findings=[*validated.findings, *warnings], docs_url=docs_url)

    def parts(self, kept: Collection[str], facts: BatchFacts) -> Iterator[PartFile]:
        """Files of one type each, named for the day on which they are made."""
        left = [of_type.kept(kept) for of_type in self.of_types]
        return files_of(left, facts, self.settings, _wall_time(self.run))


class PbocForm:
    """The PBoC's credit reference centre as a bureau."""

    name = BUREAU

    def records_of(
        self,
        run: TaskRun,
        assessed: Assessed,
        cases: pa.Table,
        batch: Batch,  # noqa: ARG002 -- these records bear nothing of their batch
    ) -> PbocBatch:
        """One record a case.

        Raises:
            ArrearsError: `SITE_INVALID` without a block `pboc`; `FACTS_MISSING`.
        """
        settings = settings_of(run)
        return PbocBatch(run, assessed, settings, batch_records(assessed, cases, settings))

    def sealer(self, run: TaskRun) -> PackingSealer:
        """The packing of the site.

        Raises:
            ArrearsError: `SITE_INVALID`, `CONNECTION_INVALID`.
        """
        return packing_sealer(run)

    def answered_file(self, answer_name: str) -> str | None:
        """As `pboc_answers.answered_file`."""
        return answered_file(answer_name)

    def read_answer(self, run: TaskRun, name: str, content: bytes, part: Part) -> Answer:
        """As `pboc_answers.read_answer`."""
        return read_answer(run, name, content, part, packing_of(run), settings_of(run))


def _wall_time(run: TaskRun) -> datetime:
    """The time at the lender, as a file's header tells it."""
    return run.clock.on_the_wall(run.clock.now()).replace(microsecond=0)
