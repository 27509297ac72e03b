"""What happened to one case in each batch that it was in: frozen, decided, re-checked, sealed, sent, answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa

from lake.engine import read_table
from lake.snapshot import Lake, SnapshotRef
from ledger.ledger import Ledger
from ledger.page import BookedEvent, Page
from orchestration.batch_pages import batch_key, freeze_page, part_key, removed_case_ids
from orchestration.merkle_check import Inclusion, inclusion_of
from schemas.errors import ArrearsError
from schemas.errors.extract import SNAPSHOT_MISSING


@dataclass(frozen=True)
class Decision:
    """What a person decided on a batch.

    Attributes:
        page_no: where it stands.
        option: Release, Hold or Lapsed.
        person_name: log-in name, None when the time to answer ran out.
        person_id: number of the user at that time.
        answered_at: when Airflow took the answer.
        written_at: when it was written into the ledger.
        reason: as the person gave it.
        is_of_frozen_root: whether the root that was shown to the person is the frozen one.
    """

    page_no: int
    option: str
    person_name: str | None
    person_id: str | None
    answered_at: str | None
    written_at: datetime
    reason: str
    is_of_frozen_root: bool


@dataclass(frozen=True)
class Refusal:
    """An answer that was not accepted."""

    page_no: int
    code: str
    title: str
    written_at: datetime


@dataclass(frozen=True)
class ReCheck:
    """A last look before sealing.

    Attributes:
        page_no: where it stands.
        as_of: business date of the books that were looked at.
        book_id: these books.
        is_removed: whether it took the case out.
        cause: paid, or not reportable any more.
        rules: failing rules that say why.
    """

    page_no: int
    as_of: str
    book_id: str
    is_removed: bool
    cause: str | None
    rules: tuple[str, ...]


@dataclass(frozen=True)
class SealedFile:
    """The sealed part that holds the case's record, and its way to the bureau.

    Attributes:
        page_no: of the seal.
        file_name: at the bureau.
        size_bytes: of the file.
        sha256: of the file.
        records: in the part.
        signer: SHA-256 fingerprint of the certificate that signed.
        recipients: fingerprints of the certificates that can open it.
        intent_page_no, rename_page_no: steps of the upload, None when not taken.
        receipt_page_no: None while there is no receipt.
        received_at: when the receipt was written.
        remote_path: where the file was found at the bureau.
        received_sha256: SHA-256 on the receipt.
        is_read_back: whether the file was read back from the bureau's server and digested.
    """

    page_no: int
    file_name: str
    size_bytes: int
    sha256: str
    records: int
    signer: str
    recipients: tuple[str, ...]
    intent_page_no: int | None
    rename_page_no: int | None
    receipt_page_no: int | None
    received_at: datetime | None
    remote_path: str | None
    received_sha256: str | None
    is_read_back: bool | None


@dataclass(frozen=True)
class BureauAnswer:
    """What the bureau said about the record.

    Attributes:
        page_no: where it stands.
        status: accepted or rejected.
        code: the bureau's code for the reason.
        answer: name of the answer's file.
        written_at: when it was booked.
    """

    page_no: int
    status: str
    code: str | None
    answer: str
    written_at: datetime


@dataclass(frozen=True)
class BatchStory:
    """One case in one batch.

    Attributes:
        batch_id: identity of the batch.
        page_no: of the freeze.
        as_of: business date of the report.
        assessment_id: from which it was frozen.
        frozen_at: when.
        prepared_by: log-in name of who started the run, None for a scheduled one.
        cases: records in the batch.
        serial: number of this record.
        leaf: hash of this record, hexadecimal.
        root: Merkle root of all of them.
        inclusion: check of the leaf against the root; None when the frozen list is deleted by retention.
        decision: None while nobody decided.
        refusals: answers that were not accepted.
        rechecks: last looks, oldest first.
        sealed_file: None while not sealed, and for a case that was taken out.
        sent_page_no: page that closes the batch.
        answer: None while the bureau has not answered.
    """

    batch_id: str
    page_no: int
    as_of: str
    assessment_id: str
    frozen_at: datetime
    prepared_by: str | None
    cases: int
    serial: int
    leaf: str
    root: str
    inclusion: Inclusion | None
    decision: Decision | None
    refusals: tuple[Refusal, ...]
    rechecks: tuple[ReCheck, ...]
    sealed_file: SealedFile | None
    sent_page_no: int | None
    answer: BureauAnswer | None


def batches_of(ledger: Ledger, lake: Lake, case_id: str, events: Sequence[BookedEvent]) -> tuple[BatchStory, ...]:
    """The batches that a case was in, oldest first.

    Args:
        ledger: where it all stands.
        lake: holds the frozen lists.
        case_id: which case.
        events: all of its events.

    Raises:
        ArrearsError: `BATCH_UNKNOWN`, `SNAPSHOT_ALTERED`.
    """
    return tuple(_batch(ledger, lake, case_id, event, events) for event in events if event.kind == "frozen")


def _batch(ledger: Ledger, lake: Lake, case_id: str, frozen: BookedEvent, events: Sequence[BookedEvent]) -> BatchStory:
    batch_id, serial, leaf = frozen.detail["batch_id"], frozen.detail["serial"], frozen.detail["leaf"]
    page = freeze_page(ledger, batch_id)
    facts = page.content
    rows = _frozen_list(lake, facts["frozen_snapshot"])
    mine = [event for event in events if event.detail.get("batch_id") == batch_id]
    sent = ledger.page(batch_key(batch_id, "sent"))
    return BatchStory(
        batch_id=batch_id,
        page_no=page.page_no,
        as_of=facts["as_of"],
        assessment_id=facts["assessment_id"],
        frozen_at=page.written_at,
        prepared_by=facts["prepared_by"],
        cases=facts["cases"],
        serial=serial,
        leaf=leaf,
        root=facts["root"],
        inclusion=None if rows is None else inclusion_of(rows, case_id, serial, leaf, facts["root"]),
        decision=_decision(ledger.page(batch_key(batch_id, "decision")), facts["root"]),
        refusals=_refusals(ledger, batch_id),
        rechecks=_rechecks(ledger, batch_id, case_id, mine),
        sealed_file=_sealed_file(ledger, batch_id, case_id, page),
        sent_page_no=None if sent is None else sent.page_no,
        answer=_answer(mine),
    )


def _frozen_list(lake: Lake, snapshot: dict[str, Any]) -> pa.Table | None:
    try:
        lake.verify(SnapshotRef.from_json(snapshot))
        return read_table(lake, snapshot)
    except ArrearsError as error:
        if error.kind is SNAPSHOT_MISSING:
            return None
        raise


def _decision(page: Page | None, root: str) -> Decision | None:
    if page is None:
        return None
    facts = page.content
    return Decision(
        page.page_no,
        facts["option"],
        facts.get("person_name"),
        facts.get("person_id"),
        facts.get("answered_at"),
        page.written_at,
        facts["reason"],
        facts["root"] == root,
    )


def _refusals(ledger: Ledger, batch_id: str) -> tuple[Refusal, ...]:
    pages = ledger.pages(kind="refusal", key_prefix=batch_key(batch_id, "refusal", ""))
    return tuple(Refusal(page.page_no, page.content["code"], page.content["title"], page.written_at) for page in pages)


def _rechecks(ledger: Ledger, batch_id: str, case_id: str, events: Sequence[BookedEvent]) -> tuple[ReCheck, ...]:
    removals = {event.page_no: event.detail for event in events if event.kind == "removed"}
    pages = ledger.pages(kind="recheck", key_prefix=batch_key(batch_id, "recheck", ""))
    return tuple(
        ReCheck(
            page.page_no,
            page.content["as_of"],
            page.content["book_id"],
            case_id in page.content["removed"],
            removals.get(page.page_no, {}).get("cause"),
            tuple(rule for rule in removals.get(page.page_no, {}).get("rules", ()) if rule),
        )
        for page in pages
    )


def _sealed_file(ledger: Ledger, batch_id: str, case_id: str, frozen: Page) -> SealedFile | None:
    """The part with this record: parts are cut from the frozen list without what a re-check took out."""
    seal = ledger.page(batch_key(batch_id, "seal"))
    if seal is None:
        return None
    removed = removed_case_ids(ledger, batch_id)
    kept = [event.case_id for event in ledger.events(page_no=frozen.page_no, kinds=["frozen"])]
    kept = [each for each in kept if each not in removed]
    if case_id not in kept:
        return None
    position = kept.index(case_id)
    part = next(part for part in seal.content["parts"] if part["offset"] <= position < part["offset"] + part["records"])
    steps = {step: ledger.page(part_key(batch_id, part["part_no"], step)) for step in ("intent", "rename", "receipt")}
    receipt = steps["receipt"]
    return SealedFile(
        page_no=seal.page_no,
        file_name=part["file_name"],
        size_bytes=part["size_bytes"],
        sha256=part["sha256"],
        records=part["records"],
        signer=seal.content["signer"],
        recipients=tuple(seal.content["recipients"]),
        intent_page_no=_number(steps["intent"]),
        rename_page_no=_number(steps["rename"]),
        receipt_page_no=_number(receipt),
        received_at=None if receipt is None else receipt.written_at,
        remote_path=None if receipt is None else receipt.content["remote_path"],
        received_sha256=None if receipt is None else receipt.content["sha256"],
        is_read_back=None if receipt is None else receipt.content["is_read_back"],
    )


def _number(page: Page | None) -> int | None:
    return None if page is None else page.page_no


def _answer(events: Sequence[BookedEvent]) -> BureauAnswer | None:
    for event in events:
        if event.kind in ("accepted", "rejected"):
            detail = event.detail
            return BureauAnswer(event.page_no, event.kind, detail.get("code"), detail["answer"], event.written_at)
    return None
