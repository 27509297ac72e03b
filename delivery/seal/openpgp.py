"""OpenPGP (RFC 4880, RFC 9580) for bureaus that want it: sign, encrypt, armour or binary; and the reverse.

A sealed file is one encrypted message that holds one signed message, as `gpg --sign --encrypt` makes it. Keys are
pinned as certificates are: agreed with the bureau one by one. There is no web of trust here.

The command that opens a sealed file of ours, once both keys are in its keyring:

    gpg --decrypt FILE

Files that gpg makes for us must be made with `--compress-algo none`: the library reads what is compressed, but does not
find the signature within.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

import pysequoia
from pysequoia.packet import Packet, PacketPile, PublicKeyAlgorithm, Tag

from delivery.seal.certificates import MIN_ENCRYPTION_BITS, MIN_SIGNING_BITS, plain_hex
from delivery.seal.openpgp_packets import session_keys
from schemas.errors import ArrearsError
from schemas.errors.kind import ErrorKind
from schemas.errors.seal import (
    CERTIFICATE_EXPIRED,
    CERTIFICATE_NOT_READABLE,
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
_KEY_TAGS = (Tag.PublicKey, Tag.PublicSubkey, Tag.SecretKey, Tag.SecretSubkey)
_CURVES = (
    PublicKeyAlgorithm.EdDSA,
    PublicKeyAlgorithm.ECDSA,
    PublicKeyAlgorithm.ECDH,
    PublicKeyAlgorithm.Ed25519,
    PublicKeyAlgorithm.Ed448,
    PublicKeyAlgorithm.X25519,
    PublicKeyAlgorithm.X448,
)
_SIGNS, _ENCRYPTS = "signing", "transport_encryption"
_HIDDEN_RECIPIENT = bytes(8).hex()


@dataclass(frozen=True)
class PgpCertificate:
    """An OpenPGP certificate that passed its check.

    Attributes:
        certificate: the certificate itself, without secrets.
        fingerprint: of its primary key, lower-case hexadecimal.
        expires_at: last instant of its validity, UTC; None when it has no end.
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
class OpenedMessage:
    """What a sealed file held, and the fingerprint of the pinned certificate that verified the signature."""

    content: bytes
    signer_fingerprint: str


def pgp_signer(text: str, *, checked_at: datetime, known: Collection[str] | None = None) -> PgpSigner:
    """Checks a certificate whose signatures are to be taken.

    Args:
        text: one armoured certificate.
        checked_at: the instant at which it must be in force, timezone-aware.
        known: fingerprints (hexadecimal) of the certificates agreed on; None when the text itself is the agreement.

    Raises:
        ArrearsError: CERTIFICATE_NOT_READABLE, CERTIFICATE_UNKNOWN, CERTIFICATE_EXPIRED, KEY_REVOKED,
            KEY_KIND_UNSUPPORTED, KEY_WEAK.
    """
    certificate = _checked(_certificate(text), checked_at, known, _SIGNS, MIN_SIGNING_BITS)
    return PgpSigner(certificate, certificate.fingerprint, certificate.expiration)


def pgp_recipient(text: str, *, checked_at: datetime, known: Collection[str] | None = None) -> PgpRecipient:
    """Checks a certificate to encrypt for. Arguments and errors as in `pgp_signer`."""
    certificate = _checked(_certificate(text), checked_at, known, _ENCRYPTS, MIN_ENCRYPTION_BITS)
    return PgpRecipient(certificate, certificate.fingerprint, certificate.expiration)


def pgp_signing_key(text: str, *, checked_at: datetime, passphrase: str | None = None) -> PgpSigningKey:
    """Checks our key for signing.

    Raises:
        ArrearsError: as `pgp_signer`, and KEY_NOT_READABLE.
    """
    key = _secret_key(text)
    certificate = _checked(key.extract_certificate(), checked_at, None, _SIGNS, MIN_SIGNING_BITS)
    signer = PgpSigner(certificate, certificate.fingerprint, certificate.expiration)
    return PgpSigningKey(_or_raise(lambda: key.signer(passphrase), KEY_NOT_READABLE), signer)


def pgp_opening_key(text: str, *, checked_at: datetime, passphrase: str | None = None) -> PgpOpeningKey:
    """Checks our key for opening.

    Raises:
        ArrearsError: as `pgp_signer`, and KEY_NOT_READABLE.
    """
    key = _secret_key(text)
    certificate = _checked(key.extract_certificate(), checked_at, None, _ENCRYPTS, MIN_ENCRYPTION_BITS)
    recipient = PgpRecipient(certificate, certificate.fingerprint, certificate.expiration)
    return PgpOpeningKey(_or_raise(lambda: key.decryptor(passphrase), KEY_NOT_READABLE), recipient)


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
    ours = {text for key in _keys(reader.recipient.certificate) for text in (key.key_id, key.fingerprint)}
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


def _checked(
    certificate: pysequoia.Cert, checked_at: datetime, known: Collection[str] | None, use: str, min_bits: int
) -> pysequoia.Cert:
    fingerprint = certificate.fingerprint
    if known is not None and fingerprint not in {plain_hex(one) for one in known}:
        raise ArrearsError(CERTIFICATE_UNKNOWN, certificate=fingerprint)
    if certificate.is_revoked:
        raise ArrearsError(KEY_REVOKED, certificate=fingerprint)
    if certificate.expiration is not None and checked_at > certificate.expiration:
        raise ArrearsError(CERTIFICATE_EXPIRED, certificate=fingerprint, expired_at=certificate.expiration.isoformat())
    keys = list(_keys_for(certificate, use))
    if not keys:
        raise ArrearsError(KEY_KIND_UNSUPPORTED, certificate=fingerprint, lacks=use.replace("_", " "))
    for key in keys:
        if key.key_algorithm in _CURVES:
            continue
        if key.key_algorithm != PublicKeyAlgorithm.RSAEncryptSign:
            raise ArrearsError(KEY_KIND_UNSUPPORTED, certificate=fingerprint, key=str(key.key_algorithm))
        if _modulus_bits(key) < min_bits:
            raise ArrearsError(KEY_WEAK, certificate=fingerprint, bits=_modulus_bits(key), least=min_bits)
    return certificate


def _keys(certificate: pysequoia.Cert) -> Iterator[Packet]:
    return (packet for packet in PacketPile.from_bytes(bytes(certificate)) if packet.tag in _KEY_TAGS)


def _keys_for(certificate: pysequoia.Cert, use: str) -> Iterator[Packet]:
    """The keys of which a signature behind them, before the next key, says that they serve the use."""
    key: Packet | None = None
    for packet in PacketPile.from_bytes(bytes(certificate)):
        if packet.tag in _KEY_TAGS:
            key = packet
        elif key is not None and packet.tag == Tag.Signature and use in repr(packet.key_flags):
            yield key
            key = None


def _modulus_bits(key: Packet) -> int:
    """RFC 4880 section 5.5.2: version, four bytes of time, algorithm, then the modulus behind its length in bits."""
    return int.from_bytes(key.body[6:8])


def _or_raise(call: Callable[[], _T], kind: ErrorKind) -> _T:
    """What the library gives; its messages hold a backtrace and are not passed on."""
    try:
        return call()
    except (RuntimeError, ValueError, TypeError):
        raise ArrearsError(kind) from None
