"""Keys are made, listed, rotated and activated in Airflow's own database."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pysequoia
import pytest
from cryptography import x509
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from delivery.seal.certificates import fingerprint_of
from delivery.seal.key_pairs import generate_key_pair
from delivery.seal.openpgp_pairs import generate_pgp_pair
from sandbox.site import SiteFolders, write_settings

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


def settings_of(sealing: str, folder: Path) -> dict[str, str]:
    """The settings of a site that agreed on a form of seals."""
    write_settings(SiteFolders(folder), {"risk1": "3"}, date(2026, 9, 7))
    site = json.loads(json.loads((folder / "secrets" / "variables.json").read_text())["arrears"])
    site["desk"]["sealing"] = sealing
    return {"AIRFLOW_VAR_ARREARS": json.dumps(site)}


def shown_by_gpg(text: str) -> list[str]:
    """Fingerprints of the primary keys in a text, as the command `gpg` reads them."""
    shown = subprocess.run(
        ["gpg", "--batch", "--with-colons", "--show-keys"], input=text, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    firsts = [place for place, line in enumerate(shown) if line.startswith("pub:")]
    return [next(line for line in shown[first:] if line.startswith("fpr:")).split(":")[9].lower() for first in firsts]


def test_keys_of_openpgp_live_through_the_same_stages(keys: Callable, tmp_path: Path) -> None:
    openpgp, x509_too = settings_of("openpgp", tmp_path / "a"), settings_of("cms", tmp_path / "b")
    # A site that sealed by CMS until now, whether or not other tests made its keys already.
    for use in ("signing", "opening"):
        keys("make", use, "--name", "Lender", **x509_too)
    before = {line["use"]: line for line in json.loads(keys("list", "--json", **openpgp).stdout)}
    assert {before[use]["fault"] for use in ("signing", "opening")} == {"ARR-4110"}

    made = {
        use: keys("rotate", use, "--name", f"Lender, {use} <reports@lender.example>", "--days", "20", **openpgp)
        for use in ("signing", "opening")
    }
    assert not [done.stderr for done in made.values() if done.returncode]
    assert "PRIVATE" not in "".join(done.stdout + done.stderr for done in made.values())
    fingerprints = {use: shown_by_gpg(done.stdout)[0] for use, done in made.items()}
    active = keys("activate", **openpgp)
    assert active.returncode == 0, active.stderr
    assert fingerprints["signing"] in active.stdout

    lines = json.loads(keys("list", "--json", **openpgp).stdout)
    shown = {line["use"]: line for line in lines}
    for use in ("signing", "opening"):
        line = shown[use]
        assert (line["fingerprint"], line["kind"], line["fault"]) == (fingerprints[use], "RSA 3072", None)
        assert (line["subject"], line["days_left"]) == (f"Lender, {use} <reports@lender.example>", 19)
    previous = next(line for line in lines if line["use"] == "opening previous")
    assert (previous["fingerprint"], previous["fault"]) == (before["opening"]["fingerprint"], "ARR-4110")
    assert "ends soon" in keys("list", **openpgp).stdout
    back = {line["use"]: line["fault"] for line in json.loads(keys("list", "--json", **x509_too).stdout)}
    assert (back["signing"], back["opening previous"]) == ("ARR-4110", None)


def test_the_bureaus_openpgp_certificate_is_judged(keys: Callable, tmp_path: Path) -> None:
    settings = settings_of("openpgp_armoured", tmp_path)

    def line_of(text: str) -> dict:
        bureau = {"conn_type": "sftp", "extra": {"certificate": text}}
        given = settings | {"AIRFLOW_CONN_ARREARS_BUREAU_ROSTER": json.dumps(bureau)}
        return next(line for line in json.loads(keys("list", "--json", **given).stdout) if line["use"] == "bureau")

    pair = generate_pgp_pair("Bureau", valid_days=400, curve="secp384r1")
    line = line_of(pair.certificate_pem)
    assert (line["subject"], line["kind"], line["days_left"], line["fault"]) == ("Bureau", "ECDSA", 399, None)
    weak = pysequoia.Tsk.generate(user_id="Bureau", cipher_suite=pysequoia.CipherSuite.RSA2k)
    assert line_of(str(weak.extract_certificate()))["fault"] == "ARR-4105"
    other = generate_key_pair("Bureau", valid_from=datetime.now(UTC) - timedelta(days=1), valid_days=9)
    assert line_of(other.certificate_pem)["fault"] == "ARR-4110"
