"""Keys and certificates: read from text, checked before anything is built.

`seal` and `open_sealed` take only the objects made here, so no unchecked key is ever used. The instant of the check
is an argument. Certificates are pinned: agreed with the bureau one by one, trusted for what they are and not for who
issued them, so issuers and revocation lists play no part.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from schemas.errors import ArrearsError
from schemas.errors.seal import (
    CERTIFICATE_EXPIRED,
    CERTIFICATE_NOT_READABLE,
    CERTIFICATE_NOT_YET_VALID,
    CERTIFICATE_UNKNOWN,
    KEY_CERTIFICATE_MISMATCH,
    KEY_KIND_UNSUPPORTED,
    KEY_NOT_READABLE,
    KEY_WEAK,
)

MIN_SIGNING_BITS = 3072
MIN_ENCRYPTION_BITS = 2048
CURVES: dict[str, type[ec.EllipticCurve]] = {
    "secp256r1": ec.SECP256R1,
    "secp384r1": ec.SECP384R1,
    "secp521r1": ec.SECP521R1,
}
"""The elliptic curves that are used, by the names of SEC 2; NIST calls them P-256, P-384 and P-521."""
_OUTDATED_HASHES = ("md5", "sha1")

PublicKey: TypeAlias = rsa.RSAPublicKey | ec.EllipticCurvePublicKey
PrivateKey: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class CheckedCertificate:
    """A certificate that passed its check.

    Attributes:
        certificate: the certificate itself.
        public_key: its key, RSA or of one of the CURVES.
        fingerprint: SHA-256 over the DER certificate, 64 lower-case hexadecimal digits.
        expires_at: last instant of its validity, UTC.
    """

    certificate: x509.Certificate
    public_key: PublicKey
    fingerprint: str
    expires_at: datetime


@dataclass(frozen=True)
class CertificateFacts:
    """What people are told of a certificate, whether or not it can be used.

    Attributes:
        subject: its common name, empty when it has none.
        kind: `RSA 3072`, or the name of the curve.
        fingerprint: SHA-256 over the DER certificate.
        expires_at: last instant of its validity, UTC.
    """

    subject: str
    kind: str
    fingerprint: str
    expires_at: datetime


@dataclass(frozen=True)
class SignerCertificate(CheckedCertificate):
    """A certificate whose signatures we take."""


@dataclass(frozen=True)
class RecipientCertificate(CheckedCertificate):
    """A certificate that we encrypt for."""


@dataclass(frozen=True)
class SigningIdentity:
    """Our key and certificate for signing."""

    private_key: PrivateKey = field(repr=False)
    signer: SignerCertificate


@dataclass(frozen=True)
class OpeningIdentity:
    """Our key and certificate for opening what was encrypted for us."""

    private_key: PrivateKey = field(repr=False)
    recipient: RecipientCertificate


def signer_certificate(pem: str, *, checked_at: datetime, known: Collection[str] | None = None) -> SignerCertificate:
    """Checks a certificate whose signatures are to be taken.

    Args:
        pem: exactly one PEM certificate.
        checked_at: the instant at which it must be in force, timezone-aware.
        known: SHA-256 fingerprints (hexadecimal) of the certificates agreed on; None when the PEM text itself is the
            agreement.

    Raises:
        ArrearsError: CERTIFICATE_NOT_READABLE, CERTIFICATE_UNKNOWN, CERTIFICATE_NOT_YET_VALID, CERTIFICATE_EXPIRED,
            KEY_KIND_UNSUPPORTED, KEY_WEAK.
    """
    certificate = _load_certificate(pem)
    public_key = _checked_key(certificate, MIN_SIGNING_BITS, checked_at, known)
    usage = _key_usage(certificate)
    if usage is not None and not usage.digital_signature:
        raise ArrearsError(KEY_KIND_UNSUPPORTED, certificate=fingerprint_of(certificate), lacks="digital signature")
    return SignerCertificate(certificate, public_key, fingerprint_of(certificate), certificate.not_valid_after_utc)


def recipient_certificate(
    pem: str, *, checked_at: datetime, known: Collection[str] | None = None
) -> RecipientCertificate:
    """Checks a certificate to encrypt for. Arguments and errors as in `signer_certificate`."""
    certificate = _load_certificate(pem)
    public_key = _checked_key(certificate, MIN_ENCRYPTION_BITS, checked_at, known)
    usage = _key_usage(certificate)
    use = "key encipherment" if isinstance(public_key, rsa.RSAPublicKey) else "key agreement"
    if usage is not None and not getattr(usage, use.replace(" ", "_")):
        raise ArrearsError(KEY_KIND_UNSUPPORTED, certificate=fingerprint_of(certificate), lacks=use)
    return RecipientCertificate(certificate, public_key, fingerprint_of(certificate), certificate.not_valid_after_utc)


def signing_identity(
    private_key_pem: str,
    certificate_pem: str,
    *,
    checked_at: datetime,
    passphrase: str | None = None,
    known: Collection[str] | None = None,
) -> SigningIdentity:
    """Checks our key and certificate for signing.

    Raises:
        ArrearsError: as `signer_certificate`, and KEY_NOT_READABLE, KEY_CERTIFICATE_MISMATCH.
    """
    signer = signer_certificate(certificate_pem, checked_at=checked_at, known=known)
    return SigningIdentity(_matching_key(private_key_pem, passphrase, signer), signer)


def opening_identity(
    private_key_pem: str,
    certificate_pem: str,
    *,
    checked_at: datetime,
    passphrase: str | None = None,
    known: Collection[str] | None = None,
) -> OpeningIdentity:
    """Checks our key and certificate for opening.

    Raises:
        ArrearsError: as `recipient_certificate`, and KEY_NOT_READABLE, KEY_CERTIFICATE_MISMATCH.
    """
    recipient = recipient_certificate(certificate_pem, checked_at=checked_at, known=known)
    return OpeningIdentity(_matching_key(private_key_pem, passphrase, recipient), recipient)


def certificate_facts(pem: str) -> CertificateFacts:
    """What stands in a certificate; nothing is checked.

    Raises:
        ArrearsError: CERTIFICATE_NOT_READABLE.
    """
    certificate = _load_certificate(pem)
    names = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return CertificateFacts(
        str(names[0].value) if names else "",
        _kind_of(certificate),
        fingerprint_of(certificate),
        certificate.not_valid_after_utc,
    )


def fingerprint_of(certificate: x509.Certificate) -> str:
    """SHA-256 over the DER certificate, 64 lower-case hexadecimal digits."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def plain_hex(fingerprint: str) -> str:
    """A fingerprint as people write it, with colons and capitals, in the form that is compared."""
    return fingerprint.replace(":", "").strip().lower()


