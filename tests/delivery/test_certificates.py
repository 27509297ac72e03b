"""Keys and certificates are checked before they are used."""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.x509.oid import NameOID

from delivery.seal.certificates import (
    opening_identity,
    recipient_certificate,
    signer_certificate,
    signing_identity,
)
from delivery.seal.key_pairs import KeyPair, generate_key_pair
from schemas.errors import ArrearsError
from schemas.errors.kind import ErrorKind
from schemas.errors.seal import (
    CERTIFICATE_EXPIRED,
    CERTIFICATE_NOT_READABLE,
    CERTIFICATE_NOT_YET_VALID,
    CERTIFICATE_UNKNOWN,
    KEY_CERTIFICATE_MISMATCH,
    KEY_KIND_UNSUPPORTED,
    KEY_NOT_READABLE,
    KEY_WEAK,
)

FROM = datetime(2026, 1, 1, tzinfo=UTC)
UNTIL = datetime(2027, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def self_signed(key: object, *, usage: x509.KeyUsage | None = None) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(FROM)
        .not_valid_after(UNTIL)
    )
    if usage is not None:
        builder = builder.add_extension(usage, critical=True)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def usage_of(**allowed: bool) -> x509.KeyUsage:
    names = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{name: allowed.get(name, False) for name in names})


@pytest.fixture(scope="module")
def pair() -> KeyPair:
    return generate_key_pair("Lender", valid_from=FROM, valid_days=365)


@pytest.fixture(scope="module")
def rsa_2048() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def refused(kind: ErrorKind, check: object, *arguments: str, checked_at: datetime = FROM, **settings: object) -> dict:
    with pytest.raises(ArrearsError) as caught:
        check(*arguments, checked_at=checked_at, **settings)
    assert caught.value.kind is kind
    return caught.value.facts


def test_a_generated_pair_passes_as_signer_and_as_recipient(pair: KeyPair) -> None:
    identity = signing_identity(pair.private_key_pem, pair.certificate_pem, checked_at=FROM)
    assert identity.signer.public_key.key_size == 3072
    assert identity.signer.expires_at == UNTIL
    reader = opening_identity(pair.private_key_pem, pair.certificate_pem, checked_at=UNTIL)
    assert reader.recipient.fingerprint == identity.signer.fingerprint
    assert len(reader.recipient.fingerprint) == 64


def test_it_is_in_force_from_its_first_to_its_last_instant(pair: KeyPair) -> None:
    for check in (signer_certificate, recipient_certificate):
        refused(CERTIFICATE_NOT_YET_VALID, check, pair.certificate_pem, checked_at=FROM - SECOND)
        assert check(pair.certificate_pem, checked_at=FROM)
        assert check(pair.certificate_pem, checked_at=UNTIL)
        facts = refused(CERTIFICATE_EXPIRED, check, pair.certificate_pem, checked_at=UNTIL + SECOND)
        assert facts["expired_at"] == "2027-01-01T00:00:00+00:00"


def test_rsa_2048_is_enough_to_encrypt_for_and_not_to_sign_with(rsa_2048: rsa.RSAPrivateKey) -> None:
    pem = self_signed(rsa_2048)
    assert recipient_certificate(pem, checked_at=FROM).public_key.key_size == 2048
    facts = refused(KEY_WEAK, signer_certificate, pem)
    assert (facts["bits"], facts["least"]) == (2048, 3072)


def test_a_key_of_1024_bits_is_weak_for_everything() -> None:
    pem = self_signed(rsa.generate_private_key(65537, 1024))
    refused(KEY_WEAK, recipient_certificate, pem)
    refused(KEY_WEAK, signer_certificate, pem)


def test_a_certificate_signed_with_sha1_is_weak(tmp_path: Path) -> None:
    command = "openssl req -x509 -newkey rsa:3072 -sha1 -nodes -keyout /dev/null -days 30 -subj /CN=old"
    made = subprocess.run(command.split(), capture_output=True, text=True, check=True, cwd=tmp_path)
    facts = refused(KEY_WEAK, signer_certificate, made.stdout, checked_at=datetime.now(UTC) + timedelta(hours=1))
    assert facts["signed_with"] == "sha1"


