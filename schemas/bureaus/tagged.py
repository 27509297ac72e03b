"""What a bureau's file of tagged records looks like, as data: a header line, then one XML document a line.

In a document stands one record; in the record items straight away, or segments that hold items, groups of items that
repeat, or (in corrections) other segments. Values have no attributes and no markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, StrEnum
from functools import cached_property
from typing import TypeAlias

from schemas.field import Sensitivity

RECORD_NO = "record_no"
"""Column before all others: number of the record's line in its file, where the header is line 1."""


class Presence(StrEnum):
    """Whether a tag stands in a record and has a value, in the marks of the bureau's guide.

    MANDATORY must have a value, OPTIONAL may be empty, CONDITIONAL hangs on another item, ABSENT must not stand there.
    """

    MANDATORY = "M"
    OPTIONAL = "O"
    CONDITIONAL = "C"
    ABSENT = "-"


class TagKind(Enum):
    """What a value is made of: digits, letters and digits, any characters, a whole number, a day, a month, a year."""

    DIGITS = "N"
    LETTERS = "AN"
    TEXT = "ANC"
    WHOLE = "uInt"
    DATE = "Date"
    MONTH = "Month"
    YEAR = "Year"


class CheckedAs(Enum):
    """What a value is looked at as, beyond its form and code table.

    OWN_CODE begins with the segment code of the institution, and so does SOURCE_CODE, with 6 characters behind it.
    ORGANISATION is registered at the bureau. PERSON_NUMBER and PARTY_NUMBER belong to the kind of number in
    `Item.kind_tag`; a party is a person or an organisation. CARD_TAIL is 4 digits, NULL or MULT.
    """

    OWN_CODE = "own_code"
    SOURCE_CODE = "source_code"
    ORGANISATION = "organisation"
    PERSON_NUMBER = "person_number"
    PARTY_NUMBER = "party_number"
    ORGANISATION_NUMBER = "organisation_number"
    AREA = "area"
    CURRENCY = "currency"
    COUNTRY = "country"
    MOBILE = "mobile"
    CARD_TAIL = "card_tail"


_FORM = re.compile(r"(N|AN|ANC|uInt)(\.\.)?([0-9]+)?|Date|Month|Year")
_DAY_LENGTHS = {TagKind.DATE: 10, TagKind.MONTH: 7, TagKind.YEAR: 4}
_LONGEST = 10_000_000


@dataclass(frozen=True)
class Item:
    """One value.

    Attributes:
        tag: name of the element.
        form: as the guide prints it: `N3` is 3 digits, `ANC..30` up to 30 characters, `uInt..15` a whole number of up
            to 15 digits, `Date`, `Month`, `Year`. Without a number the length is not limited.
        heading: the bureau's own word for it.
        description: what it says, in a few words.
        presence: for all records, or by account type.
        codes: the closed list of values with their meaning, empty when free.
        checked_as: what the value is besides.
        kind_tag: for numbers of persons and parties, tag of the item beside it that tells the kind of number.
        counts: for counts, element of the group whose rows are counted.
        sensitivity: IDENTITY values are masked wherever people or logs see them.
    """

    tag: str
    form: str
    heading: str
    description: str
    presence: Presence | Mapping[str, Presence] = field(default=Presence.MANDATORY, hash=False)
    codes: Mapping[str, str] = field(default_factory=dict, hash=False)
    checked_as: CheckedAs | None = None
    kind_tag: str | None = None
    counts: str | None = None
    sensitivity: Sensitivity = Sensitivity.FIGURE

    def __post_init__(self) -> None:
        if not _FORM.fullmatch(self.form):
            raise ValueError(f"item {self.tag}: form {self.form} is not known")

    @cached_property
    def kind(self) -> TagKind:
        """What the value is made of."""
        return TagKind(self.form.rstrip("0123456789").rstrip("."))

    @cached_property
    def length(self) -> int:
        """Characters: exactly so many when `is_fixed`, otherwise at most."""
        digits = self.form.lstrip("ACDMNYaehnrtuIo.")
        return int(digits) if digits else _DAY_LENGTHS.get(self.kind, _LONGEST)

    @property
    def is_fixed(self) -> bool:
        """Whether the value has exactly `length` characters."""
        return self.kind in _DAY_LENGTHS or (".." not in self.form and self.form[-1].isdigit())

    def presence_for(self, account_type: str | None) -> Presence:
        """The presence in records of an account type; ABSENT in a type that the layout does not name."""
        return _presence_for(self.presence, account_type)

    def present(self, presence: Presence | Mapping[str, Presence]) -> Item:
        """The item with another presence."""
        return replace(self, presence=presence)


@dataclass(frozen=True)
class Group:
    """Items that repeat together.

    Attributes:
        element: name of the element around them.
        heading: the bureau's own word for it.
        items: in the order of the file.
    """

    element: str
    heading: str
    items: tuple[Item, ...]

    def item(self, tag: str) -> Item:
        """The item of a tag.

        Raises:
            KeyError: no item has it.
        """
        return {each.tag: each for each in self.items}[tag]


