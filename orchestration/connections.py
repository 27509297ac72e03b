"""Settings and secrets out of Airflow's variables and connections, each read when a task asks for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from airflow.sdk import Connection, Variable

from delivery.notices.smtp import MailServer
from delivery.seal.certificates import (
    OpeningIdentity,
    RecipientCertificate,
    SignerCertificate,
    SigningIdentity,
    opening_identity,
    recipient_certificate,
    signer_certificate,
    signing_identity,
)
from delivery.seal.key_forms import KeyForm, require_form
from delivery.sftp_settings import SftpServer
from orchestration.site import Site, parse_site
from schemas.errors import ArrearsError
from schemas.errors.approval import CONNECTION_INVALID, SITE_INVALID

SITE_VARIABLE = "arrears"
LEDGER = "arrears_ledger"
BUREAU_PREFIX = "arrears_bureau_"
SIGNING = "arrears_signing"
OPENING = "arrears_opening"
MAIL = "arrears_smtp"

_Key = TypeVar("_Key")

_STAND_IN_KEY = "stand_in_key"
_KEY_IN_HEX = re.compile(r"[0-9A-Fa-f]{64}")


def read_site() -> Site:
    """The settings of this site, from the variable `arrears`.

    Raises:
        ArrearsError: `SITE_INVALID`.
    """
    value = Variable.get(SITE_VARIABLE, default=None, deserialize_json=True)
    if value is None:
        raise ArrearsError(SITE_INVALID, origin=f"variable {SITE_VARIABLE}", problems="there is no such variable")
    return parse_site(value, origin=f"variable {SITE_VARIABLE}")


@dataclass(frozen=True)
class KeyText:
    """One of our keys as its connection has it.

    Attributes:
        text: the key.
        passphrase: of the key; None when it is not locked.
        previous: the keys before it, newest first, each as the extra has it.
    """

    text: str = field(repr=False)
    passphrase: str | None = field(repr=False)
    previous: tuple[Mapping[str, Any], ...] = field(repr=False)


@dataclass(frozen=True)
class Connections:
    """The site's connections. Private keys and passwords live in no setting and no file of the repository.

    Attributes:
        bureau: the site's.
    """

    bureau: str

    def ledger_url(self) -> str:
        """URL of the ledger's database, kept as the password of the connection because it may hold one."""
        return str(_needed(_connection(LEDGER).password, LEDGER, "password"))

    def bureau_server(self) -> SftpServer:
        """The bureau's SFTP server and our log-in."""
        connection = _connection(self._bureau)
        extra = connection.extra_dejson
        host_keys = _needed(extra.get("host_key"), self._bureau, "extra.host_key")
        return SftpServer(
            host=_needed(connection.host, self._bureau, "host"),
            port=connection.port or 22,
            user=_needed(connection.login, self._bureau, "login"),
            host_keys=_texts(host_keys),
            private_key=extra.get("private_key"),
            passphrase=extra.get("private_key_passphrase"),
            password=connection.password or None,
        )

    def recipients(self, checked_at: datetime) -> list[RecipientCertificate]:
        """Certificates to encrypt for: the bureau's, then those of `escrow_certificates` beside our signing key."""
        escrow = [require_form(pem, KeyForm.X509, connection=SIGNING) for pem in self.escrow_certificates()]
        return [recipient_certificate(pem, checked_at=checked_at) for pem in (self._bureau_pem(), *escrow)]

    def bureau_signer(self, checked_at: datetime) -> SignerCertificate:
        """The bureau's certificate as one whose signatures are taken."""
        return signer_certificate(self._bureau_pem(), checked_at=checked_at)

    def signing(self, checked_at: datetime) -> SigningIdentity:
        """Our key and certificate for signing."""
        passphrase = _connection(SIGNING).extra_dejson.get("passphrase")
        return signing_identity(*_key_and_certificate(SIGNING), checked_at=checked_at, passphrase=passphrase)

    def openings(self, checked_at: datetime) -> list[OpeningIdentity]:
        """Our keys and certificates for opening the bureau's answers: the one in use, then those before it.

        One before it that is not good any more is left out; the one in use must be.
        """
        extra = _connection(OPENING).extra_dejson
        current = opening_identity(
            *_key_and_certificate(OPENING), checked_at=checked_at, passphrase=extra.get("passphrase")
        )

        def read(pair: Mapping[str, Any]) -> OpeningIdentity:
            key, certificate = str(pair.get("private_key")), str(pair.get("certificate"))
            return opening_identity(key, certificate, checked_at=checked_at, passphrase=pair.get("passphrase"))

        return [current, *still_good(extra.get("previous") or (), read)]

    def key_text(self, conn_id: str) -> KeyText:
        """One of our keys, whatever its form."""
        connection = _connection(conn_id)
        key, extra = _needed(connection.password, conn_id, "password"), connection.extra_dejson
        return KeyText(str(key), extra.get("passphrase"), tuple(extra.get("previous") or ()))

    def escrow_certificates(self) -> tuple[str, ...]:
        """Of those who can open our files too, whatever their form."""
        return _texts(_connection(SIGNING).extra_dejson.get("escrow_certificates") or ())

    def mail_server(self) -> MailServer:
        """The mail server that takes notices."""
        connection = _connection(MAIL)
        extra = connection.extra_dejson
        return MailServer(
            host=_needed(connection.host, MAIL, "host"),
            port=connection.port or 25,
            user=connection.login or None,
            password=connection.password or None,
            tls=extra.get("tls", "required"),
        )

    def bureau_secret(self, name: str) -> str:
        """What the extra of the bureau's connection has under a name."""
        return str(_needed(_connection(self._bureau).extra_dejson.get(name), self._bureau, f"extra.{name}"))

    def stand_in_key(self) -> bytes:
        """The key that packs for the stand-in of a bureau, 32 bytes; no bureau has it."""
        text = self.bureau_secret(_STAND_IN_KEY)
        if not _KEY_IN_HEX.fullmatch(text):
            rule = f"64 hexadecimal digits in extra.{_STAND_IN_KEY}"
            raise ArrearsError(CONNECTION_INVALID, connection=self._bureau, lacks=rule)
        return bytes.fromhex(text)

    @property
    def _bureau(self) -> str:
        return f"{BUREAU_PREFIX}{self.bureau}"

    def _bureau_pem(self) -> str:
        return require_form(self.bureau_secret("certificate"), KeyForm.X509, connection=self._bureau)


