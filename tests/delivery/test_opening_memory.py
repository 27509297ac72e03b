"""Sealing and opening hold a part about once beside what is given to them: measured in processes of their own."""

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from delivery.seal import key_pairs

ROOT = Path(__file__).resolve().parents[2]
SIZE = 48 << 20
MOST_SEALING = 1.5
"""Times the part: the content, and pieces of what is sealed."""
MOST_OPENING = 2.5
"""Times the part: the sealed file, the content, and pieces of what is between; sealing at once is no different."""

OPENING = ("open", "open_unverified", "open_file")

pytestmark = pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="memory is told by /proc only")


@pytest.fixture(scope="module", params=["rsa", "curve"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, now: object) -> Path:
    folder = tmp_path_factory.mktemp(request.param)
    make = key_pairs.generate_key_pair if request.param == "rsa" else key_pairs.generate_curve_key_pair
    for name in ("lender", "bureau"):
        pair = make(name, valid_from=now - timedelta(days=1), valid_days=30)
        (folder / f"{name}.key").write_text(pair.private_key_pem)
        (folder / f"{name}.pem").write_text(pair.certificate_pem)
    return folder


def times_the_part(folder: Path, *what: str) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.delivery.opening_job", str(folder), str(SIZE), *what]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return {each: taken / SIZE for each, taken in json.loads(done.stdout).items()}


def by_openssl(folder: Path) -> None:
    """Values without lengths, the content in thousands of strings."""
    command = (
        f"head -c {SIZE} /dev/zero"
        " | openssl cms -sign -binary -nodetach -stream -signer lender.pem -inkey lender.key -md sha256 -outform DER"
        " | openssl cms -encrypt -binary -stream -aes256 -outform DER -out sealed bureau.pem"
    )
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], cwd=folder, capture_output=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr


def test_a_part_is_sealed_and_opened_in_little_more_than_itself(folder: Path) -> None:
    """What is measured holds the part, so much less than that would be a measurement of nothing."""
    taken = times_the_part(folder, "seal", "seal_at_once", *OPENING)
    assert 0.5 < taken.pop("seal") < MOST_SEALING
    assert 1.5 < taken.pop("seal_at_once") < MOST_OPENING
    assert {what: 1.5 < times < MOST_OPENING for what, times in taken.items()} == dict.fromkeys(OPENING, True), taken


def test_what_openssl_streams_is_opened_in_little_more_than_itself(folder: Path) -> None:
    by_openssl(folder)
    taken = times_the_part(folder, *OPENING)
    assert {what: 1.5 < times < MOST_OPENING for what, times in taken.items()} == dict.fromkeys(OPENING, True), taken