@dataclass(frozen=True)
class Segment:
    """A part of a record, which stands in it at most once.

    Attributes:
        element: name of the element.
        heading: the bureau's own word for it.
        contents: items and groups in the order of the file; or other segments, of which one stands there.
        mark: the letter by which requests name it, empty when it has none.
        presence: for all records, or by account type.
        is_deletable: whether a request may delete it on its own.
    """

    element: str
    heading: str
    contents: tuple[Item | Group | Segment, ...]
    mark: str = ""
    presence: Presence | Mapping[str, Presence] = field(default=Presence.OPTIONAL, hash=False)
    is_deletable: bool = False

    @property
    def items(self) -> tuple[Item, ...]:
        """Its own items, without those of groups."""
        return tuple(one for one in self.contents if isinstance(one, Item))

    @property
    def groups(self) -> tuple[Group, ...]:
        """Its groups."""
        return tuple(one for one in self.contents if isinstance(one, Group))

    def presence_for(self, account_type: str | None) -> Presence:
        """The presence in records of an account type; ABSENT in a type that the layout does not name."""
        return _presence_for(self.presence, account_type)

    def item(self, tag: str) -> Item:
        """The item of a tag.

        Raises:
            KeyError: no item has it.
        """
        return {each.tag: each for each in self.items}[tag]

    def only(self, *tags: str) -> Segment:
        """The segment with the items of these tags, in their order."""
        return replace(self, contents=tuple(self.item(tag) for tag in tags))

    def with_items(self, *items: Item) -> Segment:
        """The segment with other items in the places of those of the same tags."""
        others = {each.tag: each for each in items}
        if unknown := set(others) - {each.tag for each in self.items}:
            raise ValueError(f"segment {self.element} has no {sorted(unknown)}")
        contents = tuple(others.get(one.tag, one) if isinstance(one, Item) else one for one in self.contents)
        return replace(self, contents=contents)


Content: TypeAlias = Item | Group | Segment


@dataclass(frozen=True)
class TaggedForm:
    """How records lie in a file.

    Attributes:
        root: element around each record.
        line_end: what ends each line.
        most_characters: of a line, its end not counted.
    """

    root: str
    line_end: str
    most_characters: int


@dataclass(frozen=True)
class TaggedRecord:
    """One kind of record.

    Frames have RECORD_NO, a column of truth for each segment by its element, and a text for each item by `segment.tag`,
    or `tag` when it stands in the record itself. An item of a segment within a segment goes by the inner one.

    Attributes:
        type: as header and file name say it.
        element: name of the record's element.
        heading: the bureau's own word for it.
        contents: in the order of the file.
        key: columns that tell records apart.
        template: template of the header, two characters.
    """

    type: str
    element: str
    heading: str
    contents: tuple[Content, ...]
    key: tuple[str, ...] = ()
    template: str = "  "

    def __post_init__(self) -> None:
        names = [*(column for column, _ in self._items()), *(each.element for each in self._segments(self.contents))]
        names += [path for path, _ in self._groups()]
        if len(set(names)) != len(names):
            raise ValueError(f"record {self.type}: a name is used twice")
        if unknown := set(self.key) - set(names):
            raise ValueError(f"record {self.type}: key of unknown columns {sorted(unknown)}")

    @property
    def name(self) -> str:
        """What the record is called in errors."""
        return f"{self.type} {self.element}"

    @cached_property
    def columns(self) -> dict[str, Item]:
        """Column to item, without the items of groups, in the order of the file."""
        return dict(self._items())

    @cached_property
    def segments(self) -> dict[str, Segment]:
        """Element to segment, inner ones behind the outer, in the order of the file."""
        return {each.element: each for each in self._segments(self.contents)}

    @cached_property
    def groups(self) -> dict[str, Group]:
        """Path to group: `segment.element`, or the element when it stands in the record itself."""
        return dict(self._groups())

    @cached_property
    def segment_of(self) -> dict[str, str | None]:
        """Column or path of a group to the element of its segment, None where it stands in the record itself."""
        return {name: name.rpartition(".")[0] or None for name in (*self.columns, *self.groups)}

    @cached_property
    def identity_columns(self) -> tuple[str, ...]:
        """Columns that hold identity: never on disk in the clear, never in logs or pages."""
        return tuple(column for column, each in self.columns.items() if each.sensitivity is Sensitivity.IDENTITY)

    def _items(self) -> Iterator[tuple[str, Item]]:
        yield from ((one.tag, one) for one in self.contents if isinstance(one, Item))
        for segment in self._segments(self.contents):
            yield from ((f"{segment.element}.{each.tag}", each) for each in segment.items)

    def _groups(self) -> Iterator[tuple[str, Group]]:
        yield from ((one.element, one) for one in self.contents if isinstance(one, Group))
        for segment in self._segments(self.contents):
            yield from ((f"{segment.element}.{each.element}", each) for each in segment.groups)

    def _segments(self, contents: tuple[Content, ...]) -> Iterator[Segment]:
        for one in contents:
            if isinstance(one, Segment):
                yield one
                yield from self._segments(one.contents)


def _presence_for(presence: Presence | Mapping[str, Presence], account_type: str | None) -> Presence:
    if isinstance(presence, Presence):
        return presence
    return presence.get(account_type or "", Presence.ABSENT)
