"""What a bureau's file of JSON lines looks like, as data: a tag line for the kind of record, then one object a line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

import pyarrow as pa

from schemas.field import Sensitivity

LINE_NO = "line_no"
"""Column before the fields in frames that were read: number of the record's line in the file, from 1."""

MONEY_DIGITS = 13
"""Most digits before the decimal point: with the two behind it, any reader that uses binary numbers gets them right."""
INTEGER_DIGITS = 9


class JsonKind(Enum):
    """How a value is printed, and its type in a frame.

    TEXT is a string. CODE is text in the frame and a whole number in the file. INTEGER is a whole number, MONEY a
    number with two decimals; both are also read from a string. DATE is `yyyy-mm-dd`, TIME is `yyyy-mm-ddThh:mm:ss`
    without a zone. DATES is text: dates with commas between them.
    """

    TEXT = "text"
    CODE = "code"
    INTEGER = "integer"
    MONEY = "money"
    DATE = "date"
    TIME = "time"
    DATES = "dates"

    @property
    def arrow(self) -> pa.DataType:
        """The Arrow type in a frame."""
        return _ARROW[self]


_ARROW: dict[JsonKind, pa.DataType] = {
    JsonKind.TEXT: pa.string(),
    JsonKind.CODE: pa.string(),
    JsonKind.INTEGER: pa.int64(),
    JsonKind.MONEY: pa.decimal128(18, 2),
    JsonKind.DATE: pa.date32(),
    JsonKind.TIME: pa.timestamp("us"),
    JsonKind.DATES: pa.string(),
}


@dataclass(frozen=True)
class JsonField:
    """One value of a record.

    Attributes:
        name: key in the file and column in the frame.
        kind: how it is printed.
        heading: the bureau's own word for it.
        description: what it says, in one sentence.
        is_required: whether it must be filled. A value that is not filled is printed as null.
        max_length: most characters of a text.
        codes: the closed list of values with their meaning, empty when free.
        sensitivity: IDENTITY values are masked wherever people or logs see them.
    """

    name: str
    kind: JsonKind
    heading: str
    description: str
    is_required: bool = True
    max_length: int = 200
    codes: dict[str, str] = field(default_factory=dict, hash=False)
    sensitivity: Sensitivity = Sensitivity.FIGURE

    def __post_init__(self) -> None:
        if self.kind is JsonKind.CODE and not all(code.isascii() and code.isdigit() for code in self.codes):
            raise ValueError(f"field {self.name}: a code is not a whole number")


@dataclass(frozen=True)
class JsonObject:
    """An object within a record: printed as null when none of its members is filled.

    Attributes:
        name: key in the file.
        heading: the bureau's own word for it.
        description: what it says, in one sentence.
        members: in the order of the file; their columns are called `<object>_<member>`.
    """

    name: str
    heading: str
    description: str
    members: tuple[JsonField, ...]

    def column(self, member: JsonField) -> str:
        """Name of a member's column."""
        return f"{self.name}_{member.name}"


@dataclass(frozen=True)
class JsonLinesLayout:
    """One kind of record in files of JSON lines: UTF-8, the tag line, then one object a line.

    Attributes:
        name: identity of the layout, stable.
        version: grows with every change of the fields.
        tag: the line before the records, `#` included.
        fields: in the order of the file.
        line_end: what the writer ends each line with. The reader takes CRLF and LF.
    """

    name: str
    version: int
    tag: str
    fields: tuple[JsonField | JsonObject, ...]
    line_end: str = "\r\n"

    def __post_init__(self) -> None:
        if not self.tag.startswith("#"):
            raise ValueError(f"layout {self.name}: a tag begins with #")
        names = [self.tag, *self.names]
        if len(set(names)) != len(names):
            raise ValueError(f"layout {self.name}: a name is used twice")

    def __iter__(self) -> Iterator[tuple[str, JsonField]]:
        """Column and field of each value, members of objects included, in the order of the file."""
        for one in self.fields:
            if isinstance(one, JsonField):
                yield one.name, one
            else:
                for member in one.members:
                    yield one.column(member), member

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns in the order of the file."""
        return tuple(column for column, _ in self)

    @property
    def record_keys(self) -> tuple[str, ...]:
        """Keys of the record itself in the order of the file."""
        return tuple(one.name for one in self.fields)

    @property
    def identity_names(self) -> tuple[str, ...]:
        """Names of the columns that hold identity: never on disk in the clear, never in logs or pages."""
        return tuple(column for column, one in self if one.sensitivity is Sensitivity.IDENTITY)

    def field(self, column: str) -> JsonField:
        """The field of a column.

        Raises:
            KeyError: no column has this name.
        """
        return dict(self)[column]

    def arrow_schema(self) -> pa.Schema:
        """The Arrow schema of a record frame. Every column may be null: a record that lacks a value can be read."""
        return pa.schema([pa.field(column, one.kind.arrow) for column, one in self])
