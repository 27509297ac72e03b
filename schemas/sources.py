"""How a lender's extracts map to the contract: `sources.toml`, checked when it is read."""

from __future__ import annotations

import tomllib
from typing import Annotated, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from schemas.dataset import Dataset
from schemas.datasets import SOURCES
from schemas.errors import ArrearsError
from schemas.errors.extract import SOURCE_BOOK_INVALID
from schemas.facts import FACTS


def _is_time_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"{name} is no time zone")
    return name


TimeZone = Annotated[str, AfterValidator(_is_time_zone)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ColumnSource(_Strict):
    """Where one field comes from.

    Attributes:
        column: heading in the extract.
        date_formats: accepted formats of a date or instant in `strptime` letters, tried in order; ISO when empty.
        codes: the lender's values to the contract's codes; values not listed are refused.
        constant: the value of every row when the extract has no such column.
    """

    column: str | None = None
    date_formats: tuple[str, ...] = ()
    codes: dict[str, str] = Field(default_factory=dict)
    constant: str | None = None

    @model_validator(mode="after")
    def _has_one_origin(self) -> ColumnSource:
        if (self.column is None) == (self.constant is None):
            raise ValueError("give either column or constant")
        return self


class DatasetSource(_Strict):
    """Where one dataset comes from.

    Attributes:
        files: glob below the folder of the business date.
        format: csv or parquet.
        encoding: of CSV files.
        separator: of CSV files.
        ignored_columns: headings that are known and not wanted; any other unknown heading is refused.
        columns: field name to its origin; every field of the dataset is named.
    """

    files: str
    format: Literal["csv", "parquet"] = "csv"
    encoding: Literal["utf-8", "gb18030"] = "utf-8"
    separator: str = Field(default=",", min_length=1, max_length=1)
    ignored_columns: tuple[str, ...] = ()
    columns: dict[str, ColumnSource]


class SourceBook(_Strict):
    """All of a lender's extracts.

    Attributes:
        time_zone: of dates and instants in the extracts that carry no offset.
        empty_values: texts that mean an empty cell.
        datasets: dataset name to its source; every source dataset is named, and those of the facts that are given.
    """

    time_zone: TimeZone
    empty_values: tuple[str, ...] = ("", "NULL", "null", "-", "—", "无")
    datasets: dict[str, DatasetSource]

    @model_validator(mode="after")
    def _names_every_dataset_and_field(self) -> SourceBook:
        needed = {dataset.name for dataset in SOURCES}
        known = {dataset.name: set(dataset.field_names) for dataset in (*SOURCES, *FACTS)}
        found = {name: set(source.columns) for name, source in self.datasets.items()}
        differing = (needed - set(found)) | (set(found) - set(known))
        if differing:
            raise ValueError(f"datasets differ: {sorted(differing)}")
        for name, fields in found.items():
            if fields != known[name]:
                raise ValueError(f"fields of {name} differ: {sorted(fields ^ known[name])}")
        return self

    @property
    def given(self) -> tuple[Dataset, ...]:
        """The datasets that the lender gives, parents before children."""
        return tuple(dataset for dataset in (*SOURCES, *FACTS) if dataset.name in self.datasets)


def parse_source_book(text: str, *, file: str) -> SourceBook:
    """Read a source book from TOML text.

    Raises:
        ArrearsError: `SOURCE_BOOK_INVALID`, naming the file and what is wrong.
    """
    try:
        return SourceBook.model_validate(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise ArrearsError(SOURCE_BOOK_INVALID, file=file, reason=str(error)) from error
