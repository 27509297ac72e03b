"""Opening long after: dates of certificates don't count, all else does, and an unchecked signature is called so."""

from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.serialization import pkcs7

from delivery.seal.archived import archived_identity, archived_signer, open_unverified, open_verified
from delivery.seal.certificates import recipient_certificate, signing_identity
from delivery.seal.cms import seal
from delivery.seal.key_pairs import KeyPair, generate_key_pair
from schemas.errors import ArrearsError

THEN = datetime(2015, 6, 1, tzinfo=UTC)
CONTENT = "序号,姓名\r\n1,张三\r\n".encode()


def old_pair(name: str, **settings: object) -> KeyPair:
    return generate_key_pair(name, valid_from=datetime(2015, 1, 1, tzinfo=UTC), valid_days=365, **settings)


@pytest.fixture(scope="module")
def sender() -> KeyPair:
    return old_pair("sender")


@pytest.fixture(scope="module")
def reader() -> KeyPair:
    return old_pair("reader")


@pytest.fixture(scope="module")
def sealed(sender: KeyPair, reader: KeyPair) -> bytes:
    signer = signing_identity(sender.private_key_pem, sender.certificate_pem, checked_at=THEN)
    return seal(CONTENT, signer, [recipient_certificate(reader.certificate_pem, checked_at=THEN)])


def test_expired_certificates_open_and_verify(sealed, sender, reader):
    identity = archived_identity(reader.private_key_pem, reader.certificate_pem)
    signer = archived_signer(sender.certificate_pem)
    assert open_verified(sealed, identity, signer) == CONTENT
    assert signer.expires_at == datetime(2016, 1, 1, tzinfo=UTC)


def test_another_signer_is_still_refused(sealed, reader):
    identity = archived_identity(reader.private_key_pem, reader.certificate_pem)
    with pytest.raises(ArrearsError, match="ARR-4206"):
        open_verified(sealed, identity, archived_signer(old_pair("another").certificate_pem))


def test_a_signature_that_nobody_looked_at_gives_the_content_too(sealed, reader):
    identity = archived_identity(reader.private_key_pem, reader.certificate_pem)
    assert open_unverified(sealed, identity).content == CONTENT


def test_weakness_counts_at_any_date():
    weak = old_pair("weak", key_bits=2048)
    with pytest.raises(ArrearsError, match="ARR-4105"):
        archived_signer(weak.certificate_pem)


def test_a_key_of_another_certificate_is_refused(reader, sender):
    with pytest.raises(ArrearsError, match="ARR-4108"):
        archived_identity(reader.private_key_pem, sender.certificate_pem)


NOT_ONE = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"


@pytest.mark.parametrize("text", ["", "no certificate", NOT_ONE])
def test_what_is_no_certificate_is_refused(text):
    with pytest.raises(ArrearsError, match="ARR-4102"):
        archived_signer(text)


def test_what_is_enveloped_but_not_signed_is_refused(reader):
    certificate = x509.load_pem_x509_certificate(reader.certificate_pem.encode())
    builder = pkcs7.PKCS7EnvelopeBuilder().set_data(CONTENT).add_recipient(certificate)
    builder = builder.set_content_encryption_algorithm(AES256)
    bare = builder.encrypt(serialization.Encoding.DER, [pkcs7.PKCS7Options.Binary])
    identity = archived_identity(reader.private_key_pem, reader.certificate_pem)
    with pytest.raises(ArrearsError, match="ARR-4205"):
        open_unverified(bare, identity)
