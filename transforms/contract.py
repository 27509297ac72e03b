"""Bring a frame to the columns and types of a contract, whatever widths the engine computed with."""

from __future__ import annotations

from collections.abc import Mapping

import narwhals as nw
from narwhals.typing import IntoDType

from schemas.dataset import Dataset
from schemas.field import FieldType
from transforms.books import Frame

_TYPES: dict[FieldType, IntoDType] = {
    FieldType.TEXT: nw.String(),
    FieldType.INTEGER: nw.Int64(),
    FieldType.MONEY: nw.Decimal(18, 2),
    FieldType.RATE: nw.Decimal(9, 6),
    FieldType.DATE: nw.Date(),
    FieldType.TRUTH: nw.Boolean(),
}


def select_dataset(frame: Frame, dataset: Dataset) -> Frame:
    """The dataset's columns in order and in its types."""
    return select_typed(frame, {field.name: field.type for field in dataset.fields})


def select_typed(frame: Frame, types: Mapping[str, FieldType]) -> Frame:
    """The named columns in order and in these types. Instants are UTC in microseconds and stay as they are."""
    return frame.select(
        nw.col(name) if kind is FieldType.INSTANT else nw.col(name).cast(_TYPES[kind]) for name, kind in types.items()
    )
