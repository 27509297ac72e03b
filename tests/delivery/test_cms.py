"""Sealing and opening, and everything that must not open."""

import hashlib
from collections.abc import Callable

import pytest
from asn1crypto import algos, core
from asn1crypto import cms as asn1
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.algorithms import AES128, AES256
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options
from hypothesis import given, settings
from hypothesis import strategies as st

from delivery.seal import cms
from delivery.seal.enveloped import is_enveloped
from schemas.errors import ArrearsError
from schemas.errors.kind import ErrorKind
from schemas.errors.seal import (
    NOT_FOR_US,
    NOT_OPENED,
    NOT_SEALED,
    SEAL_ALGORITHM_REFUSED,
    SIGNATURE_MALFORMED,
    SIGNATURE_WRONG,
    SIGNER_UNKNOWN,
)

CONTENT = "序号,姓名\r\n1,张三\r\n".encode() + bytes(range(256))
DER = serialization.Encoding.DER


def sign(*parties: object, options: tuple = (PKCS7Options.Binary,), digest: object = hashes.SHA256()) -> bytes:
    builder = pkcs7.PKCS7SignatureBuilder().set_data(CONTENT)
    for party in parties:
        builder = builder.add_signer(party.signing.signer.certificate, party.signing.private_key, digest)
    return builder.sign(DER, list(options))


def envelop(signed: bytes, party: object, cipher: type = AES256) -> bytes:
    builder = pkcs7.PKCS7EnvelopeBuilder().set_data(signed).set_content_encryption_algorithm(cipher)
    return builder.add_recipient(party.opening.recipient.certificate).encrypt(DER, [PKCS7Options.Binary])


def resign(party: object, change: Callable[[asn1.SignerInfo], None]) -> bytes:
    """SignedData whose signer info is changed and then signed anew over its attributes: well made, and odd."""
    outer = asn1.ContentInfo.load(sign(party))
    info = outer["content"]["signer_infos"][0]
    change(info)
    if isinstance(info["signed_attrs"], asn1.CMSAttributes):
        covered = info["signed_attrs"].untag().dump(force=True)
        info["signature"] = party.signing.private_key.sign(covered, padding.PKCS1v15(), hashes.SHA256())
    return outer.dump(force=True)


@pytest.fixture
def opened(lender: object, bureau: object) -> Callable[[bytes], bytes]:
    return lambda sealed: cms.open_sealed(sealed, bureau.opening, lender.signing.signer).content


@pytest.fixture
def refused(opened: Callable) -> Callable[[ErrorKind, bytes], dict]:
    def check(kind: ErrorKind, sealed: bytes) -> dict:
        with pytest.raises(ArrearsError) as caught:
            opened(sealed)
        assert caught.value.kind is kind
        return caught.value.facts

    return check


@given(content=st.binary(max_size=3000))
@settings(max_examples=25, deadline=None)
def test_what_is_sealed_opens(content: bytes, lender: object, bureau: object) -> None:
    sealed = cms.seal(content, lender.signing, [bureau.opening.recipient])
    assert cms.open_sealed(sealed, bureau.opening, lender.signing.signer) == cms.Opened(
        content, lender.signing.signer.fingerprint
    )


def test_the_content_is_not_in_the_sealed_bytes_and_no_two_are_alike(lender: object, bureau: object) -> None:
    sealed = [cms.seal(CONTENT, lender.signing, [bureau.opening.recipient]) for _ in range(2)]
    assert sealed[0] != sealed[1]
    assert "张三".encode() not in sealed[0]
    assert sealed[0].count(b"Lender 001") == 0


def test_what_stands_in_the_sealed_file(lender: object, bureau: object) -> None:
    outer = asn1.ContentInfo.load(cms.seal(CONTENT, lender.signing, [bureau.opening.recipient]), strict=True)
    assert outer["content_type"].native == "enveloped_data"
    encrypted = outer["content"]["encrypted_content_info"]
    assert encrypted["content_encryption_algorithm"]["algorithm"].native == "aes256_cbc"
    assert len(outer["content"]["recipient_infos"]) == 1


def test_each_of_several_recipients_opens_it(lender: object, bureau: object, stranger: object) -> None:
    sealed = cms.seal(CONTENT, lender.signing, [bureau.opening.recipient, stranger.opening.recipient])
    for reader in (bureau, stranger):
        assert cms.open_sealed(sealed, reader.opening, lender.signing.signer).content == CONTENT


def test_without_a_recipient_nothing_is_sealed(lender: object) -> None:
    with pytest.raises(ValueError, match="recipient"):
        cms.seal(CONTENT, lender.signing, [])


def test_somebody_else_can_not_open_it(lender: object, bureau: object, stranger: object) -> None:
    sealed = cms.seal(CONTENT, lender.signing, [bureau.opening.recipient])
    with pytest.raises(ArrearsError) as caught:
        cms.open_sealed(sealed, stranger.opening, lender.signing.signer)
    assert caught.value.kind is NOT_FOR_US


