"""`arrears pack` as a person types it: sealed into a file, in the clear into another program, never else."""

import io
import subprocess
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from delivery.evidence_pack.verify import verify_pack
from delivery.seal.key_pairs import generate_key_pair
from schemas.errors.evidence_pack import PACK_OPEN_REFUSED

ROOT = Path(__file__).resolve().parents[2]


def arrears(site, *arguments: object, stdout: object = subprocess.PIPE) -> subprocess.CompletedProcess:
    places = ["--ledger", site.ledger_url, "--lake", site.lake] if arguments[0] == "pack" else []
    command = [sys.executable, "-c", "from cli import app; app()", *arguments, *places]
    return subprocess.run([str(each) for each in command], cwd=ROOT, stdout=stdout, stderr=subprocess.PIPE)


@pytest.fixture(scope="module")
def settings(reported_site) -> Path:
    (file,) = reported_site.root.rglob("secrets/variables.json")
    return file


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    for name in ("lender", "court"):
        pair = generate_key_pair(name, valid_from=datetime.now(UTC) - timedelta(days=1), valid_days=30)
        (folder / f"{name}.key.pem").write_text(pair.private_key_pem)
        (folder / f"{name}.cert.pem").write_text(pair.certificate_pem)
    return folder


def test_a_sealed_pack_is_made_opened_and_checked(reported_site, settings, keys, tmp_path):
    out, case_id = tmp_path / "pack.zip.p7m", reported_site.case_in("accepted")
    signer = ["--key", keys / "lender.key.pem", "--certificate", keys / "lender.cert.pem"]
    made = arrears(
        reported_site,
        "pack",
        case_id,
        "--site",
        settings,
        "--out",
        out,
        "--recipient",
        keys / "court.cert.pem",
        *signer,
    )
    assert (made.returncode, made.stdout, made.stderr) == (0, b"", b"")
    opened = arrears(
        reported_site,
        *("open", out, "--key", keys / "court.key.pem", "--certificate", keys / "court.cert.pem"),
        *("--signer", keys / "lender.cert.pem"),
    )
    assert opened.returncode == 0, opened.stderr
    assert verify_pack(io.BytesIO(opened.stdout)).case_id == case_id
    with zipfile.ZipFile(io.BytesIO(opened.stdout)) as archive:
        assert {"summary.pdf", "contacts.csv", "notice.eml", "manifest.json"} <= set(archive.namelist())


def test_into_a_pipe_it_goes_in_the_clear_and_into_a_file_it_does_not(reported_site, settings, tmp_path):
    case_id = reported_site.case_in("accepted")
    piped = arrears(reported_site, "pack", case_id, "--site", settings)
    assert (piped.returncode, piped.stderr) == (0, b"")
    assert verify_pack(io.BytesIO(piped.stdout)).case_id == case_id
    with (tmp_path / "pack.zip").open("wb") as file:
        refused = arrears(reported_site, "pack", case_id, "--site", settings, stdout=file)
    assert refused.returncode == 2
    assert PACK_OPEN_REFUSED.code in refused.stderr.decode()
    assert (tmp_path / "pack.zip").read_bytes() == b""


def test_a_file_without_a_recipient_is_refused(reported_site, settings, tmp_path):
    out = tmp_path / "pack.zip"
    refused = arrears(reported_site, "pack", reported_site.case_in("accepted"), "--site", settings, "--out", out)
    assert refused.returncode == 2
    assert PACK_OPEN_REFUSED.code in refused.stderr.decode()
    assert not out.exists()
