"""The generic list of delinquent borrowers on the road of a report."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import narwhals as nw
import pyarrow as pa
import pyarrow.compute as pc

from delivery.feedback import read_answer
from delivery.formats.delimited import record_lines, write_delimited
from delivery.formats.totals import control_totals
from expectations.records import validate_records
from orchestration.assessed import Assessed
from orchestration.bureaus.agreed_sealing import agreed_sealer, opened_answer
from orchestration.bureaus.few_set_aside import require_few
from orchestration.bureaus.form import Answer, Batch, BatchFacts, Part, PartFile, Sealer, Validated
from orchestration.task_run import TaskRun
from schemas.bureaus.roster import ACCEPTED, BUREAU, LAYOUT, PartName, part_slices
from schemas.errors import ArrearsError
from schemas.errors.approval import VALIDATION_FAILED
from schemas.errors.feedback import ANSWER_TOTALS_DIFFER, ANSWER_UNKNOWN_FILE
from transforms.books import Frame
from transforms.bureaus.roster import Institution, roster_records
from transforms.bureaus.roster_checks import judge_records, record_rules
from transforms.quality import Severity


@dataclass(frozen=True)
class RosterRecords:
    """Records of the list: `case_id` before the columns of the layout, sorted by serial."""

    run: TaskRun
    assessed: Assessed
    table: pa.Table

    @property
    def cases(self) -> pa.Table:
        """`case_id` and `serial`, ascending."""
        return self.table.select(["case_id", "serial"])

    def lines(self) -> Sequence[bytes]:
        """Each record as it stands in the file, without the line's end."""
        return record_lines(self.table.select(list(LAYOUT.names)), LAYOUT)

    def validated(self, batch_id: str) -> Validated:
        """Judge the records by the rules of the list, and validate those that stay as a whole.

        Raises:
            ArrearsError: `VALIDATION_FAILED` when the set-aside are more than the policy's share, or a check of the
                whole fails.
        """
        assessed = self.assessed
        months = assessed.policy.overdue_months
        judged = judge_records(assessed.lazy(self.table), as_of=assessed.as_of, overdue_months=months)
        critical = [rule.rule_id for rule in record_rules(overdue_months=months) if rule.severity is Severity.CRITICAL]
        is_good = nw.all_horizontal(*critical, ignore_nulls=False)
        good = judged.filter(is_good)
        kept = assessed.collect(good.select("case_id", *LAYOUT.names)).sort_by("serial")
        bad = assessed.collect(_with_failing_rules(judged.filter(~is_good), critical))
        require_few(self.table.num_rows, bad.num_rows, assessed, batch_id)
        printed = kept.select(list(LAYOUT.names)).cast(LAYOUT.arrow_schema())
        outcome = validate_records(
            good,
            published=printed.schema,
            published_rows=printed.num_rows,
            overdue_months=months,
            docs_folder=self.run.site.data_docs / batch_id,
        )
        docs_url = f"/arrears/validation/{batch_id}/{outcome.docs_path.name if outcome.docs_path else ''}"
        if not outcome.is_success and kept.num_rows:
            rules = [finding.rule_id for finding in outcome.critical]
            raise ArrearsError(VALIDATION_FAILED, batch=batch_id, rules=rules, report=docs_url)
        warnings = [finding.as_json() for finding in outcome.warnings]
        return Validated(kept["case_id"].to_pylist(), bad, warnings, docs_url)

    def parts(self, kept: Collection[str], facts: BatchFacts) -> Iterator[PartFile]:
        """CSV files of at most so many records; a name holds the batch and the part, so none comes twice."""
        is_kept = pc.is_in(self.table["case_id"], value_set=pa.array(list(kept), pa.string()))
        records = self.table.filter(is_kept).select(list(LAYOUT.names))
        institution_id, sealing = self.run.site.institution.institution_id, self.run.site.desk.sealing
        for part_no, offset, length in part_slices(records.num_rows, facts.part_records):
            printed = records.slice(offset, length)
            totals = control_totals(printed, LAYOUT)
            yield PartFile(
                part_no=part_no,
                offset=offset,
                records=totals.records,
                amounts={column: str(amount) for column, amount in totals.amounts.items()},
                file_name=PartName(institution_id, facts.as_of, facts.batch_id, part_no, sealing).sealed,
                content=[write_delimited(printed, LAYOUT)],
            )


class RosterForm:
    """The list as a bureau: CSV, answered by a CSV file, both in CMS or both in OpenPGP."""

    name = BUREAU

    def records_of(
        self,
        run: TaskRun,
        assessed: Assessed,
        cases: pa.Table,
        batch: Batch,  # noqa: ARG002 -- records of the list bear nothing of their batch
    ) -> RosterRecords:
        """One record a case."""
        institution = Institution(run.site.institution.platform_name, run.site.institution.platform_uscc)
        records = roster_records(
            assessed.books,
            assessed.lazy(cases.select(["case_id", "loan_id"])),
            assessed.decisions,
            institution,
            assessed.as_of,
            assessed.policy,
        )
        return RosterRecords(run, assessed, assessed.collect(records))

    def sealer(self, run: TaskRun) -> Sealer:
        """As it was agreed with the bureau."""
        return agreed_sealer(run)

    def answered_file(self, answer_name: str) -> str | None:
        """The part's own name stands in that of its answer."""
        part = PartName.of_feedback(answer_name)
        return None if part is None else part.sealed

    def read_answer(self, run: TaskRun, name: str, content: bytes, part: Part) -> Answer:
        """One line a record, or one line that refuses the file."""
        found = read_answer(opened_answer(run, content), name=name)
        # A bureau whose server folds names knows the file by the folded one.
        if (found.file_name.upper(), found.sha256) != (part.file_name.upper(), part.sha256):
            raise ArrearsError(ANSWER_UNKNOWN_FILE, answer=name, sha256=found.sha256)
        if found.refusal_code is not None:
            return Answer(frozenset(), {}, found.refusal_code)
        answered = found.records.to_pydict()
        unknown = set(answered["serial"]) - set(part.serials)
        unanswered = set(part.serials) - set(answered["serial"])
        if unknown or unanswered:
            raise ArrearsError(ANSWER_TOTALS_DIFFER, answer=name, unknown=len(unknown), unanswered=len(unanswered))
        codes = dict(zip(answered["serial"], answered["code"], strict=True))
        is_accepted = dict(zip(answered["serial"], (status == ACCEPTED for status in answered["status"]), strict=True))
        return Answer(
            frozenset(serial for serial, is_taken in is_accepted.items() if is_taken),
            {serial: codes[serial] for serial, is_taken in is_accepted.items() if not is_taken},
        )


def _with_failing_rules(bad: Frame, rule_ids: list[str]) -> Frame:
    names = [nw.when(~nw.col(rule_id)).then(nw.lit(rule_id)) for rule_id in rule_ids]
    return bad.select("case_id", nw.concat_str(*names, separator=",", ignore_nulls=True).alias("failing_rules")).sort(
        "case_id"
    )
