"""Files that lie about themselves: always an error with its code, never a crash, never much memory."""

import subprocess
import tracemalloc
from collections.abc import Callable

import pytest
from asn1crypto import cms as asn1
from asn1crypto import core
from hypothesis import given, settings
from hypothesis import strategies as st

from delivery.seal import cms, der, enveloping
from delivery.seal.archived import open_unverified
from delivery.seal.enveloped import decrypt, decrypted
from delivery.seal.signed import verified, verify
from schemas.errors import ArrearsError
from schemas.errors.kind import ErrorKind
from schemas.errors.seal import NOT_OPENED, NOT_SEALED, SIGNATURE_MALFORMED

CONTENT = "序号,姓名\r\n1,张三\r\n".encode() * 20
SPOILS = (
    *(bytes([tag]) + b"\x84\xff\xff\xff\xff" for tag in (0x04, 0x24, 0x30, 0x31, 0xA0)),
    *(bytes([tag]) + b"\x88" + b"\x7f" * 8 for tag in (0x04, 0x24, 0x30, 0x31, 0xA0)),
    b"\x30\x80" * 3000,
    b"\x24\x80" * 3000,
    b"\xa0\x80" * 3000,
    b"\0\0",
    b"\x80",
)


def envelop(signed: bytes, party: object) -> bytes:
    return b"".join(enveloping.enveloped([signed], len(signed), [party.opening.recipient]))


