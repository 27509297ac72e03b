"""Sealing as a shell script would: sign and encrypt with openssl, the signed file in a pipe."""

import hashlib
import subprocess
from pathlib import Path

from delivery.seal.cms import openssl_open_command


def load(folder: Path, _engine: str) -> Path:
    return folder


def run(folder: Path) -> Path:
    sealed = folder / "by_hand.p7m"
    sign = ["openssl", "cms", "-sign", "-binary", "-nodetach", "-outform", "DER", "-md", "sha256"]
    sign += [
        "-in",
        str(folder / "content"),
        "-signer",
        str(folder / "lender.crt"),
        "-inkey",
        str(folder / "lender.key"),
    ]
    encrypt = ["openssl", "cms", "-encrypt", "-binary", "-outform", "DER", "-aes-256-cbc", "-out", str(sealed)]
    with subprocess.Popen(sign, stdout=subprocess.PIPE) as signing:
        subprocess.run([*encrypt, str(folder / "bureau.crt")], stdin=signing.stdout, check=True)
    assert signing.returncode == 0
    return sealed


def answer(folder: Path, sealed: Path):
    paths = (folder / name for name in ("bureau.key", "bureau.crt", "lender.crt"))
    opened = subprocess.run(openssl_open_command(sealed, *paths), shell=True, capture_output=True, check=True).stdout
    return (folder / "content").stat().st_size >> 20, {"opened_sha256": hashlib.sha256(opened).hexdigest()}
