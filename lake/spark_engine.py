"""Spark: many machines. Rows stay on the executors until the caller collects a frame."""

from __future__ import annotations

import atexit
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import narwhals as nw
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame
from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema
from pyspark.sql.types import StructType

from lake.evidence import check_evidence
from lake.files import staging_folder
from lake.phrases import find_phrases, find_phrases_in
from lake.snapshot import Lake, SnapshotRef
from lake.spark_session import any_pandas, spark_session
from lake.spark_settle import check_contract, with_contract_columns
from schemas.dataset import Dataset
from schemas.datasets import EVIDENCE_FINDINGS
from schemas.errors import ArrearsError
from schemas.errors.extract import EVIDENCE_ROOT_MISSING, SPARK_JOB_FAILED
from schemas.lexicon import Lexicon

Frame = nw.LazyFrame[Any]
_Batches = Iterator[pa.RecordBatch]
_OnBatches = Callable[[_Batches], _Batches]

_EVIDENCE_COLUMNS = ("evidence_id", "loan_id", "evidence_kind", "file_path", "file_bytes", "file_sha256")


class SparkEngine:
    """Frames are data frames of the one session of this process.

    Driver and executors must see the lake and the evidence root under the same paths.
    """

    def __init__(self, lake: Lake, *, master: str, memory_mb: int) -> None:
        self._lake = lake
        # Frames outlive this object, so what they read lives as long as the process.
        stack = ExitStack()
        atexit.register(stack.close)
        self._folder = stack.enter_context(staging_folder(lake.staging)).resolve()
        self._session = spark_session(master, self._folder, memory_mb=memory_mb)
        self._numbers = count()

    def scan(self, refs: Mapping[str, SnapshotRef]) -> dict[str, Frame]:
        """Lazy frames over snapshots, by the same names."""
        return self.read({name: self._lake.files(ref) for name, ref in refs.items()})

    def read(self, files: Mapping[str, Sequence[Path]]) -> dict[str, Frame]:
        """Lazy frames over Parquet files, by the same names."""
        return {name: nw.from_native(self._parquet(paths, _schema_of(paths[0]))) for name, paths in files.items()}

    def lazy(self, table: pa.Table | pl.DataFrame) -> Frame:
        """A lazy frame over a table in memory."""
        path = self._new_path("table")
        pq.write_table(_with_plain_types(table if isinstance(table, pa.Table) else table.to_arrow()), path)
        return nw.from_native(self._parquet([path], _schema_of(path)))

    def settle(self, frame: Frame, dataset: Dataset) -> Frame:
        """Compute a frame of a contract once; what follows reads the result.

        The rows go to files below the staging folder: what follows then needs none of the steps before, also when an
        executor is lost, and its plan does not grow with them.
        """
        chosen = with_contract_columns(frame.to_native(), dataset)
        with _job(dataset.name):
            return nw.from_native(check_contract(self._written(chosen, dataset.name), dataset))

    def keep(self, frame: Frame) -> Frame:
        """Compute a frame that is no contract once, into files as `settle` does."""
        with _job("kept"):
            return nw.from_native(self._written(frame.to_native(), "kept"))

    def phrases(self, transcripts: Frame, lexicons: Sequence[Lexicon]) -> Frame:
        """Where the entries of lexicons occur; see `lake.phrases`."""
        native = transcripts.to_native()
        nothing = pl.DataFrame(pl.from_arrow(to_arrow_schema(native.schema, timezone="UTC").empty_table()))
        schema = from_arrow_schema(
            _with_plain_types(find_phrases(nothing, lexicons).to_arrow()).schema, prefer_timestamp_ntz=False
        )
        return _on_executors(native.repartition(self._partitions(), "contact_id"), _phrases_of(tuple(lexicons)), schema)

    def evidence(self, evidence: Frame, root: Path) -> Frame:
        """What the look at each file found; see `lake.evidence`. The executors read the files."""
        if not root.is_dir():
            raise ArrearsError(EVIDENCE_ROOT_MISSING, folder=root)
        schema = from_arrow_schema(EVIDENCE_FINDINGS.arrow_schema(), prefer_timestamp_ntz=False)
        native = evidence.to_native().select(*_EVIDENCE_COLUMNS)
        return _on_executors(native.repartition(self._partitions(), "file_path"), _findings_of(root.resolve()), schema)

    def _written(self, frame: DataFrame, name: str) -> DataFrame:
        folder = self._new_path(name)
        frame.write.parquet(f"file:{folder}")
        return self._parquet([folder], frame.schema)

    def _parquet(self, paths: Sequence[Path], schema: StructType) -> DataFrame:
        # Paths are names and no patterns, whatever characters they have.
        reader = self._session.read.schema(schema).option("__globPaths__", "false")
        return reader.parquet(*(f"file:{path.resolve()}" for path in paths))

    def _partitions(self) -> int:
        return int(self._session.conf.get("spark.sql.shuffle.partitions") or 0)

    def _new_path(self, name: str) -> Path:
        return self._folder / f"{next(self._numbers):05d}-{name}"


@contextmanager
def _job(step: str) -> Iterator[None]:
    """Turn what Spark raises into an error that quotes no values.

    Raises:
        ArrearsError: `EVIDENCE_ROOT_MISSING` on an executor; `SPARK_JOB_FAILED`.
    """
    try:
        yield
    except PySparkException as error:
        if EVIDENCE_ROOT_MISSING.code in str(error):
            raise ArrearsError(EVIDENCE_ROOT_MISSING, where="a Spark executor") from None
        raise ArrearsError(SPARK_JOB_FAILED, step=step, condition=error.getCondition()) from None


def _on_executors(frame: DataFrame, function: _OnBatches, schema: StructType) -> Frame:
    with any_pandas():
        mapped: Frame = nw.from_native(frame.mapInArrow(function, schema))
    return mapped


def _schema_of(path: Path) -> StructType:
    return from_arrow_schema(pq.read_schema(path), prefer_timestamp_ntz=False)


def _phrases_of(lexicons: Sequence[Lexicon]) -> _OnBatches:
    def find(batches: _Batches) -> Iterator[pa.RecordBatch]:
        found = find_phrases_in((pl.DataFrame(pl.from_arrow(batch)) for batch in batches), lexicons)
        yield from _with_plain_types(found.to_arrow()).to_batches()

    return find


def _findings_of(root: Path) -> _OnBatches:
    """All rows of a file are in one partition, so looking at a partition at once reads each file once."""

    def look(batches: _Batches) -> Iterator[pa.RecordBatch]:
        rows = list(batches)
        if rows:
            yield from check_evidence(root, pa.Table.from_batches(rows)).to_batches()

    return look


def _with_plain_types(table: pa.Table) -> pa.Table:
    """Text as `string` and nothing as text, whichever of the Arrow layouts the table has."""
    fields = [
        field.with_type(pa.string())
        if pa.types.is_large_string(field.type) or pa.types.is_string_view(field.type) or pa.types.is_null(field.type)
        else field
        for field in table.schema
    ]
    return table.cast(pa.schema(fields))
