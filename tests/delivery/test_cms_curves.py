"""Keys of elliptic curves: sealed and opened here, and with the `openssl` command both ways."""

import subprocess
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import cms as asn1
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from delivery.seal import certificates, cms, key_pairs
from delivery.seal.enveloped import decrypt
from delivery.seal.signed import verify
from schemas.errors import ArrearsError
from schemas.errors.seal import NOT_FOR_US, NOT_OPENED, NOT_SEALED, SEAL_ALGORITHM_REFUSED, SIGNATURE_WRONG

CONTENT = "序号,姓名\r\n1,张三\r\n".encode() * 3 + bytes(range(256))
CURVES = ("secp256r1", "secp384r1", "secp521r1")


@dataclass(frozen=True)
class CurveParty:
    pair: key_pairs.KeyPair
    signing: certificates.SigningIdentity
    opening: certificates.OpeningIdentity


@pytest.fixture(scope="module")
def on_curve(now: datetime) -> dict[str, CurveParty]:
    parties = {}
    for curve in CURVES:
        pair = key_pairs.generate_curve_key_pair(
            f"On {curve}", valid_from=now - timedelta(days=1), valid_days=30, curve=curve
        )
        texts = (pair.private_key_pem, pair.certificate_pem)
        parties[curve] = CurveParty(
            pair,
            certificates.signing_identity(*texts, checked_at=now),
            certificates.opening_identity(*texts, checked_at=now),
        )
    return parties


@pytest.fixture
def folder(tmp_path: Path, on_curve: dict, lender: object) -> Path:
    for name, party in {**on_curve, "lender": lender}.items():
        (tmp_path / f"{name}.key").write_text(party.pair.private_key_pem)
        (tmp_path / f"{name}.pem").write_text(party.pair.certificate_pem)
    (tmp_path / "content").write_bytes(CONTENT)
    return tmp_path


def shell(command: str, folder: Path) -> bytes:
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], cwd=folder, capture_output=True, timeout=30, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("curve", CURVES)
def test_what_is_sealed_for_a_curve_opens_here_and_by_openssl(curve: str, on_curve: dict, folder: Path) -> None:
    party = on_curve[curve]
    sealed = cms.seal(CONTENT, party.signing, [party.opening.recipient])
    assert cms.open_sealed(sealed, party.opening, party.signing.signer).content == CONTENT
    (folder / "sealed").write_bytes(sealed)
    files = [folder / name for name in ("sealed", f"{curve}.key", f"{curve}.pem", f"{curve}.pem")]
    assert shell(cms.openssl_open_command(*files), folder) == CONTENT


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize(
    "encrypt",
    [
        "-aes256",
        "-aes256 -stream",
        "-aes256 -keyid",
        "-aes256 -recip {curve}.pem -keyopt ecdh_kdf_md:sha256",
        "-aes256 -recip {curve}.pem -keyopt ecdh_kdf_md:sha384 -aes128-wrap",
    ],
)
def test_what_openssl_seals_for_a_curve_opens(curve: str, encrypt: str, on_curve: dict, folder: Path) -> None:
    recipient = "" if "-recip" in encrypt else f"{curve}.pem"
    sealed = shell(
        f"openssl cms -sign -binary -nodetach -in content -signer {curve}.pem -inkey {curve}.key -md sha256"
        f" -outform DER | openssl cms -encrypt -binary {encrypt.format(curve=curve)} -outform DER {recipient}",
        folder,
    )
    party = on_curve[curve]
    assert cms.open_sealed(sealed, party.opening, party.signing.signer).content == CONTENT


def test_recipients_of_both_kinds_open_the_same_file(on_curve: dict, lender: object, bureau: object) -> None:
    escrow = on_curve["secp384r1"]
    sealed = cms.seal(CONTENT, lender.signing, [bureau.opening.recipient, escrow.opening.recipient])
    for reader in (bureau, escrow):
        assert cms.open_sealed(sealed, reader.opening, lender.signing.signer).content == CONTENT
    with pytest.raises(ArrearsError) as caught:
        cms.open_sealed(sealed, on_curve["secp256r1"].opening, lender.signing.signer)
    assert caught.value.kind is NOT_FOR_US


def test_a_curve_key_signs_with_the_digest_of_its_strength(on_curve: dict, bureau: object) -> None:
    for curve, digest in (("secp256r1", "sha256"), ("secp384r1", "sha384"), ("secp521r1", "sha512")):
        sealed = cms.seal(CONTENT, on_curve[curve].signing, [bureau.opening.recipient])
        info = asn1.ContentInfo.load(decrypt(sealed, bureau.opening))["content"]["signer_infos"][0]
        assert info["digest_algorithm"]["algorithm"].native == digest
        assert info["signature_algorithm"]["algorithm"].native == f"{digest}_ecdsa"


