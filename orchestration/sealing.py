"""The step `seal`: the released records are built again, compared with the frozen ones, signed and encrypted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from delivery.formats.delimited import write_delimited
from delivery.formats.totals import control_totals
from delivery.outbox import Outbox
from delivery.seal.certificates import RecipientCertificate, SigningIdentity
from delivery.seal.cms import sealed_pieces
from orchestration.assessed import assessed_as_frozen, newest_book
from orchestration.batch_pages import batch_key, freeze_page, recheck_key, release_page
from orchestration.frozen_rows import frozen_rows, kept_rows
from orchestration.record_leaves import leaves_of_records
from orchestration.records import records_of
from orchestration.task_run import TaskRun
from schemas.bureaus.roster import LAYOUT, PartName, part_slices
from schemas.errors import ArrearsError
from schemas.errors.approval import NOT_RECHECKED, RECORD_CHANGED


def seal_batch(run: TaskRun, batch_id: str) -> list[dict[str, Any]]:
    """Seal the batch part by part into the outbox and book the parts.

    Plaintext exists in memory only, one part at a time. A batch that is sealed already is not sealed again: a second
    seal would have other bytes.

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
    checked_at = run.clock.wall_now()
    signer, recipients = run.connections.signing(checked_at), run.connections.recipients(checked_at)
    frozen = freeze_page(run.ledger, batch_id).content
    records, kept = _compared(run, batch_id, frozen)
    outbox = Outbox(run.site.outbox)
    parts = [
        _part(run, outbox, signer, recipients, checked_at, frozen, records.slice(offset, length), part_no, offset)
        for part_no, offset, length in part_slices(kept.num_rows, int(frozen["part_records"]))
    ]
    content = {
        "batch_id": batch_id,
        "as_of": frozen["as_of"],
        "records": kept.num_rows,
        "signer": signer.signer.fingerprint,
        "recipients": [recipient.fingerprint for recipient in recipients],
        "parts": parts,
    }
    return run.ledger.write_page(
        key=batch_key(batch_id, "seal"),
        kind="seal",
        actor="task:report.seal",
        content=content,
        written_at=run.clock.now(),
    ).content


def _compared(run: TaskRun, batch_id: str, frozen: Mapping[str, Any]) -> tuple[pa.Table, pa.Table]:
    """The kept records, each with the leaf that was approved."""
    every = frozen_rows(run, frozen)
    records = records_of(run, assessed_as_frozen(run, frozen), every)
    if records["case_id"].to_pylist() != every["case_id"].to_pylist():
        raise ArrearsError(RECORD_CHANGED, batch=batch_id, frozen=every.num_rows, rebuilt=records.num_rows)
    leaves, root = leaves_of_records(records, LAYOUT, [bytes.fromhex(salt) for salt in every["salt_hex"].to_pylist()])
    changed = [
        serial
        for serial, leaf, approved in zip(
            every["serial_no"].to_pylist(), leaves, every["leaf_hex"].to_pylist(), strict=True
        )
        if leaf.hex() != approved
    ]
    if changed or root.hex() != frozen["root"]:
        raise ArrearsError(RECORD_CHANGED, batch=batch_id, changed=len(changed), first_serial=(changed or [0])[0])
    kept = kept_rows(run, batch_id)
    is_kept = pc.is_in(records["case_id"], value_set=kept["case_id"].combine_chunks())
    return records.filter(is_kept), kept


def _part(
    run: TaskRun,
    outbox: Outbox,
    signer: SigningIdentity,
    recipients: Sequence[RecipientCertificate],
    signed_at: datetime,
    frozen: Mapping[str, Any],
    records: pa.Table,
    part_no: int,
    offset: int,
) -> dict[str, Any]:
    name = PartName(
        run.site.institution.institution_id, date.fromisoformat(frozen["as_of"]), frozen["batch_id"], part_no
    )
    printed = records.select(list(LAYOUT.names))
    content = [write_delimited(printed, LAYOUT)]
    stored = outbox.store(name.sealed, sealed_pieces(content, signer, recipients, signed_at))
    totals = control_totals(printed, LAYOUT)
    return {
        "part_no": part_no,
        "offset": offset,
        "records": totals.records,
        "amounts": {column: str(amount) for column, amount in totals.amounts.items()},
        "file_name": stored.file_name,
        "size_bytes": stored.size_bytes,
        "sha256": stored.sha256,
    }
