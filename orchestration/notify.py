"""The steps of `notify`: open cases, close cured ones, send each borrower one notice and book its proof."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa

from delivery.notices.facts import NoticeFacts
from delivery.notices.message import NoticeMessage, compose, is_usable_address, render
from delivery.notices.smtp import Delivery, MailSession, mail_session
from delivery.notices.template import NoticeTemplate, load_template
from ledger.page import Event
from orchestration.assessed import Assessed, assessed_on
from orchestration.case_heads import case_heads, cases_key, is_outdated
from orchestration.task_run import TaskRun
from schemas.errors import ArrearsError
from schemas.errors.notice import MAIL_SERVER_DEFERS, NOTICE_FACT_INVALID, NOTICE_FACT_MISSING
from transforms.batch import select_cases, select_for_notice
from transforms.grace import grace_end_of

TEMPLATE = "cn_2018_v1"
_DEFERRED = "deferred"
_ADDRESSEE = ("loan_id", "name", "email")


def open_cases(run: TaskRun) -> dict[str, Any]:
    """Open a case for each loan newly found reportable and close those whose episode has ended.

    A run for a date before the newest one that was handled changes nothing: its decisions are out of date.

    Returns:
        as_of, assessment_id, is_newest, and how many cases were opened and cured.

    Raises:
        ArrearsError: `NOTHING_ASSESSED`.
    """
    assessed = assessed_on(run, run.as_of)
    facts: dict[str, Any] = {"as_of": run.as_of.isoformat(), "assessment_id": assessed.assessment_id}
    key = cases_key(run.site.bureau, run.as_of, assessed.assessment_id)
    standing = run.ledger.page(key)
    if standing is not None:
        return standing.content
    if is_outdated(run.ledger, run.site.bureau, run.as_of):
        return {**facts, "is_newest": False, "opened": 0, "cured": 0}
    heads = case_heads(run.ledger, run.site.bureau)
    lazy_heads = assessed.lazy(heads)
    found = assessed.collect(
        select_for_notice(assessed.decisions, lazy_heads, run.site.bureau, assessed.policy).select("case_id")
    )
    known = set(heads["case_id"].to_pylist())
    selection = select_cases(
        assessed.books, assessed.decisions, lazy_heads, run.as_of, run.site.bureau, assessed.policy
    )
    opened = [case_id for case_id in found["case_id"].to_pylist() if case_id not in known]
    cured = assessed.collect(selection.cured)["case_id"].to_pylist()
    content = {**facts, "is_newest": True, "opened": len(opened), "cured": len(cured)}
    return run.ledger.write_page(
        key=key,
        kind="cases",
        actor="task:notify.open_cases",
        content=content,
        events=[
            *(Event(case_id, "found", facts) for case_id in opened),
            *(Event(case_id, "cured", facts) for case_id in cured),
        ],
        written_at=run.clock.now(),
    ).content


def send_notices(run: TaskRun, opened: Mapping[str, Any]) -> dict[str, Any]:
    """Send a notice to every borrower whose case waits for its first one and is reportable still.

    A run for a date before the newest one that was handled sends nothing, also when it was the newest once and is
    run again.

    Each notice stands in the ledger before the next is sent. A task that is killed in between sends at most that one
    notice again, under the same Message-ID.

    Returns:
        as_of, and how many notices were delivered and refused.

    Raises:
        ArrearsError: `MAIL_SERVER_DEFERS` when all others are sent and some have to be tried again later, and those of
            `delivery.notices.smtp`.
    """
    if is_outdated(run.ledger, run.site.bureau, run.as_of):
        return {"as_of": opened["as_of"], "delivered": 0, "failed": 0}
    assessed = assessed_on(run, run.as_of)
    waiting = _waiting_cases(run, assessed)
    counts: Counter[str] = Counter()
    if waiting.num_rows:
        template = load_template(TEMPLATE)
        with mail_session(run.connections.mail_server(), run.clock.now) as session:
            for row in _rows(waiting):
                counts[_notice_one(run, assessed, template, session, row)] += 1
    if counts[_DEFERRED]:
        raise ArrearsError(MAIL_SERVER_DEFERS, notices=counts[_DEFERRED])
    return {"as_of": opened["as_of"], "delivered": counts["notice_delivered"], "failed": counts["notice_failed"]}


def _waiting_cases(run: TaskRun, assessed: Assessed) -> pa.Table:
    """Reportable cases in state found, with what the notice says and to whom it goes."""
    heads = case_heads(run.ledger, run.site.bureau)
    found = pa.table(
        {
            "case_id": [
                case_id
                for case_id, state in zip(heads["case_id"].to_pylist(), heads["state"].to_pylist(), strict=True)
                if state == "found"
            ]
        },
        schema=pa.schema([("case_id", pa.string())]),
    )
    waiting = select_for_notice(assessed.decisions, assessed.lazy(heads), run.site.bureau, assessed.policy)
    borrowers = assessed.books.borrowers.select("borrower_id", "name", "email")
    return assessed.collect(
        waiting.join(assessed.lazy(found), on="case_id", how="semi")
        .join(borrowers, on="borrower_id", how="inner")
        .select("case_id", *_ADDRESSEE, "first_missed_on", "overdue_amount", "balance_amount")
        .sort("case_id")
    )


def _rows(table: pa.Table) -> Iterator[dict[str, Any]]:
    for batch in table.to_batches(max_chunksize=1000):
        yield from batch.to_pylist()


def _notice_one(
    run: TaskRun, assessed: Assessed, template: NoticeTemplate, session: MailSession, row: Mapping[str, Any]
) -> str:
    if not is_usable_address(row["email"]):
        return _book(run, row["case_id"], "notice_failed", {"reason": "no usable e-mail address"})
    try:
        message = _message(run, assessed, template, row)
    except ArrearsError as error:
        if error.kind not in (NOTICE_FACT_INVALID, NOTICE_FACT_MISSING):
            raise
        return _book(run, row["case_id"], "notice_failed", {"reason": f"{error.code} {error.facts['field']}"})
    try:
        outcome = session.send(message)
    except ArrearsError as error:
        if error.kind is MAIL_SERVER_DEFERS:
            return _DEFERRED
        raise
    return _book(run, row["case_id"], *_event_of(run, assessed, message, outcome))


def _message(run: TaskRun, assessed: Assessed, template: NoticeTemplate, row: Mapping[str, Any]) -> NoticeMessage:
    institution, desk, today = run.site.institution, run.site.desk, run.clock.today()
    facts = NoticeFacts(
        case_id=row["case_id"],
        borrower_name=row["name"],
        loan_id=row["loan_id"],
        platform_name=institution.platform_name,
        platform_uscc=institution.platform_uscc,
        platform_contact=institution.contact,
        payment_advice=institution.payment_advice,
        bureau_name=desk.name,
        bureau_contact=desk.contact,
        first_missed_on=row["first_missed_on"],
        overdue_amount=row["overdue_amount"],
        balance_amount=row["balance_amount"],
        amounts_as_of=run.as_of,
        grace_until_on=grace_end_of(today, assessed.policy),
        written_on=today,
    )
    return compose(
        render(template, facts),
        case_id=row["case_id"],
        try_no=1,
        sender=run.site.notice_sender,
        recipient=row["email"],
        written_at=run.clock.now(),
        sender_name=institution.platform_name,
    )


def _event_of(
    run: TaskRun, assessed: Assessed, message: NoticeMessage, outcome: Delivery
) -> tuple[str, dict[str, object]]:
    detail: dict[str, object] = {
        "message_id": outcome.message_id,
        "message_sha256": outcome.message_sha256,
        "reply": f"{outcome.reply_code} {outcome.reply_text}",
        "template": message.template_name,
        "template_sha256": message.template_sha256,
        "answered_at": outcome.answered_at.isoformat(),
    }
    if not outcome.is_delivered:
        return "notice_failed", {**detail, "reason": "the mail server refused it for good"}
    delivered_on = outcome.answered_at.astimezone(run.clock.time_zone).date()
    grace_ends_on = grace_end_of(delivered_on, assessed.policy)
    return "notice_delivered", {
        **detail,
        "delivered_on": delivered_on.isoformat(),
        "grace_ends_on": grace_ends_on.isoformat(),
    }


def _book(run: TaskRun, case_id: str, kind: str, detail: Mapping[str, object]) -> str:
    run.ledger.write_page(
        key=f"notice/{case_id}/1",
        kind="notice",
        actor="task:notify.send_notices",
        content={"as_of": run.as_of.isoformat()},
        events=[Event(case_id, kind, detail)],
        written_at=run.clock.now(),
    )
    return kind
