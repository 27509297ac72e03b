"""Delivery of notices over SMTP (RFC 5321), several over one connection, each with the proof of its outcome.

What the proof is: the server's final reply 250 to the message says that this server took the responsibility for
delivering it (RFC 5321 section 6.1), and the SHA-256 says which bytes it took. When that server is the one of the
borrower's mailbox, the message has reached the borrower's provider; when it is a relay, it is on its way. A later
bounce to the sender's address withdraws the proof: watch that mailbox and book such a notice as failed.

What it is not: proof that the message was put into the inbox and not with the junk, that it was opened or read, or that
the mailbox is the borrower's. Where a law asks for more, use a channel that gives more.

Addresses and texts are never logged and stand in no error; addresses in a server's reply are masked.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from delivery.notices.message import NoticeMessage
from schemas.errors import ArrearsError
from schemas.errors.notice import (
    MAIL_CONNECTION_LOST,
    MAIL_LOGIN_REFUSED,
    MAIL_SENDER_REFUSED,
    MAIL_SERVER_DEFERS,
    MAIL_SERVER_UNREACHABLE,
    MAIL_TLS_FAILED,
    MAIL_TLS_MISSING,
)

_LOGIN_CODES = frozenset({530, 534, 535, 538})
_CLOSING = 421
_MOST_REPLY_CHARACTERS = 200
_MASK = "<address>"
_ANY_ADDRESS = re.compile(r"<?[^\s<>@]+@[^\s<>@]+>?")


@dataclass(frozen=True)
class MailServer:
    """The mail server that takes our notices.

    Attributes:
        host: its name, which its certificate must bear.
        port: 587 or 25 as a rule; with `tls = "from_start"` 465.
        tls: `required` STARTTLS or nothing is sent; `when_offered` STARTTLS when the server offers it, for a server on
            this machine; `from_start` TLS before the first word. A certificate is verified in every case.
        user: for the log-in, None for none. A password is sent over TLS only.
        password: for the log-in.
        timeout_seconds: longest wait for one answer.
        local_name: how we greet.
        trusted_certificates_pem: issuers that are trusted; None for those of the system.
    """

    host: str
    port: int
    tls: Literal["required", "when_offered", "from_start"] = "required"
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    timeout_seconds: float = 30.0
    local_name: str = "localhost"
    trusted_certificates_pem: str | None = None


@dataclass(frozen=True)
class Delivery:
    """What became of one notice. It holds no address.

    Attributes:
        case_id: the case of the notice.
        message_id: of the message.
        is_delivered: True when the server took it, False when it refused it for good.
        reply_code: the server's final reply: 250 when it took it, 5xx when it refused the recipient or the message.
        reply_text: the reply's text, addresses masked, at most 200 characters.
        message_sha256: over the message's bytes, hexadecimal.
        size_bytes: of the message.
        answered_at: when the final reply came, by the clock that was given.
    """

    case_id: str
    message_id: str
    is_delivered: bool
    reply_code: int
    reply_text: str
    message_sha256: str
    size_bytes: int
    answered_at: datetime


@contextmanager
def mail_session(server: MailServer, clock: Callable[[], datetime]) -> Iterator[MailSession]:
    """Connects, encrypts and logs in as the settings say; says goodbye at the end.

    Args:
        server: where to.
        clock: gives the instant of each final reply, timezone-aware.

    Raises:
        ArrearsError: MAIL_SERVER_UNREACHABLE, MAIL_CONNECTION_LOST, MAIL_SERVER_DEFERS (these may be tried again);
            MAIL_SENDER_REFUSED, MAIL_LOGIN_REFUSED, MAIL_TLS_MISSING, MAIL_TLS_FAILED.
    """
    smtp = _connect(server)
    try:
        _encrypt(smtp, server)
        _log_in(smtp, server)
        yield MailSession(smtp, clock)
    finally:
        with suppress(smtplib.SMTPException, OSError):
            smtp.quit()
        smtp.close()


class MailSession:
    """An open connection that sends one notice after the other."""

    def __init__(self, smtp: smtplib.SMTP, clock: Callable[[], datetime]) -> None:
        self._smtp = smtp
        self._clock = clock

    def send(self, message: NoticeMessage) -> Delivery:
        """Sends one notice and waits for the server's final reply.

        A refusal of the recipient or the message for good is an outcome, not an error.

        Raises:
            ArrearsError: MAIL_SERVER_DEFERS when the server wants it later: this message is not taken, and others can
                still be sent over this session; MAIL_CONNECTION_LOST when the line broke: the session is over and
                whether this message was taken is not known, so it is sent again under the same Message-ID;
                MAIL_SENDER_REFUSED and MAIL_LOGIN_REFUSED when the server takes nothing from us.
        """
        with _translated(message.case_id):
            return self._sent(message)

    def _sent(self, message: NoticeMessage) -> Delivery:
        code, reply = self._smtp.mail(message.sender, self._mail_options(message))
        if not _is_taken(code):
            self._require_refusal(code, message)
            raise ArrearsError(MAIL_SENDER_REFUSED, case_id=message.case_id, reply_code=code)
        code, reply = self._smtp.rcpt(message.recipient)
        if _is_taken(code):
            code, reply = self._transfer(message)
        if not _is_taken(code):
            self._require_refusal(code, message)
        return Delivery(
            case_id=message.case_id,
            message_id=message.message_id,
            is_delivered=_is_taken(code),
            reply_code=code,
            reply_text=masked_reply(reply, message.recipient),
            message_sha256=message.sha256,
            size_bytes=len(message.content),
            answered_at=self._clock(),
        )

    def _mail_options(self, message: NoticeMessage) -> list[str]:
        return [f"size={len(message.content)}"] if self._smtp.has_extn("size") else []

    def _transfer(self, message: NoticeMessage) -> tuple[int, bytes]:
        try:
            return self._smtp.data(message.content)
        except smtplib.SMTPDataError as refusal:
            error = refusal.smtp_error
            return refusal.smtp_code, error if isinstance(error, bytes) else error.encode()

    def _require_refusal(self, code: int, message: NoticeMessage) -> None:
        """Leaves the session ready for the next message; returns only when the reply is a refusal for good."""
        if code in (_CLOSING, -1):
            raise ArrearsError(MAIL_CONNECTION_LOST, case_id=message.case_id, reply_code=code)
        self._smtp.rset()
        if code in _LOGIN_CODES:
            raise ArrearsError(MAIL_LOGIN_REFUSED, case_id=message.case_id, reply_code=code)
        if not _is_for_good(code):
            raise ArrearsError(MAIL_SERVER_DEFERS, case_id=message.case_id, reply_code=code)


def _is_taken(code: int) -> bool:
    return 200 <= code <= 299


def _is_for_good(code: int) -> bool:
    return 500 <= code <= 599


def masked_reply(reply: bytes, recipient: str) -> str:
    """A server's reply as one line without addresses, the recipient's name before the @ included."""
    text = " ".join(reply.decode("utf-8", errors="replace").split())
    text = _ANY_ADDRESS.sub(_MASK, text)
    local = recipient.partition("@")[0]
    if len(local) > 2:
        text = re.sub(re.escape(local), _MASK, text, flags=re.IGNORECASE)
    return text[:_MOST_REPLY_CHARACTERS]


def _connect(server: MailServer) -> smtplib.SMTP:
    try:
        if server.tls == "from_start":
            return smtplib.SMTP_SSL(
                server.host,
                server.port,
                local_hostname=server.local_name,
                timeout=server.timeout_seconds,
                context=_tls_context(server),
            )
        return smtplib.SMTP(server.host, server.port, local_hostname=server.local_name, timeout=server.timeout_seconds)
    except ssl.SSLError as problem:
        raise ArrearsError(MAIL_TLS_FAILED, host=server.host, port=server.port, reason=problem.reason) from None
    except smtplib.SMTPConnectError as problem:
        kind = MAIL_SENDER_REFUSED if _is_for_good(problem.smtp_code) else MAIL_SERVER_DEFERS
        raise ArrearsError(kind, host=server.host, port=server.port, reply_code=problem.smtp_code) from None
    except (OSError, smtplib.SMTPException) as problem:
        raise ArrearsError(
            MAIL_SERVER_UNREACHABLE, host=server.host, port=server.port, reason=type(problem).__name__
        ) from None


def _encrypt(smtp: smtplib.SMTP, server: MailServer) -> None:
    with _translated(None):
        smtp.ehlo_or_helo_if_needed()
        if server.tls == "from_start":
            return
        if not smtp.has_extn("starttls"):
            if server.tls == "required" or server.user is not None:
                raise ArrearsError(MAIL_TLS_MISSING, host=server.host, port=server.port)
            return
        try:
            smtp.starttls(context=_tls_context(server))
        except ssl.SSLError as problem:
            raise ArrearsError(MAIL_TLS_FAILED, host=server.host, port=server.port, reason=problem.reason) from None
        smtp.ehlo()


def _log_in(smtp: smtplib.SMTP, server: MailServer) -> None:
    if server.user is None:
        return
    with _translated(None):
        try:
            smtp.login(server.user, server.password or "")
        except smtplib.SMTPAuthenticationError as refusal:
            if _is_for_good(refusal.smtp_code):
                raise ArrearsError(MAIL_LOGIN_REFUSED, host=server.host, reply_code=refusal.smtp_code) from None
            raise
        except (smtplib.SMTPServerDisconnected, smtplib.SMTPResponseException):
            raise
        except smtplib.SMTPException:
            raise ArrearsError(MAIL_LOGIN_REFUSED, host=server.host, reason="no log-in in common") from None


def _tls_context(server: MailServer) -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=server.trusted_certificates_pem)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


@contextmanager
def _translated(case_id: str | None) -> Iterator[None]:
    """Turns what smtplib raises into our errors; its own texts hold addresses and are dropped."""
    about = {} if case_id is None else {"case_id": case_id}
    try:
        yield
    except smtplib.SMTPServerDisconnected:
        raise ArrearsError(MAIL_CONNECTION_LOST, **about, reason="the server closed it") from None
    except smtplib.SMTPResponseException as problem:
        code = problem.smtp_code
        kind = MAIL_SENDER_REFUSED if _is_for_good(code) else MAIL_SERVER_DEFERS
        raise ArrearsError(kind, **about, reply_code=code) from None
    except (smtplib.SMTPException, OSError) as problem:
        raise ArrearsError(MAIL_CONNECTION_LOST, **about, reason=type(problem).__name__) from None