def test_what_is_not_sealed(refused: Callable, lender: object, bureau: object) -> None:
    sealed = cms.seal(CONTENT, lender.signing, [bureau.opening.recipient])
    for data in (b"", b"\x30", CONTENT, sign(lender), sealed[:-1], sealed + b"\x00", sealed[:300], b"\x30\x80" * 5000):
        assert not is_enveloped(data)
        refused(NOT_SEALED, data)
    assert is_enveloped(sealed)


def test_a_cipher_other_than_aes_256_is_refused(refused: Callable, lender: object, bureau: object) -> None:
    assert refused(SEAL_ALGORITHM_REFUSED, envelop(sign(lender), bureau, AES128))["content_encryption"] == "aes128_cbc"


def test_damaged_ciphertext_does_not_open(refused: Callable, lender: object, bureau: object) -> None:
    outer = asn1.ContentInfo.load(cms.seal(CONTENT, lender.signing, [bureau.opening.recipient]))
    encrypted = outer["content"]["encrypted_content_info"]
    whole = encrypted["encrypted_content"].native
    encrypted["encrypted_content"] = whole[:-1] + bytes([whole[-1] ^ 1])
    refused(NOT_OPENED, outer.dump(force=True))
    encrypted["encrypted_content"] = whole[:-5]
    refused(NOT_OPENED, outer.dump(force=True))


def test_encrypted_and_not_signed(refused: Callable, bureau: object) -> None:
    refused(SIGNATURE_MALFORMED, envelop(CONTENT, bureau))
    data = asn1.ContentInfo({"content_type": "data", "content": core.OctetString(CONTENT)}).dump()
    assert refused(SIGNATURE_MALFORMED, envelop(data, bureau))["reason"] == "it is not signed"


def test_signed_by_somebody_else(refused: Callable, bureau: object, stranger: object) -> None:
    refused(SIGNER_UNKNOWN, envelop(sign(stranger), bureau))


def test_somebody_else_in_the_name_of_the_agreed_signer(
    refused: Callable, lender: object, bureau: object, stranger: object
) -> None:
    """Issuer and serial number are the agreed ones, the key is not."""
    outer = asn1.ContentInfo.load(sign(stranger))
    outer["content"]["signer_infos"][0]["sid"] = asn1.ContentInfo.load(sign(lender))["content"]["signer_infos"][0][
        "sid"
    ]
    refused(SIGNATURE_WRONG, envelop(outer.dump(force=True), bureau))


def test_signed_by_two(refused: Callable, lender: object, bureau: object, stranger: object) -> None:
    assert refused(SIGNATURE_MALFORMED, envelop(sign(lender, stranger), bureau))["signers"] == 2


def test_signed_by_nobody(refused: Callable, lender: object, bureau: object) -> None:
    outer = asn1.ContentInfo.load(sign(lender))
    outer["content"]["signer_infos"] = []
    assert refused(SIGNATURE_MALFORMED, envelop(outer.dump(force=True), bureau))["signers"] == 0


def test_without_signed_attributes(refused: Callable, lender: object, bureau: object) -> None:
    signed = sign(lender, options=(PKCS7Options.Binary, PKCS7Options.NoAttributes))
    assert "signed attributes" in refused(SIGNATURE_MALFORMED, envelop(signed, bureau))["reason"]


def test_the_content_is_somewhere_else(refused: Callable, lender: object, bureau: object) -> None:
    signed = sign(lender, options=(PKCS7Options.Binary, PKCS7Options.DetachedSignature))
    assert "not included" in refused(SIGNATURE_MALFORMED, envelop(signed, bureau))["reason"]


@pytest.mark.parametrize("digest", [hashes.SHA384(), hashes.SHA512()])
def test_longer_digests_are_taken(opened: Callable, lender: object, bureau: object, digest: object) -> None:
    assert opened(envelop(sign(lender, digest=digest), bureau)) == CONTENT


def test_sha224_is_refused(refused: Callable, lender: object, bureau: object) -> None:
    refused(SEAL_ALGORITHM_REFUSED, envelop(sign(lender, digest=hashes.SHA224()), bureau))


@pytest.mark.parametrize("name", ["md5", "sha1"])
def test_outdated_digests_are_refused(refused: Callable, lender: object, bureau: object, name: str) -> None:
    def change(info: asn1.SignerInfo) -> None:
        info["digest_algorithm"] = algos.DigestAlgorithm({"algorithm": name})

    assert refused(SEAL_ALGORITHM_REFUSED, envelop(resign(lender, change), bureau))["digest"] == name


def test_digest_and_signature_must_agree(refused: Callable, lender: object, bureau: object) -> None:
    def change(info: asn1.SignerInfo) -> None:
        info["signature_algorithm"] = algos.SignedDigestAlgorithm({"algorithm": "sha512_rsa"})

    refused(SEAL_ALGORITHM_REFUSED, envelop(resign(lender, change), bureau))


