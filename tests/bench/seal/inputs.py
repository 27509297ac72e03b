"""Bytes that don't compress, and the keys and certificates of both sides."""

import random
from datetime import UTC, datetime
from pathlib import Path

from delivery.seal.key_pairs import generate_key_pair


def prepare(folder: Path, size: int) -> None:
    (folder / "content").write_bytes(random.Random(2018).randbytes(size << 20))
    for name in ("lender", "bureau"):
        pair = generate_key_pair(name, valid_from=datetime(2026, 1, 1, tzinfo=UTC), valid_days=3650)
        (folder / f"{name}.key").write_bytes(_bytes(pair.private_key_pem))
        (folder / f"{name}.crt").write_bytes(_bytes(pair.certificate_pem))


def _bytes(pem: str | bytes) -> bytes:
    return pem.encode() if isinstance(pem, str) else pem
