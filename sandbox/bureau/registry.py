"""The lenders that the bureau knows: an SFTP account each, with the keys that were agreed on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import asyncssh
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox.bureau.folders import Folders, make_private_folder, write_private

_SSH_KEY, _SIGNING, _SEALING = "ssh_key.pub", "signing.cert.pem", "sealing.cert.pem"


@dataclass(frozen=True)
class Lender:
    """A lender that may deliver files.

    Attributes:
        name: user name of its SFTP account.
        ssh_key: public key of its log-in.
        signing_certificate: whose signatures on files are taken.
        sealing_certificate: for whom answers are encrypted.
    """

    name: str
    ssh_key: asyncssh.SSHKey
    signing_certificate: x509.Certificate
    sealing_certificate: x509.Certificate


def register_lender(
    root: Path,
    name: str,
    ssh_public_key: str,
    signing_certificate_pem: str,
    sealing_certificate_pem: str | None = None,
) -> Lender:
    """Opens an account, or replaces the keys of one. A running bureau sees it at once.

    Args:
        root: the bureau's folder.
        name: user name of the account.
        ssh_public_key: `ssh-ed25519 AAAA...`.
        signing_certificate_pem: certificate of the key that signs files.
        sealing_certificate_pem: certificate of the key that opens answers; None when it is the signing certificate.

    Raises:
        ValueError: the name can't be that of an account, or a key can't be read or is not RSA.
    """
    folders = Folders(root)
    lender = Lender(
        name,
        _ssh_key_of(ssh_public_key),
        _certificate_of(signing_certificate_pem),
        _certificate_of(sealing_certificate_pem or signing_certificate_pem),
    )
    registration = folders.registration(name)
    for folder in (root, registration, folders.inbox(name), folders.outbox(name), folders.aside(name)):
        make_private_folder(folder)
    write_private(registration / _SIGNING, signing_certificate_pem.encode())
    write_private(registration / _SEALING, (sealing_certificate_pem or signing_certificate_pem).encode())
    write_private(registration / _SSH_KEY, f"{ssh_public_key.strip()}\n".encode())
    return lender


def find_lender(root: Path, name: str) -> Lender | None:
    """The lender of that account, None when there is none."""
    try:
        registration = Folders(root).registration(name)
    except ValueError:
        return None
    if not (registration / _SSH_KEY).exists():
        return None
    return Lender(
        name,
        _ssh_key_of((registration / _SSH_KEY).read_text()),
        _certificate_of((registration / _SIGNING).read_text()),
        _certificate_of((registration / _SEALING).read_text()),
    )


def lender_names(root: Path) -> tuple[str, ...]:
    """All accounts, by name."""
    return tuple(sorted(path.parent.name for path in Folders(root).lenders.glob(f"*/{_SSH_KEY}")))


def _ssh_key_of(text: str) -> asyncssh.SSHKey:
    try:
        return asyncssh.import_public_key(text)
    except asyncssh.KeyImportError as problem:
        raise ValueError("the SSH public key can't be read, it looks like `ssh-ed25519 AAAA...`") from problem


def _certificate_of(pem: str) -> x509.Certificate:
    certificate = x509.load_pem_x509_certificate(pem.encode())
    if not isinstance(certificate.public_key(), rsa.RSAPublicKey):
        raise ValueError("the certificate is not one of an RSA key")
    return certificate
