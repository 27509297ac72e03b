"""`arrears open`: ours with the bureau's key, the bureau's answer with ours, and files that nobody should trust."""

import csv
import io
import os
import pty
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from delivery.seal import openpgp
from delivery.seal.certificates import recipient_certificate, signing_identity
from delivery.seal.cms import seal
from delivery.seal.key_pairs import generate_key_pair
from delivery.seal.openpgp_pairs import generate_pgp_pair

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def key(reported_site) -> Path:
    return reported_site.bureau_keys / "bureau.key.pem"


@pytest.fixture
def signer(reported_site) -> Path:
    return reported_site.root / "signing_certificate.pem"


def on_terminal(*arguments: object) -> str:
    """What a person sees: the command on a terminal of its own."""
    master, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "cli", *map(str, arguments)],
        cwd=ROOT,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env={**os.environ, "COLUMNS": "240", "TERM": "xterm"},
    )
    os.close(terminal)
    seen = b""
    while True:
        try:
            chunk = os.read(master, 65536)
        except OSError:
            break
        if not chunk:
            break
        seen += chunk
    os.close(master)
    assert process.wait(60) == 0, seen.decode()
    return seen.decode()


def opened_by_openssl(file: Path, keys: Path) -> bytes:
    decrypted = subprocess.run(
        [
            *("openssl", "cms", "-decrypt", "-binary", "-inform", "DER", "-in", file),
            *("-inkey", keys / "bureau.key.pem", "-recip", keys / "bureau.cert.pem"),
        ],
        capture_output=True,
        check=True,
    ).stdout
    return subprocess.run(
        ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-noverify"],
        input=decrypted,
        capture_output=True,
        check=True,
    ).stdout


def test_the_content_goes_to_a_pipe_byte_for_byte(arrears, reported_site, key, signer):
    result = arrears("open", reported_site.sealed_file, "--key", key, "--signer", signer)
    assert result.exit_code == 0
    assert result.stdout_bytes == opened_by_openssl(reported_site.sealed_file, reported_site.bureau_keys)
    assert "signature verified with certificate" in result.stderr
    assert sha256(reported_site.sealed_file.read_bytes()).hexdigest() in result.stderr


def test_without_a_signer_it_says_so_loudly(arrears, reported_site, key):
    result = arrears("open", reported_site.sealed_file, "--key", key)
    assert result.exit_code == 0
    assert "SIGNATURE NOT VERIFIED" in result.stderr


def test_a_terminal_shows_masked_records(reported_site, key, signer):
    content = opened_by_openssl(reported_site.sealed_file, reported_site.bureau_keys).decode("utf-8-sig")
    records = list(csv.DictReader(io.StringIO(content, newline="")))
    seen = on_terminal("open", reported_site.sealed_file, "--key", key, "--signer", signer)
    hidden = [record[name] for record in records for name in ("姓名", "证件号码", "手机号码") if record[name]]
    assert len(hidden) >= 2 * len(records) > 0
    assert [value for value in hidden if value in seen] == []
    assert f"{len(records)} records, identity masked" in seen
    assert f"{records[0]['证件号码'][0]}***{records[0]['证件号码'][-2:]}" in seen


def test_a_terminal_shows_the_content_when_asked(reported_site, key):
    content = opened_by_openssl(reported_site.sealed_file, reported_site.bureau_keys).decode("utf-8-sig")
    seen = on_terminal("open", reported_site.sealed_file, "--key", key, "--unmask")
    assert all(line in seen for line in content.splitlines())
    assert "SIGNATURE NOT VERIFIED" in seen


def test_the_bureaus_answer_opens_with_our_key(arrears, reported_site):
    ours = reported_site.root
    arguments = ["open", reported_site.answer, "--key", ours / "opening_key.pem"]
    signed_by = ["--signer", reported_site.bureau_keys / "bureau.cert.pem"]
    result = arrears(*arguments, "--certificate", ours / "opening_certificate.pem", *signed_by)
    assert result.exit_code == 0
    assert result.stdout.count(",accepted,") == sum(state == "accepted" for state in reported_site.states.values())
    assert "R900" in result.stdout
    seen = on_terminal(*arguments, *signed_by)
    assert "accepted" in seen
    assert "records, identity masked" in seen


def test_another_signer_is_refused_and_nothing_is_given_out(arrears, reported_site, key):
    result = arrears(
        "open", reported_site.sealed_file, "--key", key, "--signer", reported_site.bureau_keys / "bureau.cert.pem"
    )
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("ARR-4206")


def test_a_damaged_file_is_refused(arrears, reported_site, key, signer, tmp_path):
    data = bytearray(reported_site.sealed_file.read_bytes())
    data[-40] ^= 1
    damaged = tmp_path / "damaged.p7m"
    damaged.write_bytes(data)
    result = arrears("open", damaged, "--key", key, "--signer", signer)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(("ARR-4204", "ARR-4205", "ARR-4207"))


