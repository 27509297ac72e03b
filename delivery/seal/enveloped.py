"""The outer layer of a sealed file: CMS EnvelopedData, decrypted with our key piece by piece."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from asn1crypto import cms as asn1
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from delivery.seal import key_agreement
from delivery.seal.ber import WHOLE, BerReader
from delivery.seal.certificates import OpeningIdentity
from delivery.seal.identifiers import names_certificate
from delivery.seal.layers import DAMAGED, ENVELOPED, OtherContentError, split
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
_PIECE_BYTES = 1 << 18


def is_enveloped(data: bytes) -> bool:
    """Whether the bytes are CMS EnvelopedData, by their outer structure; nothing is decrypted."""
    try:
        _load(data)
    except ArrearsError:
        return False
    return True


def decrypt(sealed: bytes, reader: OpeningIdentity) -> bytes:
    """The content of CMS EnvelopedData that has our certificate among its recipients; errors as `decrypted`."""
    return b"".join(decrypted(sealed, reader))


def decrypted(sealed: bytes, reader: OpeningIdentity) -> Iterator[bytes]:
    """The content of CMS EnvelopedData that has our certificate among its recipients, in small pieces.

    Nobody vouches for what is given out, least of all before the last piece.

    Raises:
        ArrearsError: NOT_SEALED, NOT_FOR_US, SEAL_ALGORITHM_REFUSED before the first piece; NOT_OPENED with any.
    """
    enveloped, content_at = _load(sealed)
    try:
        encrypted = enveloped["encrypted_content_info"]
        cipher = encrypted["content_encryption_algorithm"]
        algorithm = str(cipher["algorithm"].native)
        vector = cipher["parameters"].native
        unwrapped = _unwrapping(enveloped["recipient_infos"], reader)
    except DAMAGED:
        raise ArrearsError(NOT_SEALED, reason="its structure is damaged") from None
    if algorithm != "aes256_cbc":
        raise ArrearsError(SEAL_ALGORITHM_REFUSED, content_encryption=algorithm)
    if content_at is None or not isinstance(vector, bytes):
        raise ArrearsError(NOT_SEALED, reason="it has no content")
    return _decrypted_pieces(unwrapped, vector, _ciphertext(sealed, content_at))


def _load(data: bytes) -> tuple[Any, int | None]:
    """The envelope without its content, and where that begins. All of it was looked at: it is whole."""
    try:
        found = split(BerReader([data]), ENVELOPED, lambda _piece: None)
        enveloped = asn1.ContentInfo.load(found.around, strict=True)["content"]
        is_complete = len(enveloped["recipient_infos"]) > 0
    except OtherContentError as error:
        raise ArrearsError(NOT_SEALED, content_type=error.content_type) from None
    except DAMAGED:
        raise ArrearsError(NOT_SEALED) from None
    if not is_complete:
        raise ArrearsError(NOT_SEALED, content_type=ENVELOPED.content_type)
    return enveloped, found.content_at


def _ciphertext(sealed: bytes, content_at: int) -> Iterator[memoryview]:
    reader = BerReader([memoryview(sealed)[content_at:]])
    head = reader.next_head(WHOLE)
    if head is None:
        return
    for octets in reader.octets(head, WHOLE):
        for start in range(0, len(octets), _PIECE_BYTES):
            yield octets[start : start + _PIECE_BYTES]


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


def _decrypted_pieces(
    unwrapped: Callable[[], bytes], vector: bytes, ciphertext: Iterable[memoryview]
) -> Iterator[bytes]:
    """One error for all that can go wrong, so that nobody learns from it what did."""
    try:
        key = unwrapped()
        if len(key) != _KEY_BYTES:
            raise ValueError("the content key is not of AES-256")
        decryptor = Cipher(algorithms.AES256(key), modes.CBC(vector)).decryptor()
        last = b""
        for octets in ciphertext:
            if piece := decryptor.update(octets):
                yield last
                last = piece
        decryptor.finalize()
        unpadder = PKCS7(_BLOCK_BITS).unpadder()
        yield unpadder.update(last) + unpadder.finalize()
    except DAMAGED:
        raise ArrearsError(NOT_OPENED) from None
