"""OpenPGP: sealed and opened here, and with the `gpg` command both ways."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pysequoia
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delivery.seal import openpgp
from schemas.errors import ArrearsError
from schemas.errors.kind import ErrorKind
from schemas.errors.seal import (
    CERTIFICATE_EXPIRED,
    CERTIFICATE_NOT_READABLE,
    CERTIFICATE_NOT_YET_VALID,
    CERTIFICATE_UNKNOWN,
    KEY_KIND_UNSUPPORTED,
    KEY_NOT_READABLE,
    KEY_REVOKED,
    KEY_WEAK,
    NOT_FOR_US,
    NOT_OPENED,
    NOT_SEALED,
    SIGNER_UNKNOWN,
)

CONTENT = "序号,姓名\r\n1,张三\r\n".encode() + bytes(range(256))


def now() -> datetime:
    """Keys are made while tests run, and are not valid before."""
    return datetime.now(UTC)


class Party:
    """A key made by the library, as text and as checked objects."""

    def __init__(self, name: str, suite: pysequoia.CipherSuite) -> None:
        self.secret = pysequoia.Tsk.generate(
            user_id=f"{name} <{name}@example.org>", profile=pysequoia.Profile.RFC4880, cipher_suite=suite
        )
        self.secret_text = pysequoia.armor(bytes(self.secret), pysequoia.ArmorKind.SecretKey)
        self.public_text = str(self.secret.extract_certificate())

    @property
    def signing(self) -> openpgp.PgpSigningKey:
        return openpgp.pgp_signing_key(self.secret_text, checked_at=now())

    @property
    def opening(self) -> openpgp.PgpOpeningKey:
        return openpgp.pgp_opening_key(self.secret_text, checked_at=now())

    @property
    def signer(self) -> openpgp.PgpSigner:
        return openpgp.pgp_signer(self.public_text, checked_at=now())

    @property
    def recipient(self) -> openpgp.PgpRecipient:
        return openpgp.pgp_recipient(self.public_text, checked_at=now())


@pytest.fixture(scope="module")
def lender_key() -> Party:
    return Party("lender", pysequoia.CipherSuite.Cv25519)


@pytest.fixture(scope="module")
def bureau_key() -> Party:
    return Party("bureau", pysequoia.CipherSuite.RSA3k)


@pytest.fixture(scope="module")
def stranger_key() -> Party:
    return Party("stranger", pysequoia.CipherSuite.P384)


@pytest.fixture
def gpg() -> Iterator[Callable[..., subprocess.CompletedProcess]]:
    """The command with a home of its own; its socket's path must be short."""
    home = tempfile.mkdtemp(prefix="gpg")
    Path(home).chmod(0o700)
    environment = {**os.environ, "GNUPGHOME": home, "LC_ALL": "C"}

    def run(*arguments: str, given: bytes = b"") -> subprocess.CompletedProcess:
        command = ["gpg", "--batch", "--yes", "--pinentry-mode", "loopback", "--trust-model", "always", *arguments]
        return subprocess.run(command, input=given, env=environment, capture_output=True, timeout=60, check=False)

    yield run
    subprocess.run(["gpgconf", "--kill", "all"], env=environment, check=False, timeout=30)
    shutil.rmtree(home, ignore_errors=True)


def refused(kind: ErrorKind, call: Callable[[], object]) -> dict:
    with pytest.raises(ArrearsError) as caught:
        call()
    assert caught.value.kind is kind
    return caught.value.facts


@given(content=st.binary(max_size=2000))
@settings(max_examples=15, deadline=None)
def test_what_is_sealed_opens(content: bytes, lender_key: Party, bureau_key: Party) -> None:
    sealed = openpgp.seal(content, lender_key.signing, [bureau_key.recipient])
    for form in (sealed, openpgp.armoured(sealed)):
        opened = openpgp.open_sealed(form, bureau_key.opening, lender_key.signer)
        assert opened == openpgp.OpenedMessage(content, lender_key.signer.fingerprint)
        assert openpgp.is_encrypted(form)


def gpg_key(gpg: Callable, name: str, kind: str) -> str:
    """A key of the command's keyring for signing and encryption; its public part as text."""
    address = f"{name}@example.org"
    made = gpg("--passphrase", "", "--quick-generate-key", address, kind, "default", "1y")
    assert made.returncode == 0, made.stderr
    if kind.startswith("rsa"):
        lines = gpg("--list-keys", "--with-colons", address).stdout.split(b"fpr:::::::::")
        fingerprint = lines[1].split(b":")[0].decode()
        assert gpg("--passphrase", "", "--quick-add-key", fingerprint, kind, "encr", "1y").returncode == 0
    return gpg("--armor", "--export", address).stdout.decode()


