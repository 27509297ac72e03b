"""Signed notes and their keys, against the example of Go's package `note`, openssl and the words of C2SP."""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.checkpoint import TreeHead, read_checkpoint, signed_checkpoint
from ledger.note import Note, SigningKey, VerifierKey
from schemas.errors import ArrearsError
from schemas.errors.ledger import NOTE_KEY_INVALID, NOTE_MALFORMED, NOTE_NOT_SIGNED

# From the documentation of golang.org/x/mod/sumdb/note.
PUBLISHED_SIGNING_KEY = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
PUBLISHED_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PUBLISHED_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
PUBLISHED_NOTE = (
    PUBLISHED_TEXT
    + "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
HEAD = TreeHead(56, hashlib.sha256(b"root").hexdigest())
KEY = SigningKey("lender.example/arrears", hashlib.sha256(b"a seed for tests").digest())
OTHER = SigningKey("lender.example/arrears", hashlib.sha256(b"another seed").digest())
NOTE = signed_checkpoint(HEAD, KEY)


def kind_of(call, *arguments):
    with pytest.raises(ArrearsError) as caught:
        call(*arguments)
    assert "AYEKFA" not in str(caught.value)
    return caught.value.kind


def openssl_accepts(tmp_path: Path, public_key: bytes, text: bytes, signature: bytes) -> bool:
    """SubjectPublicKeyInfo of Ed25519 is twelve fixed bytes and the key, RFC 8410."""
    files = {"key": bytes.fromhex("302a300506032b6570032100") + public_key, "text": text, "signature": signature}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    openssl = shutil.which("openssl")
    assert openssl is not None
    command = [openssl, "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-rawin"]
    done = subprocess.run(
        [*command, "-inkey", tmp_path / "key", "-in", tmp_path / "text", "-sigfile", tmp_path / "signature"],
        capture_output=True,
    )
    return done.returncode == 0


def test_the_published_example_is_made_and_read() -> None:
    key = SigningKey.parse(PUBLISHED_SIGNING_KEY)
    assert str(key.verifier) == PUBLISHED_KEY
    assert key.as_text() == PUBLISHED_SIGNING_KEY
    assert key.sign(PUBLISHED_TEXT) == PUBLISHED_NOTE
    note = Note.parse(PUBLISHED_NOTE)
    assert note.text == PUBLISHED_TEXT
    assert note.require_signed_by([VerifierKey.parse(PUBLISHED_KEY)]) == ("PeterNeumann",)


def test_a_checkpoint_says_what_the_specification_asks_for(tmp_path: Path) -> None:
    """Read here by the words of C2SP tlog-checkpoint and signed-note, with none of the code under test."""
    text, signature_line = NOTE[: NOTE.index("\n\n") + 1], NOTE[NOTE.index("\n\n") + 2 :]
    assert text.split("\n") == [
        "lender.example/arrears",
        "56",
        base64.b64encode(hashlib.sha256(b"root").digest()).decode(),
        "",
    ]
    dash, name, encoded = signature_line.rstrip("\n").split(" ")
    assert (dash, name) == ("\u2014", "lender.example/arrears")
    key_name, key_hash, key_data = str(KEY.verifier).split("+", 2)
    key = base64.b64decode(key_data)
    assert (key_name, key[:1]) == (name, b"\x01")
    assert hashlib.sha256(name.encode() + b"\x0a" + key).digest()[:4].hex() == key_hash
    signed = base64.b64decode(encoded)
    assert signed[:4].hex() == key_hash
    assert openssl_accepts(tmp_path, key[1:], text.encode(), signed[4:])
    assert not openssl_accepts(tmp_path, key[1:], text.replace("56", "57").encode(), signed[4:])


def test_a_checkpoint_comes_back() -> None:
    assert read_checkpoint(NOTE, KEY.verifier) == HEAD
    assert read_checkpoint(signed_checkpoint(TreeHead(0, "00" * 32), KEY), KEY.verifier).size == 0


def test_signatures_of_witnesses_and_more_lines_are_tolerated() -> None:
    witness = "— witness.example/w " + base64.b64encode(bytes(4 + 8 + 64)).decode() + "\n"
    assert read_checkpoint(NOTE + witness, KEY.verifier) == HEAD
    text, _, signature = NOTE.partition("\n\n")
    assert read_checkpoint(f"{text}\n\n{witness}{signature}", KEY.verifier) == HEAD
    longer = KEY.sign(NOTE.partition("\n\n")[0] + "\nanother line\n")
    assert read_checkpoint(longer, KEY.verifier) == HEAD


@given(st.integers(0, len(NOTE.encode()) - 1), st.integers(1, 255))
def test_a_checkpoint_with_one_byte_changed_is_refused(place: int, change: int) -> None:
    data = bytearray(NOTE.encode())
    data[place] ^= change
    with pytest.raises(ArrearsError):
        read_checkpoint(data.decode("utf-8", errors="replace"), KEY.verifier)


def test_another_key_of_the_same_name_is_refused() -> None:
    assert kind_of(read_checkpoint, NOTE, OTHER.verifier) is NOTE_NOT_SIGNED
    assert kind_of(read_checkpoint, PUBLISHED_NOTE, KEY.verifier) is NOTE_NOT_SIGNED


def test_a_wrong_signature_of_the_key_is_refused_beside_a_right_one() -> None:
    wrong = "— lender.example/arrears " + base64.b64encode(KEY.verifier.key_id + bytes(64)).decode() + "\n"
    assert kind_of(read_checkpoint, NOTE + wrong, KEY.verifier) is NOTE_NOT_SIGNED


def test_a_checkpoint_of_another_origin_is_refused() -> None:
    note = KEY.sign("another.example\n" + NOTE.partition("\n\n")[0].split("\n", 1)[1] + "\n")
    assert kind_of(read_checkpoint, note, KEY.verifier) is NOTE_NOT_SIGNED


@pytest.mark.parametrize(
    "lines",
    [
        "",
        "56",
        "056\nROOT",
        "+56\nROOT",
        "-1\nROOT",
        "5 6\nROOT",
        "56\n",
        "56\nROOT=",
        "56\nAAAA",
        "56\nROOT\n\nx",
        "٥٦\nROOT",
    ],
)
def test_text_that_is_no_checkpoint_is_refused_though_signed(lines: str) -> None:
    root = base64.b64encode(bytes(32)).decode()
    note = KEY.sign(f"{KEY.name}\n{lines.replace('ROOT', root)}\n")
    assert kind_of(read_checkpoint, note, KEY.verifier) is NOTE_MALFORMED


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n",
        "text\n",
        NOTE[:-1],
        NOTE + "\n",
        NOTE + "x\n",
        NOTE.replace("— ", "- "),
        NOTE.replace("\n", "\r\n"),
        "x" * 2_000_000,
    ],
)
def test_text_that_is_no_note_is_refused(note: str) -> None:
    assert kind_of(Note.parse, note) is NOTE_MALFORMED


