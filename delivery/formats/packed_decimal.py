"""Packed decimal: the character form of a segment to its packed form and back, a whole column at a time.

A packed number has two digits a byte and its sign in the last half byte: hexadecimal C is positive, D negative, F
without a sign. The writer sets C; the reader takes C, F, A and E, as mainframes do. Where a packed slot can't be read,
the character form gets a character that is no digit, so that the checks of the character form find it.
"""

from __future__ import annotations

import numpy as np

from delivery.formats.digits import ZERO, Matrix
from schemas.bureaus.fixed_width import Segment

_POSITIVE = 0x0C
_POSITIVE_SIGNS = (0x0A, 0x0C, 0x0E, 0x0F)
_NO_DIGIT = ord("?")
_BLANK = ord(" ")


def pack(characters: Matrix, segment: Segment) -> Matrix:
    """The packed form of a segment that has one. The length word is left for the caller."""
    packed = np.full((len(characters), sum(segment.packed_widths)), _BLANK, np.uint8)
    at = 0
    for slot, width in zip(segment.slots, segment.packed_widths, strict=True):
        held = characters[:, slot.first - 1 : slot.last]
        if segment.is_packed(slot):
            packed[:, at : at + width] = _pack_digits(held, width)
        else:
            kept = min(width, slot.width)
            packed[:, at : at + kept] = held[:, :kept]
        at += width
    return packed


def unpack(packed: Matrix, segment: Segment) -> Matrix:
    """The character form of a segment in its packed form. The length word is left as it is."""
    characters = np.full((len(packed), segment.length), _BLANK, np.uint8)
    at = 0
    for slot, width in zip(segment.slots, segment.packed_widths, strict=True):
        held = packed[:, at : at + width]
        if segment.is_packed(slot):
            characters[:, slot.first - 1 : slot.last] = _unpack_digits(held, slot.width)
        else:
            kept = min(width, slot.width)
            characters[:, slot.first - 1 : slot.first - 1 + kept] = held[:, :kept]
        at += width
    return characters


def _pack_digits(characters: Matrix, width: int) -> Matrix:
    halves = np.zeros((len(characters), 2 * width), np.uint8)
    halves[:, -1] = _POSITIVE
    halves[:, -1 - characters.shape[1] : -1] = characters - np.uint8(ZERO)
    joined: Matrix = halves[:, ::2] << np.uint8(4) | halves[:, 1::2]
    return joined


def _unpack_digits(packed: Matrix, digits: int) -> Matrix:
    halves = np.empty((len(packed), 2 * packed.shape[1]), np.uint8)
    halves[:, ::2] = packed >> 4
    halves[:, 1::2] = packed & 0x0F
    held = halves[:, -1 - digits : -1]
    characters: Matrix = np.where(held <= 9, held + ZERO, _NO_DIGIT).astype(np.uint8)
    is_wrong = ~np.isin(halves[:, -1], _POSITIVE_SIGNS) | halves[:, : -1 - digits].any(axis=1)
    characters[is_wrong, 0] = _NO_DIGIT
    return characters
