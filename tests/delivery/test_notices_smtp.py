"""Delivery of notices over SMTP: real servers that take, refuse, defer, break off, encrypt and ask for a log-in."""

import ipaddress
import json
import logging
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from delivery.notices.message import NoticeMessage, NoticeText, compose
from delivery.notices.smtp import MailServer, mail_session, masked_reply
from sandbox.mail import read_answers, recipient_hash
from schemas.errors import ArrearsError
from schemas.errors.kind import ErrorKind
from schemas.errors.notice import (
    MAIL_CONNECTION_LOST,
    MAIL_LOGIN_REFUSED,
    MAIL_SENDER_REFUSED,
    MAIL_SERVER_DEFERS,
    MAIL_SERVER_UNREACHABLE,
    MAIL_TLS_FAILED,
    MAIL_TLS_MISSING,
)

REPOSITORY = Path(__file__).resolve().parents[2]
ANSWERED_AT = datetime(2026, 6, 30, 2, 0, tzinfo=UTC)
TEXT = NoticeText("告知书", "张三：\n欠款\n", "cn_2018_v1", "0f" * 32)


def clock() -> datetime:
    return ANSWERED_AT


def notice(recipient: str = "zhang.san@mail.example", number: int = 1) -> NoticeMessage:
    return compose(
        TEXT,
        case_id=f"roster-L{number:07d}-20251103",
        try_no=1,
        sender="notice@lender.example",
        recipient=recipient,
        written_at=ANSWERED_AT,
    )


class Replies:
    """A mail server's handler whose replies are set by the test."""

    def __init__(self) -> None:
        self.sender, self.recipient, self.message = "250 ok", "250 ok", "250 2.0.0 queued as 1A2B"
        self.contents: list[bytes] = []
        self.sessions: set[int] = set()

    async def handle_MAIL(self, server, session, envelope, address, options) -> str:
        envelope.mail_from = address
        self.sessions.add(id(session))
        return self.sender

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:
        if self.recipient.startswith("2"):
            envelope.rcpt_tos.append(address)
        return self.recipient

    async def handle_DATA(self, server, session, envelope) -> str:
        self.contents.append(envelope.original_content)
        return self.message


@contextmanager
def mail_server(replies: Replies, **settings: object) -> Iterator[MailServer]:
    controller = Controller(replies, hostname="127.0.0.1", port=free_port(), **settings)
    controller.start()
    try:
        yield MailServer("127.0.0.1", controller.port, tls="when_offered", timeout_seconds=5)
    finally:
        controller.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def replies() -> Replies:
    return Replies()


@pytest.fixture
def server(replies: Replies) -> Iterator[MailServer]:
    with mail_server(replies) as server:
        yield server


def refused(kind: ErrorKind, act: Callable[[], object]) -> ArrearsError:
    with pytest.raises(ArrearsError) as error:
        act()
    assert error.value.kind is kind
    assert "zhang" not in str(error.value)
    return error.value


def send(server: MailServer, message: NoticeMessage | None = None) -> object:
    with mail_session(server, clock) as session:
        return session.send(message or notice())


def test_a_taken_notice_gives_its_proof(server: MailServer, replies: Replies) -> None:
    message = notice()
    delivery = send(server, message)
    assert (delivery.is_delivered, delivery.reply_code, delivery.reply_text) == (True, 250, "2.0.0 queued as 1A2B")
    assert (delivery.case_id, delivery.message_id) == (message.case_id, message.message_id)
    assert (delivery.message_sha256, delivery.size_bytes) == (message.sha256, len(message.content))
    assert delivery.answered_at == ANSWERED_AT
    assert replies.contents == [message.content]


@pytest.mark.parametrize(("step", "code"), [("recipient", 550), ("recipient", 552), ("message", 554)])
def test_a_refusal_for_good_is_an_outcome(server: MailServer, replies: Replies, step: str, code: int) -> None:
    setattr(replies, step, f"{code} 5.1.1 <zhang.san@mail.example> Zhang.San is unknown")
    delivery = send(server)
    assert (delivery.is_delivered, delivery.reply_code) == (False, code)
    assert delivery.reply_text == "5.1.1 <address> <address> is unknown"
    assert delivery.answered_at == ANSWERED_AT


@pytest.mark.parametrize(("step", "code"), [("sender", 451), ("recipient", 450), ("recipient", 452), ("message", 451)])
def test_a_deferral_may_be_tried_again(server: MailServer, replies: Replies, step: str, code: int) -> None:
    setattr(replies, step, f"{code} later, zhang.san@mail.example")
    error = refused(MAIL_SERVER_DEFERS, lambda: send(server))
    assert error.kind.may_retry
    assert error.facts == {"case_id": notice().case_id, "reply_code": code}


