"""Keys, certificates and books that the tests of `delivery` share."""

import importlib.util
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType

import pytest

from delivery.seal import certificates, key_pairs
from delivery.seal.key_pairs import KeyPair

NOW = datetime(2026, 9, 7, 2, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Party:
    """One side: its key pair as text and as checked objects."""

    pair: KeyPair
    signing: certificates.SigningIdentity
    opening: certificates.OpeningIdentity


def make_party(name: str) -> Party:
    pair = key_pairs.generate_key_pair(name, valid_from=NOW - timedelta(days=10), valid_days=3650)
    texts = (pair.private_key_pem, pair.certificate_pem)
    return Party(
        pair,
        certificates.signing_identity(*texts, checked_at=NOW),
        certificates.opening_identity(*texts, checked_at=NOW),
    )


@pytest.fixture(scope="session")
def lender() -> Party:
    return make_party("Lender 001")


@pytest.fixture(scope="session")
def bureau() -> Party:
    return make_party("Bureau")


@pytest.fixture(scope="session")
def stranger() -> Party:
    return make_party("Stranger")


@pytest.fixture(scope="session")
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def hand_over_child() -> ModuleType:
    """The script that hands a part over, for running it in this process too."""
    path = Path(__file__).with_name("hand_over_child.py")
    spec = importlib.util.spec_from_file_location("hand_over_child", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
