"""Characters that mean the same to readers, and are searched as one: widths, letter case, blanks, quotation marks.

Every character stands for one other, so that places in folded text are places in the text itself.
"""

from __future__ import annotations

_ASCII = range(0x21, 0x7F)
_TO_FULL_WIDTH = 0xFEE0
_BLANKS = (
    *(chr(code) for code in range(0x20)),
    "\x7f",
    "\xa0",
    "\xad",
    *(chr(code) for code in range(0x2000, 0x2010)),
    "\u202f",
    "\u205f",
    "\u2060",
    "\u3000",
    "\ufeff",
)
_QUOTES = "“”„«»「」『』《》＂"
_APOSTROPHES = "‘’‛＇`´"

CAPITALS = {chr(code): chr(code).lower() for code in _ASCII if chr(code).isupper()}
BLANKS = dict.fromkeys(_BLANKS, " ")
QUOTES = dict.fromkeys(_QUOTES, '"') | dict.fromkeys(_APOSTROPHES, "'")
FULL_WIDTH = {chr(code + _TO_FULL_WIDTH): QUOTES.get(chr(code), chr(code).lower()) for code in _ASCII}
FOLDS = FULL_WIDTH | CAPITALS | BLANKS | QUOTES


def folded(text: str, folds: dict[str, str]) -> str:
    """The text with each character replaced by the one that stands for it."""
    return text.translate({ord(character): standing for character, standing in folds.items()})