def test_what_is_not_sealed_is_refused(arrears, reported_site, key):
    result = arrears("open", reported_site.borrowers, "--key", key)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("ARR-4201")


def test_missing_files_are_named(arrears, reported_site, key, tmp_path):
    missing = tmp_path / "missing"
    for arguments in ((missing, "--key", key), (reported_site.sealed_file, "--key", missing)):
        result = arrears("open", *arguments)
        assert result.exit_code == 2
        assert f"ARR-9107 A file that was named can't be read (file={missing}" in result.stderr


def test_a_key_alone_asks_for_its_certificate(arrears, reported_site, key, tmp_path):
    alone = tmp_path / "alone"
    alone.mkdir()
    shutil.copy(key, alone)
    result = arrears("open", reported_site.sealed_file, "--key", alone / key.name)
    assert result.exit_code == 2
    assert result.stderr.startswith("ARR-9108")
    assert "--certificate" in result.stderr


def test_a_key_with_its_certificate_in_one_file_is_enough(arrears, reported_site, key, tmp_path):
    bundle = tmp_path / "bundle"
    bundle.write_text((reported_site.bureau_keys / "bureau.cert.pem").read_text() + key.read_text())
    assert arrears("open", reported_site.sealed_file, "--key", bundle).exit_code == 0


def test_an_old_file_with_expired_certificates_opens_and_a_locked_key_is_asked_for(arrears, tmp_path):
    was = datetime(2015, 1, 1, tzinfo=UTC)
    sender = generate_key_pair("old sender", valid_from=was, valid_days=365)
    reader = generate_key_pair("old reader", valid_from=was, valid_days=365, passphrase="long ago")
    then = datetime(2015, 6, 1, tzinfo=UTC)
    sealed = seal(
        b"what was sent in 2015",
        signing_identity(sender.private_key_pem, sender.certificate_pem, checked_at=then),
        [recipient_certificate(reader.certificate_pem, checked_at=then)],
    )
    for name, content in (
        ("key.pem", reader.private_key_pem),
        ("cert.pem", reader.certificate_pem),
        ("signer.pem", sender.certificate_pem),
    ):
        (tmp_path / name).write_text(content)
    (tmp_path / "old.p7m").write_bytes(sealed)
    arguments = ("open", tmp_path / "old.p7m", "--key", tmp_path / "key.pem", "--signer", tmp_path / "signer.pem")
    result = arrears(*arguments, ARREARS_KEY_PASSPHRASE="long ago")
    assert (result.exit_code, result.stdout) == (0, "what was sent in 2015")
    assert "valid until 2016-01-01" in result.stderr
    wrong = arrears(*arguments, ARREARS_KEY_PASSPHRASE="another")
    assert (wrong.exit_code, wrong.stdout) == (2, "")
    assert wrong.stderr.startswith("ARR-4101")
    assert "another" not in wrong.stderr


def test_a_file_sealed_by_openpgp_opens_with_its_key(arrears, tmp_path):
    now = datetime.now(UTC)
    lender, bureau, stranger = (generate_pgp_pair(name, valid_days=9, curve="secp256r1") for name in ("L", "B", "S"))
    recipient = openpgp.pgp_recipient(bureau.certificate_pem, checked_at=now)
    content = "序号,姓名\r\n1,张三\r\n".encode()
    sealed = openpgp.seal(content, openpgp.pgp_signing_key(lender.private_key_pem, checked_at=now), [recipient])
    written = {
        "list.pgp": sealed,
        "list.asc": openpgp.armoured(sealed),
        "bureau.asc": bureau.private_key_pem.encode(),
        "lender.asc": lender.certificate_pem.encode(),
        "stranger.asc": stranger.certificate_pem.encode(),
        "stranger_key.asc": stranger.private_key_pem.encode(),
    }
    for name, data in written.items():
        (tmp_path / name).write_bytes(data)
    key = ("--key", tmp_path / "bureau.asc")
    for name in ("list.pgp", "list.asc"):
        result = arrears("open", tmp_path / name, *key, "--signer", tmp_path / "lender.asc")
        assert (result.exit_code, result.stdout_bytes) == (0, content)
        fingerprint = openpgp.pgp_facts(lender.certificate_pem).fingerprint
        assert f"signature verified with certificate {fingerprint}, valid until" in result.stderr
    unverified = arrears("open", tmp_path / "list.pgp", *key)
    assert (unverified.exit_code, unverified.stdout_bytes) == (0, content)
    assert "SIGNATURE NOT VERIFIED" in unverified.stderr
    other = arrears("open", tmp_path / "list.pgp", *key, "--signer", tmp_path / "stranger.asc")
    assert (other.exit_code, other.stdout) == (1, "")
    assert other.stderr.startswith("ARR-4206")
    not_for_them = arrears("open", tmp_path / "list.pgp", "--key", tmp_path / "stranger_key.asc")
    assert not_for_them.stderr.startswith("ARR-4202")
