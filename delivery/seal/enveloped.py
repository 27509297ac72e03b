"""The outer layer of a sealed file: CMS EnvelopedData, decrypted with our key."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from asn1crypto import cms as asn1
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from delivery.seal import key_agreement
from delivery.seal.certificates import OpeningIdentity
from delivery.seal.identifiers import names_certificate
from schemas.errors import ArrearsError
from schemas.errors.seal import NOT_FOR_US, NOT_OPENED, NOT_SEALED, SEAL_ALGORITHM_REFUSED

_OAEP_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "sha1": hashes.SHA1,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
_KEY_BYTES = 32
_BLOCK_BITS = 128


def is_enveloped(data: bytes) -> bool:
    """Whether the bytes are CMS EnvelopedData, by their outer structure; nothing is decrypted."""
    try:
        _load(data)
    except ArrearsError:
        return False
    return True


def decrypt(sealed: bytes, reader: OpeningIdentity) -> bytes:
    """The content of CMS EnvelopedData that has our certificate among its recipients.

    Raises:
        ArrearsError: NOT_SEALED, NOT_FOR_US, SEAL_ALGORITHM_REFUSED, NOT_OPENED.
    """
    enveloped = _load(sealed)
    try:
        encrypted = enveloped["encrypted_content_info"]
        cipher = encrypted["content_encryption_algorithm"]
        algorithm = str(cipher["algorithm"].native)
        vector = cipher["parameters"].native
        ciphertext = encrypted["encrypted_content"].native
        unwrapped = _unwrapping(enveloped["recipient_infos"], reader)
    except (ValueError, TypeError, KeyError):
        raise ArrearsError(NOT_SEALED, reason="its structure is damaged") from None
    if algorithm != "aes256_cbc":
        raise ArrearsError(SEAL_ALGORITHM_REFUSED, content_encryption=algorithm)
    if not isinstance(ciphertext, bytes) or not isinstance(vector, bytes):
        raise ArrearsError(NOT_SEALED, reason="it has no content")
    try:
        return _decrypt_content(unwrapped(), vector, ciphertext)
    except (ValueError, TypeError, KeyError):
        raise ArrearsError(NOT_OPENED) from None


def _load(data: bytes) -> Any:
    try:
        outer = asn1.ContentInfo.load(data, strict=True)
        content_type = outer["content_type"].native
        enveloped = outer["content"]
        is_complete = content_type == "enveloped_data" and len(enveloped["recipient_infos"]) > 0
    except (ValueError, TypeError, KeyError):
        raise ArrearsError(NOT_SEALED) from None
    if not is_complete:
        raise ArrearsError(NOT_SEALED, content_type=content_type)
    return enveloped


def _unwrapping(recipient_infos: Any, reader: OpeningIdentity) -> Callable[[], bytes]:
    """What gives the content key when it is called: by then all that can be refused has been looked at."""
    private_key, certificate = reader.private_key, reader.recipient.certificate
    if isinstance(private_key, ec.EllipticCurvePrivateKey):
        agreed = key_agreement.wrapped_key_of(recipient_infos, certificate)
        if agreed is not None:
            key_agreement.require_known(agreed[0])
            return partial(key_agreement.unwrap, *agreed, private_key)
    else:
        for info in recipient_infos:
            if info.name == "ktri" and names_certificate(info.chosen["rid"], certificate):
                wrapping = _wrapping(info.chosen["key_encryption_algorithm"])
                return partial(private_key.decrypt, info.chosen["encrypted_key"].native, wrapping)
    raise ArrearsError(NOT_FOR_US, our_certificate=reader.recipient.fingerprint, recipients=len(recipient_infos))


def _wrapping(algorithm: Any) -> padding.AsymmetricPadding:
    name = str(algorithm["algorithm"].native)
    if name == "rsaes_pkcs1v15":
        return padding.PKCS1v15()
    if name != "rsaes_oaep":
        raise ArrearsError(SEAL_ALGORITHM_REFUSED, key_transport=name)
    parameters = algorithm["parameters"]
    digest = _OAEP_HASHES.get(str(parameters["hash_algorithm"]["algorithm"].native))
    mask_digest = _OAEP_HASHES.get(str(parameters["mask_gen_algorithm"]["parameters"]["algorithm"].native))
    if digest is None or mask_digest is None or parameters["p_source_algorithm"]["parameters"].native:
        raise ArrearsError(SEAL_ALGORITHM_REFUSED, key_transport="RSA OAEP with unusual parameters")
    return padding.OAEP(mgf=padding.MGF1(mask_digest()), algorithm=digest(), label=None)


def _decrypt_content(key: bytes, vector: bytes, ciphertext: bytes) -> bytes:
    if len(key) != _KEY_BYTES:
        raise ValueError("the content key is not of AES-256")
    decryptor = Cipher(algorithms.AES256(key), modes.CBC(vector)).decryptor()
    padded = decryptor.update(ciphertext) + decryptor.finalize()
    unpadder = PKCS7(_BLOCK_BITS).unpadder()
    return unpadder.update(padded) + unpadder.finalize()
