"""The proof of one case for a stranger: made from ledger, lake and a checkpoint, checked from the file alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lake.engine import read_table
from lake.snapshot import Lake, SnapshotRef
from ledger.case_proof_check import NAME_OF_FORM, ProvedCase, ProvedRecord, check_case_proof
from ledger.checkpoint import read_checkpoint
from ledger.ledger import Ledger, merkle
from ledger.note import VerifierKey
from orchestration.batch_pages import freeze_page
from orchestration.merkle_check import inclusion_of
from schemas.errors import ArrearsError
from schemas.errors.command import FILE_NOT_READABLE, RESULT_NOT_WRITABLE
from schemas.errors.extract import SNAPSHOT_MISSING
from schemas.errors.ledger import PROOF_MALFORMED, PROOF_WRONG

# None of these names a person or a case. Everything else on a page stays hidden: most of it is about others.
SHOWN_MEMBERS = frozenset(
    {"answered_at", "as_of", "batch_id", "bureau", "cases", "option", "policy_name", "policy_version", "root"}
)
_MOST_BYTES = 64 * 1024 * 1024


def prove_case(ledger: Ledger, lake: Lake | None, case_id: str, note: str, key: VerifierKey) -> dict[str, Any]:
    """Everything that the ledger holds of a case, and where its records stand in the lists that were approved.

    Args:
        ledger: where the case stands.
        lake: holds the frozen lists. None, or a list that retention has deleted: the place in that list is left out.
        case_id: which case.
        note: a checkpoint that covers all of its events.
        key: by which the checkpoint is checked.

    Raises:
        ArrearsError: `PROOF_NOT_POSSIBLE`, `CHECKPOINT_CONTRADICTED`, `NOTE_MALFORMED`, `NOTE_NOT_SIGNED`,
            `LEDGER_NOT_INTACT`, `SNAPSHOT_ALTERED`, or `PROOF_WRONG` when ledger and lake contradict themselves.
    """
    pages = ledger.prove(case_id, read_checkpoint(note, key), SHOWN_MEMBERS)
    records = [] if lake is None else _records(ledger, lake, case_id)
    proof = {"proof": NAME_OF_FORM, "case_id": case_id, "checkpoint": note, "pages": pages, "records": records}
    check_case_proof(proof, key)
    return proof


def _records(ledger: Ledger, lake: Lake, case_id: str) -> list[dict[str, Any]]:
    frozen = ledger.events(case_id=case_id, kinds=["frozen"])
    found = (_record(ledger, lake, case_id, event.detail) for event in frozen)
    return [record for record in found if record is not None]


def _record(ledger: Ledger, lake: Lake, case_id: str, detail: dict[str, Any]) -> dict[str, Any] | None:
    batch_id, serial = detail["batch_id"], detail["serial"]
    facts = freeze_page(ledger, batch_id).content
    try:
        rows = read_table(lake, SnapshotRef.from_json(facts["frozen_snapshot"]))
    except ArrearsError as error:
        if error.kind is SNAPSHOT_MISSING:
            return None
        raise
    found = inclusion_of(rows, case_id, serial, detail["leaf"], facts["root"])
    if not found.is_included:
        raise ArrearsError(PROOF_WRONG, batch_id=batch_id, rule=found.reason)
    salt = rows.sort_by("serial_no")["salt_hex"][serial - 1].as_py()
    return {"batch_id": batch_id, "salt": salt, "path": list(found.proof)}


def write_proof(proof: dict[str, Any], file: Path) -> None:
    """Write a proof as JSON.

    Raises:
        ArrearsError: `RESULT_NOT_WRITABLE`.
    """
    try:
        file.write_text(json.dumps(proof, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise ArrearsError(RESULT_NOT_WRITABLE, file=file, reason=error.strerror) from None


def check_proof_file(file: Path, key: VerifierKey, line_file: Path | None) -> ProvedCase:
    """Check a proof without ledger and lake.

    Args:
        file: the proof.
        key: of the lender, from where the lender published it.
        line_file: file with the line of the record as it stood in the bureau's file; None when there is none.

    Raises:
        ArrearsError: `FILE_NOT_READABLE`, `PROOF_MALFORMED`, `PROOF_WRONG`, `NOTE_MALFORMED`, `NOTE_NOT_SIGNED`.
    """
    try:
        proof = json.loads(_bytes_of(file))
    except (ValueError, RecursionError):
        raise ArrearsError(PROOF_MALFORMED, file=file, rule="JSON") from None
    proved = check_case_proof(proof, key)
    if line_file is not None:
        line = _bytes_of(line_file).rstrip(b"\r\n")
        if not any(_is_line_of(record, line) for record in proved.records):
            raise ArrearsError(PROOF_WRONG, file=line_file, rule="the line of a record that was frozen")
    return proved


def _bytes_of(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            data = opened.read(_MOST_BYTES + 1)
    except OSError as error:
        raise ArrearsError(FILE_NOT_READABLE, file=file, reason=error.strerror) from None
    if len(data) > _MOST_BYTES:
        raise ArrearsError(FILE_NOT_READABLE, file=file, reason=f"more than {_MOST_BYTES} bytes")
    return data


def _is_line_of(record: ProvedRecord, line: bytes) -> bool:
    return merkle.leaf_hash(bytes.fromhex(record.salt) + line).hex() == record.leaf


def proof_lines(proved: ProvedCase, line_file: Path | None) -> list[str]:
    """What is proved, line by line."""
    return [
        f"proved by the checkpoint of {proved.head.size} pages that {proved.signer} signed:",
        f"case    {proved.case_id}",
        f"state   {proved.state}",
        *(
            f"page    {page.page_no} {page.written_at} {' '.join(event.kind for event in page.events)} by {page.actor}"
            for page in proved.pages
        ),
        *(
            f"record  {record.serial} of {record.records} in batch {record.batch_id}, root {record.root}"
            for record in proved.records
        ),
        *([] if line_file is None else [f"line    {line_file.name} is the line of such a record"]),
    ]
