"""Keys, certificates and books that the tests of `delivery` share."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from delivery.seal import certificates, key_pairs
from delivery.seal.key_pairs import KeyPair
from tests.delivery.handover_job import make_released_ledger
from tests.misbehaving_server import MisbehavingServer

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


@pytest.fixture
def start_misbehaving(tmp_path: Path) -> Iterator[Callable]:
    """Starts servers with habits, each with its own folder, and stops them at the end."""
    with ExitStack() as stack:

        def start(**habits: object) -> MisbehavingServer:
            root = tmp_path / f"bureau{len(list(tmp_path.iterdir()))}"
            return stack.enter_context(MisbehavingServer(root, habits))

        yield start


@pytest.fixture(scope="session")
def released_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger in which the cases of the hand-over's tests are released."""
    return make_released_ledger(tmp_path_factory.mktemp("released") / "ledger.sqlite")
