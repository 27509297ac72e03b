"""What a dataset is: named fields in order, with keys; Arrow schema and data dictionary derive from it."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from schemas.field import Field, Sensitivity
from schemas.fields import FIELDS


@dataclass(frozen=True)
class Reference:
    """A key that must exist elsewhere: `field` of this dataset is the primary key of `dataset`."""

    field: str
    dataset: str


@dataclass(frozen=True)
class Dataset:
    """One dataset of the contract.

    Attributes:
        name: plural noun, also the folder of its snapshots.
        version: raised with every change of fields; stands in each manifest.
        description: one sentence.
        field_names: in order; each is in `FIELDS` or in `own_fields`.
        primary_key: fields that identify a row.
        optional: fields that may be empty.
        references: keys that must exist in other datasets.
        own_fields: fields that only this dataset has, such as one for each rule.
    """

    name: str
    version: int
    description: str
    field_names: tuple[str, ...]
    primary_key: tuple[str, ...]
    optional: frozenset[str] = frozenset()
    references: tuple[Reference, ...] = ()
    own_fields: tuple[Field, ...] = ()

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields in order."""
        own = {field.name: field for field in self.own_fields}
        return tuple(own.get(name) or FIELDS[name] for name in self.field_names)

    def arrow_schema(self) -> pa.Schema:
        """The Arrow schema; fields that may not be empty are not nullable."""
        return pa.schema(
            [
                pa.field(
                    field.name,
                    field.type.arrow,
                    nullable=field.name in self.optional,
                    metadata={"description": field.description, "sensitivity": field.sensitivity.value},
                )
                for field in self.fields
            ],
            metadata={"dataset": self.name, "version": str(self.version), "description": self.description},
        )

    @property
    def identity_fields(self) -> tuple[str, ...]:
        """Names of the fields that hold personal data."""
        return tuple(field.name for field in self.fields if field.sensitivity is Sensitivity.IDENTITY)
