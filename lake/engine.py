"""Engines at the edge: snapshots and tables as lazy frames, lazy frames collected. Nothing else knows the engine."""

from __future__ import annotations

import atexit
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import duckdb
import narwhals as nw
import polars as pl
import pyarrow as pa

from lake.conform import conform
from lake.files import staging_folder
from lake.snapshot import Lake, SnapshotRef
from schemas.dataset import Dataset
from schemas.errors import ArrearsError
from schemas.errors.extract import ENGINE_UNKNOWN

Frame: TypeAlias = nw.LazyFrame[Any]


class Engine(Protocol):
    """One engine, opened on one lake. Frames of one opening can be joined with each other, and with no others."""

    def scan(self, refs: Mapping[str, SnapshotRef]) -> dict[str, Frame]:
        """Lazy frames over snapshots, by the same names.

        Raises:
            ArrearsError: `SNAPSHOT_MISSING`, `SNAPSHOT_ALTERED`.
        """
        ...

    def lazy(self, table: pa.Table | pl.DataFrame) -> Frame:
        """A lazy frame over a table in memory."""
        ...


class PolarsEngine:
    """Polars: all cores, streaming."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake

    def scan(self, refs: Mapping[str, SnapshotRef]) -> dict[str, Frame]:
        """Lazy frames over snapshots, by the same names."""
        return {name: nw.from_native(pl.scan_parquet(self._lake.files(ref), glob=False)) for name, ref in refs.items()}

    def lazy(self, table: pa.Table | pl.DataFrame) -> Frame:
        """A lazy frame over a table in memory."""
        return nw.from_native(_as_polars(table).lazy())


class DuckDbEngine:
    """DuckDB: bounded memory; reads nothing outside the lake and loads no extension."""

    def __init__(self, lake: Lake, *, threads: int, memory_mb: int) -> None:
        self._lake = lake
        # Frames outlive this object, so the folder for spilling lives as long as the process.
        stack = ExitStack()
        atexit.register(stack.close)
        spill = stack.enter_context(staging_folder(lake.staging))
        self._connection = duckdb.connect(
            ":memory:",
            config={
                "threads": threads,
                "memory_limit": f"{memory_mb}MB",
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            },
        )
        for statement in (
            "SET TimeZone = 'UTC'",
            f"SET temp_directory = {_quoted(spill.resolve())}",
            f"SET allowed_directories = [{_quoted(lake.root.resolve())}]",
            "SET enable_external_access = false",
            "SET lock_configuration = true",
        ):
            self._connection.execute(statement)

    def scan(self, refs: Mapping[str, SnapshotRef]) -> dict[str, Frame]:
        """Lazy frames over snapshots, by the same names."""
        files = {name: [str(path.resolve()) for path in self._lake.files(ref)] for name, ref in refs.items()}
        return {name: nw.from_native(self._connection.read_parquet(paths)) for name, paths in files.items()}

    def lazy(self, table: pa.Table | pl.DataFrame) -> Frame:
        """A lazy frame over a table in memory."""
        return nw.from_native(self._connection.from_arrow(table if isinstance(table, pa.Table) else table.to_arrow()))


def open_engine(name: str, lake: Lake, *, threads: int = 2, memory_mb: int = 2_048) -> Engine:
    """Open an engine on a lake.

    Args:
        name: polars or duckdb.
        lake: whose snapshots it reads.
        threads: for DuckDB; Polars sizes itself when the process starts.
        memory_mb: for DuckDB, beyond which it spills into the lake's staging folder.

    Raises:
        ArrearsError: `ENGINE_UNKNOWN`.
    """
    match name:
        case "polars":
            return PolarsEngine(lake)
        case "duckdb":
            return DuckDbEngine(lake, threads=threads, memory_mb=memory_mb)
        case _:
            raise ArrearsError(ENGINE_UNKNOWN, engine=name)


def collect(frame: Frame) -> pa.Table:
    """Run a lazy frame; types are the engine's own, text is plain Arrow text."""
    native = frame.to_native()
    if isinstance(native, pl.LazyFrame):
        return _plain(native.collect(engine="streaming").to_arrow())
    return _plain(native.to_arrow_table())


def collect_dataset(frame: Frame, dataset: Dataset) -> pa.Table:
    """Run a lazy frame and bring it to its contract strictly, sorted by primary key: the same table from all engines.

    Raises:
        ArrearsError: the rows break the contract, see `lake.conform`.
    """
    return conform(_as_polars(collect(frame)), dataset).to_arrow().cast(dataset.arrow_schema())


def read_table(lake: Lake, ref: SnapshotRef | Mapping[str, Any]) -> pa.Table:
    """A whole snapshot, by reference or by the JSON of one; for small ones.

    Raises:
        ArrearsError: `SNAPSHOT_MISSING`, `SNAPSHOT_ALTERED`.
    """
    known = ref if isinstance(ref, SnapshotRef) else SnapshotRef.from_json(dict(ref))
    return _plain(pl.read_parquet(lake.files(known), glob=False).to_arrow())


def _as_polars(table: pa.Table | pl.DataFrame) -> pl.DataFrame:
    return table if isinstance(table, pl.DataFrame) else pl.DataFrame(pl.from_arrow(table))


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "/'"


def _plain(table: pa.Table) -> pa.Table:
    """Text columns as `string`, whichever of the Arrow layouts the engine gave."""
    fields = [
        field.with_type(pa.string())
        if pa.types.is_large_string(field.type) or pa.types.is_string_view(field.type)
        else field
        for field in table.schema
    ]
    return table.cast(pa.schema(fields))
