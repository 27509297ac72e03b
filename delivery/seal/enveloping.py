"""The outer layer of a sealed file as we make it: CMS EnvelopedData, written piece by piece."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence

from asn1crypto import cms as asn1
from asn1crypto import core
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from delivery.seal import der, key_agreement
from delivery.seal.certificates import RecipientCertificate
from delivery.seal.identifiers import issuer_and_serial_number

_ENVELOPED_DATA = core.ObjectIdentifier("1.2.840.113549.1.7.3").dump()
_DATA = core.ObjectIdentifier("1.2.840.113549.1.7.1").dump()
_AES_256_CBC = core.ObjectIdentifier("2.16.840.1.101.3.4.1.42").dump()
_KEY_BYTES = 32
_BLOCK_BYTES = 16


def enveloped(
    pieces: Iterable[bytes | memoryview], length: int, recipients: Sequence[RecipientCertificate]
) -> Iterator[bytes]:
    """EnvelopedData in DER, piece by piece: AES-256 in CBC mode under a new key.

    Args:
        pieces: the content.
        length: of the content in bytes.
        recipients: each of them alone can open it.
    """
    key, vector = os.urandom(_KEY_BYTES), os.urandom(_BLOCK_BYTES)
    infos = [_recipient_info(recipient, key) for recipient in recipients]
    is_agreed = any(not isinstance(recipient.public_key, rsa.RSAPublicKey) for recipient in recipients)
    before = core.Integer(2 if is_agreed else 0).dump() + der.value(der.SET, *sorted(infos))
    cipher = der.value(der.SEQUENCE, _AES_256_CBC, core.OctetString(vector).dump())
    yield der.heads(
        (length // _BLOCK_BYTES + 1) * _BLOCK_BYTES,
        (der.SEQUENCE, _ENVELOPED_DATA),
        (der.context(0, is_constructed=True), b""),
        (der.SEQUENCE, before),
        (der.SEQUENCE, _DATA + cipher),
        (der.context(0, is_constructed=False), b""),
    )
    encryptor = Cipher(algorithms.AES256(key), modes.CBC(vector)).encryptor()
    padder = PKCS7(_BLOCK_BYTES * 8).padder()
    for piece in pieces:
        yield encryptor.update(padder.update(piece))
    yield encryptor.update(padder.finalize()) + encryptor.finalize()


def _recipient_info(recipient: RecipientCertificate, key: bytes) -> bytes:
    if isinstance(recipient.public_key, rsa.RSAPublicKey):
        return _transported(recipient, recipient.public_key, key)
    return key_agreement.wrap_for(recipient.certificate, recipient.public_key, key)


def _transported(recipient: RecipientCertificate, public_key: rsa.RSAPublicKey, key: bytes) -> bytes:
    info = asn1.KeyTransRecipientInfo(
        {
            "version": "v0",
            "rid": asn1.RecipientIdentifier(
                "issuer_and_serial_number", issuer_and_serial_number(recipient.certificate)
            ),
            "key_encryption_algorithm": {"algorithm": "rsaes_pkcs1v15", "parameters": core.Null()},
            "encrypted_key": public_key.encrypt(key, padding.PKCS1v15()),
        }
    )
    return bytes(info.dump())
