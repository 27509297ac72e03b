"""The inner layer of a sealed file: CMS SignedData, read piece by piece, verified against one pinned certificate.

RFC 5652 section 5.4: the signature covers the DER encoding of the signed attributes as a SET OF, of which one is the
digest of the content. Whatever departs from the one form that is agreed on is refused.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Any

from asn1crypto import cms as asn1
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from delivery.seal.ber import BerReader
from delivery.seal.certificates import SignerCertificate
from delivery.seal.identifiers import names_certificate
from delivery.seal.layers import DAMAGED, SIGNED, OtherContentError, Split, split
from schemas.errors import ArrearsError
from schemas.errors.seal import SEAL_ALGORITHM_REFUSED, SIGNATURE_MALFORMED, SIGNATURE_WRONG, SIGNER_UNKNOWN

_DIGESTS: dict[str, type[hashes.HashAlgorithm]] = {
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
_SIGNATURES = {
    "rsassa_pkcs1v15": None,
    "sha256_rsa": "sha256",
    "sha384_rsa": "sha384",
    "sha512_rsa": "sha512",
    "sha256_ecdsa": "sha256",
    "sha384_ecdsa": "sha384",
    "sha512_ecdsa": "sha512",
}
"""Signature algorithm to the digest that it implies; None when it takes the digest algorithm of the signer info."""


def verify(signed: bytes, signer: SignerCertificate) -> bytes:
    """The content of CMS SignedData, when the pinned signer and nobody else signed it; errors as `verified`."""
    return verified([signed], signer)


def verified(signed: Iterable[bytes], signer: SignerCertificate) -> bytes:
    """The content of CMS SignedData that comes in pieces, when the pinned signer and nobody else signed it.

    It is held once. Its digest is taken of the very bytes that are given out, after the signature was verified.

    Raises:
        ArrearsError: SIGNATURE_MALFORMED, SIGNER_UNKNOWN, SEAL_ALGORITHM_REFUSED, SIGNATURE_WRONG; what the pieces
            raise goes first.
    """
    signed_data, content = _parted(signed)
    try:
        info = _signer_info(signed_data)
        if content is None:
            raise ArrearsError(SIGNATURE_MALFORMED, reason="the content is not included")
        if not names_certificate(info["sid"], signer.certificate):
            raise ArrearsError(SIGNER_UNKNOWN, agreed_signer=signer.fingerprint)
        digest_name = _digest_name(info, signer)
        attributes = _signed_attributes(info)
        covered = info["signed_attrs"].untag().dump(force=True)
        signature = info["signature"].native
    except DAMAGED:
        raise ArrearsError(SIGNATURE_MALFORMED, reason="its structure is damaged") from None
    _verify_signature(signer, signature, covered, digest_name)
    if attributes["content_type"] != "data":
        raise ArrearsError(SIGNATURE_MALFORMED, reason="the signed content type is not data")
    if not hmac.compare_digest(attributes["message_digest"], hashlib.new(digest_name, content).digest()):
        raise ArrearsError(SIGNATURE_WRONG, reason="the content has another digest than was signed")
    return content


def unverified(signed: Iterable[bytes]) -> bytes:
    """The content of CMS SignedData that comes in pieces, whoever signed it.

    Raises:
        ArrearsError: SIGNATURE_MALFORMED; what the pieces raise goes first.
    """
    content = _parted(signed)[1]
    if content is None:
        raise ArrearsError(SIGNATURE_MALFORMED, reason="the content is not included")
    return content


def _parted(signed: Iterable[bytes]) -> tuple[Any, bytes | None]:
    """SignedData without its content, and the content; None when it is not included."""
    pieces, content = iter(signed), BytesIO()
    try:
        found = _split_whole(pieces, content)
        signed_data = asn1.ContentInfo.load(found.around, strict=True)["content"]
    except OtherContentError:
        raise ArrearsError(SIGNATURE_MALFORMED, reason="it is not signed") from None
    except DAMAGED:
        raise ArrearsError(SIGNATURE_MALFORMED, reason="its structure is damaged") from None
    # A buffer that nobody else holds gives its bytes away uncopied.
    return signed_data, None if found.content_at is None else content.getvalue()


def _split_whole(pieces: Iterator[bytes], content: BytesIO) -> Split:
    """Asks for the pieces to their end in any case: whether they decrypt must not depend on what they say."""
    try:
        return split(BerReader(pieces), SIGNED, content.write)
    except DAMAGED:
        for _ in pieces:
            pass
        raise


def _signer_info(signed_data: Any) -> Any:
    signer_infos = signed_data["signer_infos"]
    if len(signer_infos) != 1:
        raise ArrearsError(SIGNATURE_MALFORMED, reason="it does not have exactly one signer", signers=len(signer_infos))
    if signed_data["encap_content_info"]["content_type"].native != "data":
        raise ArrearsError(SIGNATURE_MALFORMED, reason="the content is not plain data")
    return signer_infos[0]


def _digest_name(info: Any, signer: SignerCertificate) -> str:
    digest = str(info["digest_algorithm"]["algorithm"].native)
    signature = str(info["signature_algorithm"]["algorithm"].native)
    is_of_key = signature.endswith("_ecdsa") is isinstance(signer.public_key, ec.EllipticCurvePublicKey)
    if digest not in _DIGESTS or not is_of_key or _SIGNATURES.get(signature, "") not in (None, digest):
        raise ArrearsError(SEAL_ALGORITHM_REFUSED, digest=digest, signature=signature)
    return digest


def _signed_attributes(info: Any) -> dict[str, Any]:
    """The two attributes that matter, each present once with one value."""
    found = info["signed_attrs"]
    if not isinstance(found, asn1.CMSAttributes):
        raise ArrearsError(SIGNATURE_MALFORMED, reason="it has no signed attributes")
    names = [str(attribute["type"].native) for attribute in found]
    if len(set(names)) != len(names):
        raise ArrearsError(SIGNATURE_MALFORMED, reason="a signed attribute is doubled")
    values = {str(attribute["type"].native): attribute["values"] for attribute in found}
    for name in ("content_type", "message_digest"):
        if name not in values or len(values[name]) != 1:
            raise ArrearsError(SIGNATURE_MALFORMED, reason=f"the signed attribute {name} is missing or doubled")
    return {name: values[name][0].native for name in ("content_type", "message_digest")}


def _verify_signature(signer: SignerCertificate, signature: bytes, covered: bytes, digest_name: str) -> None:
    key, digest = signer.public_key, _DIGESTS[digest_name]()
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, covered, padding.PKCS1v15(), digest)
        else:
            key.verify(signature, covered, ec.ECDSA(digest))
    except InvalidSignature:
        raise ArrearsError(SIGNATURE_WRONG, reason="it does not verify with the agreed certificate") from None
