"""CMS (RFC 5652): sign, then envelop; and the reverse for what a bureau sends.

A sealed file is EnvelopedData (AES-256-CBC; the key transported by RSA, or agreed on by ECDH for the curves P-256,
P-384 and P-521) around SignedData (RSA or ECDSA, content included, signed attributes) in DER. Opening takes more:
definite or indefinite lengths, recipients named by issuer and serial number or by key identifier, RSA PKCS 1 v1.5 or
OAEP, digests SHA-256 to SHA-512. It takes one signer only, the pinned one, whatever certificates the file brings along.

The command that opens a sealed file of ours with the bureau's key and checks who signed it:

    openssl cms -decrypt -binary -inform DER -in FILE -inkey BUREAU_KEY -recip BUREAU_CERTIFICATE |
        openssl cms -verify -binary -inform DER -nointern -certfile SIGNER_CERTIFICATE -noverify

`-nointern -certfile` takes the signer's certificate from that file only, which is pinning; `-noverify` leaves out
the chain of issuers, which a self-signed certificate does not have. The signature itself is verified.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import TypeVar

from delivery.seal.certificates import OpeningIdentity, RecipientCertificate, SignerCertificate, SigningIdentity
from delivery.seal.enveloped import decrypted
from delivery.seal.enveloping import enveloped
from delivery.seal.signed import verified
from delivery.seal.signing import signed_around
from schemas.errors import ArrearsError
from schemas.errors.seal import NOT_FOR_US

_Content = TypeVar("_Content")
_Reader = TypeVar("_Reader")

_PIECE_BYTES = 1 << 20


@dataclass(frozen=True)
class Opened:
    """What a sealed file held.

    Attributes:
        content: the bytes that were signed.
        signer_fingerprint: SHA-256 fingerprint of the pinned certificate that verified the signature.
    """

    content: bytes
    signer_fingerprint: str


def seal(
    content: bytes,
    signer: SigningIdentity,
    recipients: Sequence[RecipientCertificate],
    signed_at: datetime | None = None,
) -> bytes:
    """Signs the content, then encrypts content and signature for the recipients; arguments as in `sealed_pieces`."""
    sealed = BytesIO()
    sealed.writelines(sealed_pieces([content], signer, recipients, signed_at))
    # A buffer that nobody else holds gives its bytes away uncopied.
    return sealed.getvalue()


def sealed_pieces(
    content: Sequence[bytes | memoryview],
    signer: SigningIdentity,
    recipients: Sequence[RecipientCertificate],
    signed_at: datetime | None = None,
) -> Iterator[bytes]:
    """A sealed file, piece by piece, so that besides the content itself little is held in memory.

    Two calls never give the same bytes: key and initialisation vector are new each time.

    Args:
        content: any bytes in any number of pieces; they are kept as they are.
        signer: our signing key and certificate.
        recipients: at least one; each of them alone can open the file.
        signed_at: becomes an attribute of the signature; none when None.

    Returns:
        CMS in DER.
    """
    if not recipients:
        raise ValueError("a sealed file needs at least one recipient")
    around = signed_around(_cut(content), signer, signed_at)
    length = len(around.head) + sum(memoryview(piece).nbytes for piece in content) + len(around.tail)
    return enveloped(chain([around.head], _cut(content), [around.tail]), length, recipients)


def _cut(content: Sequence[bytes | memoryview]) -> Iterator[memoryview]:
    for piece in content:
        view = memoryview(piece).cast("B")
        for start in range(0, view.nbytes, _PIECE_BYTES):
            yield view[start : start + _PIECE_BYTES]


def open_sealed(sealed: bytes, reader: OpeningIdentity, signer: SignerCertificate) -> Opened:
    """Decrypts a file that is sealed for us and verifies that the pinned signer signed it.

    Besides the file and its content little is held in memory.

    Args:
        sealed: CMS in DER or BER.
        reader: our key and certificate.
        signer: the certificate agreed with the sender. Certificates within the file are not looked at.

    Raises:
        ArrearsError: NOT_SEALED, NOT_FOR_US, SEAL_ALGORITHM_REFUSED, NOT_OPENED, SIGNATURE_MALFORMED, SIGNER_UNKNOWN,
            SIGNATURE_WRONG. Nothing of the content is given out then.
    """
    return Opened(verified(decrypted(sealed, reader), signer), signer.fingerprint)


def open_sealed_for(sealed: bytes, readers: Sequence[OpeningIdentity], signer: SignerCertificate) -> Opened:
    """As `open_sealed`, with the first of our keys, at least one, that is among the recipients."""
    return opened_by_recipient(readers, lambda reader: open_sealed(sealed, reader, signer))


def opened_by_recipient(readers: Sequence[_Reader], opened: Callable[[_Reader], _Content]) -> _Content:
    """What the first of our keys opens that is among the recipients.

    Args:
        readers: at least one.
        opened: opens the file with one of them; raises `NOT_FOR_US` when that is no recipient.

    Raises:
        ArrearsError: that of `opened`, `NOT_FOR_US` when none is among the recipients.
    """
    for reader in readers[:-1]:
        try:
            return opened(reader)
        except ArrearsError as error:
            if error.kind is not NOT_FOR_US:
                raise
    return opened(readers[-1])


def openssl_open_command(sealed_path: Path, key_path: Path, certificate_path: Path, signer_path: Path) -> str:
    """The shell command that opens a sealed file and writes its content to the standard output.

    Args:
        sealed_path: the sealed file.
        key_path: the recipient's private key, PEM.
        certificate_path: the recipient's certificate, PEM.
        signer_path: the signer's certificate, PEM.
    """
    sealed, key, certificate, signer = (
        shlex.quote(str(path)) for path in (sealed_path, key_path, certificate_path, signer_path)
    )
    return (
        f"openssl cms -decrypt -binary -inform DER -in {sealed} -inkey {key} -recip {certificate}"
        f" | openssl cms -verify -binary -inform DER -nointern -certfile {signer} -noverify"
    )