@pytest.mark.parametrize("kind", ["rsa3072", "future-default"])
def test_the_gpg_command_opens_what_is_sealed_and_names_the_signer(kind: str, gpg: Callable, lender_key: Party) -> None:
    public = gpg_key(gpg, "escrow", kind)
    assert gpg("--import", given=lender_key.public_text.encode()).returncode == 0
    recipient = openpgp.pgp_recipient(public, checked_at=now())
    sealed = openpgp.seal(CONTENT, lender_key.signing, [recipient])
    for form in (sealed, openpgp.armoured(sealed)):
        done = gpg("--decrypt", "--status-fd", "2", given=form)
        assert done.returncode == 0, done.stderr
        assert done.stdout == CONTENT
        assert b"GOODSIG" in done.stderr
        assert lender_key.signer.fingerprint.upper().encode() in done.stderr


@pytest.mark.parametrize("armour", [(), ("--armor",)])
@pytest.mark.parametrize("kind", ["rsa3072", "future-default"])
def test_what_the_gpg_command_seals_opens(
    kind: str, armour: tuple, gpg: Callable, bureau_key: Party, lender_key: Party
) -> None:
    sender = openpgp.pgp_signer(gpg_key(gpg, "sender", kind), checked_at=now())
    assert gpg("--import", given=bureau_key.public_text.encode()).returncode == 0

    def made(*how: str) -> bytes:
        done = gpg("--sign", "--encrypt", *armour, *how, given=CONTENT)
        assert done.returncode == 0, done.stderr
        return done.stdout

    for named in ("--recipient", "--hidden-recipient"):
        sealed = made("--compress-algo", "none", named, "bureau@example.org")
        assert openpgp.open_sealed(sealed, bureau_key.opening, sender).content == CONTENT
        refused(
            SIGNER_UNKNOWN, lambda sealed=sealed: openpgp.open_sealed(sealed, bureau_key.opening, lender_key.signer)
        )
    compressed = made("--recipient", "bureau@example.org")
    facts = refused(SIGNER_UNKNOWN, lambda: openpgp.open_sealed(compressed, bureau_key.opening, sender))
    assert "--compress-algo none" in facts["openpgp"]


def test_each_of_several_recipients_opens_it(lender_key: Party, bureau_key: Party, stranger_key: Party) -> None:
    sealed = openpgp.seal(CONTENT, lender_key.signing, [bureau_key.recipient, stranger_key.recipient])
    for reader in (bureau_key, stranger_key):
        assert openpgp.open_sealed(sealed, reader.opening, lender_key.signer).content == CONTENT


def test_without_a_recipient_nothing_is_sealed(lender_key: Party) -> None:
    with pytest.raises(ValueError, match="recipient"):
        openpgp.seal(CONTENT, lender_key.signing, [])


def test_somebody_else_can_not_open_it(lender_key: Party, bureau_key: Party, stranger_key: Party) -> None:
    sealed = openpgp.seal(CONTENT, lender_key.signing, [bureau_key.recipient])
    refused(NOT_FOR_US, lambda: openpgp.open_sealed(sealed, stranger_key.opening, lender_key.signer))


def test_unsigned_or_signed_by_another_it_does_not_open(
    lender_key: Party, bureau_key: Party, stranger_key: Party
) -> None:
    certificate = bureau_key.recipient.certificate
    unsigned = pysequoia.encrypt(CONTENT, recipients=[certificate], armor=False)
    other = openpgp.seal(CONTENT, stranger_key.signing, [bureau_key.recipient])
    for sealed in (unsigned, other):
        refused(
            SIGNER_UNKNOWN, lambda sealed=sealed: openpgp.open_sealed(sealed, bureau_key.opening, lender_key.signer)
        )


