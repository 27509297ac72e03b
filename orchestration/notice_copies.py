"""The text of a notice as it was sent, made again: the ledger keeps only its SHA-256, since the text is personal.

Template, figures and settings are known; the second in its Date header lies shortly before the mail server's answer.
The message is composed for each of these seconds until one has the booked digest, which proves every byte of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from delivery.evidence_pack.facts import Notice
from delivery.notices.facts import NoticeFacts
from delivery.notices.message import compose, render
from delivery.notices.template import NoticeTemplate, load_template
from lake.snapshot import Lake
from ledger.ledger import Ledger
from orchestration.case_judgement import Judgement, judgement_of
from orchestration.case_story import show_plain
from orchestration.deployment import policy_versions
from orchestration.site import Site
from schemas.errors import ArrearsError
from schemas.errors.evidence_pack import NOTICE_COPY_DIFFERS
from transforms.grace import grace_end_of

_LONGEST_SENDING = timedelta(minutes=15)
_FIRST_TRY = 1


def given_copy(message: bytes, notices: tuple[Notice, ...]) -> bytes:
    """A copy that a person gives, when it is a message that was delivered.

    Raises:
        ArrearsError: NOTICE_COPY_DIFFERS.
    """
    found = hashlib.sha256(message).hexdigest()
    if found not in {notice.message_sha256 for notice in notices if notice.is_delivered}:
        raise ArrearsError(NOTICE_COPY_DIFFERS)
    return message


def copy_made_again(ledger: Ledger, lake: Path, case_id: str, loan_id: str, notice: Notice, site: Site) -> bytes | None:
    """The delivered message, byte for byte; None when settings, template or books are not those of that day any more.

    Args:
        ledger: names the business date of the notice and its assessments.
        lake: root of the snapshots.
        case_id: which case.
        loan_id: its loan.
        notice: a delivered one.
        site: settings of the lender.
    """
    page = ledger.page(f"notice/{case_id}/{_FIRST_TRY}")
    if page is None or notice.answered_at is None or notice.template is None:
        return None
    try:
        template = load_template(notice.template)
    except ArrearsError:
        return None
    if template.sha256 != notice.template_sha256:
        return None
    as_of = page.content["as_of"]
    for assessment in ledger.pages(kind="assess", key_prefix=f"assess/{as_of}/"):
        try:
            judged = judgement_of(ledger, Lake(lake), loan_id, as_of, assessment.key.rpartition("/")[2], show_plain)
        except ArrearsError:
            continue
        for message in _messages(case_id, judged, template, notice, site):
            if hashlib.sha256(message).hexdigest() == notice.message_sha256:
                return message
    return None


def _messages(case_id: str, judged: Judgement, template: NoticeTemplate, notice: Notice, site: Site) -> Iterator[bytes]:
    """The message as composed at each second before the answer, the latest first."""
    policy = next(
        each for each in policy_versions() if (each.name, each.version) == (judged.policy_name, judged.policy_version)
    )
    answered_at = datetime.fromisoformat(str(notice.answered_at)).replace(microsecond=0)
    zone = ZoneInfo(judged.time_zone)
    for second in range(int(_LONGEST_SENDING.total_seconds())):
        at = answered_at - timedelta(seconds=second)
        today = at.astimezone(zone).date()
        try:
            facts = NoticeFacts(
                case_id=case_id,
                borrower_name=judged.borrower["name"],
                loan_id=judged.loan["loan_id"],
                platform_name=site.institution.platform_name,
                platform_uscc=site.institution.platform_uscc,
                platform_contact=site.institution.contact,
                payment_advice=site.institution.payment_advice,
                bureau_name=site.desk.name,
                bureau_contact=site.desk.contact,
                first_missed_on=judged.arrears["first_missed_on"],
                overdue_amount=judged.arrears["overdue_amount"],
                balance_amount=judged.arrears["balance_amount"],
                amounts_as_of=judged.as_of,
                grace_until_on=grace_end_of(today, policy),
                written_on=today,
            )
            message = compose(
                render(template, facts),
                case_id=case_id,
                try_no=_FIRST_TRY,
                sender=site.notice_sender,
                recipient=judged.borrower["email"],
                written_at=at,
                sender_name=site.institution.platform_name,
            )
        except ArrearsError:
            return
        yield message.content
