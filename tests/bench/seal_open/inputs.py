"""Bytes that don't compress, sealed by us, and the keys and certificates of both sides."""

import random
from datetime import UTC, datetime
from pathlib import Path

from delivery.seal.certificates import recipient_certificate, signing_identity
from delivery.seal.cms import seal
from delivery.seal.key_pairs import generate_key_pair

FROM = datetime(2026, 1, 1, tzinfo=UTC)


def prepare(folder: Path, size: int) -> None:
    pairs = {name: generate_key_pair(name, valid_from=FROM, valid_days=3650) for name in ("lender", "bureau")}
    for name, pair in pairs.items():
        (folder / f"{name}.key").write_text(pair.private_key_pem)
        (folder / f"{name}.crt").write_text(pair.certificate_pem)
    lender = pairs["lender"]
    signer = signing_identity(lender.private_key_pem, lender.certificate_pem, checked_at=FROM)
    recipient = recipient_certificate(pairs["bureau"].certificate_pem, checked_at=FROM)
    (folder / "sealed.p7m").write_bytes(seal(random.Random(2018).randbytes(size << 20), signer, [recipient]))
