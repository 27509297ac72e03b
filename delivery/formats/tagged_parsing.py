"""One line of XML to the values of a record, strictly: for lines that are not printed as many others are.

Nothing in a line is evaluated. There is no document type, no entity but the five that XML has, no other file. The
parser stops at the first of these, and at any depth that no record has.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple
from xml.parsers import expat

from delivery.formats.tagged_faults import BROKEN, Fault
from schemas.bureaus.tagged import Content, Group, Item, Segment, TaggedRecord

_MOST_FAULTS = 100
_BLANKS = " \t\r\n"


class Leaf(NamedTuple):
    """Where a value of a line belongs: a column, or a tag of an entry of a group.

    Attributes:
        name: column, or path of the group.
        tag: tag within the group, empty for columns.
        entry: number of the entry within its group, from 0.
    """

    name: str
    tag: str = ""
    entry: int = 0


@dataclass
class ParsedLine:
    """What a line holds.

    Attributes:
        segments: elements of the segments that stand there.
        values: by leaf, in the order of the line.
        entries: path of a group to the number of its entries.
        faults: fault, and the field that it is about or None.
    """

    segments: list[str] = field(default_factory=list)
    values: dict[Leaf, str] = field(default_factory=dict)
    entries: dict[str, int] = field(default_factory=dict)
    faults: list[tuple[Fault, str | None]] = field(default_factory=list)

    @property
    def is_broken(self) -> bool:
        """Whether the record can't be read."""
        return any(fault in BROKEN for fault, _ in self.faults)


def parse_line(line: bytes, layout: TaggedRecord, root: str) -> ParsedLine:
    """The values of one line. Never raises because of what is in it.

    Args:
        line: UTF-8, with or without its line end.
        layout: of the record.
        root: element around it.
    """
    parsed = ParsedLine()
    handler = _Handler(layout, root, parsed)
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = handler.start
    parser.EndElementHandler = handler.end
    parser.CharacterDataHandler = handler.text
    for name in _REFUSED_MARKUP:
        setattr(parser, name, handler.refuse_markup)
    try:
        parser.Parse(line.rstrip(b"\r\n"), True)
        handler.finish()
    except expat.ExpatError:
        parsed.faults.append((Fault.NOT_XML, None))
    except _StopError as stopped:
        parsed.faults.append((stopped.fault, None))
    return parsed


_REFUSED_MARKUP = (
    "XmlDeclHandler",
    "StartDoctypeDeclHandler",
    "EntityDeclHandler",
    "ProcessingInstructionHandler",
    "CommentHandler",
)


class _StopError(Exception):
    """The rest of the line is not looked at."""

    def __init__(self, fault: Fault) -> None:
        super().__init__()
        self.fault = fault


@dataclass(frozen=True)
class _Node:
    """A place in a record: what may stand there, and what it is called."""

    name: str
    content: Content | None
    places: dict[str, tuple[int, _Node]] = field(hash=False)


@lru_cache(maxsize=64)
def _tree(layout: TaggedRecord) -> _Node:
    return _Node("", None, {_tag(one): (place, _node(one, "")) for place, one in enumerate(layout.contents)})


def _node(one: Content, prefix: str) -> _Node:
    match one:
        case Item():
            return _Node(f"{prefix}{one.tag}", one, {})
        case Group():
            leaves = {each.tag: (place, _Node(each.tag, each, {})) for place, each in enumerate(one.items)}
            return _Node(f"{prefix}{one.element}", one, leaves)
        case Segment():
            inner = f"{one.element}."
            places = {_tag(each): (place, _node(each, inner)) for place, each in enumerate(one.contents)}
            return _Node(one.element, one, places)


def _tag(one: Content) -> str:
    return one.tag if isinstance(one, Item) else one.element


class _Handler:
    """State of the parsing of one line."""

    def __init__(self, layout: TaggedRecord, root: str, parsed: ParsedLine) -> None:
        self._layout = layout
        self._root = root
        self._parsed = parsed
        self._is_broken = False
        self._depth = 0
        self._unknown = 0
        self._stack: list[_Node] = []
        self._last_place: list[int] = []
        self._leaf: Leaf | None = None
        self._entry = 0
        self._text: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if attributes:
            self._add(Fault.ATTRIBUTE, None)
        if self._unknown:
            self._unknown += 1
        elif self._depth <= 2:
            self._start_record(name)
        elif self._leaf is not None:
            raise _StopError(Fault.TOO_DEEP)
        else:
            self._start_within(name)

    def _start_record(self, name: str) -> None:
        if self._depth == 1:
            if name != self._root:
                raise _StopError(Fault.WRONG_ROOT)
        elif self._stack:
            raise _StopError(Fault.REPEATED_SEGMENT)
        elif name != self._layout.element:
            raise _StopError(Fault.OTHER_RECORD)
        else:
            self._stack.append(_tree(self._layout))
            self._last_place.append(-1)

    def _start_within(self, name: str) -> None:
        parent = self._stack[-1]
        place, node = parent.places.get(name, (-1, None))
        if node is None:
            # The tag itself is not told: what stands in a foreign file may be anything.
            self._add(Fault.UNKNOWN_TAG, parent.name or None)
            self._unknown = 1
            return
        if place < self._last_place[-1] and isinstance(node.content, Segment):
            self._add(Fault.SEGMENT_ORDER, node.name)
        self._last_place[-1] = max(place, self._last_place[-1])
        match node.content:
            case Segment():
                if node.name in self._parsed.segments:
                    self._add(Fault.REPEATED_SEGMENT, node.name)
                self._parsed.segments.append(node.name)
            case Group():
                self._entry = self._parsed.entries.get(node.name, 0)
                self._parsed.entries[node.name] = self._entry + 1
            case _:
                self._start_item(node, parent)
                return
        self._stack.append(node)
        self._last_place.append(-1)

    def _start_item(self, node: _Node, parent: _Node) -> None:
        is_grouped = isinstance(parent.content, Group)
        self._leaf = Leaf(parent.name, node.name, self._entry) if is_grouped else Leaf(node.name)
        if self._leaf in self._parsed.values:
            self._add(Fault.REPEATED_TAG, f"{parent.name}.{node.name}" if is_grouped else node.name)
        self._text = []

    def end(self, _name: str) -> None:
        self._depth -= 1
        if self._unknown:
            self._unknown -= 1
        elif self._leaf is not None:
            self._parsed.values[self._leaf] = "".join(self._text)
            self._leaf = None
        elif self._depth >= 2:
            node = self._stack.pop()
            is_empty = self._last_place.pop() < 0
            if is_empty and isinstance(node.content, Segment):
                self._add(Fault.EMPTY_SEGMENT, node.name)

    def text(self, text: str) -> None:
        if self._unknown:
            return
        if self._leaf is not None:
            self._text.append(text)
        elif text.strip(_BLANKS):
            self._add(Fault.LOOSE_TEXT, self._stack[-1].name or None if self._stack else None)

    def finish(self) -> None:
        """Looks whether there was a record."""
        if not self._stack:
            raise _StopError(Fault.WRONG_ROOT)

    def refuse_markup(self, *_facts: Any) -> None:
        raise _StopError(Fault.MARKUP_REFUSED)

    def _add(self, fault: Fault, name: str | None) -> None:
        # What breaks the record is never lost among the rest.
        if len(self._parsed.faults) < _MOST_FAULTS or (fault in BROKEN and not self._is_broken):
            self._parsed.faults.append((fault, name))
        self._is_broken = self._is_broken or fault in BROKEN
