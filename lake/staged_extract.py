"""An extract kept between the task that read it and the task that judges it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from lake.extract import Extract
from lake.extract_dataset import extract_dataset
from lake.file_facts import FileFacts
from lake.quarantine import quarantined_ragged_rows
from lake.snapshot import Lake, SnapshotRef
from schemas.dataset import Dataset
from schemas.datasets import QUARANTINE


@dataclass(frozen=True)
class StagedExtract:
    """Where the rows of an extract lie.

    Attributes:
        dataset: name of the dataset.
        rows: snapshot of `Extract.frame`, contract `extract_dataset`.
        ragged: snapshot of the ragged rows, contract `QUARANTINE`.
        files: what was read.
    """

    dataset: str
    rows: SnapshotRef
    ragged: SnapshotRef
    files: tuple[FileFacts, ...]

    @property
    def row_count(self) -> int:
        """Rows of data in all files; each is in `rows` or in `ragged`."""
        return self.rows.rows + self.ragged.rows

    def to_json(self) -> dict[str, Any]:
        """As JSON values, for XComs."""
        return {
            "dataset": self.dataset,
            "rows": self.rows.to_json(),
            "ragged": self.ragged.to_json(),
            "files": [file.to_json() for file in self.files],
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> StagedExtract:
        """From what `to_json` gave."""
        return cls(
            value["dataset"],
            SnapshotRef.from_json(value["rows"]),
            SnapshotRef.from_json(value["ragged"]),
            tuple(FileFacts(**file) for file in value["files"]),
        )


def stage_extract(lake: Lake, extract: Extract, dataset: Dataset, *, as_of: date, made_by: str) -> StagedExtract:
    """Keep the rows of an extract in the lake until they are judged.

    Raises:
        ArrearsError: `LAKE_NOT_WRITABLE`.
    """
    ragged = quarantined_ragged_rows(extract, dataset)
    return StagedExtract(
        dataset.name,
        lake.publish(extract_dataset(dataset), extract.frame, as_of=as_of, source=extract.files, made_by=made_by),
        lake.publish(QUARANTINE, ragged, as_of=as_of, source=extract.files, made_by=made_by),
        extract.files,
    )
