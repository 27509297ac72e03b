"""How CMS names a certificate: by issuer and serial number, or by subject key identifier."""

from __future__ import annotations

from typing import Any

from asn1crypto import cms as asn1
from cryptography import x509


def names_certificate(identifier: Any, certificate: x509.Certificate) -> bool:
    """Whether a RecipientIdentifier, a SignerIdentifier or a KeyAgreementRecipientIdentifier means the certificate."""
    if identifier.name == "issuer_and_serial_number":
        issuer = identifier.chosen["issuer"].dump()
        serial_number = identifier.chosen["serial_number"].native
        return bool(issuer == certificate.issuer.public_bytes() and serial_number == certificate.serial_number)
    if identifier.name == "r_key_id":
        return bool(identifier.chosen["subject_key_identifier"].native == _key_identifier(certificate))
    return bool(identifier.chosen.native == _key_identifier(certificate))


def issuer_and_serial_number(certificate: x509.Certificate) -> asn1.IssuerAndSerialNumber:
    """What names the certificate by its issuer and serial number."""
    return asn1.IssuerAndSerialNumber(
        {
            "issuer": asn1.Name.load(certificate.issuer.public_bytes()),
            "serial_number": certificate.serial_number,
        }
    )


def _key_identifier(certificate: x509.Certificate) -> bytes:
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except x509.ExtensionNotFound:
        return x509.SubjectKeyIdentifier.from_public_key(certificate.public_key()).digest
