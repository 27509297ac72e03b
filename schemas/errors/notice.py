"""Errors of notices to borrowers (6xxx): templates and their facts 60xx, the mail server 61xx.

A dropped line and a server that asks to come back may be tried again. A refused borrower's address is no error: it is
the outcome of a delivery.
"""

from __future__ import annotations

from schemas.errors.kind import ErrorKind

TEMPLATE_UNKNOWN = ErrorKind(
    code="ARR-6001",
    title="There is no such notice template",
    cause="The name in the settings is none of those in `delivery/notices/templates`, or one of its texts is missing.",
    remedy="Use one of the names that are listed, or add the template with a text for each of its languages.",
)
TEMPLATE_INVALID = ErrorKind(
    code="ARR-6002",
    title="A notice template is not valid",
    cause="It lacks a statement that the law asks for, holds a banned phrase, or names a field wrongly or not at all.",
    remedy="Correct the template at the place named, as a new version, and have it reviewed.",
)
NOTICE_FACT_MISSING = ErrorKind(
    code="ARR-6003",
    title="A notice lacks a fact",
    cause="A field that the borrower must be told is empty.",
    remedy="Complete the settings of the site or correct the extract, then clear the task.",
)
NOTICE_FACT_INVALID = ErrorKind(
    code="ARR-6004",
    title="A fact of a notice can't be told",
    cause="A text holds line breaks or other control characters, an amount is not above zero, or the dates contradict.",
    remedy="Correct the settings of the site or the extract, then clear the task.",
)
ADDRESS_NOT_USABLE = ErrorKind(
    code="ARR-6005",
    title="The borrower's e-mail address can't be used",
    cause="It is missing, or is not of the form name@domain in ASCII.",
    remedy="Book the notice as failed, and correct the address at its source.",
)
SENDER_NOT_USABLE = ErrorKind(
    code="ARR-6006",
    title="The sender's e-mail address can't be used",
    cause="The setting is not of the form name@domain in ASCII.",
    remedy="Correct `notice_sender` in the settings of the site.",
)

MAIL_SERVER_UNREACHABLE = ErrorKind(
    code="ARR-6101",
    title="The mail server can't be reached",
    cause="Its name is not resolved, nobody answers at its address and port, or it does not answer in time.",
    remedy="It is tried again; if it goes on, check host and port in the connection.",
    may_retry=True,
)
MAIL_CONNECTION_LOST = ErrorKind(
    code="ARR-6102",
    title="The connection to the mail server broke",
    cause="The network or the server dropped it. Whether the message under way was taken is not known.",
    remedy="It is tried again under the same Message-ID, so that a double is recognised.",
    may_retry=True,
)
MAIL_SERVER_DEFERS = ErrorKind(
    code="ARR-6103",
    title="The mail server asks to come back later",
    cause="It is busy, greylists, has no space, or limits how much it takes (replies 4xx).",
    remedy="It is tried again; if it goes on, ask the mail server's operator with the reply code.",
    may_retry=True,
)
MAIL_SENDER_REFUSED = ErrorKind(
    code="ARR-6104",
    title="The mail server refuses to send for us",
    cause="It does not take the sender's address, our host, or the session as such (replies 5xx before any recipient).",
    remedy="Check the sender's address and the rights of the account with the mail server's operator.",
)
MAIL_LOGIN_REFUSED = ErrorKind(
    code="ARR-6105",
    title="The mail server refused the log-in",
    cause="User or password is wrong or expired, it wants a log-in and none is set, or it knows no kind that we do.",
    remedy="Correct the log-in in the connection. It is not tried again, so that the account is not locked.",
)
MAIL_TLS_MISSING = ErrorKind(
    code="ARR-6106",
    title="The mail server offers no encryption",
    cause="The settings demand STARTTLS, or a password would be sent, and the server does not offer it.",
    remedy="Use a mail server with STARTTLS, or the port on which it offers it.",
)
MAIL_TLS_FAILED = ErrorKind(
    code="ARR-6107",
    title="The encryption with the mail server failed",
    cause="Its certificate is expired, for another host or from an issuer not trusted, or it broke the handshake.",
    remedy="Put the issuer's certificate into the connection, or correct the host name.",
)