def test_a_refused_sender_is_our_fault_and_not_the_borrowers(server: MailServer, replies: Replies) -> None:
    replies.sender = "553 who are you"
    assert not refused(MAIL_SENDER_REFUSED, lambda: send(server)).kind.may_retry


@pytest.mark.parametrize("step", ["sender", "recipient"])
def test_a_log_in_that_is_wanted_is_not_a_bounce(server: MailServer, replies: Replies, step: str) -> None:
    setattr(replies, step, "530 5.7.0 authentication required")
    refused(MAIL_LOGIN_REFUSED, lambda: send(server))


def test_several_notices_go_over_one_connection_whatever_came_before(server: MailServer, replies: Replies) -> None:
    with mail_session(server, clock) as session:
        outcomes = [session.send(notice(number=1)).is_delivered]
        replies.recipient = "550 unknown"
        outcomes.append(session.send(notice(number=2)).is_delivered)
        replies.recipient = "451 later"
        refused(MAIL_SERVER_DEFERS, lambda: session.send(notice(number=3)))
        replies.recipient = "251 will forward"
        outcomes.append(session.send(notice(number=4)).is_delivered)
    assert outcomes == [True, False, True]
    assert replies.contents == [notice(number=1).content, notice(number=4).content]
    assert len(replies.sessions) == 1


def test_nothing_is_logged_about_the_borrower(server: MailServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="delivery")
    delivery = send(server)
    # The server of the test runs in this process and logs as it likes.
    assert [record for record in caplog.records if record.name != "mail.log"] == []
    assert "zhang" not in repr(delivery)


def test_nobody_answers() -> None:
    server = MailServer("127.0.0.1", free_port(), tls="when_offered", timeout_seconds=2)
    assert refused(MAIL_SERVER_UNREACHABLE, lambda: send(server)).kind.may_retry


def talk(*turns: bytes | float) -> MailServer:
    """A server that says its lines one after the other, whatever it is told, waits at numbers, then hangs up."""
    listener = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        connection, _ = listener.accept()
        with connection, listener:
            for turn in turns:
                if isinstance(turn, bytes):
                    connection.sendall(turn)
                    connection.recv(65536)
                else:
                    time.sleep(turn)

    threading.Thread(target=run, daemon=True).start()
    return MailServer("127.0.0.1", listener.getsockname()[1], tls="when_offered", timeout_seconds=0.5)


def test_a_line_that_breaks_before_the_final_reply_leaves_the_outcome_open() -> None:
    server = talk(b"220 hello\r\n", b"250 mail\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go on\r\n")
    error = refused(MAIL_CONNECTION_LOST, lambda: send(server))
    assert error.kind.may_retry
    assert error.facts["case_id"] == notice().case_id


def test_a_server_that_closes_says_421() -> None:
    server = talk(b"220 hello\r\n", b"250 mail\r\n", b"421 shutting down\r\n")
    refused(MAIL_CONNECTION_LOST, lambda: send(server))


def test_a_silent_server_is_given_up_in_time() -> None:
    begun = time.monotonic()
    refused(MAIL_SERVER_UNREACHABLE, lambda: send(talk(3.0)))
    refused(MAIL_CONNECTION_LOST, lambda: send(talk(b"220 hello\r\n", b"250 mail\r\n", b"250 ok\r\n", 3.0)))
    assert time.monotonic() - begun < 4


@pytest.mark.parametrize(
    ("greeting", "kind"), [(b"554 go away\r\n", MAIL_SENDER_REFUSED), (b"450 busy\r\n", MAIL_SERVER_DEFERS)]
)
def test_a_server_that_does_not_greet(greeting: bytes, kind: ErrorKind) -> None:
    assert refused(kind, lambda: send(talk(greeting))).facts["reply_code"] == int(greeting[:3])


@pytest.fixture(scope="module")
def tls_files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Certificate and key of a mail server on 127.0.0.1."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=9))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "cert.pem").write_bytes(certificate.public_bytes(pem))
    (folder / "key.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder / "cert.pem", folder / "key.pem"


def tls_context(files: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*files)
    return context


def changed(server: MailServer, **settings: object) -> MailServer:
    return MailServer(**{**server.__dict__, **settings})


class Accounts:
    """Log-in of one account."""

    def __call__(self, server, session, envelope, mechanism, data) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == (b"user", b"secret"), handled=False)


