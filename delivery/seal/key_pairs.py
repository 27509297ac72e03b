"""New keys with self-signed certificates: for the first exchange with a bureau, for rotation, for sandboxes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from delivery.seal.certificates import CURVES, MIN_SIGNING_BITS, PrivateKey


@dataclass(frozen=True)
class KeyPair:
    """A new key with a self-signed certificate, both as PEM text; those of OpenPGP in its armour."""

    private_key_pem: str = field(repr=False)
    certificate_pem: str


def generate_key_pair(
    common_name: str,
    *,
    valid_from: datetime,
    valid_days: int,
    key_bits: int = MIN_SIGNING_BITS,
    passphrase: str | None = None,
) -> KeyPair:
    """Makes an RSA key with a self-signed certificate for signing and encryption.

    Args:
        common_name: subject of the certificate, at most 64 characters.
        valid_from: first instant of the validity, timezone-aware.
        valid_days: length of the validity.
        key_bits: length of the RSA key.
        passphrase: encrypts the private key's text (PKCS 8) when given.
    """
    private_key = rsa.generate_private_key(public_exponent=65537, key_size=key_bits)
    certificate = _self_signed(private_key, common_name, valid_from, valid_days)
    return _as_text(private_key, certificate, passphrase)


def generate_curve_key_pair(
    common_name: str,
    *,
    valid_from: datetime,
    valid_days: int,
    curve: str = "secp256r1",
    passphrase: str | None = None,
) -> KeyPair:
    """Makes a key of an elliptic curve with a self-signed certificate for signing and key agreement.

    Args:
        common_name: subject of the certificate, at most 64 characters.
        valid_from: first instant of the validity, timezone-aware.
        valid_days: length of the validity.
        curve: one of `CURVES`.
        passphrase: encrypts the private key's text (PKCS 8) when given.
    """
    private_key = ec.generate_private_key(CURVES[curve]())
    certificate = _self_signed(private_key, common_name, valid_from, valid_days)
    return _as_text(private_key, certificate, passphrase)


def _self_signed(private_key: PrivateKey, common_name: str, valid_from: datetime, valid_days: int) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    public_key = private_key.public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(valid_from)
        .not_valid_after(valid_from + timedelta(days=valid_days))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(is_agreed=isinstance(private_key, ec.EllipticCurvePrivateKey)), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        .sign(private_key, hashes.SHA256())
    )


def _usage(*, is_agreed: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_encipherment=not is_agreed,
        key_agreement=is_agreed,
        content_commitment=False,
        data_encipherment=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _as_text(private_key: PrivateKey, certificate: x509.Certificate, passphrase: str | None) -> KeyPair:
    protection: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase is not None:
        protection = serialization.BestAvailableEncryption(passphrase.encode())
    key_pem = private_key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, protection)
    return KeyPair(key_pem.decode(), certificate.public_bytes(serialization.Encoding.PEM).decode())
