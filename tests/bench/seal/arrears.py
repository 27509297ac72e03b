"""Sealing in memory, as `report` does it."""

import hashlib
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from delivery.seal.certificates import recipient_certificate, signing_identity
from delivery.seal.cms import openssl_open_command, seal

AT = datetime(2026, 6, 30, tzinfo=UTC)


def load(folder: Path, _engine: str):
    key, certificate = ((folder / f"lender.{part}").read_text() for part in ("key", "crt"))
    signer = signing_identity(key, certificate, checked_at=AT)
    recipient = recipient_certificate((folder / "bureau.crt").read_text(), checked_at=AT)
    return folder, (folder / "content").read_bytes(), signer, recipient


def run(loaded):
    _, content, signer, recipient = loaded
    return seal(content, signer, [recipient])


def answer(loaded, sealed):
    folder, content, _, _ = loaded
    file = folder / "arrears.p7m"
    file.write_bytes(sealed)
    paths = (folder / name for name in ("bureau.key", "bureau.crt", "lender.crt"))
    opened = subprocess.run(openssl_open_command(file, *paths), shell=True, capture_output=True, check=True).stdout
    file.unlink()
    return len(content) >> 20, {"opened_sha256": hashlib.sha256(opened).hexdigest()}
