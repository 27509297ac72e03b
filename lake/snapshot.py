"""Snapshots: one dataset at one business date, immutable, published whole, named by its content.

ROOT/snapshots/<dataset>/<as_of>/<snapshot_id>/part-00000.parquet ... manifest.json
ROOT/staging/    what is being written; no reader looks here
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict, ValidationError

from lake.conform import conform
from lake.file_facts import FileFacts
from lake.files import HashedFile, lake_writes, publish_folder, sha256_of, staging_folder, write_file
from lake.polars_types import polars_schema
from schemas.dataset import Dataset
from schemas.errors import ArrearsError
from schemas.errors.extract import SNAPSHOT_ALTERED, SNAPSHOT_MISSING
from schemas.field import FieldType

_MANIFEST = "manifest.json"
_ROW_GROUP_ROWS = 1 << 17
_PART_ROWS = 1 << 22
_ID_DIGITS = 32

Rows: TypeAlias = pl.DataFrame | pl.LazyFrame | pa.Table


@dataclass(frozen=True)
class SnapshotRef:
    """Names one snapshot for good.

    Attributes:
        dataset: name of the dataset.
        snapshot_id: made from the content.
        path: of its folder below the lake's root.
        rows: how many.
        sha256: of its manifest, which holds the SHA-256 of each file.
    """

    dataset: str
    snapshot_id: str
    path: str
    rows: int
    sha256: str

    def to_json(self) -> dict[str, Any]:
        """As JSON values, for records and XComs."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> SnapshotRef:
        """From what `to_json` gave."""
        return cls(**value)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SnapshotFile(_Strict):
    """One Parquet file of a snapshot."""

    name: str
    rows: int
    bytes: int
    sha256: str


class Manifest(_Strict):
    """What a snapshot says of itself.

    Attributes:
        dataset: name of the dataset.
        contract_version: of the dataset's contract.
        as_of: business date.
        snapshot_id: made from all above and below but `source` and `made_by`, so the same content has the same id.
        rows: in all files.
        totals: sum of each money field as text, to compare at hand-overs.
        files: in order.
        source: files or snapshots that whoever published it first made it from.
        made_by: who published it first.
    """

    dataset: str
    contract_version: int
    as_of: date
    snapshot_id: str
    rows: int
    totals: dict[str, str]
    files: tuple[SnapshotFile, ...]
    source: tuple[dict[str, Any], ...]
    made_by: str


