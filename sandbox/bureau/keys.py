"""The bureau's own keys: made at the first start, kept from then on."""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncssh
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from sandbox.bureau.folders import Folders, make_private_folder, write_private

_KEY_BITS = 3072
_VALID_DAYS = 1826
_BACKDATED = timedelta(days=1)
_USAGE = x509.KeyUsage(
    digital_signature=True,
    key_encipherment=True,
    content_commitment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=False,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)


@dataclass(frozen=True)
class BureauKeys:
    """What the bureau proves itself with.

    Attributes:
        host_key_path: private Ed25519 host key of the SFTP server, OpenSSH form.
        host_public_key: `ssh-ed25519 AAAA...`, for the lender's known hosts.
        private_key_path: PEM of the key that opens files and signs answers.
        certificate_path: PEM of its self-signed certificate.
        private_key: the key.
        certificate: the certificate.
    """

    host_key_path: Path
    host_public_key: str
    private_key_path: Path
    certificate_path: Path
    private_key: rsa.RSAPrivateKey = field(repr=False)
    certificate: x509.Certificate


def prepare_keys(root: Path) -> BureauKeys:
    """The bureau's keys under `root/keys`, made if they are not there yet. Files have mode 0600.

    Two processes that start at once get the same keys.
    """
    folder = Folders(root).keys
    make_private_folder(root)
    make_private_folder(folder)
    with os.fdopen(os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _prepared(folder)


def _prepared(folder: Path) -> BureauKeys:
    host_key_path = folder / "host_key"
    if not host_key_path.exists():
        write_private(host_key_path, asyncssh.generate_private_key("ssh-ed25519").export_private_key())
    host_public_key = asyncssh.read_private_key(host_key_path).export_public_key().decode().strip()
    write_private(folder / "host_key.pub", f"{host_public_key}\n".encode())

    private_key_path, certificate_path = folder / "bureau.key.pem", folder / "bureau.cert.pem"
    if not certificate_path.exists():
        private_key = rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)
        write_private(private_key_path, _pem_of_key(private_key))
        write_private(
            certificate_path, _self_signed(private_key, "Stand-in bureau").public_bytes(serialization.Encoding.PEM)
        )
    loaded = serialization.load_pem_private_key(private_key_path.read_bytes(), password=None)
    if not isinstance(loaded, rsa.RSAPrivateKey):
        raise ValueError(f"{private_key_path} holds no RSA key: remove the folder and let it be made again")
    certificate = x509.load_pem_x509_certificate(certificate_path.read_bytes())
    return BureauKeys(host_key_path, host_public_key, private_key_path, certificate_path, loaded, certificate)


def _pem_of_key(private_key: rsa.RSAPrivateKey) -> bytes:
    return private_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _self_signed(private_key: rsa.RSAPrivateKey, common_name: str) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    now = datetime.now(UTC).replace(microsecond=0)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private_key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + timedelta(days=_VALID_DAYS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_USAGE, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(private_key.public_key()), critical=False)
        .sign(private_key, hashes.SHA256())
    )
