"""Heads of packets as the standard and the library have them, of any form and length, damaged or not."""

import tracemalloc
from collections.abc import Callable

import pysequoia
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pysequoia.packet import PacketPile, Tag

from delivery.seal.openpgp_packets import packet_heads, session_keys

SESSION_KEY, ENCRYPTED, LITERAL = 1, 18, 11


def new_length(size: int) -> bytes:
    if size < 192:
        return bytes([size])
    if size < 8384:
        return bytes([(size - 192 >> 8) + 192, size - 192 & 0xFF])
    return b"\xff" + size.to_bytes(4)


def new_form(tag: int, body: bytes) -> bytes:
    return bytes([0xC0 | tag]) + new_length(len(body)) + body


def in_parts(tag: int, body: bytes) -> bytes:
    """Parts of 512 bytes, the last one as long as it is."""
    whole = len(body) // 512
    parts = [b"\xe9" + body[at * 512 : (at + 1) * 512] for at in range(whole)]
    return bytes([0xC0 | tag]) + b"".join(parts) + new_length(len(body) - whole * 512) + body[whole * 512 :]


def old_form(tag: int, body: bytes, kind: int) -> bytes:
    return bytes([0x80 | tag << 2 | kind]) + len(body).to_bytes(1 << kind) + body


@st.composite
def session_key_bodies(draw: Callable) -> bytes:
    """Version 3 for an RSA key: whose, and a number behind its length in bits."""
    number = b"\xff" + draw(st.binary(max_size=40) | st.binary(min_size=170, max_size=250))
    return b"\x03" + draw(st.binary(min_size=8, max_size=8)) + b"\x01" + (len(number) * 8).to_bytes(2) + number


@st.composite
def messages(draw: Callable) -> tuple[bytes, list[bytes]]:
    """A message of session keys and what is encrypted, with the session keys."""
    keys = draw(st.lists(session_key_bodies(), min_size=1, max_size=4))
    forms = [draw(st.sampled_from([new_form, *(lambda t, b, k=k: old_form(t, b, k) for k in (1, 2))])) for _ in keys]
    body = b"\x01" + bytes(draw(st.integers(0, 9000)))
    form = draw(st.sampled_from([new_form, in_parts]))
    heads = [write(SESSION_KEY, key) for write, key in zip(forms, keys, strict=True)]
    return b"".join([*heads, form(ENCRYPTED, body)]), keys


@given(message=messages())
def test_the_session_keys_of_a_message(message: tuple[bytes, list[bytes]]) -> None:
    written, keys = message
    assert session_keys(written) == keys
    assert [packet.body for packet in PacketPile.from_bytes(written) if packet.tag == Tag.PKESK] == keys


@given(message=messages(), data=st.data())
def test_cut_short_it_is_refused_or_ends_with_a_packet(message: tuple[bytes, list[bytes]], data: st.DataObject) -> None:
    written, keys = message
    short = written[: data.draw(st.integers(0, len(written) - 1))]
    try:
        found = session_keys(short)
    except ValueError:
        return
    assert found == keys[: len(found)]
    assert sum(len(packet.body) for packet in packet_heads(short)) < len(written)


@given(st.binary(min_size=1, max_size=80).map(lambda data: bytes([data[0] | 0x80]) + data[1:]))
def test_foreign_bytes_never_crash(data: bytes) -> None:
    try:
        found = session_keys(data)
    except ValueError:
        return
    assert sum(map(len, found)) <= len(data)


@pytest.mark.parametrize("armour", [False, True])
def test_what_the_library_makes(armour: bool) -> None:
    keys = [pysequoia.Tsk.generate(user_id=name, profile=pysequoia.Profile.RFC4880) for name in ("a", "b")]
    recipients = [key.extract_certificate() for key in keys]
    sealed = bytes(pysequoia.encrypt(bytes(20_000), recipients=recipients, armor=armour))
    expected = [packet.body for packet in PacketPile.from_bytes(sealed) if packet.tag == Tag.PKESK]
    assert session_keys(sealed) == expected
    assert len(expected) == 2


def test_other_packets_make_it_another_message() -> None:
    key, encrypted = new_form(SESSION_KEY, b"key"), new_form(ENCRYPTED, b"\1")
    assert session_keys(key + encrypted) == [b"key"]
    assert session_keys(key + encrypted + new_form(LITERAL, b"b\0\0\0\0\0")) == []
    assert session_keys(encrypted) == []
    with pytest.raises(ValueError, match="no packet"):
        session_keys(key + encrypted + b"\0")


def test_a_long_message_is_not_copied() -> None:
    written = new_form(SESSION_KEY, b"key") + in_parts(ENCRYPTED, bytes(4 << 20))
    written += new_form(ENCRYPTED, bytes(4 << 20))
    tracemalloc.start()
    try:
        assert session_keys(written) == [b"key"]
        assert tracemalloc.get_traced_memory()[1] < 10_000
    finally:
        tracemalloc.stop()
