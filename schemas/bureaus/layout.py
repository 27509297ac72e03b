"""What a bureau's delimited file looks like, as data: the reader and the writer are driven by it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pyarrow as pa

from schemas.field import FieldType, Sensitivity

_PRINTABLE = frozenset({FieldType.TEXT, FieldType.INTEGER, FieldType.MONEY, FieldType.DATE, FieldType.TRUTH})


@dataclass(frozen=True)
class Column:
    """One column of a delimited file.

    Attributes:
        name: name in the record frame.
        heading: heading as printed in the file's first line.
        type: type in the record frame. In the file a date is `yyyy-mm-dd`, money has two decimals and no grouping.
        max_length: most characters of the printed value.
        description: what it says, in one sentence.
        is_required: whether it must be filled. An optional column that is empty is null in the frame.
        codes: the closed list of printed values with their meaning, empty when free.
        sensitivity: IDENTITY values are masked wherever people or logs see them.
    """

    name: str
    heading: str
    type: FieldType
    max_length: int
    description: str
    is_required: bool = True
    codes: dict[str, str] = field(default_factory=dict)
    sensitivity: Sensitivity = Sensitivity.FIGURE

    def __post_init__(self) -> None:
        if self.type not in _PRINTABLE:
            raise ValueError(f"column {self.name}: a delimited file has no way to print {self.type}")
        if self.max_length < 1:
            raise ValueError(f"column {self.name}: max_length {self.max_length} is below 1")


@dataclass(frozen=True)
class DelimitedLayout:
    """A delimited text file: UTF-8, one line of headings, one line a record.

    Attributes:
        name: identity of the layout, stable.
        version: grows with every change of the columns.
        columns: in the order of the file.
        delimiter: one ASCII character.
        line_end: what the writer ends each line with. The reader takes CRLF and LF.
        has_byte_order_mark: whether the writer starts the file with the UTF-8 byte order mark. The reader takes both.
        true_text: how a true is printed.
        false_text: how a false is printed.
    """

    name: str
    version: int
    columns: tuple[Column, ...]
    delimiter: str = ","
    line_end: str = "\r\n"
    has_byte_order_mark: bool = True
    true_text: str = "是"
    false_text: str = "否"

    def __post_init__(self) -> None:
        for what in ("name", "heading"):
            values = [getattr(column, what) for column in self.columns]
            if len(set(values)) != len(values):
                raise ValueError(f"layout {self.name}: a {what} is used twice")

    def __iter__(self) -> Iterator[Column]:
        return iter(self.columns)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns in the order of the file."""
        return tuple(column.name for column in self.columns)

    @property
    def headings(self) -> tuple[str, ...]:
        """Headings in the order of the file."""
        return tuple(column.heading for column in self.columns)

    @property
    def identity_names(self) -> tuple[str, ...]:
        """Names of the columns that hold identity: never on disk in the clear, never in logs or pages."""
        return tuple(column.name for column in self.columns if column.sensitivity is Sensitivity.IDENTITY)

    def arrow_schema(self) -> pa.Schema:
        """The Arrow schema of a record frame. Required columns are not nullable."""
        return pa.schema(
            [pa.field(column.name, column.type.arrow, nullable=not column.is_required) for column in self.columns]
        )
