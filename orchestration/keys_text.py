"""Keys as people read them on a terminal, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from rich.console import RenderableType

from delivery.seal.key_pairs import KeyPair
from orchestration.console_parts import heading, listing
from orchestration.keys import KeyLine

_LOOK = "look now"


def key_parts(lines: Sequence[KeyLine], warn_days: int) -> Iterator[RenderableType]:
    """Every key with its end; those that somebody must look after are marked."""
    yield heading("Keys and certificates")
    yield listing(
        ("use", "connection", "subject", "kind", "valid until", "days", "state"),
        (
            [
                line.use,
                line.connection,
                line.subject,
                line.kind,
                line.expires_at,
                line.days_left,
                _state(line, warn_days),
            ]
            for line in lines
        ),
    )
    yield heading("Fingerprints")
    yield listing(("use", "fingerprint"), ([line.use, line.fingerprint] for line in lines))


def keys_json(lines: Sequence[KeyLine]) -> str:
    """The same as JSON."""
    told = [
        {**asdict(line), "expires_at": None if line.expires_at is None else line.expires_at.isoformat()}
        for line in lines
    ]
    return json.dumps(told, ensure_ascii=False, indent=2)


def secret_json(pair: KeyPair) -> str:
    """A new key as a secrets backend keeps it: a connection whose password is the private key."""
    connection = {
        "conn_type": "generic",
        "password": pair.private_key_pem,
        "extra": {"certificate": pair.certificate_pem},
    }
    return json.dumps(connection, indent=2)


def _told(line: KeyLine) -> list[object]:
    return [line.use, line.connection, line.subject, line.kind, line.expires_at, line.days_left]


def _state(line: KeyLine, warn_days: int) -> str:
    if line.fault is not None:
        return f"{line.fault}: {_LOOK}"
    return f"ends soon: {_LOOK}" if line.is_due(warn_days) else "good"
