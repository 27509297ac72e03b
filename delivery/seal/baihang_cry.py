"""Baihang's packing: one text file in a ZIP archive, the archive encrypted in blocks of 1024 bytes, one line each.

Line 1 is the passphrase, encrypted with Baihang's RSA key (PKCS#1 v1.5) and printed in Base64. Each further line is a
block of the archive, encrypted on its own with AES-128-ECB and PKCS#7 padding, in Base64. The key is the first 16 bytes
of SHA1(SHA1(passphrase)), which is what Java's SHA1PRNG seeded with the passphrase gives. Two independent programs of
reporting institutions agree on all of this.

The form is Baihang's: equal blocks give equal lines, nothing shows that a file was changed, and a short passphrase can
be guessed. Use a long random passphrase for each file, and send it over a protected connection.

Some senders fill the last block with what was left in their buffer, so that bytes stand behind the archive. They are
cut off before the archive is opened.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import struct
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from delivery.zip_members import BROKEN, METHODS
from schemas.errors import ArrearsError
from schemas.errors.seal import KEY_KIND_UNSUPPORTED, KEY_NOT_READABLE, KEY_WEAK, NOT_OPENED

BureauKey: TypeAlias = rsa.RSAPublicKey
OpeningKey: TypeAlias = rsa.RSAPrivateKey

BLOCK_BYTES = 1024
MIN_RSA_BITS = 1024
"""Baihang hands out the key, and its size is not public; below this no key is taken."""

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

_BLOCK_BITS = 128
_KEY_BYTES = 16
_LONGEST_LINE = 4096
_ARCHIVED_AT = (1980, 1, 1, 0, 0, 0)
_CHUNK_BYTES = 1024**2

_END_MARK = b"PK\x05\x06"
_END_RECORD = struct.Struct("<4s4H2LH")
_DIRECTORY_MARK = b"PK\x01\x02"


@dataclass(frozen=True)
class CryLimits:
    """Most that is unpacked.

    Attributes:
        packed_bytes: bytes of the archive, held in memory.
        text_bytes: bytes of the text file, held in memory.
    """

    packed_bytes: int = 512 * 1024**2
    text_bytes: int = 2 * 1024**3


@dataclass(frozen=True)
class Unpacked:
    """What was in a packed file: name of the text file as the archive has it, and its bytes."""

    name: str
    text: bytes


_DEFAULT_LIMITS = CryLimits()


def aes_key(passphrase: bytes) -> bytes:
    """The key of 16 bytes that a passphrase gives."""
    # The form is prescribed; it protects nothing by the strength of SHA-1.
    inner = hashlib.sha1(passphrase, usedforsecurity=False).digest()
    return hashlib.sha1(inner, usedforsecurity=False).digest()[:_KEY_BYTES]


def bureau_key(text: str) -> BureauKey:
    """The bureau's public key from PEM, or from Base64 of its DER as Java programs have it.

    Raises:
        ArrearsError: KEY_NOT_READABLE, KEY_KIND_UNSUPPORTED, KEY_WEAK.
    """
    try:
        if "-----BEGIN" in text:
            key = serialization.load_pem_public_key(text.encode())
        else:
            key = serialization.load_der_public_key(base64.b64decode("".join(text.split()), validate=True))
    except (ValueError, UnsupportedAlgorithm):
        raise ArrearsError(KEY_NOT_READABLE, key="public key of the bureau") from None
    if not isinstance(key, rsa.RSAPublicKey):
        raise ArrearsError(KEY_KIND_UNSUPPORTED, key="public key of the bureau")
    if key.key_size < MIN_RSA_BITS:
        raise ArrearsError(KEY_WEAK, key="public key of the bureau", bits=key.key_size)
    return key


def unpacking_key(text: str, passphrase: str | None = None) -> OpeningKey:
    """The private key that a packed file is opened with, from PEM or from Base64 of its DER.

    Raises:
        ArrearsError: KEY_NOT_READABLE, KEY_KIND_UNSUPPORTED.
    """
    secret = passphrase.encode() if passphrase is not None else None
    try:
        if "-----BEGIN" in text:
            key = serialization.load_pem_private_key(text.encode(), secret)
        else:
            key = serialization.load_der_private_key(base64.b64decode("".join(text.split()), validate=True), secret)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ArrearsError(KEY_NOT_READABLE) from None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ArrearsError(KEY_KIND_UNSUPPORTED)
    return key


def pack(text: BinaryIO, name: str, packed: BinaryIO, passphrase: str, key: BureauKey) -> None:
    """Packs a text file; nothing but the packed form is written anywhere, memory is bounded.

    Args:
        text: the file, open for reading bytes.
        name: the file's name, as it stands in the archive.
        packed: open for writing bytes.
        passphrase: at most 11 bytes less than the RSA key has.
        key: the bureau's.

    Raises:
        ArrearsError: KEY_WEAK when the passphrase is empty, or longer than the key can take.
    """
    secret = passphrase.encode()
    if not 1 <= len(secret) <= key.key_size // 8 - 11:
        raise ArrearsError(KEY_WEAK, reason="the passphrase is empty, or too long for the key of the bureau")
    packed.write(base64.b64encode(key.encrypt(secret, padding.PKCS1v15())) + b"\r\n")
    lines = _Blocks(packed, aes_key(secret))
    entry = zipfile.ZipInfo(name, _ARCHIVED_AT)
    entry.compress_type = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(lines, "w") as archive, archive.open(entry, "w") as member:
        while chunk := text.read(_CHUNK_BYTES):
            member.write(chunk)
    lines.finish()


def unpack(packed: BinaryIO, key: OpeningKey, limits: CryLimits = _DEFAULT_LIMITS) -> Unpacked:
    """Unpacks a file that anybody may have packed, with line ends CRLF or LF.

    Raises:
        ArrearsError: NOT_OPENED with the reason; nothing else, whatever the bytes are.
    """
    lines = _lines(packed)
    key_of_blocks = aes_key(_passphrase(next(lines, b""), key))
    archive = bytearray()
    for number, line in enumerate(lines, start=2):
        archive += _decrypted(line, number, key_of_blocks)
        if len(archive) > limits.packed_bytes:
            raise ArrearsError(NOT_OPENED, reason=f"the archive has more than {limits.packed_bytes} bytes")
    return _only_entry(_without_rest(archive), limits)


class _Blocks(io.RawIOBase):
    """Takes the archive as it is written and prints a line for each block; the last may be shorter."""

    def __init__(self, packed: BinaryIO, key: bytes) -> None:
        super().__init__()
        self._packed = packed
        self._key = key
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Buffer, /) -> int:
        self._held += bytes(data)
        while len(self._held) >= BLOCK_BYTES:
            self._print(bytes(self._held[:BLOCK_BYTES]))
            del self._held[:BLOCK_BYTES]
        return len(memoryview(data).cast("B"))

    def finish(self) -> None:
        """Prints what is left."""
        if self._held:
            self._print(bytes(self._held))
            self._held.clear()

    def _print(self, block: bytes) -> None:
        padder, encryptor = PKCS7(_BLOCK_BITS).padder(), _cipher(self._key).encryptor()
        padded = padder.update(block) + padder.finalize()
        self._packed.write(base64.b64encode(encryptor.update(padded) + encryptor.finalize()) + b"\r\n")


def _cipher(key: bytes) -> Cipher[modes.ECB]:
    return Cipher(algorithms.AES128(key), modes.ECB())  # noqa: S305 - the bureau's form


def _lines(packed: BinaryIO) -> Iterator[bytes]:
    """Lines without their ends, empty ones left out."""
    while line := packed.readline(_LONGEST_LINE + 1):
        if len(line) > _LONGEST_LINE:
            raise ArrearsError(NOT_OPENED, reason=f"a line has more than {_LONGEST_LINE} characters")
        if stripped := line.strip(b"\r\n"):
            yield stripped


def _of_base64(line: bytes, number: int) -> bytes:
    try:
        return base64.b64decode(line, validate=True)
    except binascii.Error:
        raise ArrearsError(NOT_OPENED, line=number, reason="it is not Base64") from None


def _passphrase(line: bytes, key: OpeningKey) -> bytes:
    encrypted = _of_base64(line, 1)
    try:
        return key.decrypt(encrypted, padding.PKCS1v15())
    except ValueError:
        raise ArrearsError(NOT_OPENED, line=1, reason="the passphrase can't be decrypted with this key") from None


def _decrypted(line: bytes, number: int, key: bytes) -> bytes:
    encrypted = _of_base64(line, number)
    decryptor, unpadder = _cipher(key).decryptor(), PKCS7(_BLOCK_BITS).unpadder()
    try:
        padded = decryptor.update(encrypted) + decryptor.finalize()
        return unpadder.update(padded) + unpadder.finalize()
    except ValueError:
        raise ArrearsError(NOT_OPENED, line=number, reason="it was encrypted with another passphrase") from None


def _without_rest(archive: bytearray) -> bytes:
    """The archive up to its end record.

    What stands behind may hold a piece of an end record again, so that the right one is known by what it says: its
    directory lies right before it.
    """
    place = archive.rfind(_END_MARK)
    while place >= 0:
        if place + _END_RECORD.size <= len(archive):
            *_, size, offset, comment = _END_RECORD.unpack_from(archive, place)
            end = place + _END_RECORD.size + comment
            if offset + size == place and archive.startswith(_DIRECTORY_MARK, offset) and end <= len(archive):
                return bytes(archive[:end])
        place = archive.rfind(_END_MARK, 0, place)
    raise ArrearsError(NOT_OPENED, reason="what was decrypted is not a ZIP archive")


def _only_entry(archive: bytes, limits: CryLimits) -> Unpacked:
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            entries = opened.infolist()
            if len(entries) != 1 or entries[0].compress_type not in METHODS:
                raise ArrearsError(NOT_OPENED, reason="the archive does not hold exactly one deflated file")
            with opened.open(entries[0]) as member:
                text = member.read(limits.text_bytes + 1)
    except (*BROKEN, RuntimeError):  # a `RuntimeError` where the member is encrypted
        raise ArrearsError(NOT_OPENED, reason="the archive is damaged") from None
    if len(text) > limits.text_bytes:
        raise ArrearsError(NOT_OPENED, reason=f"the file has more than {limits.text_bytes} bytes")
    return Unpacked(entries[0].filename.replace("\\", "/").rpartition("/")[2], text)
