"""Engines at the edge: snapshots and tables as lazy frames, lazy frames collected. Nothing else knows the engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol, TypeAlias, runtime_checkable

import narwhals as nw
import polars as pl
import pyarrow as pa

from lake.collected import collected
from lake.conform import conform
from lake.duckdb_engine import DuckDbEngine
from lake.local_files import RowGroup
from lake.polars_engine import PolarsEngine
from lake.snapshot import Lake, SnapshotRef
from schemas.dataset import Dataset
from schemas.errors import ArrearsError
from schemas.errors.extract import ENGINE_UNKNOWN, SPARK_MISSING
from schemas.lexicon import Lexicon

Frame: TypeAlias = nw.LazyFrame[Any]

LOANS_TOGETHER = 1_000_000
"""Loans that Polars and DuckDB judge at once; some 16 % of them in arrears fit into 2 GB."""


class Engine(Protocol):
    """One engine, opened on one lake. Frames of one opening can be joined with each other, and with no others."""

    def scan(self, refs: Mapping[str, SnapshotRef]) -> dict[str, Frame]:
        """Lazy frames over snapshots, by the same names.

        Raises:
            ArrearsError: `SNAPSHOT_MISSING`, `SNAPSHOT_ALTERED`.
        """
        ...

    def read(self, files: Mapping[str, Sequence[Path]]) -> dict[str, Frame]:
        """Lazy frames over Parquet files, by the same names."""
        ...

    def lazy(self, table: pa.Table | pl.DataFrame) -> Frame:
        """A lazy frame over a table in memory."""
        ...

    def settle(self, frame: Frame, dataset: Dataset) -> Frame:
        """Compute a frame of a contract once; what follows reads the result.

        Raises:
            ArrearsError: the rows break the contract, see `lake.conform`.
        """
        ...

    def keep(self, frame: Frame) -> Frame:
        """Compute a frame that is no contract once; for what is used several times within a step."""
        ...

    def phrases(self, transcripts: Frame, lexicons: Sequence[Lexicon]) -> Frame:
        """Where the entries of lexicons occur in `transcript`; contract of `lake.phrases.find_phrases`."""
        ...

    def evidence(self, evidence: Frame, root: Path) -> Frame:
        """What the look at each file of evidence found; contract `EVIDENCE_FINDINGS`.

        Raises:
            ArrearsError: `EVIDENCE_ROOT_MISSING`.
        """
        ...


@runtime_checkable
class LocalEngine(Engine, Protocol):
    """An engine of one process: it can be asked to work in parts, so that what it holds does not grow with the books.

    Attributes:
        loans_together: most loans of a part.
    """

    loans_together: int

    def batches(self, frame: Frame, rows: int) -> Iterator[pl.DataFrame]:
        """A frame in batches of about so many rows; the first is empty, so that columns are known without rows."""
        ...

    def row_groups(self, name: str, column: str) -> list[RowGroup]:
        """What the files that were read under a name say of a column of text; nothing of a name that is not known."""
        ...

    def new_folder(self, name: str) -> Path:
        """A folder for files of this opening, gone when the process ends."""
        ...

    def letting_go(self) -> AbstractContextManager[None]:
        """A context at whose end everything is dropped that was kept in it; frames made of that can't be used then."""
        ...


def open_engine(
    name: str,
    lake: Lake,
    *,
    threads: int = 2,
    memory_mb: int = 2_048,
    loans_together: int = LOANS_TOGETHER,
    also_reads: Sequence[Path] = (),
    master: str = "local[2]",
) -> Engine:
    """Open an engine on a lake.

    Args:
        name: polars, duckdb or spark.
        lake: whose snapshots it reads.
        threads: for DuckDB; Polars sizes itself when the process starts.
        memory_mb: for DuckDB and Spark's driver, beyond which they spill into the lake's staging folder.
        loans_together: most loans that Polars and DuckDB judge at once.
        also_reads: folders outside the lake that DuckDB may read.
        master: of Spark, such as `local[2]` or `spark://host:7077`.

    Raises:
        ArrearsError: `ENGINE_UNKNOWN`, `SPARK_MISSING`, `SPARK_NOT_STARTED`.
    """
    match name:
        case "polars":
            return PolarsEngine(lake, loans_together)
        case "duckdb":
            return DuckDbEngine(lake, loans_together, threads=threads, memory_mb=memory_mb, also_reads=also_reads)
        case "spark":
            return _spark_engine(lake, master, memory_mb)
        case _:
            raise ArrearsError(ENGINE_UNKNOWN, engine=name)


def collect(frame: Frame) -> pa.Table:
    """Run a lazy frame; types are the engine's own, text is plain Arrow text."""
    return _plain(collected(frame).to_arrow())


def collect_dataset(frame: Frame, dataset: Dataset) -> pa.Table:
    """Run a lazy frame and bring it to its contract strictly, sorted by primary key: the same table from all engines.

    Raises:
        ArrearsError: the rows break the contract, see `lake.conform`.
    """
    return conform(collected(frame), dataset).to_arrow().cast(dataset.arrow_schema())


def read_table(lake: Lake, ref: SnapshotRef | Mapping[str, Any]) -> pa.Table:
    """A whole snapshot, by reference or by the JSON of one; for small ones.

    Raises:
        ArrearsError: `SNAPSHOT_MISSING`, `SNAPSHOT_ALTERED`.
    """
    known = ref if isinstance(ref, SnapshotRef) else SnapshotRef.from_json(dict(ref))
    return _plain(pl.read_parquet(lake.files(known), glob=False).to_arrow())


def _spark_engine(lake: Lake, master: str, memory_mb: int) -> Engine:
    """Spark is imported only where it is asked for: most installations don't have it."""
    if find_spec("pyspark") is None:
        raise ArrearsError(SPARK_MISSING, library="pyspark")
    from lake.spark_engine import SparkEngine

    return SparkEngine(lake, master=master, memory_mb=memory_mb)


def _plain(table: pa.Table) -> pa.Table:
    """Text columns as `string`, whichever of the Arrow layouts the engine gave."""
    fields = [
        field.with_type(pa.string())
        if pa.types.is_large_string(field.type) or pa.types.is_string_view(field.type)
        else field
        for field in table.schema
    ]
    return table.cast(pa.schema(fields))
