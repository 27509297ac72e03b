"""The keys within an OpenPGP certificate: what each serves, from when and until when (RFC 9580, section 5.2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import pysequoia
from pysequoia.packet import KeyFlags, Packet, PacketPile, PublicKeyAlgorithm, SignatureType, Tag

KEY_TAGS = (Tag.PublicKey, Tag.PublicSubkey, Tag.SecretKey, Tag.SecretSubkey)
SIGNS, ENCRYPTS = "signing", "transport_encryption"
_CURVES = (
    PublicKeyAlgorithm.EdDSA,
    PublicKeyAlgorithm.ECDSA,
    PublicKeyAlgorithm.ECDH,
    PublicKeyAlgorithm.Ed25519,
    PublicKeyAlgorithm.Ed448,
    PublicKeyAlgorithm.X25519,
    PublicKeyAlgorithm.X448,
)
_BINDINGS = (
    SignatureType.DirectKey,
    SignatureType.GenericCertification,
    SignatureType.PersonaCertification,
    SignatureType.CasualCertification,
    SignatureType.PositiveCertification,
    SignatureType.SubkeyBinding,
)


@dataclass(frozen=True)
class HeldKey:
    """One key of a certificate, by the newest signature that says what it serves.

    Attributes:
        packet: the key.
        flags: what it serves.
        begins_at: when it was made, UTC.
        expires_at: last instant of its validity, UTC; None when it has no end.
    """

    packet: Packet
    flags: KeyFlags
    begins_at: datetime
    expires_at: datetime | None

    @property
    def is_curve(self) -> bool:
        """Whether it is of a curve that is used."""
        return self.packet.key_algorithm in _CURVES

    @property
    def is_rsa(self) -> bool:
        """Whether it is an RSA key."""
        return self.packet.key_algorithm == PublicKeyAlgorithm.RSAEncryptSign

    @property
    def modulus_bits(self) -> int:
        """Size of an RSA key.

        RFC 9580 section 5.5.2: version, four bytes of time, algorithm, in version 6 a length of four bytes, then the
        modulus behind its length in bits.
        """
        at = 10 if self.packet.body[:1] == b"\x06" else 6
        return int.from_bytes(self.packet.body[at : at + 2])

    @property
    def kind(self) -> str:
        """As people name it: `RSA 3072`, or the algorithm."""
        named = str(self.packet.key_algorithm).rpartition(".")[2]
        return f"RSA {self.modulus_bits}" if self.is_rsa else named


def key_packets(certificate: pysequoia.Cert) -> Iterator[Packet]:
    """All keys of a certificate, whatever they serve."""
    return (packet for packet in PacketPile.from_bytes(bytes(certificate)) if packet.tag in KEY_TAGS)


def keys_for(certificate: pysequoia.Cert, use: str) -> list[HeldKey]:
    """The keys that serve a use, without those that were taken back; `use` is SIGNS or ENCRYPTS."""
    return [key for key in held_keys(certificate) if getattr(key.flags, use)]


def held_keys(certificate: pysequoia.Cert) -> Iterator[HeldKey]:
    """The keys of which a signature says what they serve, the primary key first; revoked ones are left out."""
    for key, signatures in _with_signatures(certificate):
        if any(each.signature_type == SignatureType.SubkeyRevocation for each in signatures):
            continue
        bindings = [each for each in signatures if each.signature_type in _BINDINGS and each.key_flags is not None]
        if bindings:
            yield _held(key, max(bindings, key=_made_at))


def _with_signatures(certificate: pysequoia.Cert) -> list[tuple[Packet, list[Packet]]]:
    found: list[tuple[Packet, list[Packet]]] = []
    for packet in PacketPile.from_bytes(bytes(certificate)):
        if packet.tag in KEY_TAGS:
            found.append((packet, []))
        elif found and packet.tag == Tag.Signature:
            found[-1][1].append(packet)
    return found


def _made_at(signature: Packet) -> float:
    made_at = signature.signature_created
    return 0.0 if made_at is None else made_at.timestamp()


def _held(key: Packet, binding: Packet) -> HeldKey:
    begins_at, length, flags = key.key_created, binding.key_validity_period, binding.key_flags
    if begins_at is None or flags is None:
        raise ValueError("a key always says when it was made, and its binding was chosen for its flags")
    return HeldKey(key, flags, begins_at, begins_at + length if length else None)