def test_a_signature_algorithm_that_is_no_rsa(refused: Callable, lender: object, bureau: object) -> None:
    def change(info: asn1.SignerInfo) -> None:
        info["signature_algorithm"] = algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"})

    refused(SEAL_ALGORITHM_REFUSED, envelop(resign(lender, change), bureau))


def without(name: str) -> Callable[[asn1.SignerInfo], None]:
    def change(info: asn1.SignerInfo) -> None:
        info["signed_attrs"] = asn1.CMSAttributes([one for one in info["signed_attrs"] if one["type"].native != name])

    return change


def doubled(name: str) -> Callable[[asn1.SignerInfo], None]:
    def change(info: asn1.SignerInfo) -> None:
        ones = list(info["signed_attrs"])
        info["signed_attrs"] = asn1.CMSAttributes(ones + [one.copy() for one in ones if one["type"].native == name])

    return change


def with_value(name: str, *values: object) -> Callable[[asn1.SignerInfo], None]:
    def change(info: asn1.SignerInfo) -> None:
        others = [one for one in info["signed_attrs"] if one["type"].native != name]
        info["signed_attrs"] = asn1.CMSAttributes([*others, asn1.CMSAttribute({"type": name, "values": list(values)})])

    return change


RIGHT_DIGEST = hashlib.sha256(CONTENT).digest()


def test_well_made_and_signed_anew_it_opens(opened: Callable, lender: object, bureau: object) -> None:
    """The tests below change one thing; without a change all is well."""
    assert opened(envelop(resign(lender, lambda info: None), bureau)) == CONTENT
    assert opened(envelop(resign(lender, with_value("message_digest", RIGHT_DIGEST)), bureau)) == CONTENT
    assert opened(envelop(resign(lender, without("signing_time")), bureau)) == CONTENT


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (without("content_type"), SIGNATURE_MALFORMED),
        (without("message_digest"), SIGNATURE_MALFORMED),
        (doubled("content_type"), SIGNATURE_MALFORMED),
        (doubled("message_digest"), SIGNATURE_MALFORMED),
        (doubled("signing_time"), SIGNATURE_MALFORMED),
        (with_value("message_digest", RIGHT_DIGEST, RIGHT_DIGEST), SIGNATURE_MALFORMED),
        (with_value("message_digest"), SIGNATURE_MALFORMED),
        (with_value("content_type", "signed_data"), SIGNATURE_MALFORMED),
        (with_value("message_digest", b"\0" * 32), SIGNATURE_WRONG),
        (with_value("message_digest", RIGHT_DIGEST[:-1]), SIGNATURE_WRONG),
    ],
)
def test_odd_attributes_are_refused(
    refused: Callable, lender: object, bureau: object, change: Callable, kind: ErrorKind
) -> None:
    refused(kind, envelop(resign(lender, change), bureau))


def test_changed_content_is_found(refused: Callable, lender: object, bureau: object) -> None:
    signed = sign(lender)
    at = signed.index("张三".encode())
    refused(SIGNATURE_WRONG, envelop(signed[:at] + "李四".encode() + signed[at + 6 :], bureau))


@given(data=st.data())
@settings(max_examples=120, deadline=None)
def test_a_changed_byte_never_changes_what_is_opened(data: st.DataObject, lender: object, bureau: object) -> None:
    """Anywhere in the inner layer: it is refused, or (a byte nobody signed and nobody uses) the content is the same."""
    signed = bytearray(sign(lender))
    at = data.draw(st.integers(0, len(signed) - 1))
    signed[at] ^= data.draw(st.integers(1, 255))
    try:
        content = cms.open_sealed(envelop(bytes(signed), bureau), bureau.opening, lender.signing.signer).content
    except ArrearsError as problem:
        assert problem.code.startswith("ARR-42")  # noqa: PT017 opening may also succeed
    else:
        assert content == CONTENT


@given(data=st.data())
@settings(max_examples=120, deadline=None)
def test_a_changed_byte_outside_never_crashes(data: st.DataObject, lender: object, bureau: object) -> None:
    sealed = bytearray(cms.seal(CONTENT, lender.signing, [bureau.opening.recipient]))
    at = data.draw(st.integers(0, min(700, len(sealed) - 1)))
    sealed[at] ^= data.draw(st.integers(1, 255))
    try:
        content = cms.open_sealed(bytes(sealed), bureau.opening, lender.signing.signer).content
    except ArrearsError as problem:
        assert problem.code.startswith("ARR-42")  # noqa: PT017 opening may also succeed
    else:
        assert content == CONTENT


@given(st.binary(max_size=400))
@settings(max_examples=80, deadline=None)
def test_foreign_bytes_never_crash(lender: object, bureau: object, data: bytes) -> None:
    with pytest.raises(ArrearsError):
        cms.open_sealed(data, bureau.opening, lender.signing.signer)
    with pytest.raises(ArrearsError):
        cms.open_sealed(envelop(data, bureau), bureau.opening, lender.signing.signer)