@dataclass(frozen=True)
class Lake:
    """A lake in a local folder.

    Attributes:
        root: is made when something is published.
    """

    root: Path

    @property
    def staging(self) -> Path:
        """Where things are written before they can be seen."""
        return self.root / "staging"

    def publish(
        self,
        dataset: Dataset,
        rows: Rows | Iterable[Rows],
        *,
        as_of: date,
        source: Sequence[FileFacts | SnapshotRef] = (),
        made_by: str,
    ) -> SnapshotRef:
        """Write rows as a snapshot and let it be seen in one step. The same rows again change nothing.

        Args:
            dataset: the contract that the rows keep.
            rows: one frame, or several whose rows belong together; their order does not matter.
            as_of: business date.
            source: what they were made from.
            made_by: the task.

        Raises:
            ArrearsError: the rows break the contract, see `conform`; `LAKE_NOT_WRITABLE`.
        """
        frame = conform(_as_one(rows, dataset), dataset)
        with lake_writes(self.root), staging_folder(self.staging) as staging:
            folder = staging / dataset.name
            folder.mkdir(mode=0o700)
            facts = {
                "dataset": dataset.name,
                "contract_version": dataset.version,
                "as_of": as_of.isoformat(),
                "rows": frame.height,
                "totals": _totals(frame, dataset),
                "files": [file.model_dump() for file in _write_parts(folder, frame, dataset)],
            }
            snapshot_id = hashlib.sha256(_as_bytes(facts)).hexdigest()[:_ID_DIGITS]
            origin = {"source": [each.to_json() for each in source], "made_by": made_by, "snapshot_id": snapshot_id}
            write_file(folder / _MANIFEST, _as_bytes({**facts, **origin}))
            target = self.root / "snapshots" / dataset.name / as_of.isoformat() / snapshot_id
            if not target.exists():
                publish_folder(folder, target)
        return self._ref(dataset.name, snapshot_id, target, frame.height)

    def read_manifest(self, ref: SnapshotRef) -> Manifest:
        """What a snapshot says of itself.

        Raises:
            ArrearsError: `SNAPSHOT_MISSING`, `SNAPSHOT_ALTERED` when it is not the manifest that the reference names.
        """
        content = self._manifest_bytes(ref)
        if hashlib.sha256(content).hexdigest() != ref.sha256:
            raise ArrearsError(SNAPSHOT_ALTERED, dataset=ref.dataset, file=f"{ref.path}/{_MANIFEST}")
        try:
            return Manifest.model_validate_json(content)
        except ValidationError as error:
            raise ArrearsError(
                SNAPSHOT_ALTERED, dataset=ref.dataset, file=f"{ref.path}/{_MANIFEST}", reason=str(error)
            ) from None

    def files(self, ref: SnapshotRef) -> list[Path]:
        """The Parquet files of a snapshot in order.

        Raises:
            ArrearsError: see `read_manifest`; `SNAPSHOT_MISSING` when a file is gone.
        """
        paths = [self._folder(ref) / file.name for file in self.read_manifest(ref).files]
        for path in paths:
            if not path.is_file():
                raise ArrearsError(SNAPSHOT_MISSING, dataset=ref.dataset, file=f"{ref.path}/{path.name}")
        return paths

    def verify(self, ref: SnapshotRef) -> Manifest:
        """Recompute all SHA-256s.

        Raises:
            ArrearsError: `SNAPSHOT_MISSING` or `SNAPSHOT_ALTERED`, naming the file.
        """
        manifest = self.read_manifest(ref)
        for path, file in zip(self.files(ref), manifest.files, strict=True):
            if path.stat().st_size != file.bytes or sha256_of(path) != file.sha256:
                raise ArrearsError(SNAPSHOT_ALTERED, dataset=ref.dataset, file=f"{ref.path}/{file.name}")
        expected = {_MANIFEST, *(file.name for file in manifest.files)}
        for name in sorted(path.name for path in self._folder(ref).iterdir()):
            if name not in expected:
                raise ArrearsError(SNAPSHOT_ALTERED, dataset=ref.dataset, file=f"{ref.path}/{name}", reason="not in it")
        return manifest

    def _ref(self, dataset: str, snapshot_id: str, folder: Path, rows: int) -> SnapshotRef:
        ref = SnapshotRef(dataset, snapshot_id, folder.relative_to(self.root).as_posix(), rows, "")
        return SnapshotRef(**{**asdict(ref), "sha256": hashlib.sha256(self._manifest_bytes(ref)).hexdigest()})

    def _manifest_bytes(self, ref: SnapshotRef) -> bytes:
        try:
            return (self._folder(ref) / _MANIFEST).read_bytes()
        except FileNotFoundError:
            raise ArrearsError(SNAPSHOT_MISSING, dataset=ref.dataset, file=f"{ref.path}/{_MANIFEST}") from None

    def _folder(self, ref: SnapshotRef) -> Path:
        folder = self.root / ref.path
        is_named = folder.parent.parent == self.root / "snapshots" / ref.dataset and folder.name == ref.snapshot_id
        if not is_named or ".." in folder.relative_to(self.root).parts:
            raise ArrearsError(SNAPSHOT_MISSING, dataset=ref.dataset, file=ref.path, reason="not a snapshot's path")
        return folder


def _as_one(rows: Rows | Iterable[Rows], dataset: Dataset) -> pl.DataFrame:
    if isinstance(rows, pl.DataFrame):
        return rows
    if isinstance(rows, pl.LazyFrame):
        return rows.collect(engine="streaming")
    if isinstance(rows, pa.Table):
        return pl.DataFrame(pl.from_arrow(rows))
    frames = [_as_one(each, dataset) for each in rows]
    return pl.concat(frames) if frames else pl.DataFrame(schema=polars_schema(dataset))


def _write_parts(folder: Path, frame: pl.DataFrame, dataset: Dataset) -> list[SnapshotFile]:
    """Write the Parquet files; the same rows give the same bytes, however they lay in memory."""
    schema = dataset.arrow_schema()
    files = []
    for number, start in enumerate(range(0, max(frame.height, 1), _PART_ROWS)):
        name = f"part-{number:05d}.parquet"
        part = frame.slice(start, _PART_ROWS)
        with (
            HashedFile(folder / name) as file,
            pq.ParquetWriter(file, schema, compression="zstd", version="2.6") as writer,
        ):
            for first in range(0, part.height, _ROW_GROUP_ROWS):
                group = part.slice(first, _ROW_GROUP_ROWS).to_arrow().cast(schema).combine_chunks()
                writer.write_table(group, row_group_size=_ROW_GROUP_ROWS)
        files.append(SnapshotFile(name=name, rows=part.height, bytes=file.bytes_written, sha256=file.sha256))
    return files


def _totals(frame: pl.DataFrame, dataset: Dataset) -> dict[str, str]:
    wide = pl.Decimal(38, 2)
    return {
        field.name: str(frame[field.name].cast(wide).sum()) for field in dataset.fields if field.type is FieldType.MONEY
    }


def _as_bytes(value: dict[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
