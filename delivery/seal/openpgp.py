"""OpenPGP (RFC 4880, RFC 9580) for bureaus that want it: sign, encrypt, armour or binary; and the reverse.

A sealed file is one encrypted message that holds one signed message, as `gpg --sign --encrypt` makes it. Keys are
pinned as certificates are: agreed with the bureau one by one. There is no web of trust here.

The command that opens a sealed file of ours, once both keys are in its keyring:

    gpg --decrypt FILE

Files that gpg makes for us must be made with `--compress-algo none`: the library reads what is compressed, but does not
find the signature within.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

import pysequoia
from pysequoia.packet import PacketPile, Tag

from delivery.seal.certificates import MIN_ENCRYPTION_BITS, MIN_SIGNING_BITS, plain_hex
from delivery.seal.cms import opened_by_recipient
from delivery.seal.openpgp_keys import ENCRYPTS, SIGNS, HeldKey, held_keys, key_packets, keys_for
from delivery.seal.openpgp_packets import session_keys
from schemas.errors import ArrearsError
from schemas.errors.kind import ErrorKind
from schemas.errors.seal import (
    CERTIFICATE_EXPIRED,
    CERTIFICATE_NOT_READABLE,
    CERTIFICATE_NOT_YET_VALID,
    CERTIFICATE_UNKNOWN,
    KEY_KIND_UNSUPPORTED,
    KEY_NOT_READABLE,
    KEY_REVOKED,
    KEY_WEAK,
    NOT_FOR_US,
    NOT_OPENED,
    NOT_SEALED,
    SIGNER_UNKNOWN,
)

_T = TypeVar("_T")
_HIDDEN_RECIPIENT = bytes(8).hex()


@dataclass(frozen=True)
class PgpCertificate:
    """An OpenPGP certificate that passed its check.

    Attributes:
        certificate: the certificate itself, without secrets.
        fingerprint: of its primary key, lower-case hexadecimal.
        expires_at: last instant at which it serves its use, UTC; None when it has no end.
    """

    certificate: pysequoia.Cert = field(repr=False)
    fingerprint: str
    expires_at: datetime | None


@dataclass(frozen=True)
class PgpSigner(PgpCertificate):
    """A certificate whose signatures we take."""


@dataclass(frozen=True)
class PgpRecipient(PgpCertificate):
    """A certificate that we encrypt for."""


@dataclass(frozen=True)
class PgpSigningKey:
    """Our key for signing."""

    key: pysequoia.PySigner = field(repr=False)
    signer: PgpSigner


@dataclass(frozen=True)
class PgpOpeningKey:
    """Our key for opening what was encrypted for us."""

    key: pysequoia.PyDecryptor = field(repr=False)
    recipient: PgpRecipient


@dataclass(frozen=True)
class PgpFacts:
    """What people are told of a certificate, whether or not it can be used.

    Attributes:
        subject: its first user id, empty when it has none.
        kind: of its primary key, `RSA 3072` or the algorithm.
        fingerprint: of its primary key.
        expires_at: last instant at which it serves all that is asked for, UTC; None when it has no end.
    """

    subject: str
    kind: str
    fingerprint: str
    expires_at: datetime | None


@dataclass(frozen=True)
class OpenedMessage:
    """What a sealed file held, and the fingerprint of the pinned certificate that verified the signature."""

    content: bytes
    signer_fingerprint: str


def pgp_signer(text: str, *, checked_at: datetime | None, known: Collection[str] | None = None) -> PgpSigner:
    """Checks a certificate whose signatures are to be taken.

    Args:
        text: one armoured certificate.
        checked_at: the instant at which it must be in force, timezone-aware; None for those who audit, to whom the
            date of today says nothing.
        known: fingerprints (hexadecimal) of the certificates agreed on; None when the text itself is the agreement.

    Raises:
        ArrearsError: CERTIFICATE_NOT_READABLE, CERTIFICATE_UNKNOWN, CERTIFICATE_NOT_YET_VALID, CERTIFICATE_EXPIRED,
            KEY_REVOKED, KEY_KIND_UNSUPPORTED, KEY_WEAK.
    """
    certificate = _certificate(text)
    expires_at = _checked(certificate, checked_at, known, SIGNS, MIN_SIGNING_BITS)
    return PgpSigner(certificate, certificate.fingerprint, expires_at)


def pgp_recipient(text: str, *, checked_at: datetime | None, known: Collection[str] | None = None) -> PgpRecipient:
    """Checks a certificate to encrypt for. Arguments and errors as in `pgp_signer`."""
    return _recipient_of(_certificate(text), checked_at, known)


def pgp_signing_key(text: str, *, checked_at: datetime, passphrase: str | None = None) -> PgpSigningKey:
    """Checks our key for signing.

    Raises:
        ArrearsError: as `pgp_signer`, and KEY_NOT_READABLE.
    """
    key = _secret_key(text)
    certificate = key.extract_certificate()
    expires_at = _checked(certificate, checked_at, None, SIGNS, MIN_SIGNING_BITS)
    signer = PgpSigner(certificate, certificate.fingerprint, expires_at)
    return PgpSigningKey(_or_raise(lambda: key.signer(passphrase), KEY_NOT_READABLE), signer)


def pgp_opening_key(text: str, *, checked_at: datetime | None, passphrase: str | None = None) -> PgpOpeningKey:
    """Checks our key for opening.

    Raises:
        ArrearsError: as `pgp_signer`, and KEY_NOT_READABLE.
    """
    key = _secret_key(text)
    recipient = _recipient_of(key.extract_certificate(), checked_at, None)
    return PgpOpeningKey(_or_raise(lambda: key.decryptor(passphrase), KEY_NOT_READABLE), recipient)


def pgp_facts(text: str, *uses: str) -> PgpFacts:
    """What stands in a certificate, or in that of a secret key; nothing is checked.

    Args:
        text: one armoured certificate or secret key.
        uses: SIGNS, ENCRYPTS, or both: what its keys must serve until the end that is told.

    Raises:
        ArrearsError: CERTIFICATE_NOT_READABLE.
    """
    certificate = _certificate(text)
    names = [str(name) for name in certificate.user_ids]
    served = [keys for use in uses if (keys := keys_for(certificate, use))]
    ends = [end for end in (certificate.expiration, *(_end(certificate, keys) for keys in served)) if end is not None]
    kinds = [key.kind for key in held_keys(certificate)]
    return PgpFacts(
        names[0] if names else "",
        kinds[0] if kinds else "unknown",
        certificate.fingerprint,
        min(ends, default=None),
    )


def is_locked_key(text: str) -> bool:
    """Whether a secret key needs a passphrase.

    Raises:
        ArrearsError: KEY_NOT_READABLE.
    """
    key = _secret_key(text)
    try:
        key.decryptor(None)
    except (RuntimeError, ValueError, TypeError):
        return True
    return False


def seal(content: bytes, signer: PgpSigningKey, recipients: Sequence[PgpRecipient]) -> bytes:
    """Signs the content, then encrypts content and signature for the recipients; binary.

    Args:
        content: any bytes; they are kept as they are.
        signer: our signing key.
        recipients: at least one; each of them alone can open the file.
    """
    if not recipients:
        raise ValueError("a sealed file needs at least one recipient")
    certificates = [recipient.certificate for recipient in recipients]
    return pysequoia.encrypt(content, recipients=certificates, signer=signer.key, armor=False)


def armoured(sealed: bytes) -> bytes:
    """A sealed file as text of printable characters."""
    return pysequoia.armor(sealed, pysequoia.ArmorKind.Message).encode("ascii")


def open_sealed(sealed: bytes, reader: PgpOpeningKey, signer: PgpSigner) -> OpenedMessage:
    """Decrypts a file that is sealed for us and verifies that the pinned signer signed it.

    Args:
        sealed: binary or armoured.
        reader: our key.
        signer: the certificate agreed with the sender.

    Raises:
        ArrearsError: NOT_SEALED, NOT_FOR_US, NOT_OPENED, SIGNER_UNKNOWN. Nothing of the content is given out then.
    """
    _require_for_us(sealed, reader)
    try:
        decrypted = pysequoia.decrypt(sealed, decryptor=reader.key, store=lambda _ids: [signer.certificate])
    except RuntimeError:
        _or_raise(lambda: pysequoia.decrypt(sealed, decryptor=reader.key), NOT_OPENED)
        raise _not_signed_as_agreed(signer) from None
    if decrypted.bytes is None or not decrypted.valid_sigs:
        raise _not_signed_as_agreed(signer)
    return OpenedMessage(bytes(decrypted.bytes), signer.fingerprint)


def open_sealed_for(sealed: bytes, readers: Sequence[PgpOpeningKey], signer: PgpSigner) -> OpenedMessage:
    """As `open_sealed`, with the first of our keys, at least one, that is among the recipients."""
    return opened_by_recipient(readers, lambda reader: open_sealed(sealed, reader, signer))


def open_unverified(sealed: bytes, reader: PgpOpeningKey) -> bytes:
    """The content of a sealed file, its signature not looked at: anybody can have written it.

    Raises:
        ArrearsError: NOT_SEALED, NOT_FOR_US, NOT_OPENED.
    """
    _require_for_us(sealed, reader)
    content = _or_raise(lambda: pysequoia.decrypt(sealed, decryptor=reader.key), NOT_OPENED).bytes
    if content is None:
        raise ArrearsError(NOT_OPENED)
    return bytes(content)


def _not_signed_as_agreed(signer: PgpSigner) -> ArrearsError:
    return ArrearsError(
        SIGNER_UNKNOWN,
        agreed_signer=signer.fingerprint,
        openpgp="not signed, signed by another, or compressed within (gpg: --compress-algo none)",
    )


def is_encrypted(data: bytes) -> bool:
    """Whether the bytes are an encrypted OpenPGP message, by their outer structure; nothing is decrypted."""
    try:
        return bool(_recipients(data))
    except ArrearsError:
        return False


def _require_for_us(sealed: bytes, reader: PgpOpeningKey) -> None:
    named = _recipients(sealed)
    ours = {text for key in key_packets(reader.recipient.certificate) for text in (key.key_id, key.fingerprint)}
    if not any(each in ours or each == _HIDDEN_RECIPIENT for each in named):
        raise ArrearsError(NOT_FOR_US, our_certificate=reader.recipient.fingerprint, recipients=len(named))


def _recipients(data: bytes) -> list[str]:
    """What names the keys of the recipients, hexadecimal."""
    found = _or_raise(lambda: session_keys(data), NOT_SEALED)
    if not found:
        raise ArrearsError(NOT_SEALED, reason="it is no encrypted OpenPGP message")
    return [_named_by(body) for body in found]


def _named_by(body: bytes) -> str:
    """RFC 9580 section 5.1: version 3 holds a key identifier, version 6 a length, a key version and a fingerprint."""
    if body[:1] == b"\x03":
        return body[1:9].hex()
    length = body[1] if body[:1] == b"\x06" else 0
    return body[3 : 2 + length].hex() if length else _HIDDEN_RECIPIENT


def _certificate(text: str) -> pysequoia.Cert:
    found = _or_raise(lambda: pysequoia.Cert.split_bytes(text.encode()), CERTIFICATE_NOT_READABLE)
    if len(found) != 1:
        raise ArrearsError(CERTIFICATE_NOT_READABLE, certificates=len(found))
    return found[0]


def _secret_key(text: str) -> Any:
    certificate = _or_raise(lambda: pysequoia.Tsk.from_bytes(text.encode()), KEY_NOT_READABLE)
    if not any(packet.tag in (Tag.SecretKey, Tag.SecretSubkey) for packet in PacketPile.from_bytes(bytes(certificate))):
        raise ArrearsError(KEY_NOT_READABLE, reason="it holds no secret key")
    return certificate


def _recipient_of(
    certificate: pysequoia.Cert, checked_at: datetime | None, known: Collection[str] | None
) -> PgpRecipient:
    expires_at = _checked(certificate, checked_at, known, ENCRYPTS, MIN_ENCRYPTION_BITS)
    return PgpRecipient(certificate, certificate.fingerprint, expires_at)


def _checked(
    certificate: pysequoia.Cert, checked_at: datetime | None, known: Collection[str] | None, use: str, min_bits: int
) -> datetime | None:
    """The last instant at which a certificate that can be used serves the use."""
    fingerprint = certificate.fingerprint
    if known is not None and fingerprint not in {plain_hex(one) for one in known}:
        raise ArrearsError(CERTIFICATE_UNKNOWN, certificate=fingerprint)
    if certificate.is_revoked:
        raise ArrearsError(KEY_REVOKED, certificate=fingerprint)
    keys = keys_for(certificate, use)
    if not keys:
        raise ArrearsError(KEY_KIND_UNSUPPORTED, certificate=fingerprint, lacks=use.replace("_", " "))
    if checked_at is not None:
        keys = _in_force(certificate, keys, checked_at)
    for key in keys:
        _require_strong(key, fingerprint, min_bits)
    return _end(certificate, keys)


def _in_force(certificate: pysequoia.Cert, keys: Sequence[HeldKey], checked_at: datetime) -> list[HeldKey]:
    """The keys that are in force: a certificate can outlive its keys, and get new ones."""
    begun = [key for key in keys if key.begins_at <= checked_at]
    if not begun:
        valid_from = min(key.begins_at for key in keys)
        raise ArrearsError(
            CERTIFICATE_NOT_YET_VALID, certificate=certificate.fingerprint, valid_from=valid_from.isoformat()
        )
    ends = [(key, _end(certificate, [key])) for key in begun]
    found = [key for key, end in ends if end is None or checked_at <= end]
    if not found:
        expired_at = max(end for _, end in ends if end is not None)
        raise ArrearsError(CERTIFICATE_EXPIRED, certificate=certificate.fingerprint, expired_at=expired_at.isoformat())
    return found


def _end(certificate: pysequoia.Cert, keys: Sequence[HeldKey]) -> datetime | None:
    """The end of the last of the keys, or of the certificate where that is earlier."""
    ends = [key.expires_at for key in keys]
    last = None if None in ends else max(end for end in ends if end is not None)
    known = [end for end in (last, certificate.expiration) if end is not None]
    return min(known) if known else None


def _require_strong(key: HeldKey, fingerprint: str, min_bits: int) -> None:
    if key.is_curve:
        return
    if not key.is_rsa:
        raise ArrearsError(KEY_KIND_UNSUPPORTED, certificate=fingerprint, key=str(key.packet.key_algorithm))
    if key.modulus_bits < min_bits:
        raise ArrearsError(KEY_WEAK, certificate=fingerprint, bits=key.modulus_bits, least=min_bits)


def _or_raise(call: Callable[[], _T], kind: ErrorKind) -> _T:
    """What the library gives; its messages hold a backtrace and are not passed on."""
    try:
        return call()
    except (RuntimeError, ValueError, TypeError):
        raise ArrearsError(kind) from None
