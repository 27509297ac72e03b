"""The inner layer of a sealed file as we make it: CMS SignedData with the content included, one signer."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asn1crypto import algos, core
from asn1crypto import cms as asn1
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from delivery.seal import der
from delivery.seal.certificates import SigningIdentity
from delivery.seal.identifiers import issuer_and_serial_number

_VERSION = 1
_SIGNED_DATA = core.ObjectIdentifier("1.2.840.113549.1.7.2").dump()
_DATA = core.ObjectIdentifier("1.2.840.113549.1.7.1").dump()
_RSA_DIGEST = "sha256"
_DIGEST_OF_CURVE = {"secp256r1": "sha256", "secp384r1": "sha384", "secp521r1": "sha512"}
_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}


@dataclass(frozen=True)
class Around:
    """What stands before and behind the content in SignedData: the signed file is head, content, tail."""

    head: bytes
    tail: bytes


def signed_around(pieces: Iterable[memoryview], signer: SigningIdentity, signed_at: datetime | None) -> Around:
    """Signs a content that is given piece by piece.

    Args:
        pieces: the content.
        signer: our key and certificate.
        signed_at: becomes the signing time, a claim of the signer; none when None.
    """
    digest_name = _digest_name(signer)
    digest, length = hashlib.new(digest_name), 0
    for piece in pieces:
        digest.update(piece)
        length += piece.nbytes
    digest_algorithm = algos.DigestAlgorithm({"algorithm": digest_name})
    tail = _certificate(signer) + der.value(
        der.SET, _signer_info(signer, digest_algorithm, digest.digest(), signed_at).dump()
    )
    before = core.Integer(_VERSION).dump() + der.value(der.SET, digest_algorithm.dump())
    encapsulated = der.heads(
        length, (der.SEQUENCE, _DATA), (der.context(0, is_constructed=True), b""), (der.OCTET_STRING, b"")
    )
    outer = der.heads(
        len(encapsulated) + length + len(tail),
        (der.SEQUENCE, _SIGNED_DATA),
        (der.context(0, is_constructed=True), b""),
        (der.SEQUENCE, before),
    )
    return Around(outer + encapsulated, tail)


def _digest_name(signer: SigningIdentity) -> str:
    key = signer.private_key
    return _RSA_DIGEST if isinstance(key, rsa.RSAPrivateKey) else _DIGEST_OF_CURVE[key.curve.name]


def _certificate(signer: SigningIdentity) -> bytes:
    certificate = signer.signer.certificate.public_bytes(serialization.Encoding.DER)
    return der.value(der.context(0, is_constructed=True), certificate)


def _signer_info(
    signer: SigningIdentity, digest_algorithm: algos.DigestAlgorithm, digest: bytes, signed_at: datetime | None
) -> Any:
    attributes = [_attribute("content_type", "data"), _attribute("message_digest", digest)]
    if signed_at is not None:
        attributes.append(_attribute("signing_time", asn1.Time("utc_time", signed_at)))
    signed_attributes = asn1.CMSAttributes(attributes)
    signature_algorithm, signature = _signature(signer, signed_attributes.dump())
    return asn1.SignerInfo(
        {
            "version": "v1",
            "sid": asn1.SignerIdentifier(
                "issuer_and_serial_number", issuer_and_serial_number(signer.signer.certificate)
            ),
            "digest_algorithm": digest_algorithm,
            "signed_attrs": signed_attributes,
            "signature_algorithm": signature_algorithm,
            "signature": signature,
        }
    )


def _attribute(kind: str, value: object) -> asn1.CMSAttribute:
    return asn1.CMSAttribute({"type": kind, "values": [value]})


def _signature(signer: SigningIdentity, covered: bytes) -> tuple[algos.SignedDigestAlgorithm, bytes]:
    """RFC 5652 section 5.4: what is signed is the attributes as a SET OF in DER."""
    digest_name = _digest_name(signer)
    algorithm = _HASHES[digest_name]()
    if isinstance(signer.private_key, rsa.RSAPrivateKey):
        named = algos.SignedDigestAlgorithm({"algorithm": "rsassa_pkcs1v15", "parameters": core.Null()})
        return named, signer.private_key.sign(covered, padding.PKCS1v15(), algorithm)
    named = algos.SignedDigestAlgorithm({"algorithm": f"{digest_name}_ecdsa"})
    return named, signer.private_key.sign(covered, ec.ECDSA(algorithm))
