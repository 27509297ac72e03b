"""The `openssl` command opens what is sealed here, and what it seals opens here."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from delivery.seal import cms
from schemas.errors import ArrearsError
from schemas.errors.seal import NOT_SEALED, SEAL_ALGORITHM_REFUSED, SIGNATURE_MALFORMED

CONTENT = "序号,姓名\r\n1,张三\r\n".encode() + bytes(range(256))


def shell(command: str, folder: Path) -> subprocess.CompletedProcess:
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], cwd=folder, capture_output=True, timeout=30, check=False
    )


@pytest.fixture
def folder(tmp_path: Path, lender: object, bureau: object, stranger: object) -> Path:
    for name, party in (("lender", lender), ("bureau", bureau), ("stranger", stranger)):
        (tmp_path / f"{name}.key").write_text(party.pair.private_key_pem)
        (tmp_path / f"{name}.pem").write_text(party.pair.certificate_pem)
    (tmp_path / "content").write_bytes(CONTENT)
    return tmp_path


@pytest.fixture
def made_by_openssl(folder: Path) -> Callable[[str, str], bytes]:
    def make(sign: str, encrypt: str) -> bytes:
        recipient = "" if "-recip" in encrypt else "bureau.pem"
        done = shell(
            f"openssl cms -sign -binary -nodetach -in content -signer lender.pem -inkey lender.key {sign} -outform DER"
            f" | openssl cms -encrypt -binary {encrypt} -outform DER {recipient}",
            folder,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return make


def test_the_printed_command_opens_what_is_sealed(folder: Path, lender: object, bureau: object) -> None:
    sealed = folder / "it's sealed.p7m"
    sealed.write_bytes(cms.seal(CONTENT, lender.signing, [bureau.opening.recipient]))
    files = (folder / "bureau.key", folder / "bureau.pem")
    command = cms.openssl_open_command(sealed, *files, folder / "lender.pem")
    assert "\n" not in command
    done = shell(command, folder)
    assert done.stdout == CONTENT, done.stderr
    assert done.returncode == 0

    other_signer = shell(cms.openssl_open_command(sealed, *files, folder / "stranger.pem"), folder)
    assert other_signer.returncode != 0
    assert other_signer.stdout == b""


def test_openssl_trusts_our_certificate_as_its_own_root_too(folder: Path, lender: object, bureau: object) -> None:
    """The keys of this test are valid from 2026-08-28, so the check is told that time."""
    (folder / "f").write_bytes(cms.seal(CONTENT, lender.signing, [bureau.opening.recipient]))
    done = shell(
        "openssl cms -decrypt -binary -inform DER -in f -inkey bureau.key -recip bureau.pem"
        " | openssl cms -verify -binary -inform DER -CAfile lender.pem -attime 1788800000",
        folder,
    )
    assert done.stdout == CONTENT, done.stderr
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("sign", "encrypt"),
    [
        ("", "-aes256"),
        ("-stream", "-aes256 -stream"),
        ("-keyid", "-aes256 -keyid"),
        ("-nocerts", "-aes256"),
        ("-nosmimecap", "-aes256"),
        ("-md sha512", "-aes256"),
        ("", "-aes256 -recip bureau.pem -keyopt rsa_padding_mode:oaep"),
        ("", "-aes256 -recip bureau.pem -keyopt rsa_padding_mode:oaep -keyopt rsa_oaep_md:sha256"),
    ],
)
def test_what_openssl_seals_opens(
    made_by_openssl: Callable, lender: object, bureau: object, sign: str, encrypt: str
) -> None:
    sealed = made_by_openssl(sign, encrypt)
    assert cms.open_sealed(sealed, bureau.opening, lender.signing.signer).content == CONTENT


@pytest.mark.parametrize(
    ("sign", "encrypt", "kind"),
    [
        ("", "-aes128", SEAL_ALGORITHM_REFUSED),
        ("", "-des3", SEAL_ALGORITHM_REFUSED),
        ("", "-aes-256-gcm", NOT_SEALED),
        ("-md sha1", "-aes256", SEAL_ALGORITHM_REFUSED),
        ("-keyopt rsa_padding_mode:pss", "-aes256", SEAL_ALGORITHM_REFUSED),
        ("-noattr", "-aes256", SIGNATURE_MALFORMED),
        ("-signer stranger.pem -inkey stranger.key", "-aes256", SIGNATURE_MALFORMED),
    ],
)
def test_what_was_not_agreed_does_not_open(
    made_by_openssl: Callable, lender: object, bureau: object, sign: str, encrypt: str, kind: object
) -> None:
    sealed = made_by_openssl(sign, encrypt)
    with pytest.raises(ArrearsError) as caught:
        cms.open_sealed(sealed, bureau.opening, lender.signing.signer)
    assert caught.value.kind is kind
