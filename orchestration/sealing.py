"""The step `seal`: the released records are built again, compared with the frozen ones, signed and encrypted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from delivery.outbox import Outbox
from orchestration.assessed import assessed_as_frozen, newest_book
from orchestration.batch_pages import batch_key, freeze_page, recheck_key, release_page, sealed_parts
from orchestration.bureaus.form import Batch, BatchFacts, BureauForm, CaseRecords, PartFile, Sealer
from orchestration.bureaus.registry import form_of
from orchestration.frozen_rows import frozen_rows, kept_rows
from orchestration.record_leaves import leaves_of_lines
from orchestration.task_run import TaskRun
from schemas.errors import ArrearsError
from schemas.errors.approval import NOT_RECHECKED, RECORD_CHANGED


def seal_batch(run: TaskRun, batch_id: str) -> list[dict[str, Any]]:
    """Seal the batch part by part into the outbox and book the parts.

    Plaintext exists in memory only, one part at a time. A batch that is sealed already is not sealed again: a second
    seal would have other bytes. Of two tries at once, the second waits for the first.

    Returns:
        batch_id, part_no and name of each part.

    Raises:
        ArrearsError: `NOT_RELEASED`, `NOT_RECHECKED`, `RECORD_CHANGED`, `SNAPSHOT_ALTERED`, and those of keys and
            certificates.
    """
    release_page(run.ledger, batch_id)
    standing = run.ledger.page(batch_key(batch_id, "seal"))
    content = _sealed(run, batch_id) if standing is None else standing.content
    return [{"batch_id": batch_id, "part_no": part["part_no"], "name": part["file_name"]} for part in content["parts"]]


def _sealed(run: TaskRun, batch_id: str) -> Mapping[str, Any]:
    book = newest_book(run)
    if run.ledger.page(recheck_key(batch_id, book.book_id)) is None:
        raise ArrearsError(NOT_RECHECKED, batch=batch_id, book=book.book_id, as_of=book.as_of)
    form = form_of(run.site.bureau)
    sealer = form.sealer(run)
    page = freeze_page(run.ledger, batch_id)
    frozen = page.content
    records = _compared(run, form, Batch.frozen(page), frozen)
    kept = kept_rows(run, batch_id)
    facts = BatchFacts(
        batch_id=batch_id,
        as_of=date.fromisoformat(frozen["as_of"]),
        part_records=int(frozen["part_records"]),
        used_names=sealed_parts(run.ledger, run.site.bureau),
    )
    outbox = Outbox(run.site.outbox)
    # A second try beside the first would store its own seal in the place of the one that the first books.
    with outbox.alone():
        standing = run.ledger.page(batch_key(batch_id, "seal"))
        if standing is not None:
            return standing.content
        parts = [_stored(outbox, sealer, part) for part in records.parts(kept["case_id"].to_pylist(), facts)]
        _require_all(batch_id, kept.num_rows, parts)
        content = {
            "batch_id": batch_id,
            "bureau": run.site.bureau,
            "as_of": frozen["as_of"],
            "records": kept.num_rows,
            **sealer.facts,
            "parts": parts,
        }
        return run.ledger.write_page(
            key=batch_key(batch_id, "seal"),
            kind="seal",
            actor="task:report.seal",
            content=content,
            written_at=run.clock.now(),
        ).content


def _compared(run: TaskRun, form: BureauForm, batch: Batch, frozen: Mapping[str, Any]) -> CaseRecords:
    """The records of the batch, each with the leaf that was approved."""
    batch_id, every = batch.batch_id, frozen_rows(run, frozen)
    records = form.records_of(run, assessed_as_frozen(run, frozen), every, batch)
    if records.cases["case_id"].to_pylist() != every["case_id"].to_pylist():
        raise ArrearsError(RECORD_CHANGED, batch=batch_id, frozen=every.num_rows, rebuilt=records.cases.num_rows)
    salts = [bytes.fromhex(salt) for salt in every["salt_hex"].to_pylist()]
    leaves, root = leaves_of_lines(records.lines(), salts)
    changed = [
        serial
        for serial, leaf, approved in zip(
            every["serial_no"].to_pylist(), leaves, every["leaf_hex"].to_pylist(), strict=True
        )
        if leaf.hex() != approved
    ]
    if changed or root.hex() != frozen["root"]:
        raise ArrearsError(RECORD_CHANGED, batch=batch_id, changed=len(changed), first_serial=(changed or [0])[0])
    return records


def _stored(outbox: Outbox, sealer: Sealer, part: PartFile) -> dict[str, Any]:
    stored = outbox.store(part.file_name, sealer.sealed(part), sealer.begins_sealed)
    return {
        "part_no": part.part_no,
        "offset": part.offset,
        "records": part.records,
        "amounts": part.amounts,
        "file_name": stored.file_name,
        "size_bytes": stored.size_bytes,
        "sha256": stored.sha256,
    }


def _require_all(batch_id: str, records: int, parts: Sequence[Mapping[str, Any]]) -> None:
    """No case is lost between the batch and its files."""
    sealed = sum(int(part["records"]) for part in parts)
    if sealed != records:
        raise ArrearsError(RECORD_CHANGED, batch=batch_id, released=records, sealed=sealed)
