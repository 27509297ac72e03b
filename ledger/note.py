"""Signed notes as in C2SP signed-note: text with Ed25519 signatures, and their keys as text.

The format of Go's `golang.org/x/mod/sumdb/note`, which the tools of the transparency-log world read.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from schemas.errors.kind import ArrearsError
from schemas.errors.ledger import NOTE_KEY_INVALID, NOTE_MALFORMED, NOTE_NOT_SIGNED

_ED25519 = b"\x01"
_KEY_BYTES = 32
_ID_BYTES = 4
_MOST_BYTES = 1_000_000
_MOST_SIGNATURES = 100
_NAME = re.compile(r"[^\s+\x00-\x1f\x7f]+")
_LINE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")


@dataclass(frozen=True)
class VerifierKey:
    """Who may sign: `name+hash+base64(0x01 || public key)` as text, the vkey of other tools.

    Attributes:
        name: of the signer, without spaces and plus signs.
        public_key: Ed25519, 32 bytes.
    """

    name: str
    public_key: bytes

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """A key from its text.

        Raises:
            ArrearsError: NOTE_KEY_INVALID.
        """
        name, key_id, key = _key_parts(text.strip(), "a verifier key name+hash+key")
        parsed = cls(name, key)
        if parsed.key_id.hex() != key_id:
            raise ArrearsError(NOTE_KEY_INVALID, rule="the hash of a verifier key belongs to its name and key")
        return parsed

    @property
    def key_id(self) -> bytes:
        """First four bytes of SHA-256(name || 0x0A || 0x01 || public key)."""
        return sha256(self.name.encode() + b"\n" + _ED25519 + self.public_key).digest()[:_ID_BYTES]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{to_base64(_ED25519 + self.public_key)}"

    def is_signer_of(self, signature: NoteSignature, text: str) -> bool:
        """Whether this key made that signature over the text.

        Raises:
            ArrearsError: NOTE_NOT_SIGNED when the signature bears the name of this key and is wrong.
        """
        if (signature.name, signature.key_id) != (self.name, self.key_id):
            return False
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature.value, text.encode())
        except InvalidSignature:
            raise ArrearsError(NOTE_NOT_SIGNED, signer=self.name, rule="the signature fits the text") from None
        return True


@dataclass(frozen=True)
class SigningKey:
    """A private key: `PRIVATE+KEY+name+hash+base64(0x01 || seed)` as text. It is never shown.

    Attributes:
        name: of the signer.
        seed: Ed25519 private key, 32 bytes.
    """

    name: str
    seed: bytes = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> SigningKey:
        """A key from its text.

        Raises:
            ArrearsError: NOTE_KEY_INVALID; the text is not in it.
        """
        rule = "a signing key PRIVATE+KEY+name+hash+key"
        kind, _, rest = text.strip().partition("+KEY+")
        if kind != "PRIVATE":
            raise ArrearsError(NOTE_KEY_INVALID, rule=rule)
        name, key_id, seed = _key_parts(rest, rule)
        parsed = cls(name, seed)
        if parsed.verifier.key_id.hex() != key_id:
            raise ArrearsError(NOTE_KEY_INVALID, rule="the hash of a signing key belongs to its name and key")
        return parsed

    @classmethod
    def generate(cls, name: str) -> SigningKey:
        """A new key.

        Raises:
            ArrearsError: NOTE_KEY_INVALID when the name can't stand in a note.
        """
        if not _NAME.fullmatch(name):
            raise ArrearsError(NOTE_KEY_INVALID, rule="a name without spaces and plus signs")
        return cls(name, Ed25519PrivateKey.generate().private_bytes_raw())

    @property
    def verifier(self) -> VerifierKey:
        """The key by which others check."""
        private = Ed25519PrivateKey.from_private_bytes(self.seed)
        return VerifierKey(self.name, private.public_key().public_bytes_raw())

    def as_text(self) -> str:
        """The secret text, to be kept where secrets are kept."""
        return f"PRIVATE+KEY+{self.name}+{self.verifier.key_id.hex()}+{to_base64(_ED25519 + self.seed)}"

    def sign(self, text: str) -> str:
        """The note: the text, a blank line, one signature line."""
        signature = Ed25519PrivateKey.from_private_bytes(self.seed).sign(text.encode())
        return f"{text}\n— {self.name} {to_base64(self.verifier.key_id + signature)}\n"


@dataclass(frozen=True)
class NoteSignature:
    """One signature line, checked by nobody yet.

    Attributes:
        name: of the signer.
        key_id: first four bytes of the hash of its key.
        value: the signature; of another kind than Ed25519 when a witness made it.
    """

    name: str
    key_id: bytes
    value: bytes


@dataclass(frozen=True)
class Note:
    """A note taken apart.

    Attributes:
        text: what is signed, with its last line end.
        signatures: in their order, also those of signers whom nobody here knows.
    """

    text: str
    signatures: tuple[NoteSignature, ...]

    @classmethod
    def parse(cls, note: str) -> Note:
        """Take a note apart.

        Raises:
            ArrearsError: NOTE_MALFORMED.
        """
        if len(note) > _MOST_BYTES or _CONTROL.search(note):
            raise ArrearsError(NOTE_MALFORMED, rule="text without control characters, of at most a million characters")
        text, blank, lines = note.rpartition("\n\n")
        if not blank or not lines.endswith("\n"):
            raise ArrearsError(NOTE_MALFORMED, rule="text, a blank line, signature lines")
        signatures = tuple(_signature(line) for line in lines[:-1].split("\n"))
        if len(signatures) > _MOST_SIGNATURES:
            raise ArrearsError(NOTE_MALFORMED, rule=f"at most {_MOST_SIGNATURES} signatures")
        return cls(text + "\n", signatures)

    def require_signed_by(self, keys: Sequence[VerifierKey]) -> tuple[str, ...]:
        """Names of the given keys that signed. Other signatures, such as those of witnesses, are left alone.

        Raises:
            ArrearsError: NOTE_NOT_SIGNED when none of them did, or a signature of one of them is wrong.
        """
        signers = [key.name for key in keys for each in self.signatures if key.is_signer_of(each, self.text)]
        if not signers:
            raise ArrearsError(NOTE_NOT_SIGNED, signer=", ".join(key.name for key in keys), rule="a signature of it")
        return tuple(dict.fromkeys(signers))


def _signature(line: str) -> NoteSignature:
    match = _LINE.fullmatch(line)
    if match is None:
        raise ArrearsError(NOTE_MALFORMED, rule="signature lines like `— name base64`")
    data = from_base64(match[2])
    if data is None or len(data) <= _ID_BYTES:
        raise ArrearsError(NOTE_MALFORMED, rule="signatures in base64")
    return NoteSignature(match[1], data[:_ID_BYTES], data[_ID_BYTES:])


def _key_parts(text: str, rule: str) -> tuple[str, str, bytes]:
    # The key is base64, where a plus sign may stand, so it is all behind the second one.
    name, _, rest = text.partition("+")
    key_id, _, key_text = rest.partition("+")
    key = from_base64(key_text)
    if not _NAME.fullmatch(name) or key is None or len(key) != 1 + _KEY_BYTES or key[:1] != _ED25519:
        raise ArrearsError(NOTE_KEY_INVALID, rule=rule)
    return name, key_id, key[1:]


def to_base64(data: bytes) -> str:
    """Base64 with padding, RFC 4648 section 4."""
    return base64.b64encode(data).decode()


def from_base64(text: str) -> bytes | None:
    """The bytes; None when the text is not the one base64 of them."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if to_base64(data) == text else None
