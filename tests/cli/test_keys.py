"""Keys are made, listed, rotated and activated in Airflow's own database."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from delivery.seal.certificates import fingerprint_of

ROOT = Path(__file__).resolve().parents[2]
ARREARS = [str(Path(sys.executable).with_name("arrears")), "keys"]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An Airflow with a database of its own and nothing in it."""
    home = tmp_path_factory.mktemp("airflow")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    environment = {
        **kept,
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__FERNET_KEY": Fernet.generate_key().decode(),
        "AIRFLOW__SECRETS__USE_CACHE": "False",
    }
    migrate = [str(Path(sys.executable).with_name("airflow")), "db", "migrate"]
    subprocess.run(migrate, env=environment, cwd=ROOT, check=True, capture_output=True, timeout=300)
    return environment


@pytest.fixture
def keys(environment: dict[str, str]) -> Callable[..., subprocess.CompletedProcess]:
    def run(*arguments: str, **also: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [*ARREARS, *arguments],
            env={**environment, **also},
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


def certificate_in(text: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate(text.encode())


def test_a_key_lives_through_its_stages(keys: Callable, environment: dict[str, str]) -> None:
    empty = keys("list", "--json")
    assert empty.returncode == 1, empty.stderr
    assert {line["fault"] for line in json.loads(empty.stdout)} == {"ARR-7002"}

    first = keys("make", "signing", "--name", "Lender, signing 1")
    assert first.returncode == 0, first.stderr
    assert "PRIVATE" not in first.stdout + first.stderr
    again = keys("make", "signing", "--name", "Lender")
    assert again.returncode == 2
    assert "ARR-7041" in again.stderr

    second = keys("rotate", "signing", "--name", "Lender, signing 2", "--days", "20")
    assert second.returncode == 0, second.stderr
    opening = [
        certificate_in(keys(step, "opening", "--name", f"Lender, {step}", "--curve", "secp384r1").stdout)
        for step in ("make", "rotate")
    ]
    shown = {line["use"]: line for line in json.loads(keys("list", "--json").stdout)}
    assert list(shown) == ["signing", "signing next", "opening", "opening previous", "bureau"]
    assert shown["signing"]["fingerprint"] == fingerprint_of(certificate_in(first.stdout))
    assert shown["signing"]["kind"] == "RSA 3072"
    assert shown["signing next"]["fingerprint"] == fingerprint_of(certificate_in(second.stdout))
    assert shown["signing next"]["days_left"] == 19
    assert shown["opening"]["fingerprint"] == fingerprint_of(opening[1])
    assert shown["opening previous"]["fingerprint"] == fingerprint_of(opening[0])
    assert shown["opening"]["kind"] == "secp384r1"
    assert [line["fault"] for line in shown.values()] == [None, None, None, None, "ARR-7002"]

    active = keys("activate")
    assert active.returncode == 0, active.stderr
    assert shown["signing next"]["fingerprint"] in active.stdout
    refused = keys("activate")
    assert refused.returncode == 2
    assert "ARR-7041" in refused.stderr
    table = keys("list")
    assert table.returncode == 1
    assert "ends soon" in table.stdout
    assert "signing next" not in table.stdout
    _require_encrypted(Path(environment["AIRFLOW_HOME"]) / "airflow.db")


def _require_encrypted(database: Path) -> None:
    stored = database.read_bytes()
    assert b"arrears_signing" in stored
    assert b"PRIVATE KEY" not in stored


def test_a_connection_of_another_backend_is_not_written(keys: Callable) -> None:
    given = {"AIRFLOW_CONN_ARREARS_OPENING": json.dumps({"conn_type": "generic", "password": "from elsewhere"})}
    refused = keys("rotate", "opening", "--name", "L", **given)
    assert refused.returncode == 2
    assert "ARR-7040" in refused.stderr
    line = next(line for line in json.loads(keys("list", "--json", **given).stdout) if line["use"] == "opening")
    assert line["fault"] == "ARR-4102"


def test_a_secret_for_another_backend_is_printed_into_a_pipe(keys: Callable) -> None:
    printed = keys("make", "opening", "--name", "Lender, opening", "--print-secret")
    assert printed.returncode == 0, printed.stderr
    connection = json.loads(printed.stdout)
    key = load_pem_private_key(connection["password"].encode(), None)
    assert key.public_key() == certificate_in(connection["extra"]["certificate"]).public_key()
