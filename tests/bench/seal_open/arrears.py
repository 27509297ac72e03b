"""Opening in memory, as `feedback` does it."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path

from delivery.seal.certificates import opening_identity, signer_certificate
from delivery.seal.cms import open_sealed

AT = datetime(2026, 6, 30, tzinfo=UTC)


def load(folder: Path, _engine: str):
    key, certificate, signer = ((folder / name).read_text() for name in ("bureau.key", "bureau.crt", "lender.crt"))
    reader = opening_identity(key, certificate, checked_at=AT)
    return (folder / "sealed.p7m").read_bytes(), reader, signer_certificate(signer, checked_at=AT)


def run(loaded):
    return open_sealed(*loaded).content


def answer(_loaded, content):
    return len(content) >> 20, {"opened_sha256": hashlib.sha256(content).hexdigest()}
