"""Baihang's packing, against the `openssl` command and a file that a Java program packed."""

import base64
import io
import random
import subprocess
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delivery.seal.baihang_cry import CryLimits, aes_key, bureau_key, pack, unpack, unpacking_key
from schemas.errors import ArrearsError
from schemas.errors.seal import KEY_KIND_UNSUPPORTED, KEY_NOT_READABLE, KEY_WEAK, NOT_OPENED

GOLDEN = Path(__file__).parents[1] / "golden" / "baihang"
PRIVATE_PEM = (GOLDEN / "for-tests-only.pem").read_text()
# Made by Java 17: SHA1PRNG seeded with the bytes of the passphrase, KeyGenerator "AES" of 128 bits.
JAVA_PASSPHRASE, JAVA_KEY = b"123456", "6bb4837eb74329105ee4568dda7dc67e"
PASSPHRASE = "ein Wort, 一个词"
NAME = "示例小额贷款有限公司_D3_20260615_0001.txt"


def openssl(*arguments, data=b""):
    done = subprocess.run(["openssl", *arguments], input=data, capture_output=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def public_pem():
    return openssl("pkey", "-pubout", data=PRIVATE_PEM.encode()).decode()


@pytest.fixture(scope="module")
def private_key():
    return unpacking_key(PRIVATE_PEM)


@pytest.fixture
def packed(public_pem):
    def make(text, passphrase=PASSPHRASE, name=NAME):
        out = io.BytesIO()
        pack(io.BytesIO(text), name, out, passphrase, bureau_key(public_pem))
        return out.getvalue()

    return make


def long_text(size):
    return random.Random(size).randbytes(size)


def archive_of(text, compression=zipfile.ZIP_DEFLATED, names=(NAME,)):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", compression) as archive:
        for name in names:
            archive.writestr(name, text)
    return held.getvalue()


def as_a_kit_packs(archive, tmp_path, line_end="\n", passphrase=JAVA_PASSPHRASE):
    """What the bureau's own program makes: it always encrypts its whole buffer, the last time with old bytes in it."""
    (tmp_path / "key.pem").write_text(PRIVATE_PEM)
    lines = [openssl("pkeyutl", "-encrypt", "-inkey", str(tmp_path / "key.pem"), data=passphrase)]
    buffer = bytearray(1024)
    for start in range(0, len(archive), 1024):
        block = archive[start : start + 1024]
        buffer[: len(block)] = block
        lines.append(openssl("enc", "-aes-128-ecb", "-K", aes_key(passphrase).hex(), data=bytes(buffer)))
    return "".join(base64.b64encode(line).decode() + line_end for line in lines).encode()


def refused(data, key, limits=None):
    with pytest.raises(ArrearsError) as caught:
        unpack(io.BytesIO(data), key, *([limits] if limits else []))
    assert caught.value.kind is NOT_OPENED
    return str(caught.value)


def test_the_key_is_the_one_that_java_makes():
    assert aes_key(JAVA_PASSPHRASE).hex() == JAVA_KEY


def test_a_file_that_java_packed_opens(private_key):
    unpacked = unpack(io.BytesIO((GOLDEN / "packed-by-java.cry").read_bytes()), private_key)
    assert (unpacked.name, unpacked.text) == (NAME, (GOLDEN / "d3.txt").read_bytes())


def test_openssl_opens_what_is_packed(packed, tmp_path):
    text = long_text(3000)
    first, *blocks = packed(text).splitlines()
    (tmp_path / "key.pem").write_text(PRIVATE_PEM)
    passphrase = openssl(
        "pkeyutl", "-decrypt", "-inkey", str(tmp_path / "key.pem"), data=base64.b64decode(first, validate=True)
    )
    assert passphrase.decode() == PASSPHRASE
    archive = b"".join(
        openssl("enc", "-d", "-aes-128-ecb", "-K", aes_key(passphrase).hex(), data=base64.b64decode(block))
        for block in blocks
    )
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        assert opened.namelist() == [NAME]
        assert opened.infolist()[0].compress_type == zipfile.ZIP_DEFLATED
        assert opened.read(NAME) == text
    assert [len(block) for block in blocks[:-1]] == [1388] * (len(blocks) - 1)
    assert len(blocks) == -(-len(archive) // 1024)


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("size", [0, 10, 5000])
def test_what_a_kit_packs_opens(private_key, tmp_path, line_end, size):
    text = long_text(size)
    unpacked = unpack(io.BytesIO(as_a_kit_packs(archive_of(text), tmp_path, line_end)), private_key)
    assert (unpacked.name, unpacked.text) == (NAME, text)


@pytest.mark.parametrize("in_last_block", range(1, 24))
def test_the_end_of_the_archive_is_found_wherever_the_last_block_cuts_it(private_key, tmp_path, in_last_block):
    empty = len(archive_of(b"", zipfile.ZIP_STORED))
    text = long_text(2048 + in_last_block - empty)
    archive = archive_of(text, zipfile.ZIP_STORED)
    assert len(archive) % 1024 == in_last_block
    assert unpack(io.BytesIO(as_a_kit_packs(archive, tmp_path)), private_key).text == text


@given(text=st.binary(max_size=5000), passphrase=st.text(st.characters(codec="utf-8"), min_size=1, max_size=25))
@settings(max_examples=40, deadline=None)
def test_what_is_packed_is_unpacked(text, passphrase):
    key = unpacking_key(PRIVATE_PEM)
    out = io.BytesIO()
    pack(io.BytesIO(text), NAME, out, passphrase, key.public_key())
    unpacked = unpack(io.BytesIO(out.getvalue()), key)
    assert (unpacked.name, unpacked.text) == (NAME, text)


def test_the_same_text_gives_the_same_blocks(packed):
    assert packed(b"abc").splitlines()[1:] == packed(b"abc").splitlines()[1:]


@given(data=st.binary(max_size=400), place=st.integers(0, 2000))
@settings(max_examples=60, deadline=None)
def test_damaged_files_are_refused_in_words(data, place):
    whole = (GOLDEN / "packed-by-java.cry").read_bytes()
    key = unpacking_key(PRIVATE_PEM)
    for damaged in (data, whole[:place] + data, whole[:place] + data + whole[place + len(data) :]):
        outcome = NOT_OPENED
        try:
            unpack(io.BytesIO(damaged), key)
        except ArrearsError as error:
            outcome = error.kind
        assert outcome is NOT_OPENED


def test_another_key_opens_nothing(packed):
    other = unpacking_key(openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024").decode())
    refused(packed(b"abc"), other)


def test_what_is_no_packed_file(packed, private_key, tmp_path):
    whole = packed(b"abc" * 1000)
    first = whole.splitlines()[0] + b"\n"
    assert "passphrase" in refused(b"", private_key)
    assert "not a ZIP" in refused(first, private_key)
    assert "not Base64" in refused(b"{}\n", private_key)
    assert "not Base64" in refused(first + b"{}\n", private_key)
    assert "another passphrase" in refused(first + base64.b64encode(bytes(32)) + b"\n", private_key)
    assert "4096 characters" in refused(first + b"A" * 5000, private_key)
    two = as_a_kit_packs(archive_of(b"x", names=("a.txt", "b.txt")), tmp_path)
    assert "exactly one" in refused(two, private_key)
    packed_otherwise = as_a_kit_packs(archive_of(b"x", zipfile.ZIP_BZIP2), tmp_path)
    assert "exactly one" in refused(packed_otherwise, private_key)


def test_limits(packed, private_key):
    assert "more than 1000 bytes" in refused(packed(long_text(3000)), private_key, CryLimits(packed_bytes=1000))
    bomb = packed(bytes(1_000_000))
    assert len(bomb) < 5_000
    assert "more than 999999 bytes" in refused(bomb, private_key, CryLimits(text_bytes=999_999))
    assert len(unpack(io.BytesIO(bomb), private_key, CryLimits(text_bytes=1_000_000)).text) == 1_000_000


def test_a_name_leads_nowhere(packed, private_key):
    assert unpack(io.BytesIO(packed(b"abc", name="../../etc/passwd")), private_key).name == "passwd"
    assert unpack(io.BytesIO(packed(b"abc", name="..\\..\\a.txt")), private_key).name == "a.txt"


def test_keys_are_taken_as_java_programs_have_them(private_key, public_pem):
    public = base64.encodebytes(openssl("pkey", "-pubin", "-outform", "DER", data=public_pem.encode())).decode()
    private = openssl("pkcs8", "-topk8", "-nocrypt", "-outform", "DER", data=PRIVATE_PEM.encode())
    assert bureau_key(public).public_numbers() == private_key.public_key().public_numbers()
    opened = unpacking_key(base64.b64encode(private).decode())
    assert opened.private_numbers() == private_key.private_numbers()


@pytest.mark.parametrize("text", ["", "abc", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"])
def test_texts_that_are_no_key(text):
    for load in (bureau_key, unpacking_key):
        with pytest.raises(ArrearsError) as caught:
            load(text)
        assert caught.value.kind is KEY_NOT_READABLE


def test_keys_that_can_not_be_used():
    elliptic = openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
    for load, text in ((bureau_key, openssl("pkey", "-pubout", data=elliptic)), (unpacking_key, elliptic)):
        with pytest.raises(ArrearsError) as caught:
            load(text.decode())
        assert caught.value.kind is KEY_KIND_UNSUPPORTED


def test_a_key_that_is_too_short():
    short = openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:768")
    with pytest.raises(ArrearsError) as caught:
        bureau_key(openssl("pkey", "-pubout", data=short).decode())
    assert caught.value.kind is KEY_WEAK


@pytest.mark.parametrize("passphrase", ["", "a" * 118])
def test_passphrases_that_the_key_can_not_take(packed, passphrase):
    with pytest.raises(ArrearsError) as caught:
        packed(b"abc", passphrase)
    assert caught.value.kind is KEY_WEAK
    assert packed(b"abc", "a" * 117)
