"""The syntax of patterns, which Python, RE2 and Rust read alike, and the texts that a match can't do without.

Characters, escapes, `.`, classes, `^`, `$`, `(?:...)`, `|` and the quantifiers `?`, `*`, `+`, `{m,n}`; nothing that
captures, looks around or refers back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, product

Texts = frozenset[str]

_QUANTIFIER = re.compile(r"([?*+]|\{(\d+)(,?)(\d*)\})(\?|\+)?")
_CLASS = re.compile(r"\[(\^?)((?:\\.|[^\]\\])+)\]")
_ZERO_WIDTH_ESCAPES = "bB"
_CLASS_ESCAPES = "wWdDsS"
_EMPTY: Texts = frozenset({""})
_MOST_TEXTS = 8_000
_MOST_OF_CLASS = 12
# Bytes from which many texts are not lengthened any more: they are rare enough.
_LONG_ENOUGH = 12
_LENGTHS = (2, 3, 4, 6, 8, 12, 16, 20, 24)
_FEW_ENOUGH_TO_COMPARE = 200


@dataclass
class _Part:
    """What a part of a pattern matches: these texts and no others, or, when `texts` is None, more than are listed.

    Attributes:
        texts: all that it matches.
        needed: sets of which every match has one text each.
    """

    texts: Texts | None
    needed: list[Texts] = field(default_factory=list)

    def sets(self) -> list[Texts]:
        """The sets that a match can't do without."""
        return self.needed if self.texts is None else [] if "" in self.texts else [self.texts]


@dataclass
class _Reader:
    regex: str
    worth: Callable[[Texts], tuple[float, ...]]
    place: int = 0

    def alternatives(self, *, closes: str) -> _Part:
        branches = [self._sequence()]
        while self._peek() == "|":
            self.place += 1
            branches.append(self._sequence())
        if self._peek() != closes:
            raise ValueError(f"unexpected {self._peek() or 'end'} at character {self.place}")
        if len(branches) == 1:
            return branches[0]
        listed = _Part(frozenset().union(*(branch.texts for branch in branches if branch.texts is not None)))
        unlisted = [branch for branch in branches if branch.texts is None]
        if not unlisted and listed.texts is not None and len(listed.texts) <= _MOST_TEXTS:
            return listed
        parts = [*unlisted, listed] if listed.texts else unlisted
        chosen = [_best(part.sets(), self.worth) for part in parts]
        known = [texts for texts in chosen if texts is not None]
        return _Part(None, [frozenset().union(*known)] if len(known) == len(parts) else [])

    def _sequence(self) -> _Part:
        run: Texts = _EMPTY
        is_whole = True
        needed: list[Texts] = []
        while self._peek() not in ("", "|", ")"):
            part = self._quantified(self._atom())
            joined = None if part.texts is None or _is_long(run) else _joined(run, part.texts)
            if joined is not None:
                run = joined
                continue
            is_whole = False
            needed += [run, *([] if part.texts is None else _seams(run, part.texts)), *part.needed]
            run = _EMPTY if part.texts is None else part.texts
        if is_whole:
            return _Part(run)
        return _Part(None, [texts for texts in (*needed, run) if "" not in texts])

    def _atom(self) -> _Part:
        character = self._peek()
        if character == "(":
            if not self.regex.startswith("(?:", self.place):
                raise ValueError("a group captures, looks around or is of another kind than (?:...)")
            self.place += 3
            inner = self.alternatives(closes=")")
            self.place += 1
            return inner
        if character == "[":
            return self._class()
        if character in "?*+{":
            raise ValueError(f"nothing to repeat at character {self.place}")
        self.place += 1
        if character == "\\":
            return self._escape()
        if character in "^$":
            return _Part(_EMPTY)
        return _Part(None) if character == "." else _Part(frozenset({character}))

    def _escape(self) -> _Part:
        escaped = self._peek()
        self.place += 1
        if escaped in _ZERO_WIDTH_ESCAPES:
            return _Part(_EMPTY)
        if escaped in _CLASS_ESCAPES:
            return _Part(None)
        if not escaped or escaped.isalnum():
            raise ValueError(f"\\{escaped} is not read alike everywhere")
        return _Part(frozenset({escaped}))

    def _class(self) -> _Part:
        found = _CLASS.match(self.regex, self.place)
        if found is None:
            raise ValueError(f"the class at character {self.place} is empty or does not end")
        self.place = found.end()
        is_listed = not found[1] and not set("-\\[&~|") & set(found[2]) and len(found[2]) <= _MOST_OF_CLASS
        return _Part(frozenset(found[2])) if is_listed else _Part(None)

    def _quantified(self, part: _Part) -> _Part:
        found = _QUANTIFIER.match(self.regex, self.place)
        if found is None:
            return part
        if found[5] == "+" or _QUANTIFIER.match(self.regex, found.end()):
            raise ValueError(f"two quantifiers at character {self.place}")
        self.place = found.end()
        least = int(found[2]) if found[2] else int(found[1] == "+")
        if found[1] == "?" or (found[2], found[3], found[4]) == ("0", ",", "1"):
            return _Part(part.texts | _EMPTY) if part.texts is not None else _Part(None)
        return _Part(None, part.sets() if least else [])

    def _peek(self) -> str:
        return self.regex[self.place : self.place + 1]


def needed_texts(regex: str, worth: Callable[[Texts], tuple[float, ...]]) -> Texts:
    """Texts of which every match of a pattern has one; of several such sets that of the least worth.

    Args:
        regex: the pattern.
        worth: orders sets.

    Raises:
        ValueError: the syntax is not that of patterns, or a match can do without any text.
    """
    best = _best(_Reader(regex, worth).alternatives(closes="").sets(), worth)
    if best is None:
        raise ValueError("matches without any text that could be looked for")
    return best


def _joined(run: Texts, texts: Texts) -> Texts | None:
    """Each text after each of the run, None when that would be too many."""
    if len(run) * len(texts) > _MOST_TEXTS:
        return None
    return frozenset(map("".join, product(run, texts)))


def _seams(run: Texts, texts: Texts) -> list[Texts]:
    """What stands where one text ends and the next begins, when all pairs would be too many."""
    seam = _joined(run, frozenset(text[: _head_of(text)] for text in texts))
    return [] if seam is None else [seam]


def _head_of(text: str) -> int:
    return 7 if text.isascii() else 2


def _is_long(texts: Texts) -> bool:
    return len(texts) > _FEW_ENOUGH_TO_COMPARE and min(len(text.encode()) for text in texts) >= _LONG_ENOUGH


def _best(sets: Iterable[Texts], worth: Callable[[Texts], tuple[float, ...]]) -> Texts | None:
    """The set of least worth, among them those of the beginnings and of the ends of texts."""
    return min(chain.from_iterable(map(_shortened, sets)), key=worth, default=None)


def _shortened(texts: Texts) -> Iterator[Texts]:
    yield _without_longer(texts)
    longest = max(map(len, texts))
    for length in _LENGTHS:
        if length >= longest:
            return
        yield _without_longer(frozenset(text[:length] for text in texts))
        yield _without_longer(frozenset(text[-length:] for text in texts))


def _without_longer(texts: Texts) -> Texts:
    """The texts that have no other one inside."""
    if len(texts) > _FEW_ENOUGH_TO_COMPARE or len(set(map(len, texts))) == 1:
        return texts
    return frozenset(text for text in texts if not any(other != text and other in text for other in texts))
