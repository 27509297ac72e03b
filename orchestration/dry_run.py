"""A report as it would be now: built, judged and sealed, with nothing booked, stored or sent."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from orchestration.approval_facts import left_out_of, sum_of
from orchestration.assessed import assessed_on
from orchestration.batch_pages import batch_id_of, sealed_parts
from orchestration.bureaus.certificate_sealer import CertificateSealer
from orchestration.bureaus.form import Batch, BatchFacts, PartFile, Sealer
from orchestration.bureaus.registry import form_of
from orchestration.candidates import prepared_batch
from orchestration.preflight import require_ready
from orchestration.task_run import TaskRun
from schemas.errors import ArrearsError
from schemas.errors.seal import NOT_SEALED

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class PlannedPart:
    """One file that would go.

    Attributes:
        file_name: its name at the bureau.
        records: cases in it.
        clear_bytes: size before sealing.
        sealed_bytes: size as it would be sent.
        amounts: control totals by column.
    """

    file_name: str
    records: int
    clear_bytes: int
    sealed_bytes: int
    amounts: Mapping[str, str]


@dataclass(frozen=True)
class DryRun:
    """What a report would do now.

    Attributes:
        bureau: to whom.
        as_of: business date, ISO.
        cases: that would be frozen.
        overdue_amount: of these.
        left_out: those that would not be, by reason, as the approver would see it.
        warnings: of the checks, as the approver would see them.
        sealed_with: fingerprints of the keys.
        certificate_ends: when each certificate ends, ISO, by fingerprint; without those that have no end, and none
            where the bureau's form has no certificates.
        parts: the files.
        docs_url: the validation report, empty when there is none.
    """

    bureau: str
    as_of: str
    cases: int
    overdue_amount: str
    left_out: Any
    warnings: Sequence[Mapping[str, Any]]
    sealed_with: Mapping[str, Any]
    certificate_ends: Mapping[str, str]
    parts: Sequence[PlannedPart]
    docs_url: str

    def to_json(self) -> dict[str, Any]:
        """As JSON values, without personal data."""
        return asdict(self)


def look_ahead(run: TaskRun) -> bool:
    """Whether the report goes on: it is ready, and it is no dry run.

    A dry run is logged, and kept as the XCom `plan` of the task.

    Raises:
        ArrearsError: those of `orchestration.preflight`; of a dry run those of `dry_run`.
    """
    if not run.context["params"].get("dry_run"):
        require_ready(run, form_of(run.site.bureau))
        return True
    plan = dry_run(run).to_json()
    _LOG.info("a report would send this: %s", json.dumps(plan, ensure_ascii=False, indent=2))
    run.context["ti"].xcom_push("plan", plan)
    return False


def dry_run(run: TaskRun) -> DryRun:
    """Build, judge and seal what a report of this business date would send; keep nothing but the validation report.

    Raises:
        ArrearsError: what the report itself would raise until it is sealed.
    """
    form = form_of(run.site.bureau)
    sealer = require_ready(run, form)
    assessed = assessed_on(run, run.as_of)
    batch = Batch(batch_id_of(form.name, run.as_of, f"dry run {run.run_id}"), run.clock.now().replace(microsecond=0))
    prepared = prepared_batch(run, form, assessed, batch)
    candidates, validated = prepared.candidates, prepared.validated
    facts = BatchFacts(
        batch_id=batch.batch_id,
        as_of=run.as_of,
        part_records=assessed.policy.report.part_records.value,
        used_names=sealed_parts(run.ledger, form.name),
    )
    chosen = candidates.chosen
    is_kept = pc.is_in(chosen["case_id"], pa.array(validated.kept, pa.string()))
    return DryRun(
        bureau=form.name,
        as_of=run.as_of.isoformat(),
        cases=len(validated.kept),
        overdue_amount=str(sum_of(chosen.filter(is_kept), "overdue_amount")),
        left_out=left_out_of(candidates.set_aside, candidates.cured, validated.set_aside),
        warnings=validated.findings,
        sealed_with=sealer.facts,
        certificate_ends=sealer.certificate_ends if isinstance(sealer, CertificateSealer) else {},
        parts=[_planned(part, sealer) for part in prepared.records.parts(validated.kept, facts)],
        docs_url=validated.docs_url,
    )


def _planned(part: PartFile, sealer: Sealer) -> PlannedPart:
    sizes, is_first = 0, True
    for piece in sealer.sealed(part):
        if is_first and not sealer.begins_sealed(piece):
            raise ArrearsError(NOT_SEALED, file=part.file_name)
        sizes, is_first = sizes + len(piece), False
    clear = sum(len(piece) for piece in part.content)
    return PlannedPart(part.file_name, part.records, clear, sizes, part.amounts)