def test_a_key_of_an_agreed_curve_is_taken_and_of_another_refused() -> None:
    pem = self_signed(ec.generate_private_key(ec.SECP256R1()))
    assert recipient_certificate(pem, checked_at=FROM).public_key.curve.name == "secp256r1"
    facts = refused(KEY_KIND_UNSUPPORTED, recipient_certificate, self_signed(ec.generate_private_key(ec.SECP256K1())))
    assert facts["curve"] == "secp256k1"
    refused(KEY_KIND_UNSUPPORTED, signer_certificate, self_signed(ec.generate_private_key(ec.BrainpoolP256R1())))


def test_a_curve_key_needs_the_use_of_key_agreement() -> None:
    key = ec.generate_private_key(ec.SECP384R1())
    assert recipient_certificate(self_signed(key, usage=usage_of(key_agreement=True)), checked_at=FROM)
    facts = refused(
        KEY_KIND_UNSUPPORTED, recipient_certificate, self_signed(key, usage=usage_of(key_encipherment=True))
    )
    assert facts["lacks"] == "key agreement"


def test_a_key_of_another_kind_is_refused() -> None:
    refused(KEY_KIND_UNSUPPORTED, signer_certificate, self_signed(dsa.generate_private_key(2048)))


def test_the_usage_in_the_certificate_is_kept_to(rsa_2048: rsa.RSAPrivateKey, pair: KeyPair) -> None:
    signing_only = self_signed(rsa_2048, usage=usage_of(digital_signature=True))
    assert refused(KEY_KIND_UNSUPPORTED, recipient_certificate, signing_only)["lacks"] == "key encipherment"
    key = serialization.load_pem_private_key(pair.private_key_pem.encode(), None)
    encrypting_only = self_signed(key, usage=usage_of(key_encipherment=True))
    assert refused(KEY_KIND_UNSUPPORTED, signer_certificate, encrypting_only)["lacks"] == "digital signature"


def test_only_known_fingerprints_pass_when_they_are_given(pair: KeyPair) -> None:
    fingerprint = signer_certificate(pair.certificate_pem, checked_at=FROM).fingerprint
    as_openssl_prints = ":".join(fingerprint[at : at + 2] for at in range(0, 64, 2)).upper()
    assert signer_certificate(pair.certificate_pem, checked_at=FROM, known=["0" * 64, as_openssl_prints])
    refused(CERTIFICATE_UNKNOWN, signer_certificate, pair.certificate_pem, known=["0" * 64])
    refused(CERTIFICATE_UNKNOWN, recipient_certificate, pair.certificate_pem, known=[])


def test_what_is_no_single_certificate_is_not_readable(pair: KeyPair) -> None:
    damaged = pair.certificate_pem.replace("M", "?", 1)
    for text in ("", "no PEM", damaged, pair.private_key_pem, pair.certificate_pem * 2):
        refused(CERTIFICATE_NOT_READABLE, signer_certificate, text)


def test_key_and_certificate_belong_together(pair: KeyPair, rsa_2048: rsa.RSAPrivateKey) -> None:
    other = rsa_2048.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    refused(KEY_CERTIFICATE_MISMATCH, signing_identity, other, pair.certificate_pem)
    refused(KEY_CERTIFICATE_MISMATCH, opening_identity, other, pair.certificate_pem)


def test_a_key_with_a_passphrase_opens_with_it_alone() -> None:
    pair = generate_key_pair("L", valid_from=FROM, valid_days=1, passphrase="open sesame")
    assert "ENCRYPTED" in pair.private_key_pem
    texts = (pair.private_key_pem, pair.certificate_pem)
    assert signing_identity(*texts, checked_at=FROM, passphrase="open sesame")
    for wrong in (None, "", "wrong"):
        refused(KEY_NOT_READABLE, signing_identity, *texts, passphrase=wrong)
    refused(KEY_NOT_READABLE, signing_identity, "no key", pair.certificate_pem)


def test_private_keys_are_not_shown(pair: KeyPair) -> None:
    identity = signing_identity(pair.private_key_pem, pair.certificate_pem, checked_at=FROM)
    assert "private_key" not in repr(identity)
    assert "PRIVATE KEY" not in repr(pair)