@pytest.mark.parametrize(
    "key",
    [
        "",
        "name",
        PUBLISHED_SIGNING_KEY,
        PUBLISHED_KEY.replace("c74f20a3", "c74f20a4"),
        PUBLISHED_KEY.replace("Peter", "Paul"),
        PUBLISHED_KEY[:-1],
        PUBLISHED_KEY.replace("+AR", "+BR"),
        "a b" + PUBLISHED_KEY,
    ],
)
def test_a_malformed_verifier_key_is_refused(key: str) -> None:
    assert kind_of(VerifierKey.parse, key) is NOTE_KEY_INVALID


@pytest.mark.parametrize(
    "key", ["", PUBLISHED_KEY, PUBLISHED_SIGNING_KEY[:-4], PUBLISHED_SIGNING_KEY.replace("c74", "c75")]
)
def test_a_malformed_signing_key_is_refused_unseen(key: str) -> None:
    assert kind_of(SigningKey.parse, key) is NOTE_KEY_INVALID


def test_a_new_key_has_a_name_that_fits_a_note() -> None:
    key = SigningKey.generate("lender.example/arrears")
    assert read_checkpoint(signed_checkpoint(HEAD, key), VerifierKey.parse(str(key.verifier))) == HEAD
    assert SigningKey.parse(key.as_text()) == key
    assert "seed" not in repr(key)
    assert kind_of(SigningKey.generate, "two words") is NOTE_KEY_INVALID
    assert kind_of(SigningKey.generate, "a+b") is NOTE_KEY_INVALID
