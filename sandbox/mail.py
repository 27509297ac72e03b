"""A stand-in mail server on loopback that keeps no mail: `python -m sandbox.mail --port 2525 --root var/mail`.

A notice holds personal data, so of each message one JSON line is kept in `messages.jsonl`: message id, keyed hashes of
the recipients, SHA-256 and size of the bytes, what was answered. `recipient_hash` finds the line of an address again.

So that failures are real: recipients at `bounce.example` are refused with 550 for ever, those at `greylist.example`
with 451 at their first try only.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import email
import fcntl
import hashlib
import hmac
import json
import logging
import os
import secrets
import signal
import ssl
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

HOST = "127.0.0.1"
BOUNCING_DOMAIN = "bounce.example"
GREYLISTING_DOMAIN = "greylist.example"

_MOST_MESSAGE_BYTES = 1024 * 1024
_QUIET_SECONDS = 60.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answered:
    """What was answered to one recipient or one message.

    Attributes:
        status: accepted (a message), refused or deferred (a recipient, before any message was seen).
        reply_code: of the answer.
        recipients: keyed hashes of the addresses.
        message_id: header of the message, None when there was none.
        sha256: over the message's bytes as received, hexadecimal; None when there was no message.
        size_bytes: of the message; 0 when there was none.
        answered_at: ISO 8601, UTC.
    """

    status: str
    reply_code: int
    recipients: tuple[str, ...]
    message_id: str | None
    sha256: str | None
    size_bytes: int
    answered_at: str


class MailRoomBusyError(Exception):
    """Another mail sink works on this folder."""


def recipient_hash(root: Path, address: str) -> str:
    """The keyed hash that stands for an address in this sink's lines. The key is made at the first use."""
    return _keyed_hash(_secret(root), address)


def read_answers(root: Path) -> tuple[Answered, ...]:
    """All whole lines that the sink wrote, in order."""
    path = root / "messages.jsonl"
    if not path.exists():
        return ()
    whole, _, _ = path.read_bytes().rpartition(b"\n")
    lines = (json.loads(line) for line in whole.splitlines())
    return tuple(Answered(**{**line, "recipients": tuple(line["recipients"])}) for line in lines)


class Sink:
    """Answers recipients and messages, and writes down what it answered (handler of aiosmtpd)."""

    def __init__(self, root: Path) -> None:
        self._path = root / "messages.jsonl"
        self._secret = _secret(root)
        _cut_torn_line(self._path)
        self._deferred_once = {
            one.recipients[0] for one in read_answers(root) if one.status == "deferred" and one.recipients
        }

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Takes, refuses or defers a recipient, by the domain."""
        domain = address.rpartition("@")[2].lower()
        hashed = _keyed_hash(self._secret, address)
        if domain == BOUNCING_DOMAIN:
            self._write("refused", 550, (hashed,))
            return "550 5.1.1 no such mailbox"
        if domain == GREYLISTING_DOMAIN and hashed not in self._deferred_once:
            self._deferred_once.add(hashed)
            self._write("deferred", 451, (hashed,))
            return "451 4.7.1 come back later"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 recipient taken"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Takes a message, keeps its digest and forgets it."""
        content = envelope.original_content or b""
        message_id = email.message_from_bytes(content).get("Message-ID")
        digest = hashlib.sha256(content).hexdigest()
        hashed = tuple(_keyed_hash(self._secret, address) for address in envelope.rcpt_tos)
        self._write("accepted", 250, hashed, None if message_id is None else str(message_id), digest, len(content))
        return f"250 2.0.0 taken as {digest[:16]}"

    def _write(
        self,
        status: str,
        reply_code: int,
        recipients: tuple[str, ...],
        message_id: str | None = None,
        sha256: str | None = None,
        size_bytes: int = 0,
    ) -> None:
        answered = Answered(
            status, reply_code, recipients, message_id, sha256, size_bytes, datetime.now(UTC).isoformat()
        )
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "ab") as file:
            file.write(json.dumps(asdict(answered), separators=(",", ":")).encode() + b"\n")


async def serve(root: Path, port: int, tls: ssl.SSLContext | None = None) -> None:
    """Runs until SIGTERM or SIGINT; `root/ready.json` says where, as long as it runs.

    Args:
        root: the sink's folder.
        port: where it listens on loopback; 0 takes any free one.
        tls: offers STARTTLS when given.

    Raises:
        MailRoomBusyError: another process holds the lock of this root.
        OSError: the port is taken.
    """
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _lock(root / "lock"):
        sink = Sink(root)
        loop = asyncio.get_running_loop()

        def session() -> Any:
            return SMTP(
                sink, hostname="localhost", data_size_limit=_MOST_MESSAGE_BYTES, timeout=_QUIET_SECONDS, tls_context=tls
            )

        server = await loop.create_server(session, HOST, port)
        stopping = asyncio.Event()
        for signal_number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(signal_number, stopping.set)
        told = {"host": HOST, "port": server.sockets[0].getsockname()[1], "pid": os.getpid()}
        aside = root / ".ready.json.part"
        aside.write_text(json.dumps(told))
        aside.replace(root / "ready.json")
        _log.info("the mail sink listens on %s port %d", told["host"], told["port"])
        try:
            await stopping.wait()
        finally:
            (root / "ready.json").unlink(missing_ok=True)
            server.close()


def main() -> int:
    """Serves until it is told to stop."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.mail", description="A mail sink on loopback.")
    parser.add_argument("--root", type=Path, required=True, help="the sink's folder, made when it is not there")
    parser.add_argument("--port", type=int, default=0, help="port on loopback, any free one by default")
    parser.add_argument("--tls-certificate", type=Path, help="PEM certificate: offers STARTTLS")
    parser.add_argument("--tls-key", type=Path, help="PEM key of the certificate")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s mail %(message)s", stream=sys.stderr)
    # What aiosmtpd logs below this level names addresses.
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)
    try:
        tls = None
        if arguments.tls_certificate is not None:
            tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            tls.load_cert_chain(arguments.tls_certificate, arguments.tls_key)
        asyncio.run(serve(arguments.root.resolve(), arguments.port, tls))
    except (MailRoomBusyError, OSError) as problem:
        sys.stderr.write(f"The mail sink can't work: {problem}\n")
        return 1
    return 0


def _keyed_hash(secret: bytes, address: str) -> str:
    return hmac.new(secret, address.strip().lower().encode(), "sha256").hexdigest()


def _secret(root: Path) -> bytes:
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = root / "hash_key"
    if not path.exists():
        aside = root / f".hash_key.{os.getpid()}.part"
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(32))
        # A link never replaces: whoever comes second takes the key of the first.
        with contextlib.suppress(FileExistsError):
            os.link(aside, path)
        aside.unlink()
    return path.read_bytes()


def _cut_torn_line(path: Path) -> None:
    if path.exists():
        content = path.read_bytes()
        os.truncate(path, content.rfind(b"\n") + 1)


@contextlib.contextmanager
def _lock(path: Path) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise MailRoomBusyError(f"another mail sink works on {path.parent}: stop it first") from None
        yield
    finally:
        os.close(descriptor)


if __name__ == "__main__":
    sys.exit(main())
