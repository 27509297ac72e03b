"""A layer of a sealed file split while it is read: its content goes away piece by piece, what stands around it stays.

Both layers are a ContentInfo around a SEQUENCE in which a SEQUENCE holds the content. What stays is written down as
the same layer with an empty content, small enough for `asn1crypto`, which says what all of it means.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from asn1crypto import cms as asn1

from delivery.seal import der
from delivery.seal.ber import CONSTRUCTED, OCTET_STRING, WHOLE, BerReader, Head, NotBerError, Scope

DAMAGED = (ValueError, TypeError, KeyError, RecursionError)
"""What reading a damaged structure raises, here or in `asn1crypto`."""

_OBJECT_IDENTIFIER = 0x06
_WRAPPED = der.context(0, is_constructed=True)
_STRING_ITSELF = der.context(0, is_constructed=False)
_LEFT_OUT = (_WRAPPED, der.context(1, is_constructed=True))


class OtherContentError(ValueError):
    """It is a ContentInfo of another type."""

    def __init__(self, content_type: str) -> None:
        self.content_type = content_type
        super().__init__("it is of another type")


@dataclass(frozen=True)
class LayerForm:
    """One of the two layers.

    Attributes:
        content_type: as `asn1crypto` names it.
        is_wrapped: whether the content is a string within `[0]`, or `[0]` is the string.
        empty: how it writes a content of no bytes.
    """

    content_type: str
    is_wrapped: bool
    empty: bytes


ENVELOPED = LayerForm("enveloped_data", is_wrapped=False, empty=der.value(_STRING_ITSELF))
SIGNED = LayerForm("signed_data", is_wrapped=True, empty=der.value(_WRAPPED, der.value(OCTET_STRING)))


@dataclass(frozen=True)
class Split:
    """What stands around a content.

    Attributes:
        around: the ContentInfo with an empty content. Values behind a tag of their own (certificates, revocation lists,
            attributes that nobody signed) are left out: nobody here looks at them.
        content_at: where the string of the content begins, None when there is none.
    """

    around: bytes
    content_at: int | None


def split(reader: BerReader, form: LayerForm, content: Callable[[memoryview], object]) -> Split:
    """Reads a whole layer.

    Args:
        reader: at the layer's beginning; nothing may follow behind it.
        form: which layer it must be.
        content: is called with each piece of the content, before it is known whether what follows is whole.

    Raises:
        OtherContentError: it is another layer.
        NotBerError: it is damaged.
    """
    outer = _entered(reader, WHOLE, der.SEQUENCE)
    identifier = reader.kept(_wanted(reader, outer, _OBJECT_IDENTIFIER), outer)
    content_type = str(asn1.ContentType.load(identifier).native)
    if content_type != form.content_type:
        raise OtherContentError(content_type)
    wrapped = _entered(reader, outer, _WRAPPED)
    layer = _entered(reader, wrapped, der.SEQUENCE)
    values, content_at = _values(reader, layer, form, content)
    if reader.next_head(wrapped) or reader.next_head(outer) or not reader.is_at_end():
        raise NotBerError("something follows where nothing may")
    body = der.value(_WRAPPED, der.value(der.SEQUENCE, *values))
    return Split(der.value(der.SEQUENCE, identifier, body), content_at)


def _values(
    reader: BerReader, layer: Scope, form: LayerForm, content: Callable[[memoryview], object]
) -> tuple[list[bytes], int | None]:
    kept: list[bytes] = []
    content_at, is_found = None, False
    while (head := reader.next_head(layer)) is not None:
        if head.tag in _LEFT_OUT:
            reader.passed(head, layer)
        elif head.tag == der.SEQUENCE and not is_found:
            around, content_at = _encapsulated(reader, reader.inside(head, layer), form, content)
            kept.append(around)
            is_found = True
        else:
            kept.append(reader.kept(head, layer))
    return kept, content_at


def _encapsulated(
    reader: BerReader, scope: Scope, form: LayerForm, content: Callable[[memoryview], object]
) -> tuple[bytes, int | None]:
    kept: list[bytes] = []
    content_at = None
    while (head := reader.next_head(scope)) is not None:
        if head.tag not in (_STRING_ITSELF, _WRAPPED) or content_at is not None:
            kept.append(reader.kept(head, scope))
            continue
        within = scope
        if form.is_wrapped:
            within = reader.inside(head, scope)
            head = _wanted(reader, within, OCTET_STRING, OCTET_STRING | CONSTRUCTED)
        content_at = reader.position - len(head.written)
        for piece in reader.octets(head, within):
            content(piece)
        if form.is_wrapped and reader.next_head(within) is not None:
            raise NotBerError("something follows the content")
        kept.append(form.empty)
    return der.value(der.SEQUENCE, *kept), content_at


def _wanted(reader: BerReader, scope: Scope, *tags: int) -> Head:
    head = reader.next_head(scope)
    if head is None or head.tag not in tags:
        raise NotBerError("another value stands where one is wanted")
    return head


def _entered(reader: BerReader, scope: Scope, tag: int) -> Scope:
    return reader.inside(_wanted(reader, scope, tag), scope)