def _connection(conn_id: str) -> Any:
    try:
        return Connection.get(conn_id)
    except Exception as error:  # Airflow raises several kinds for "not there", one per secrets backend
        raise ArrearsError(CONNECTION_INVALID, connection=conn_id, reason=type(error).__name__) from error


def _key_and_certificate(conn_id: str) -> tuple[str, str]:
    connection = _connection(conn_id)
    key = require_form(_needed(connection.password, conn_id, "password"), KeyForm.X509, connection=conn_id)
    certificate = _needed(connection.extra_dejson.get("certificate"), conn_id, "extra.certificate")
    return key, require_form(certificate, KeyForm.X509, connection=conn_id)


def still_good(previous: Iterable[Mapping[str, Any]], read: Callable[[Mapping[str, Any]], _Key]) -> Iterator[_Key]:
    """Those of the keys before the one in use that can be read and used."""
    for each in previous:
        with suppress(ArrearsError):
            yield read(each)


def _texts(one_or_many: Any) -> tuple[str, ...]:
    return (one_or_many,) if isinstance(one_or_many, str) else tuple(one_or_many)


def _needed(value: Any, conn_id: str, part: str) -> Any:
    if not value:
        raise ArrearsError(CONNECTION_INVALID, connection=conn_id, lacks=part)
    return value
