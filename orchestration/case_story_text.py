"""A case's story for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from delivery.evidence_pack.facts import Notice
from orchestration.case_batches import BatchStory, Decision, ReCheck, SealedFile
from orchestration.case_story import CaseLine, CaseStory, Step
from orchestration.console_parts import BAD, GOOD, QUIET, cell, facts, heading, listing
from orchestration.judgement_text import judgement_parts
from orchestration.merkle_check import Inclusion

_STANDS = {
    "found": "found reportable, the borrower is not told yet",
    "unnoticed": "the borrower could not be told",
    "noticed": "the borrower is told and may pay",
    "frozen": "in a batch that waits for a decision",
    "released": "in a batch that a person released",
    "sent": "reported, not answered yet",
    "accepted": "reported and accepted by the bureau",
    "rework": "reported and rejected by the bureau",
    "cured": "paid up, the case is closed",
}


def story_parts(story: CaseStory) -> Iterator[RenderableType]:
    """All parts in order."""
    yield Text(f"{story.case_id}: {_STANDS[story.state]}", style="bold")
    if not story.is_proved:
        yield cell("A CHECK FAILED, see below", BAD)
    if story.judgement is not None:
        yield from judgement_parts(story.judgement)
    else:
        yield heading("Figures and rules")
        yield cell(f"deleted from the lake, what follows is from the ledger: {story.deleted}", BAD)
    for notice in story.notices:
        yield heading("Notice to the borrower", [notice.page_no])
        yield _notice(notice)
    for batch in story.batches:
        yield from _batch_parts(batch)
    yield heading("The case in the ledger")
    yield _history(story.history)


def list_parts(cases: Sequence[CaseLine]) -> Iterator[RenderableType]:
    """The cases of a loan that has several."""
    yield Text("This loan has several cases. Ask for one of them:", style="bold")
    yield listing(("case", "stands"), [(case.case_id, _STANDS[case.state]) for case in cases])


def _notice(notice: Notice) -> RenderableType:
    if not notice.is_delivered:
        return facts(
            {
                "delivered": cell("no", BAD),
                "why": notice.reason,
                "server's answer": notice.reply,
                "at": notice.written_at,
            }
        )
    return facts(
        {
            "delivered on": notice.delivered_on,
            "grace period ends on": notice.grace_ends_on,
            "mail server's answer": notice.reply,
            "answered at": notice.answered_at,
            "message": notice.message_id,
            "SHA-256 of the message": notice.message_sha256,
            "template": notice.template,
            "SHA-256 of the template": notice.template_sha256,
        }
    )


def _batch_parts(batch: BatchStory) -> Iterator[RenderableType]:
    yield heading(f"Batch {batch.batch_id}", [batch.page_no])
    yield facts(
        {
            "business date": batch.as_of,
            "frozen at": batch.frozen_at,
            "started by": batch.prepared_by or "the schedule",
            "record": f"{batch.serial} of {batch.cases}",
            "leaf": batch.leaf,
            "Merkle root": batch.root,
            "leaf is under the root": _inclusion(batch.inclusion),
            "proof": "\n".join(batch.inclusion.proof) if batch.inclusion else None,
        }
    )
    for refusal in batch.refusals:
        yield heading("Answer that was not accepted", [refusal.page_no])
        yield facts({"why": f"{refusal.code} {refusal.title}", "at": refusal.written_at})
    if batch.decision is not None:
        yield heading("Approval", [batch.decision.page_no])
        yield _decision(batch.decision)
    for recheck in batch.rechecks:
        yield heading("Re-check", [recheck.page_no])
        yield _recheck(recheck)
    if batch.sealed_file is not None:
        yield from _file_parts(batch.sealed_file, batch.sent_page_no)
    if batch.answer is not None:
        yield heading("The bureau's answer", [batch.answer.page_no])
        is_accepted = batch.answer.status == "accepted"
        yield facts(
            {
                "record was": cell(batch.answer.status, GOOD if is_accepted else BAD),
                "bureau's code": batch.answer.code,
                "answer": batch.answer.answer,
                "booked at": batch.answer.written_at,
            }
        )


def _inclusion(inclusion: Inclusion | None) -> Text:
    if inclusion is None:
        return cell("can't be checked: the frozen list is deleted from the lake", QUIET)
    if inclusion.is_included:
        return cell(f"yes, computed from the frozen list of {inclusion.leaves} leaves", GOOD)
    return cell(f"NO: {inclusion.reason}", BAD)


def _decision(decision: Decision) -> RenderableType:
    person = f"{decision.person_name} (user {decision.person_id})" if decision.person_name else "nobody"
    return facts(
        {
            "decision": decision.option,
            "by": person,
            "answered at": decision.answered_at,
            "booked at": decision.written_at,
            "reason": decision.reason,
            "root that was shown": cell("the frozen one", GOOD)
            if decision.is_of_frozen_root
            else cell("ANOTHER THAN THE FROZEN ONE", BAD),
        }
    )


def _recheck(recheck: ReCheck) -> RenderableType:
    return facts(
        {
            "looked at the books of": recheck.as_of,
            "books": recheck.book_id,
            "result": f"taken out: {recheck.cause}" if recheck.is_removed else "stays in the batch",
            "failing rules": recheck.rules,
        }
    )


def _file_parts(sealed: SealedFile, sent_page_no: int | None) -> Iterator[RenderableType]:
    yield heading("Sealed file", [sealed.page_no])
    yield facts(
        {
            "file": sealed.file_name,
            "size": f"{sealed.size_bytes} bytes, {sealed.records} records",
            "SHA-256": sealed.sha256,
            "signed with certificate": sealed.signer,
            "sealed for certificates": sealed.recipients,
        }
    )
    if sealed.receipt_page_no is None:
        yield heading("On its way to the bureau", [sealed.intent_page_no, sealed.rename_page_no])
        return
    yield heading("Receipt", [sealed.intent_page_no, sealed.rename_page_no, sealed.receipt_page_no, sent_page_no])
    is_same = sealed.received_sha256 == sealed.sha256
    yield facts(
        {
            "found at the bureau as": sealed.remote_path,
            "SHA-256 there": cell("the same", GOOD) if is_same else cell(f"ANOTHER: {sealed.received_sha256}", BAD),
            "read back and digested": sealed.is_read_back,
            "booked at": sealed.received_at,
        }
    )


def _history(steps: Sequence[Step]) -> RenderableType:
    return listing(
        ("page", "event", "at", "by", "rules that say why"),
        [
            (step.page_no, step.kind, step.written_at, step.actor, tuple(rule for rule in step.detail.get("rules", ())))
            for step in steps
        ],
    )