def test_a_signature_of_the_other_kind_is_refused(on_curve: dict, lender: object, bureau: object) -> None:
    """The signer is named as agreed, and the algorithm is not one of the agreed key."""
    party = on_curve["secp256r1"]
    outer = asn1.ContentInfo.load(decrypt(cms.seal(CONTENT, party.signing, [bureau.opening.recipient]), bureau.opening))
    info = outer["content"]["signer_infos"][0]
    info["signature_algorithm"] = {"algorithm": "rsassa_pkcs1v15"}
    with pytest.raises(ArrearsError) as caught:
        verify(outer.dump(force=True), party.signing.signer)
    assert caught.value.kind is SEAL_ALGORITHM_REFUSED


def test_a_changed_content_is_found(on_curve: dict, bureau: object) -> None:
    party = on_curve["secp256r1"]
    signed = decrypt(cms.seal(CONTENT, party.signing, [bureau.opening.recipient]), bureau.opening)
    with pytest.raises(ArrearsError) as caught:
        verify(signed.replace("张三".encode(), "李四".encode(), 1), party.signing.signer)
    assert caught.value.kind is SIGNATURE_WRONG


def test_a_damaged_wrapped_key_does_not_open(on_curve: dict, lender: object) -> None:
    party = on_curve["secp256r1"]
    outer = asn1.ContentInfo.load(cms.seal(CONTENT, lender.signing, [party.opening.recipient]))
    info = outer["content"]["recipient_infos"][0].chosen
    encrypted = info["recipient_encrypted_keys"][0]
    wrapped = encrypted["encrypted_key"].native
    encrypted["encrypted_key"] = bytes([wrapped[0] ^ 1]) + wrapped[1:]
    with pytest.raises(ArrearsError) as caught:
        cms.open_sealed(outer.dump(force=True), party.opening, lender.signing.signer)
    assert caught.value.kind is NOT_OPENED


def test_a_sender_key_that_is_no_point_of_the_curve_does_not_open(on_curve: dict, lender: object) -> None:
    party = on_curve["secp256r1"]
    sealed = cms.seal(CONTENT, lender.signing, [party.opening.recipient])
    info = asn1.ContentInfo.load(sealed)["content"]["recipient_infos"][0].chosen
    point = bytes(info["originator"].chosen["public_key"])
    with pytest.raises(ArrearsError) as caught:
        cms.open_sealed(
            sealed.replace(point, point[:-1] + bytes([point[-1] ^ 1])), party.opening, lender.signing.signer
        )
    assert caught.value.kind is NOT_OPENED


def test_cut_short_it_is_no_sealed_file(on_curve: dict, lender: object) -> None:
    party = on_curve["secp256r1"]
    sealed = cms.seal(CONTENT, lender.signing, [party.opening.recipient])
    for end in (10, 100, 200, len(sealed) - 1):
        with pytest.raises(ArrearsError) as caught:
            cms.open_sealed(sealed[:end], party.opening, lender.signing.signer)
        assert caught.value.kind is NOT_SEALED


def test_the_pieces_of_a_sealed_file_are_small_and_make_the_whole(lender: object, bureau: object) -> None:
    content = [bytes(3_000_000), memoryview(b"between"), bytes(1_500_000)]
    pieces = list(cms.sealed_pieces(content, lender.signing, [bureau.opening.recipient]))
    assert max(len(piece) for piece in pieces) <= (1 << 20) + 16
    opened = cms.open_sealed(b"".join(pieces), bureau.opening, lender.signing.signer)
    assert opened.content == b"".join(content)


def test_the_time_of_signing_is_told_when_it_is_given(lender: object, bureau: object, now: datetime) -> None:
    told = {}
    for signed_at in (None, now):
        sealed = cms.seal(CONTENT, lender.signing, [bureau.opening.recipient], signed_at)
        assert cms.open_sealed(sealed, bureau.opening, lender.signing.signer).content == CONTENT
        info = asn1.ContentInfo.load(decrypt(sealed, bureau.opening))["content"]["signer_infos"][0]
        told[signed_at] = [
            each["values"][0].native for each in info["signed_attrs"] if each["type"].native == "signing_time"
        ]
    assert told == {None: [], now: [now]}


def test_the_openssl_command_makes_keys_that_are_taken(folder: Path, now: datetime) -> None:
    shell(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout k.key -out k.pem -days 3650"
        " -subj /CN=Escrow -sha256",
        folder,
    )
    key, certificate = (folder / "k.key").read_text(), (folder / "k.pem").read_text()
    made_at = certificates.x509.load_pem_x509_certificate(certificate.encode()).not_valid_before_utc
    identity = certificates.opening_identity(key, certificate, checked_at=made_at)
    assert isinstance(identity.private_key, ec.EllipticCurvePrivateKey)
    assert identity.private_key.sign(b"", ec.ECDSA(hashes.SHA256()))
