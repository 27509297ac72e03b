"""From facts to the bytes of a message: same template, facts and instant, same bytes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from string import Template

from delivery.notices.facts import NoticeFacts
from delivery.notices.template import NoticeTemplate
from schemas.errors import ArrearsError
from schemas.errors.notice import ADDRESS_NOT_USABLE, SENDER_NOT_USABLE, TEMPLATE_UNKNOWN

_RULE = "\n" + "-" * 40 + "\n\n"
_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+"
)
_MOST_ADDRESS_CHARACTERS = 254
_MOST_LOCAL_CHARACTERS = 64


@dataclass(frozen=True)
class NoticeText:
    """A notice in words.

    Attributes:
        subject: subject line.
        body: text, lines ended by LF.
        template_name: the wording it was made from.
        template_sha256: digest of that wording.
    """

    subject: str
    body: str = field(repr=False)
    template_name: str
    template_sha256: str


@dataclass(frozen=True)
class NoticeMessage:
    """A notice ready to be sent.

    Attributes:
        case_id: the case that it belongs to.
        message_id: of its header, see `message_id_of`.
        sender: address of the envelope and the From header.
        recipient: address of the envelope and the To header.
        content: the message's bytes, lines ended by CRLF.
        sha256: over these bytes, hexadecimal.
        template_name: the wording it was made from.
        template_sha256: digest of that wording.
    """

    case_id: str
    message_id: str
    sender: str
    recipient: str = field(repr=False)
    content: bytes = field(repr=False)
    sha256: str
    template_name: str
    template_sha256: str


def render(template: NoticeTemplate, facts: NoticeFacts, languages: Sequence[str] = ("zh",)) -> NoticeText:
    """Writes the facts into the template.

    Args:
        template: what is said.
        facts: what it is said with.
        languages: in the order of the text; the subject is that of the first.

    Raises:
        ArrearsError: TEMPLATE_UNKNOWN when the template has no text in a language.
    """
    for language in languages:
        if language not in template.languages:
            raise ArrearsError(TEMPLATE_UNKNOWN, template=template.name, language=language, known=template.languages)
    values = {**facts.printed(), "template_name": template.name}
    bodies = [Template(template.bodies[language]).substitute(values) for language in languages]
    subject = Template(template.subjects[languages[0]]).substitute(values)
    return NoticeText(subject, _RULE.join(bodies), template.name, template.sha256)


def is_usable_address(address: str | None) -> bool:
    """Whether a message can be addressed there: name@domain in ASCII, of the lengths of RFC 5321."""
    if address is None or len(address) > _MOST_ADDRESS_CHARACTERS or not _ADDRESS.fullmatch(address):
        return False
    return len(address.partition("@")[0]) <= _MOST_LOCAL_CHARACTERS


def message_id_of(case_id: str, try_no: int, sender: str) -> str:
    """The Message-ID of a case's notice: the same for the same case and try, so that a double is recognised.

    Args:
        case_id: the case; it can't be read back from the id.
        try_no: from 1. It grows when an earlier notice is known to have failed; a task that runs again after an unknown
            outcome keeps the number.
        sender: its domain becomes that of the id.
    """
    if try_no < 1:
        raise ValueError(f"try_no {try_no} is below 1")
    digest = hashlib.sha256(f"{case_id}\n{try_no}".encode()).hexdigest()
    return f"<notice.{digest[:40]}@{sender.rpartition('@')[2]}>"


def compose(
    text: NoticeText,
    *,
    case_id: str,
    try_no: int,
    sender: str,
    recipient: str | None,
    written_at: datetime,
    sender_name: str = "",
) -> NoticeMessage:
    """Makes the message.

    Args:
        text: what it says.
        case_id: the case that it belongs to.
        try_no: see `message_id_of`.
        sender: address in the From header.
        recipient: the borrower's address.
        written_at: for the Date header, timezone-aware. Keep it for a task that runs again, and the bytes are the same.
        sender_name: name in the From header.

    Raises:
        ArrearsError: ADDRESS_NOT_USABLE, SENDER_NOT_USABLE.
    """
    if not is_usable_address(sender):
        raise ArrearsError(SENDER_NOT_USABLE)
    if recipient is None or not is_usable_address(recipient):
        raise ArrearsError(ADDRESS_NOT_USABLE, case_id=case_id)
    message_id = message_id_of(case_id, try_no, sender)
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(display_name=sender_name, addr_spec=sender)
    message["To"] = Address(addr_spec=recipient)
    message["Subject"] = text.subject
    message["Date"] = format_datetime(written_at)
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text.body, charset="utf-8", cte="base64")
    content = message.as_bytes()
    return NoticeMessage(
        case_id=case_id,
        message_id=message_id,
        sender=sender,
        recipient=recipient,
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        template_name=text.template_name,
        template_sha256=text.template_sha256,
    )
