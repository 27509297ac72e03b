"""BER (X.690) read piece by piece, so that a long value never stands in memory as a whole.

A length may claim anything: memory is taken for bytes that are there, and for few of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

OCTET_STRING = 0x04
CONSTRUCTED = 0x20
_END_OF_CONTENTS = 0x00
_LONG_TAG = 0x1F
_LONG_LENGTH = 0x80
_MOST_TAG_BYTES = 4
_MOST_LENGTH_BYTES = 8
_MOST_DEPTH = 10
_MOST_KEPT_BYTES = 1 << 18


class NotBerError(ValueError):
    """What is read is not BER, is cut short, or goes beyond the limits. Holds nothing of what was read."""


class Head(NamedTuple):
    """How a value begins.

    Attributes:
        tag: the first byte, which is the whole tag of all that CMS uses.
        length: of what follows; None when it ends with a mark.
        written: the head itself.
    """

    tag: int
    length: int | None
    written: bytes


class Scope(NamedTuple):
    """How far a value reaches that holds others.

    Attributes:
        end: position at which it must be over at the latest, None when only the input says so.
        is_marked: whether a mark ends it.
        depth: of values around it.
    """

    end: int | None
    is_marked: bool
    depth: int


WHOLE = Scope(None, is_marked=False, depth=0)


class BerReader:
    """Goes through one input once, from value to value."""

    def __init__(self, pieces: Iterable[bytes | memoryview]) -> None:
        self._pieces = iter(pieces)
        self._piece = memoryview(b"")
        self._at = 0
        self._before_bytes = 0
        self._kept_bytes = 0

    @property
    def position(self) -> int:
        """Bytes that were read."""
        return self._before_bytes + self._at

    def is_at_end(self) -> bool:
        """Whether nothing follows."""
        while self._at == len(self._piece):
            piece = next(self._pieces, None)
            if piece is None:
                return True
            self._before_bytes += self._at
            self._piece, self._at = memoryview(piece).cast("B"), 0
        return False

    def next_head(self, scope: Scope) -> Head | None:
        """The head of the next value in the scope, None when the scope is over."""
        if not scope.is_marked and self.position == scope.end:
            return None
        head = self._head()
        if scope.end is not None and self.position + (head.length or 0) > scope.end:
            raise NotBerError("a value is longer than what it stands in")
        if head.tag != _END_OF_CONTENTS:
            return head
        if not scope.is_marked or head.length:
            raise NotBerError("a mark of an end stands where nothing ends")
        return None

    def inside(self, head: Head, scope: Scope) -> Scope:
        """The scope of the value that begins with the head, which stands in a scope itself."""
        if not head.tag & CONSTRUCTED:
            raise NotBerError("a value holds no others")
        if scope.depth == _MOST_DEPTH:
            raise NotBerError("values lie too deep in one another")
        if head.length is None:
            return Scope(scope.end, is_marked=True, depth=scope.depth + 1)
        return Scope(self.position + head.length, is_marked=False, depth=scope.depth + 1)

    def kept(self, head: Head, scope: Scope) -> bytes:
        """The whole value, for the small ones: of one input few bytes are kept in all."""
        self._kept_bytes += len(head.written) + (head.length or 0)
        if self._kept_bytes > _MOST_KEPT_BYTES:
            raise NotBerError("too much stands around the content")
        if head.length is not None:
            return head.written + self._taken(head.length)
        written, within = [head.written], self.inside(head, scope)
        while (each := self.next_head(within)) is not None:
            written.append(self.kept(each, within))
        return b"".join([*written, bytes(2)])

    def passed(self, head: Head, scope: Scope) -> None:
        """Leaves a value out."""
        if head.length is not None:
            for _ in self._views(head.length):
                pass
            return
        within = self.inside(head, scope)
        while (each := self.next_head(within)) is not None:
            self.passed(each, within)

    def octets(self, head: Head, scope: Scope) -> Iterator[memoryview]:
        """What a string of octets holds, uncopied: the string itself, or the strings that it is made of."""
        if not head.tag & CONSTRUCTED:
            yield from self._views(head.length or 0)
            return
        within = self.inside(head, scope)
        while (each := self.next_head(within)) is not None:
            if each.tag & ~CONSTRUCTED != OCTET_STRING:
                raise NotBerError("a string is made of other than strings")
            yield from self.octets(each, within)

    def _head(self) -> Head:
        written = self._taken(2)
        tag = written[0]
        if tag & _LONG_TAG == _LONG_TAG:
            written = self._behind_long_tag(written)
        length = written[-1]
        if length < _LONG_LENGTH:
            return Head(tag, length, written)
        size = length & ~_LONG_LENGTH
        if size > _MOST_LENGTH_BYTES or (size == 0 and not tag & CONSTRUCTED):
            raise NotBerError("a length is none")
        if size == 0:
            return Head(tag, None, written)
        counted = self._taken(size)
        return Head(tag, int.from_bytes(counted), written + counted)

    def _behind_long_tag(self, written: bytes) -> bytes:
        """Tag and first byte of the length, of a tag that goes on as long as the first bit of its bytes is set."""
        while written[-1] & 0x80:
            if len(written) > _MOST_TAG_BYTES:
                raise NotBerError("a tag is too long")
            written += self._taken(1)
        return written + self._taken(1)

    def _taken(self, count: int) -> bytes:
        at, until = self._at, self._at + count
        if until <= len(self._piece):
            self._at = until
            return bytes(self._piece[at:until])
        return b"".join(self._views(count))

    def _views(self, count: int) -> Iterator[memoryview]:
        while count:
            if self.is_at_end():
                raise NotBerError("it is cut short")
            view = self._piece[self._at : self._at + count]
            self._at += len(view)
            count -= len(view)
            yield view