def test_it_encrypts_when_the_server_offers_and_always_looks_at_the_certificate(
    replies: Replies, tls_files: tuple[Path, Path]
) -> None:
    trusted = tls_files[0].read_text()
    with mail_server(replies, tls_context=tls_context(tls_files), require_starttls=True) as offered:
        assert send(changed(offered, trusted_certificates_pem=trusted)).is_delivered
        assert send(changed(offered, trusted_certificates_pem=trusted, tls="required")).is_delivered
        refused(MAIL_TLS_FAILED, lambda: send(offered))
        stranger = changed(offered, host="localhost", trusted_certificates_pem=trusted)
        refused(MAIL_TLS_FAILED, lambda: send(stranger))
    assert len(replies.contents) == 2


def test_without_encryption_neither_mail_nor_password_leaves(server: MailServer, replies: Replies) -> None:
    refused(MAIL_TLS_MISSING, lambda: send(changed(server, tls="required")))
    refused(MAIL_TLS_MISSING, lambda: send(changed(server, user="user", password="secret")))
    assert replies.contents == []


def test_a_log_in_is_right_or_refused(replies: Replies, tls_files: tuple[Path, Path]) -> None:
    settings = {"tls_context": tls_context(tls_files), "authenticator": Accounts(), "auth_required": True}
    with mail_server(replies, **settings) as offered:
        known = changed(offered, trusted_certificates_pem=tls_files[0].read_text(), user="user", password="secret")
        assert send(known).is_delivered
        error = refused(MAIL_LOGIN_REFUSED, lambda: send(changed(known, password="guess")))
        assert "guess" not in str(error)
        assert "secret" not in repr(known)
        refused(MAIL_LOGIN_REFUSED, lambda: send(changed(known, user=None)))


def test_a_server_without_log_in_refuses_one(replies: Replies, tls_files: tuple[Path, Path]) -> None:
    with mail_server(replies, tls_context=tls_context(tls_files), auth_exclude_mechanism=["LOGIN", "PLAIN"]) as offered:
        known = changed(offered, trusted_certificates_pem=tls_files[0].read_text(), user="user", password="secret")
        refused(MAIL_LOGIN_REFUSED, lambda: send(known))


def test_tls_from_the_start(tls_files: tuple[Path, Path]) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    context = tls_context(tls_files)

    def run() -> None:
        turns = (b"220 hello\r\n", b"250 mail\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n", b"250 taken\r\n")
        with listener, context.wrap_socket(listener.accept()[0], server_side=True) as connection:
            for turn in turns:
                connection.sendall(turn)
                connection.recv(65536)

    threading.Thread(target=run, daemon=True).start()
    server = MailServer(
        "127.0.0.1",
        listener.getsockname()[1],
        tls="from_start",
        timeout_seconds=5,
        trusted_certificates_pem=tls_files[0].read_text(),
    )
    assert send(server).reply_text == "taken"


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (b"2.1.5 <a.b+c@mail.example>... ok", "2.1.5 <address>... ok"),
        (b"no zhang.san here\r\n second  line", "no <address> here second line"),
        (b"a\x00\xff" * 200, None),
    ],
)
def test_replies_are_masked(reply: bytes, told: str | None) -> None:
    masked = masked_reply(reply, "zhang.san@mail.example")
    assert len(masked) <= 200
    assert told is None or masked == told


def test_the_sandbox_takes_what_was_sent(tmp_path: Path) -> None:
    root = tmp_path / "sink"
    process = subprocess.Popen([sys.executable, "-m", "sandbox.mail", "--root", str(root)], cwd=REPOSITORY)
    try:
        deadline = time.monotonic() + 15
        while not (root / "ready.json").exists():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        port = json.loads((root / "ready.json").read_text())["port"]
        server = MailServer("127.0.0.1", port, tls="when_offered", timeout_seconds=5)
        with mail_session(server, clock) as session:
            message, bounced, grey = notice(), notice("x.y@bounce.example", 2), notice("x.y@greylist.example", 3)
            assert session.send(message).is_delivered
            assert session.send(bounced).reply_code == 550
            refused(MAIL_SERVER_DEFERS, lambda: session.send(grey))
            assert session.send(grey).is_delivered
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=10)
    taken = {one.message_id: one for one in read_answers(root) if one.status == "accepted"}
    assert {name: one.sha256 for name, one in taken.items()} == {one.message_id: one.sha256 for one in (message, grey)}
    assert taken[message.message_id].recipients == (recipient_hash(root, "zhang.san@mail.example"),)
