"""How CMS names a certificate: by issuer and serial number, or by subject key identifier."""

from __future__ import annotations

from typing import Any

from cryptography import x509


def names_certificate(identifier: Any, certificate: x509.Certificate) -> bool:
    """Whether a RecipientIdentifier or SignerIdentifier (asn1crypto) means the certificate."""
    if identifier.name == "issuer_and_serial_number":
        issuer = identifier.chosen["issuer"].dump()
        serial_number = identifier.chosen["serial_number"].native
        return bool(issuer == certificate.issuer.public_bytes() and serial_number == certificate.serial_number)
    return bool(identifier.chosen.native == _key_identifier(certificate))


def _key_identifier(certificate: x509.Certificate) -> bytes:
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except x509.ExtensionNotFound:
        return x509.SubjectKeyIdentifier.from_public_key(certificate.public_key()).digest
