"""Opening a sealed file long after it was sealed, for people who audit.

The road itself uses `cms.open_sealed` with certificates that are in force at the instant. An auditor opens files whose
certificates have expired since. Here each certificate is checked at the last instant of its own validity: its kind,
strength and use count, the date of today does not. Whether it was in force when the file was sealed is told by the
date of the seal's page in the ledger, which the reader compares with `expires_at`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from delivery.seal import openpgp
from delivery.seal.certificates import OpeningIdentity, SignerCertificate, opening_identity, signer_certificate
from delivery.seal.cms import open_sealed
from delivery.seal.enveloped import decrypted
from delivery.seal.signed import unverified
from schemas.errors import ArrearsError
from schemas.errors.seal import CERTIFICATE_NOT_READABLE


@dataclass(frozen=True)
class Unverified:
    """The content of a sealed file of which nobody checked who signed it.

    Attributes:
        content: what stands inside; anybody who has the recipient's certificate can have written it.
    """

    content: bytes


def archived_identity(private_key_pem: str, certificate_pem: str, *, passphrase: str | None = None) -> OpeningIdentity:
    """Key and certificate for opening, whether or not the certificate has expired.

    Raises:
        ArrearsError: as `certificates.opening_identity`, but never for the date.
    """
    at = _last_instant(certificate_pem)
    return opening_identity(private_key_pem, certificate_pem, checked_at=at, passphrase=passphrase)


def archived_signer(certificate_pem: str) -> SignerCertificate:
    """A certificate whose signatures were taken, whether or not it has expired.

    Raises:
        ArrearsError: as `certificates.signer_certificate`, but never for the date.
    """
    return signer_certificate(certificate_pem, checked_at=_last_instant(certificate_pem))


def open_verified(sealed: bytes, reader: OpeningIdentity, signer: SignerCertificate) -> bytes:
    """The content of a sealed file that the pinned signer signed; errors as `cms.open_sealed`."""
    return open_sealed(sealed, reader, signer).content


def open_unverified(sealed: bytes, reader: OpeningIdentity) -> Unverified:
    """The content of a sealed file, its signature not looked at.

    Raises:
        ArrearsError: NOT_SEALED, NOT_FOR_US, SEAL_ALGORITHM_REFUSED, NOT_OPENED, SIGNATURE_MALFORMED.
    """
    return Unverified(unverified(decrypted(sealed, reader)))


def opened_message(
    sealed: bytes, key_text: str, signer_text: str | None, passphrase: str | None
) -> tuple[bytes, openpgp.PgpSigner | None]:
    """The content of a file that is sealed by OpenPGP, and who signed it.

    Args:
        sealed: the file.
        key_text: the recipient's secret key.
        signer_text: the certificate that must have signed; None does not look at the signature.
        passphrase: of the key.

    Raises:
        ArrearsError: those of `openpgp`, but never for the date of a certificate.
    """
    reader = openpgp.pgp_opening_key(key_text, checked_at=None, passphrase=passphrase)
    if signer_text is None:
        return openpgp.open_unverified(sealed, reader), None
    signer = openpgp.pgp_signer(signer_text, checked_at=None)
    return openpgp.open_sealed(sealed, reader, signer).content, signer


def _last_instant(certificate_pem: str) -> datetime:
    try:
        return x509.load_pem_x509_certificate(certificate_pem.encode()).not_valid_after_utc
    except ValueError:
        raise ArrearsError(CERTIFICATE_NOT_READABLE) from None