def _kind_of(certificate: x509.Certificate) -> str:
    try:
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return "unknown"
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA {key.key_size}"
    return key.curve.name if isinstance(key, ec.EllipticCurvePublicKey) else type(key).__name__


def _load_certificate(pem: str) -> x509.Certificate:
    try:
        found = x509.load_pem_x509_certificates(pem.encode())
    except ValueError:
        raise ArrearsError(CERTIFICATE_NOT_READABLE) from None
    if len(found) != 1:
        raise ArrearsError(CERTIFICATE_NOT_READABLE, certificates=len(found))
    return found[0]


def _checked_key(
    certificate: x509.Certificate, min_bits: int, checked_at: datetime, known: Collection[str] | None
) -> PublicKey:
    fingerprint = fingerprint_of(certificate)
    if known is not None and fingerprint not in {plain_hex(one) for one in known}:
        raise ArrearsError(CERTIFICATE_UNKNOWN, certificate=fingerprint)
    if checked_at < certificate.not_valid_before_utc:
        raise ArrearsError(
            CERTIFICATE_NOT_YET_VALID, certificate=fingerprint, valid_from=certificate.not_valid_before_utc.isoformat()
        )
    if checked_at > certificate.not_valid_after_utc:
        raise ArrearsError(
            CERTIFICATE_EXPIRED, certificate=fingerprint, expired_at=certificate.not_valid_after_utc.isoformat()
        )
    signed_with = certificate.signature_hash_algorithm
    if signed_with is not None and signed_with.name in _OUTDATED_HASHES:
        raise ArrearsError(KEY_WEAK, certificate=fingerprint, signed_with=signed_with.name)
    try:
        public_key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        raise ArrearsError(KEY_KIND_UNSUPPORTED, certificate=fingerprint) from None
    if isinstance(public_key, ec.EllipticCurvePublicKey):
        if public_key.curve.name not in CURVES:
            raise ArrearsError(KEY_KIND_UNSUPPORTED, certificate=fingerprint, curve=public_key.curve.name)
        return public_key
    if not isinstance(public_key, rsa.RSAPublicKey):
        raise ArrearsError(KEY_KIND_UNSUPPORTED, certificate=fingerprint, key=type(public_key).__name__)
    if public_key.key_size < min_bits:
        raise ArrearsError(KEY_WEAK, certificate=fingerprint, bits=public_key.key_size, least=min_bits)
    return public_key


def _key_usage(certificate: x509.Certificate) -> x509.KeyUsage | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return None
    except ValueError:
        raise ArrearsError(CERTIFICATE_NOT_READABLE, certificate=fingerprint_of(certificate)) from None


def _matching_key(pem: str, passphrase: str | None, certificate: CheckedCertificate) -> PrivateKey:
    private_key = _load_private_key(pem, passphrase)
    if not isinstance(private_key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise ArrearsError(KEY_KIND_UNSUPPORTED, certificate=certificate.fingerprint, key=type(private_key).__name__)
    if private_key.public_key() != certificate.public_key:
        raise ArrearsError(KEY_CERTIFICATE_MISMATCH, certificate=certificate.fingerprint)
    return private_key


def _load_private_key(pem: str, passphrase: str | None) -> PrivateKeyTypes:
    password = passphrase.encode() if passphrase else None
    try:
        return serialization.load_pem_private_key(pem.encode(), password)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ArrearsError(KEY_NOT_READABLE) from None
