"""A content key wrapped for an elliptic curve key: ephemeral-static ECDH, RFC 5753 with the standard's own parameters.

The wrapping key is derived with the X9.63 function over the shared point and `ECC-CMS-SharedInfo`, and wraps the
content key by RFC 3394.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asn1crypto import algos, core, keys
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.x963kdf import X963KDF
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from delivery.seal import der
from delivery.seal.identifiers import issuer_and_serial_number, names_certificate
from schemas.errors import ArrearsError
from schemas.errors.seal import SEAL_ALGORITHM_REFUSED

_VERSION = 3
_KEY_BITS_OF_WRAP = {
    "2.16.840.1.101.3.4.1.5": 128,
    "2.16.840.1.101.3.4.1.25": 192,
    "2.16.840.1.101.3.4.1.45": 256,
}
_AES_256_WRAP = "2.16.840.1.101.3.4.1.45"
_DIGEST_OF_SCHEME: dict[str, Callable[[], hashes.HashAlgorithm]] = {
    "1.3.133.16.840.63.0.2": hashes.SHA1,
    "1.3.132.1.11.1": hashes.SHA256,
    "1.3.132.1.11.2": hashes.SHA384,
    "1.3.132.1.11.3": hashes.SHA512,
}
"""`dhSinglePass-stdDH-*kdf-scheme`. SHA-1 as part of the derivation is what the openssl command takes by itself."""
_SCHEME_OF_CURVE = {"secp256r1": "1.3.132.1.11.1", "secp384r1": "1.3.132.1.11.2", "secp521r1": "1.3.132.1.11.3"}


def wrap_for(certificate: x509.Certificate, public_key: ec.EllipticCurvePublicKey, content_key: bytes) -> bytes:
    """RecipientInfo that lets the owner of the certificate unwrap the content key, in DER."""
    ephemeral = ec.generate_private_key(public_key.curve)
    scheme = _SCHEME_OF_CURVE[public_key.curve.name]
    wrap = _algorithm(_AES_256_WRAP)
    wrapping_key = _wrapping_key(ephemeral, public_key, scheme, wrap, None)
    point = ephemeral.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    originator = der.value(der.context(1, is_constructed=True), keys.PublicKeyInfo.load(point).contents)
    encrypted_key = der.value(
        der.SEQUENCE,
        issuer_and_serial_number(certificate).dump(),
        core.OctetString(aes_key_wrap(wrapping_key, content_key)).dump(),
    )
    return der.value(
        der.context(1, is_constructed=True),
        core.Integer(_VERSION).dump(),
        der.value(der.context(0, is_constructed=True), originator),
        der.value(der.SEQUENCE, core.ObjectIdentifier(scheme).dump(), wrap),
        der.value(der.SEQUENCE, encrypted_key),
    )


def wrapped_key_of(infos: Any, certificate: x509.Certificate) -> tuple[Any, bytes] | None:
    """The KeyAgreeRecipientInfo that names the certificate, with the wrapped key; None when there is none.

    Raises:
        ValueError, TypeError, KeyError: the structure is damaged.
    """
    for info in infos:
        if info.name != "kari":
            continue
        for each in info.chosen["recipient_encrypted_keys"]:
            if names_certificate(each["rid"], certificate):
                return info.chosen, each["encrypted_key"].native
    return None


def require_known(info: Any) -> None:
    """Refuses what we don't agree on keys by.

    Raises:
        ArrearsError: SEAL_ALGORITHM_REFUSED.
        ValueError, TypeError, KeyError: the structure is damaged.
    """
    algorithm = info["key_encryption_algorithm"]
    scheme = algorithm["algorithm"].dotted
    if scheme not in _DIGEST_OF_SCHEME or _wrap_of(info)["algorithm"].dotted not in _KEY_BITS_OF_WRAP:
        raise ArrearsError(SEAL_ALGORITHM_REFUSED, key_agreement=scheme)
    if info["originator"].name != "originator_key":
        raise ArrearsError(SEAL_ALGORITHM_REFUSED, key_agreement="the sender's key is not in the file")


def unwrap(info: Any, wrapped_key: bytes, private_key: ec.EllipticCurvePrivateKey) -> bytes:
    """The content key of a recipient info that passed `require_known`.

    Raises:
        ValueError, TypeError, KeyError: the structure is damaged, or the key does not fit.
    """
    point = bytes(info["originator"].chosen["public_key"])
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(private_key.curve, point)
    scheme = info["key_encryption_algorithm"]["algorithm"].dotted
    wrapping_key = _wrapping_key(private_key, theirs, scheme, _wrap_of(info).dump(), info["ukm"].native)
    try:
        return aes_key_unwrap(wrapping_key, wrapped_key)
    except InvalidUnwrap:
        raise ValueError("the key does not fit") from None


def _wrap_of(info: Any) -> Any:
    return info["key_encryption_algorithm"]["parameters"].parse(spec=algos.AlgorithmIdentifier)


def _wrapping_key(
    private_key: ec.EllipticCurvePrivateKey,
    public_key: ec.EllipticCurvePublicKey,
    scheme: str,
    wrap: bytes,
    ukm: bytes | None,
) -> bytes:
    bits = _KEY_BITS_OF_WRAP[algos.AlgorithmIdentifier.load(wrap)["algorithm"].dotted]
    length = der.value(der.context(2, is_constructed=True), core.OctetString(bits.to_bytes(4)).dump())
    keying = b"" if ukm is None else der.value(der.context(0, is_constructed=True), core.OctetString(ukm).dump())
    shared_info = der.value(der.SEQUENCE, wrap, keying, length)
    derivation = X963KDF(_DIGEST_OF_SCHEME[scheme](), bits // 8, shared_info)
    return derivation.derive(private_key.exchange(ec.ECDH(), public_key))


def _algorithm(dotted: str) -> bytes:
    return der.value(der.SEQUENCE, core.ObjectIdentifier(dotted).dump())
