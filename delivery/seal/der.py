"""Heads of DER values, for content that is written piece by piece and never stands inside one value in memory."""

from __future__ import annotations

SEQUENCE = 0x30
SET = 0x31
OCTET_STRING = 0x04
_SHORT_FORM_BELOW = 0x80


def context(number: int, *, is_constructed: bool) -> int:
    """The tag of a context-specific value: `[number]`, constructed where it holds other values."""
    return (0xA0 if is_constructed else 0x80) | number


def head(tag: int, length: int) -> bytes:
    """Tag and length that stand before a value of so many bytes."""
    if length < _SHORT_FORM_BELOW:
        return bytes((tag, length))
    size = length.to_bytes((length.bit_length() + 7) // 8)
    return bytes((tag, _SHORT_FORM_BELOW | len(size))) + size


def value(tag: int, *parts: bytes) -> bytes:
    """A whole value."""
    content = b"".join(parts)
    return head(tag, len(content)) + content


def heads(inner_length: int, *tags_and_before: tuple[int, bytes]) -> bytes:
    """The heads of values that lie within one another, outermost first.

    Args:
        inner_length: bytes of what the innermost value holds behind its own `before`.
        tags_and_before: of each value its tag, and what stands in it before the next one.
    """
    written = b""
    length = inner_length
    for tag, before in reversed(tags_and_before):
        inside = before + written
        written = head(tag, length + len(inside)) + inside
    return written
