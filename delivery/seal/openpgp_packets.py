"""Heads of OpenPGP packets (RFC 9580 section 4.2), to see whom a long message is for without copying it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from pysequoia.packet import PacketPile, Tag

_SESSION_KEY, _ENCRYPTED = 1, 18
_IS_BINARY = 0x80
_IS_NEW_FORM = 0x40
_UNTIL_THE_END = 3
_TWO_BYTES, _PARTIAL, _FOUR_BYTES = 192, 224, 255


class PacketHead(NamedTuple):
    """A packet of a message.

    Attributes:
        tag: its kind.
        body: what it holds, of a packet in parts the first part; a view.
    """

    tag: int
    body: memoryview


def session_keys(data: bytes) -> list[bytes]:
    """The session key packets of an encrypted message; none when it holds other packets than such and the encrypted.

    Armour is read by the library, which holds the message several times then.

    Raises:
        ValueError: it is damaged or cut short.
        RuntimeError: the same, from the library.
    """
    if not data or data[0] & _IS_BINARY:
        packets = list(packet_heads(data))
        if any(packet.tag not in (_SESSION_KEY, _ENCRYPTED) for packet in packets):
            return []
        return [bytes(packet.body) for packet in packets if packet.tag == _SESSION_KEY]
    pile = list(PacketPile.from_bytes(data))
    if any(packet.tag not in (Tag.PKESK, Tag.SEIP) for packet in pile):
        return []
    return [packet.body for packet in pile if packet.tag == Tag.PKESK]


def packet_heads(data: bytes) -> Iterator[PacketHead]:
    """The packets of a binary message, one after the other.

    Raises:
        ValueError: it is damaged or cut short.
    """
    view, at = memoryview(data), 0
    while at < len(view):
        first = view[at]
        if not first & _IS_BINARY:
            raise ValueError("no packet begins here")
        if first & _IS_NEW_FORM:
            tag, body, at = first & 0x3F, *_new_form(view, at + 1)
        else:
            tag, body, at = (first >> 2) & 0x0F, *_old_form(view, at + 1, first & 0x03)
        yield PacketHead(tag, body)


def _new_form(view: memoryview, at: int) -> tuple[memoryview, int]:
    """The body, or its first part, and where the packet ends."""
    length, at, is_last = _new_length(view, at)
    body = _part(view, at, length)
    at += length
    while not is_last:
        length, at, is_last = _new_length(view, at)
        at += len(_part(view, at, length))
    return body, at


def _new_length(view: memoryview, at: int) -> tuple[int, int, bool]:
    """A length, where it ends, and whether it is that of the last part."""
    first = _part(view, at, 1)[0]
    if first < _TWO_BYTES:
        return first, at + 1, True
    if first < _PARTIAL:
        return ((first - _TWO_BYTES) << 8) + _part(view, at + 1, 1)[0] + _TWO_BYTES, at + 2, True
    if first < _FOUR_BYTES:
        return 1 << (first & 0x1F), at + 1, False
    return int.from_bytes(_part(view, at + 1, 4)), at + 5, True


def _old_form(view: memoryview, at: int, kind: int) -> tuple[memoryview, int]:
    if kind == _UNTIL_THE_END:
        return view[at:], len(view)
    size = 1 << kind
    length = int.from_bytes(_part(view, at, size))
    return _part(view, at + size, length), at + size + length


def _part(view: memoryview, at: int, length: int) -> memoryview:
    if at + length > len(view):
        raise ValueError("the message is cut short")
    return view[at : at + length]