@pytest.fixture(scope="module")
def sealed_ones(lender: object, bureau: object, tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """One in DER by us, one without lengths by the command."""
    folder = tmp_path_factory.mktemp("hostile")
    for name, party in (("lender", lender), ("bureau", bureau)):
        (folder / f"{name}.key").write_text(party.pair.private_key_pem)
        (folder / f"{name}.pem").write_text(party.pair.certificate_pem)
    done = subprocess.run(
        "openssl cms -sign -binary -nodetach -stream -signer lender.pem -inkey lender.key -outform DER"
        " | openssl cms -encrypt -binary -stream -aes256 -outform DER bureau.pem",
        shell=True,
        cwd=folder,
        input=CONTENT,
        capture_output=True,
        timeout=60,
        check=True,
    )
    return [cms.seal(CONTENT, lender.signing, [bureau.opening.recipient]), done.stdout]


@pytest.fixture
def refused(lender: object, bureau: object) -> Callable[[bytes, ErrorKind], dict]:
    def check(sealed: bytes, kind: ErrorKind) -> dict:
        with pytest.raises(ArrearsError) as caught:
            cms.open_sealed(sealed, bureau.opening, lender.signing.signer)
        assert caught.value.kind is kind
        return caught.value.facts

    return check


@st.composite
def spoilt(draw: Callable, data: bytes) -> bytes:
    """Cut, doubled, changed, or with a lie in it, mostly near its ends, where all but the content is."""
    for _ in range(draw(st.integers(1, 3))):
        near = draw(st.integers(0, min(700, len(data))))
        at = draw(st.sampled_from([near, len(data) - near]))
        kind = draw(st.sampled_from(["cut", "put", "over", "drop", "double"]))
        size = draw(st.integers(1, 30))
        spoil = draw(st.sampled_from(SPOILS) | st.binary(min_size=1, max_size=3))
        data = {
            "cut": data[:at],
            "put": data[:at] + spoil + data[at:],
            "over": data[:at] + spoil + data[at + len(spoil) :],
            "drop": data[:at] + data[at + size :],
            "double": data[: at + size] + data[at:],
        }[kind]
    return data


def opened_or_refused(sealed: bytes, lender: object, bureau: object) -> None:
    """Refused with a code, or (what nobody looks at was spoilt) the content is the same."""
    tracemalloc.start()
    try:
        content = cms.open_sealed(sealed, bureau.opening, lender.signing.signer).content
    except ArrearsError as problem:
        assert problem.code.startswith("ARR-42")  # noqa: PT017 opening may also succeed
    else:
        assert content == CONTENT
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 2_000_000


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_a_spoilt_envelope(data: st.DataObject, sealed_ones: list[bytes], lender: object, bureau: object) -> None:
    opened_or_refused(data.draw(spoilt(data.draw(st.sampled_from(sealed_ones)))), lender, bureau)


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_a_spoilt_layer_within(data: st.DataObject, sealed_ones: list[bytes], lender: object, bureau: object) -> None:
    signed = decrypt(data.draw(st.sampled_from(sealed_ones)), bureau.opening)
    opened_or_refused(envelop(data.draw(spoilt(signed)), bureau), lender, bureau)


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_cut_anywhere_it_is_no_sealed_file(
    data: st.DataObject, sealed_ones: list[bytes], lender: object, bureau: object
) -> None:
    sealed = data.draw(st.sampled_from(sealed_ones))
    with pytest.raises(ArrearsError) as caught:
        cms.open_sealed(sealed[: data.draw(st.integers(0, len(sealed) - 1))], bureau.opening, lender.signing.signer)
    assert caught.value.kind is NOT_SEALED


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_cut_anywhere_within_it_is_not_signed_as_agreed(
    data: st.DataObject, sealed_ones: list[bytes], lender: object, bureau: object
) -> None:
    signed = decrypt(data.draw(st.sampled_from(sealed_ones)), bureau.opening)
    short = envelop(signed[: data.draw(st.integers(0, len(signed) - 1))], bureau)
    for opening in (
        lambda: cms.open_sealed(short, bureau.opening, lender.signing.signer),
        lambda: open_unverified(short, bureau.opening),
    ):
        with pytest.raises(ArrearsError) as caught:
            opening()
        assert caught.value.kind is SIGNATURE_MALFORMED


def test_a_wrong_padding_is_told_the_same_whatever_stands_before_it(
    refused: Callable, lender: object, bureau: object
) -> None:
    """A block of the ciphertext is changed: what it says is garbage at once, and the padding is wrong at the end."""
    outer = asn1.ContentInfo.load(cms.seal(CONTENT, lender.signing, [bureau.opening.recipient]))
    encrypted = outer["content"]["encrypted_content_info"]
    whole = encrypted["encrypted_content"].native
    for spoilt_blocks in ((0, -2), (-2,), (0, 1, 2, -2)):
        changed = bytearray(whole)
        for block in spoilt_blocks:
            at = block * 16 % len(changed)
            changed[at : at + 16] = bytes(each ^ 0x55 for each in changed[at : at + 16])
        encrypted["encrypted_content"] = bytes(changed)
        assert refused(outer.dump(force=True), NOT_OPENED) == {}


def test_pieces_that_do_not_decrypt_go_before_what_they_say(lender: object) -> None:
    def pieces():
        yield b"no structure at all"
        raise ArrearsError(NOT_OPENED)

    with pytest.raises(ArrearsError) as caught:
        verified(pieces(), lender.signing.signer)
    assert caught.value.kind is NOT_OPENED


@pytest.mark.parametrize("place", ["signature", "sid"])
def test_strings_within_strings_a_thousand_times(
    place: str, refused: Callable, lender: object, bureau: object, sealed_ones: list[bytes]
) -> None:
    outer = asn1.ContentInfo.load(decrypt(sealed_ones[0], bureau.opening))
    deep = b"\x04\x01a"
    for _ in range(3000):
        deep = der.value(0x24, deep)
    info = outer["content"]["signer_infos"][0]
    written = {name: info[name].dump() for name in ("version", "sid", "digest_algorithm", "signed_attrs")}
    written |= {name: info[name].dump() for name in ("signature_algorithm", "signature")}
    written[place] = deep if place == "signature" else der.value(der.SEQUENCE, deep)
    around = outer["content"]
    signed = der.value(
        der.SEQUENCE,
        outer["content_type"].dump(),
        der.value(
            0xA0,
            der.value(
                der.SEQUENCE,
                *(around[name].dump() for name in ("version", "digest_algorithms", "encap_content_info")),
                der.value(der.SET, der.value(der.SEQUENCE, *written.values())),
            ),
        ),
    )
    refused(envelop(signed, bureau), SIGNATURE_MALFORMED)


def test_values_within_values_a_thousand_times(refused: Callable, sealed_ones: list[bytes]) -> None:
    """The parameters of a cipher that nobody knows are read as whatever they are."""
    sealed = sealed_ones[0]
    deep = b""
    for _ in range(3000):
        deep = der.value(der.SEQUENCE, deep)
    outer = asn1.ContentInfo.load(sealed)
    encrypted = outer["content"]["encrypted_content_info"]
    body = der.value(
        der.SEQUENCE,
        encrypted["content_type"].dump(),
        der.value(der.SEQUENCE, core.ObjectIdentifier("1.2.3.4").dump(), deep),
        encrypted["encrypted_content"].dump(),
    )
    around = [outer["content"][name].dump() for name in ("version", "recipient_infos")]
    wrapped = der.value(0xA0, der.value(der.SEQUENCE, *around, body))
    refused(der.value(der.SEQUENCE, outer["content_type"].dump(), wrapped), NOT_SEALED)


def test_much_around_the_content_is_refused_before_it_is_read(refused: Callable, sealed_ones: list[bytes]) -> None:
    outer = asn1.ContentInfo.load(sealed_ones[0])
    outer["content"]["recipient_infos"] = [outer["content"]["recipient_infos"][0].copy() for _ in range(700)]
    refused(outer.dump(force=True), NOT_SEALED)


def test_many_certificates_within_are_passed(lender: object, bureau: object, sealed_ones: list[bytes]) -> None:
    outer = asn1.ContentInfo.load(decrypt(sealed_ones[0], bureau.opening))
    outer["content"]["certificates"] = [outer["content"]["certificates"][0].copy() for _ in range(500)]
    signed = outer.dump(force=True)
    assert len(signed) > 500_000
    assert verify(signed, lender.signing.signer) == CONTENT


def test_what_is_decrypted_comes_in_small_pieces(lender: object, bureau: object) -> None:
    content = bytes(3_000_000)
    pieces = list(decrypted(cms.seal(content, lender.signing, [bureau.opening.recipient]), bureau.opening))
    assert max(len(piece) for piece in pieces) <= (1 << 18) + 16
    assert verify(b"".join(pieces), lender.signing.signer) == content
