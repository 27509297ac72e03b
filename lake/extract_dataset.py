"""The contract of rows that were read and not yet judged, so that they can be kept between two tasks."""

from __future__ import annotations

from schemas.dataset import Dataset
from schemas.field import Field, FieldType, Sensitivity

UNIT_SEPARATOR = "\x1f"

_VERSION = 1
_OWN = (
    Field(
        "unreadable_fields",
        FieldType.TEXT,
        "names of the fields whose cell holds something that did not parse, joined by commas",
        Sensitivity.KEY,
    ),
    Field(
        "unreadable_values",
        FieldType.TEXT,
        "those cells, masked, in the same order, joined by the unit separator",
        Sensitivity.FIGURE,
    ),
)


def extract_dataset(dataset: Dataset) -> Dataset:
    """The contract of a source dataset's rows as they were read: fields may be empty, the place identifies a row."""
    place = ("source_file", "source_row")
    return Dataset(
        f"{dataset.name}_read",
        dataset.version * 1_000 + _VERSION,
        f"{dataset.description}, as read from the extract and not yet judged",
        (*dataset.field_names, *place, *(field.name for field in _OWN)),
        place,
        optional=frozenset(dataset.field_names),
        own_fields=(*dataset.own_fields, *_OWN),
    )