def test_damage_is_found(lender_key: Party, bureau_key: Party) -> None:
    sealed = openpgp.seal(CONTENT, lender_key.signing, [bureau_key.recipient])
    for place in (30, 300, len(sealed) // 2, len(sealed) - 3):
        damaged = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
        with pytest.raises(ArrearsError) as caught:
            openpgp.open_sealed(damaged, bureau_key.opening, lender_key.signer)
        assert caught.value.kind in (NOT_OPENED, NOT_SEALED, SIGNER_UNKNOWN, NOT_FOR_US)


@given(data=st.binary(max_size=400))
@settings(max_examples=60, deadline=None)
def test_anything_else_is_not_sealed(data: bytes, lender_key: Party, bureau_key: Party) -> None:
    with pytest.raises(ArrearsError):
        openpgp.open_sealed(data, bureau_key.opening, lender_key.signer)


def test_what_is_only_signed_is_not_sealed(lender_key: Party, bureau_key: Party) -> None:
    signed = pysequoia.sign(lender_key.secret.signer(), CONTENT, armor=False)
    for data in (signed, lender_key.public_text.encode(), CONTENT, b""):
        assert not openpgp.is_encrypted(data)
        refused(NOT_SEALED, lambda data=data: openpgp.open_sealed(data, bureau_key.opening, lender_key.signer))


def test_keys_are_checked_before_they_are_used(lender_key: Party, stranger_key: Party) -> None:
    refused(CERTIFICATE_NOT_READABLE, lambda: openpgp.pgp_signer("no key", checked_at=now()))
    two = lender_key.public_text + stranger_key.public_text
    refused(CERTIFICATE_NOT_READABLE, lambda: openpgp.pgp_signer(two, checked_at=now()))
    text = lender_key.public_text
    refused(CERTIFICATE_UNKNOWN, lambda: openpgp.pgp_signer(text, checked_at=now(), known=["ab" * 20]))
    spaced = ":".join(lender_key.signer.fingerprint[i : i + 2] for i in range(0, 40, 2)).upper()
    assert openpgp.pgp_signer(text, checked_at=now(), known=[spaced]).fingerprint == lender_key.signer.fingerprint
    refused(KEY_NOT_READABLE, lambda: openpgp.pgp_signing_key(text, checked_at=now()))
    refused(KEY_NOT_READABLE, lambda: openpgp.pgp_signing_key("no key", checked_at=now()))
    refused(KEY_NOT_READABLE, lambda: openpgp.pgp_signing_key(lender_key.secret_text, checked_at=now(), passphrase="x"))


def test_a_key_is_refused_when_it_has_expired_or_was_revoked() -> None:
    made_at = now()
    short = pysequoia.Tsk.generate(user_id="s", profile=pysequoia.Profile.RFC4880, validity_seconds=3600)
    text = str(short.extract_certificate())
    lived = openpgp.pgp_recipient(text, checked_at=now()).expires_at - made_at
    # A key's time begins a minute before it is made, for those whose clock is late.
    assert timedelta(minutes=55) < lived < timedelta(minutes=65)
    refused(CERTIFICATE_EXPIRED, lambda: openpgp.pgp_recipient(text, checked_at=now() + timedelta(days=1)))
    certificate = short.extract_certificate()
    revocation = certificate.revoke(short.certifier())
    revoked = pysequoia.Cert.from_bytes(bytes(certificate) + bytes(revocation))
    refused(KEY_REVOKED, lambda: openpgp.pgp_recipient(str(revoked), checked_at=now()))


def test_weak_and_unfit_keys_are_refused(gpg: Callable) -> None:
    assert gpg("--passphrase", "", "--quick-generate-key", "weak@example.org", "rsa2048", "sign", "1y").returncode == 0
    text = gpg("--armor", "--export", "weak@example.org").stdout.decode()
    assert refused(KEY_WEAK, lambda: openpgp.pgp_signer(text, checked_at=now()))["bits"] == 2048
    assert refused(KEY_KIND_UNSUPPORTED, lambda: openpgp.pgp_recipient(text, checked_at=now()))["lacks"]


def test_a_key_that_its_owner_prolonged_is_in_force_again(gpg: Callable) -> None:
    old = ("--faked-system-time", "20240101T000000", "--passphrase", "")
    made = gpg(*old, "--quick-generate-key", "old@example.org", "future-default", "default", "1y")
    assert made.returncode == 0, made.stderr
    text = gpg("--armor", "--export", "old@example.org").stdout.decode()
    for check in (openpgp.pgp_signer, openpgp.pgp_recipient):
        assert (
            refused(CERTIFICATE_EXPIRED, lambda check=check: check(text, checked_at=now()))["expired_at"] < "2025-01-02"
        )
        with_any_date = check(text, checked_at=None)
        assert with_any_date.expires_at.year in (2024, 2025)
        refused(
            CERTIFICATE_NOT_YET_VALID, lambda check=check: check(text, checked_at=datetime(2023, 12, 31, tzinfo=UTC))
        )
    fingerprint = openpgp.pgp_facts(text).fingerprint
    assert gpg("--passphrase", "", "--quick-set-expire", fingerprint, "1y").returncode == 0
    text = gpg("--armor", "--export", "old@example.org").stdout.decode()
    assert openpgp.pgp_signer(text, checked_at=now()).expires_at > now() + timedelta(days=300)
    assert openpgp.pgp_recipient(text, checked_at=now()).expires_at > now() + timedelta(days=300)


def test_a_locked_key_opens_with_its_passphrase(gpg: Callable, lender_key: Party) -> None:
    made = gpg("--passphrase", "open sesame", "--quick-generate-key", "locked@example.org", "future-default")
    assert made.returncode == 0, made.stderr
    secret = gpg("--passphrase", "open sesame", "--armor", "--export-secret-keys").stdout.decode()
    at = now()
    assert openpgp.is_locked_key(secret)
    assert not openpgp.is_locked_key(lender_key.secret_text)
    for wrong in (None, "sesame"):
        refused(KEY_NOT_READABLE, lambda wrong=wrong: openpgp.pgp_opening_key(secret, checked_at=at, passphrase=wrong))
    reader = openpgp.pgp_opening_key(secret, checked_at=at, passphrase="open sesame")
    sealed = openpgp.seal(CONTENT, lender_key.signing, [reader.recipient])
    assert openpgp.open_sealed(sealed, reader, lender_key.signer).content == CONTENT
