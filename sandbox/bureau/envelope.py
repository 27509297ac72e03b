"""Opening what arrives and sealing what is answered: CMS EnvelopedData around SignedData, DER."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from typing import Any

from asn1crypto import cms
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from sandbox.bureau.keys import BureauKeys

_HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}


class NotOpenedError(Exception):
    """The bureau's key does not open the file."""


class NotSignedError(Exception):
    """The file is not signed by the lender, or was changed afterwards."""


def decrypt(sealed: bytes, keys: BureauKeys) -> bytes:
    """What is inside the envelope.

    Raises:
        NotOpenedError: it is no envelope, not for this bureau, damaged, or its content is not under AES-256.
    """
    try:
        enveloped = cms.ContentInfo.load(sealed, strict=True)["content"]
        cipher = enveloped["encrypted_content_info"]["content_encryption_algorithm"]["algorithm"].native
        if cipher != "aes256_cbc":
            raise NotOpenedError("the content is not under AES-256 in CBC mode")
        return pkcs7.pkcs7_decrypt_der(sealed, keys.certificate, keys.private_key, [])
    except (ValueError, TypeError, KeyError, AttributeError, UnsupportedAlgorithm) as problem:
        raise NotOpenedError(type(problem).__name__) from None


def verified_content(signed: bytes, certificate: x509.Certificate, at: datetime) -> bytes:
    """The content of SignedData, when the key of this very certificate signed it.

    Certificates inside the file count for nothing.

    Raises:
        NotSignedError: it is not so, or the certificate is not in force at that instant.
    """
    if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
        raise NotSignedError("the lender's certificate is not in force")
    try:
        return _verified(cms.ContentInfo.load(signed, strict=True), certificate)
    except (ValueError, TypeError, KeyError, AttributeError, InvalidSignature) as problem:
        raise NotSignedError(type(problem).__name__) from None


def _verified(outer: Any, certificate: x509.Certificate) -> bytes:
    signed_data = outer["content"]
    content = signed_data["encap_content_info"]["content"].native
    (info,) = signed_data["signer_infos"]
    name = info["digest_algorithm"]["algorithm"].native
    attributes = {attribute["type"].native: list(attribute["values"].native) for attribute in info["signed_attrs"]}
    if outer["content_type"].native != "signed_data" or not isinstance(content, bytes) or name not in _HASHES:
        raise NotSignedError("it is not signed as agreed")
    if len(attributes) != len(info["signed_attrs"]) or attributes["content_type"] != ["data"]:
        raise NotSignedError("its signed attributes are not as agreed")
    (digest,) = attributes["message_digest"]
    if not hmac.compare_digest(digest, hashlib.new(name, content).digest()):
        raise NotSignedError("the content was changed after it was signed")
    public_key = certificate.public_key()
    if not isinstance(public_key, rsa.RSAPublicKey):
        raise NotSignedError("the lender's certificate is not one of an RSA key")
    # RFC 5652 5.4: what is signed is the attributes as a SET, not under the implicit tag that they carry in the file.
    covered = info["signed_attrs"].untag().dump(force=True)
    public_key.verify(info["signature"].native, covered, padding.PKCS1v15(), _HASHES[name])
    return content


def seal(content: bytes, keys: BureauKeys, recipient: x509.Certificate) -> bytes:
    """Signs with the bureau's key, then encrypts for the recipient."""
    signed = (
        pkcs7.PKCS7SignatureBuilder()
        .set_data(content)
        .add_signer(keys.certificate, keys.private_key, hashes.SHA256())
        .sign(Encoding.DER, [pkcs7.PKCS7Options.Binary, pkcs7.PKCS7Options.NoCapabilities])
    )
    return (
        pkcs7.PKCS7EnvelopeBuilder()
        .set_data(signed)
        .set_content_encryption_algorithm(AES256)
        .add_recipient(recipient)
        .encrypt(Encoding.DER, [pkcs7.PKCS7Options.Binary])
    )
